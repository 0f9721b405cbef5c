import type { Meter, Service, Settings, Vendor } from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { jsonCall } from '../shared/json-call.ts';
import { authorise, credentialSets, describedOauth, settingsOf, tokenSettings } from './account.ts';
import { describedBatches } from './batch.ts';
import { auditDescribed, clearSettings, companionsOf, describedColumns, describedFields } from './fields.ts';
import type { VendorForm } from './form.ts';
import { parseVendorFile, type Mistake } from './parse.ts';
import { describedFind, describedList } from './list.ts';
import { meterName } from './quota-signs.ts';
import { provesCredentials, readDescribed } from './read.ts';
import { describedRecords } from './record.ts';
import { textAt } from './refusal.ts';
import { filled, filledPath } from './templates.ts';
import { describedCalls, headersOf, queryOf } from './write.ts';

/** A vendor that a file describes, or what is wrong with the file. Pure; nothing in the file is executed. */
export function vendorFromFile(
  text: string,
): { readonly vendor: Vendor; readonly form: VendorForm } | { readonly mistakes: readonly Mistake[] } {
  const parsed = parseVendorFile(text);
  return 'mistakes' in parsed ? parsed : { vendor: describedVendor(parsed.form), form: parsed.form };
}

function describedVendor(form: VendorForm): Vendor {
  return {
    name: form.name,
    title: form.title,
    updates: { records: 'opportunities', calls: `${form.update.method} ${form.update.path}` },
    documentation: form.documentation ?? [],
    credentials: credentialSets(form),
    settings: [...settingsOf(form), ...tokenSettings(form), ...clearSettings(form)],
    baseUrl: (settings) => filled(form.baseUrl, settings),
    authorise: (credentials) => authorise(form, credentials),
    ...(form.oauth === undefined ? {} : { oauth: describedOauth(form, form.oauth) }),
    quotas: metersOf(form),
    concurrency: form.concurrency ?? 4,
    example: form.example ?? exampleOf(form),
    open: (settings) => openDescribed(form, settings),
  };
}

/** Without a quota in the file one call a second is safe nearly everywhere. */
function metersOf(form: VendorForm): readonly Meter[] {
  if (form.quotas === undefined)
    return [
      {
        name: 'calls',
        count: 1,
        windowMs: 1_000,
        window: 'sliding',
        evidence: 'assumed',
        description: 'The file names no quota; set one with --rate.',
      },
    ];
  return form.quotas.map(({ rate, description, window, of, assumed, headers }, index): Meter => ({
    name: meterName(form, index),
    count: rate.count,
    windowMs: rate.windowMs,
    window: window ?? (headers?.reset === undefined ? 'sliding' : 'fixed'),
    ...(of === undefined ? {} : { group: of }),
    evidence: assumed === true ? 'assumed' : 'documented',
    description: description ?? `A quota of ${form.title}.`,
  }));
}

/** An edit that the file itself would take. */
function exampleOf(form: VendorForm): Vendor['example'] {
  const id = { token: '91', digits: '91', uuid: 'b7d5c1a2-0f3e-4d5c-8b7a-6f5e4d3c2b1a' }[form.id?.form ?? 'token'];
  const { fields } = openDescribed(form, {});
  const samples = ['Renewal', '42000', '2026-12-18', 'true', 'EUR', 'ada@northwind.example', '{}'];
  for (const { name, form: value, readOnly } of fields) {
    const sample =
      readOnly === undefined
        ? [...(value.options ?? []), ...samples].find((text) => 'value' in value.encode(text))
        : undefined;
    if (sample !== undefined && !/\s/.test(name + sample)) return { id, change: `${name}=${sample}` };
  }
  return { id, change: `${[...form.fields.keys()][0] ?? ''}=Renewal` };
}

const idForms = {
  token: /^[\w.~-]{1,100}$/,
  digits: /^\d{1,30}$/,
  uuid: /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i,
};

function openDescribed(form: VendorForm, settings: Settings): Service {
  const { read } = form;
  const fields = describedFields(form, settings);
  const described = { form, settings, fields };
  const companions = [...fields.values()].some(({ said }) => said.with !== undefined);
  return {
    idNames: form.id?.columns ?? [],
    idProblem: (id) =>
      idForms[form.id?.form ?? 'token'].test(id) && !id.includes('..')
        ? undefined
        : `is not the id of a record at ${form.title}`,
    ...(form.id?.form === 'uuid' ? { canonicalId: (id: string) => id.toLowerCase() } : {}),
    fields: describedColumns(form, fields, settings),
    ...(companions ? { companions: (changes) => companionsOf(fields, changes) } : {}),
    audit: (edit) => auditDescribed(fields, edit),
    plan: (edit) => describedCalls(described, edit),
    ...(form.batch === undefined ? {} : { batches: describedBatches(described, form.batch) }),
    read: (reply, call) => readDescribed(form, reply, call),
    ...(read === undefined ? {} : { records: describedRecords(described, read) }),
    ...(read?.list === undefined ? {} : { list: describedList(described, read, read.list) }),
    ...(read?.list?.filters === undefined ? {} : { find: describedFind(described, read, read.list) }),
    check: {
      call: jsonCall({
        path: filledPath(form.check.path, settings),
        ...(form.check.query === undefined ? {} : { query: queryOf(form.check.query, settings) }),
        headers: headersOf(form, settings),
        step: 'check',
        quotaGroup: 'calls',
      }),
      account: (reply) => {
        const body = reply.status === 200 ? jsonBody(reply) : undefined;
        const parts =
          body === undefined ? [] : (form.check.account ?? []).flatMap((pointer) => textAt(body, pointer) ?? []);
        return parts.length === 0 ? undefined : parts.join(' ');
      },
      proves: (reply) => provesCredentials(form, reply),
    },
  };
}

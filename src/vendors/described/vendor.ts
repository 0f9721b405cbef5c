import type {
  Authorisation,
  CredentialField,
  Credentials,
  Meter,
  Service,
  Setting,
  Settings,
  Vendor,
} from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { describedBatches } from './batch.ts';
import { auditDescribed, clearSettings, companionsOf, describedColumns, describedFields } from './fields.ts';
import type { CredentialForm, SettingForm, VendorForm } from './form.ts';
import { parseVendorFile, type Mistake } from './parse.ts';
import { describedFind } from './find.ts';
import { describedList } from './list.ts';
import { meterName } from './quota-signs.ts';
import { provesCredentials, readDescribed } from './read.ts';
import { describedRecords } from './record.ts';
import { textAt } from './refusal.ts';
import { filled, filledPath, holesOf } from './templates.ts';
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
    credentials: [
      {
        title: [...form.credentials.keys()].join(', '),
        fields: [...form.credentials].map(([name, credential]) => credentialField(form, name, credential)),
      },
    ],
    settings: [...settingsOf(form), ...clearSettings(form)],
    baseUrl: (settings) => filled(form.baseUrl, settings),
    authorise: (credentials) => authorise(form, credentials),
    quotas: metersOf(form),
    concurrency: form.concurrency ?? 4,
    example: form.example ?? exampleOf(form),
    open: (settings) => openDescribed(form, settings),
  };
}

function credentialField(form: VendorForm, name: string, credential: CredentialForm): CredentialField {
  const { description, optional, beginsWith } = credential;
  const doubt = (value: string): string | undefined =>
    value.startsWith(beginsWith ?? '') ? undefined : `does not begin with ${beginsWith}, as those of ${form.title} do`;
  return {
    name,
    secret: credential.public !== true,
    ...(optional === undefined ? {} : { optional }),
    description,
    ...(beginsWith === undefined ? {} : { doubt }),
  };
}

/** What a setting decides follows from where the file uses it: in the address, in how calls are sent, or in what values mean. */
function settingsOf(form: VendorForm): readonly Setting[] {
  const inAddress = new Set(holesOf(form.baseUrl));
  const [host = ''] = form.baseUrl.slice('https://'.length).split('/');
  const inHost = new Set(holesOf(host));
  const inZones = new Set(
    [...form.fields.values()].flatMap((field) => (typeof field === 'string' ? [] : holesOf(field.zone ?? ''))),
  );
  const declared = ([name, said]: readonly [string, SettingForm]): Setting => {
    const { description, options, default: value = '' } = said;
    const required = inAddress.has(name) && value === '';
    const question = said.question ?? (required ? description : undefined);
    return {
      name,
      description,
      default: value,
      ...(options === undefined ? {} : { options }),
      role: inAddress.has(name) ? 'address' : inZones.has(name) ? 'values' : 'sending',
      ...(question === undefined ? {} : { question }),
      ...(required ? { required } : {}),
      problem: (text) => settingProblem(text, inHost.has(name) ? 'host' : inAddress.has(name) ? 'address' : 'text'),
    };
  };
  return [...(form.settings ?? [])].map(declared);
}

/** A value may become part of a host, of the path of the address, or of a header: it must not change what stands around it. */
function settingProblem(value: string, place: 'host' | 'address' | 'text'): string | undefined {
  if (value === '') return undefined;
  if (place === 'host')
    return /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,200}[A-Za-z0-9])?$/.test(value) && !value.includes('..')
      ? undefined
      : 'is not a part of a host';
  if (place === 'address') return /^[\w~-][\w.~-]{0,200}$/.test(value) ? undefined : 'is not a part of an address';
  return /^[\x20-\x7e]{1,500}$/.test(value) ? undefined : 'holds a character that cannot be sent';
}

function authorise(form: VendorForm, credentials: Credentials): Authorisation {
  const headers: Record<string, string> = {};
  const query: (readonly [string, string])[] = [];
  const part = { 'basic-user': '', 'basic-password': '' };
  for (const [name, { header, query: parameter, as, prefix = '' }] of form.credentials) {
    const value = credentials[name];
    if (value === undefined || value === '') continue;
    if (header !== undefined) headers[header] = prefix + value;
    else if (parameter !== undefined) query.push([parameter, value]);
    else if (as === 'bearer') headers['Authorization'] = `Bearer ${value}`;
    else if (as !== undefined) part[as] = value;
  }
  const { 'basic-user': user, 'basic-password': password } = part;
  if (user !== '' || password !== '')
    headers['Authorization'] = `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
  return { headers, query };
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
      call: {
        method: 'GET',
        path: filledPath(form.check.path, settings),
        ...(form.check.query === undefined ? {} : { query: queryOf(form.check.query, settings) }),
        headers: headersOf(form, settings),
        edits: [],
        step: 'check',
        repeatable: true,
        quotaGroup: 'calls',
      },
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

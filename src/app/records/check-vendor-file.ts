import { rateText } from '../../core/duration.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import { printable } from '../../core/printable.ts';
import type { Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { credentialNames, environmentChoices, fittingSet, listed } from '../../profiles/credential-set.ts';
import { environmentName, environmentValue } from '../../profiles/environment-name.ts';
import type { VendorForm } from '../../vendors/described/form.ts';
import { checkAccount } from '../profiles/profile-check.ts';
import { loadVendorFiles, openVendorFile } from '../session/known-vendors.ts';
import { vendorFileVariable } from '../session/vendor-files.ts';
import type { GetOptions } from '../session/options.ts';
import { writeOut } from '../session/output.ts';
import { getRecords } from './get-records.ts';

/**
 * Reads a vendor file and says what it offers; then, where credentials are given, proves it with one harmless read, and with that of a record where
 * one is named. Throws with all mistakes of the file before anything is sent.
 */
export async function checkVendorFile(
  given: Host,
  file: string,
  options: GetOptions & { readonly record?: string },
): Promise<ExitCode> {
  await loadVendorFiles();
  const { vendor, form } = openVendorFile(file);
  const host: Host = { ...given, env: { ...given.env, [vendorFileVariable]: file } };
  const offers = offersOf(form);
  if (options.json === true)
    writeOut(host, JSON.stringify({ file, name: vendor.name, title: vendor.title, mistakes: 0, offers }));
  else writeOut(host, summary(file, vendor, form, offers));
  const account = { ...options, vendorFile: file };
  if (options.profile === undefined && !hasCredentials(host, vendor)) {
    if (options.json !== true)
      writeOut(
        host,
        `Not proved: no credentials. Set ${environmentChoices(vendor)}, or name a --profile, and check again.`,
      );
    return 0;
  }
  const code = await checkAccount(host, account);
  return code !== 0 || options.record === undefined ? code : getRecords(host, [options.record], account);
}

function hasCredentials({ env }: Host, vendor: Vendor): boolean {
  const given = credentialNames(vendor).flatMap((name): (readonly [string, string])[] => {
    const value = environmentValue(env, environmentName(vendor.name, name));
    return value === undefined ? [] : [[name, value]];
  });
  return fittingSet(vendor, Object.fromEntries(given)) !== undefined;
}

/** What the file lets the tool do, and what it does instead where the file is silent. */
function offersOf(form: VendorForm): Readonly<Record<string, string>> {
  const { read, success, batch, quotas, oauth } = form;
  return {
    proof:
      success === undefined
        ? 'each write is proved by reading the record'
        : read === undefined
          ? 'by the reply'
          : 'by the reply, in doubt by reading the record',
    current_values:
      read === undefined
        ? 'not offered: nothing is read before it is sent, and undo has nothing to put back'
        : read.many === undefined
          ? 'one record a call'
          : `${read.many.most} records a call`,
    sign_in:
      oauth === undefined
        ? 'with the credentials as they are'
        : `with an access token from ${oauth.tokenUrl}; a refresh token is obtained elsewhere`,
    list:
      read?.list === undefined
        ? 'not offered: the file has no read.list'
        : `by ${listed([...(read.list.filters?.keys() ?? [])].map((name) => printable(name))) || 'nothing but all'}`,
    match_by:
      read?.list?.filters === undefined
        ? 'not offered: the file has no filters in read.list'
        : `the same fields, ${keysText(read.list.filters)}`,
    batches: batch === undefined ? 'not offered: each row is a call' : `${batch.most} records a call`,
    quota: quotas === undefined ? 'not known: one call a second' : quotas.map(({ rate }) => rateText(rate)).join(', '),
    clearing: {
      null: 'by null',
      empty: 'by an empty text',
      refuse: 'refused',
      unknown: 'not known: refused until --setting clear= says how',
    }[form.clearing ?? 'unknown'],
    never: 'a file cannot offer fields and options read from the account, or `oppatch profile login`',
  };
}

function keysText(filters: NonNullable<NonNullable<VendorForm['read']>['list']>['filters']): string {
  const most = [...(filters?.values() ?? [])].map((filter) => filter.most ?? 1);
  const [least, greatest] = [Math.min(...most), Math.max(...most)];
  return greatest === 1 ? 'one key a call' : `${least === greatest ? least : `${least} to ${greatest}`} keys a call`;
}

function summary(
  file: string,
  { name, title }: Vendor,
  form: VendorForm,
  offers: Readonly<Record<string, string>>,
): string {
  const calls = [form.update, ...(form.extra ?? []), ...(form.batch === undefined ? [] : [form.batch])].map(
    ({ method, path }) => `${method} ${path}`,
  );
  const readOnly = [...(form.readOnly?.values() ?? [])].flat().length;
  const lines: readonly (readonly [string, string])[] = [
    ['calls', calls.join(', ')],
    ['fields', `${form.fields.size}${readOnly === 0 ? '' : `, and ${readOnly} that cannot be written`}`],
    ...Object.entries(offers).map(([what, how]) => [what.replaceAll('_', ' '), how] as const),
  ];
  return [
    `${printable(file)} has no mistakes. It describes ${title} (--vendor ${name}).`,
    ...lines.map(([what, how]) => `  ${what.padEnd(16)}${how}`),
  ].join('\n');
}

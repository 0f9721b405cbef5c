import { rateText } from '../../core/duration.ts';
import type { Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { environmentName } from '../../profiles/environment-name.ts';
import { knownVendors } from './known-vendors.ts';
import type { OutputOptions } from './options.ts';
import { writeErr, writeOut } from './output.ts';
import { vendorCalled } from './vendor-called.ts';

/** Lists the vendors; with a name, shows everything about one. */
export function showVendors(host: Host, name: string | undefined, options: OutputOptions): void {
  const chosen = name === undefined ? knownVendors(host.env) : [vendorCalled(host, name)];
  const described = chosen.map(describe);
  if (options.json === true) writeOut(host, JSON.stringify(name === undefined ? described : described[0]));
  else for (const vendor of described) writeOut(host, name === undefined ? shortText(vendor) : longText(vendor));
}

/** Prints a vendor as a vendor file, and says what such a file can't hold. */
export async function showAsFile(host: Host, name: string): Promise<void> {
  const { asFile } = await import('../../vendors/described/as-file.ts');
  const { file, leftOut } = asFile(vendorCalled(host, name));
  writeOut(host, JSON.stringify(file, undefined, 2));
  writeErr(host, `Not in the file: ${leftOut.join('; ')}.`);
}

/** All that is said of a vendor, for scripts. */
function describe(vendor: Vendor) {
  const defaults = Object.fromEntries(vendor.settings.map((setting) => [setting.name, setting.default]));
  const { idNames, idHint } = vendor.open(defaults);
  return {
    name: vendor.name,
    title: vendor.title,
    updates: vendor.updates,
    base_url: vendor.baseUrl(defaults),
    documentation: vendor.documentation,
    limits: vendor.quotas.map(({ name, count, windowMs, window, evidence, description }) => ({
      name,
      rate: rateText({ count, windowMs }),
      window,
      evidence,
      description,
    })),
    concurrency: vendor.concurrency,
    id_columns: ['id', ...idNames],
    ...(idHint === undefined ? {} : { id_hint: idHint }),
    credentials: vendor.credentials.map(({ title, fields }) => ({
      title,
      fields: fields.map(({ name, secret, optional, description }) => ({
        name,
        environment: environmentName(vendor.name, name),
        secret,
        optional: optional === true,
        description,
      })),
    })),
    settings: vendor.settings.map(({ name, description, default: value, options }) => ({
      name,
      default: value,
      description,
      ...(options === undefined ? {} : { options }),
    })),
  };
}

type Described = ReturnType<typeof describe>;

function shortText({ name, title, updates, limits, credentials }: Described): string {
  const rates = limits.map(({ rate }) => rate).join(', ');
  const needed = credentials.map(({ fields }) =>
    fields
      .filter(({ optional }) => !optional)
      .map((field) => field.name)
      .join(' '),
  );
  return `${name.padEnd(16)}${title} ${updates.records}\n${' '.repeat(16)}quota ${rates} · credentials ${needed.join(' or ')}`;
}

function longText(vendor: Described): string {
  const lines = [
    `${vendor.name}: ${vendor.title}`,
    `  address      ${vendor.base_url}`,
    `  updates      ${vendor.updates.records}: ${vendor.updates.calls}`,
    `  id columns   ${vendor.id_columns.join(', ')}${vendor.id_hint === undefined ? '' : `. ${vendor.id_hint}`}`,
    `  in flight    ${vendor.concurrency} calls`,
    '  limits',
    ...vendor.limits.map(({ rate, evidence, description }) => `    ${rate} (${evidence}): ${description}`),
    '  credentials',
  ];
  for (const { title, fields } of vendor.credentials) {
    lines.push(`    ${title}`);
    for (const { name, environment, optional, description } of fields) {
      lines.push(`      ${name}${optional ? ' (optional)' : ''}, or ${environment}: ${description}`);
    }
  }
  if (vendor.settings.length > 0) lines.push('  settings (--setting NAME=VALUE)');
  for (const { name, default: value, options, description } of vendor.settings) {
    const choice = options === undefined ? '' : ` [${options.join('|')}]`;
    lines.push(`    ${name}${choice}, default ${value === '' ? 'empty' : value}: ${description}`);
  }
  lines.push('  documentation', ...vendor.documentation.map((link) => `    ${link}`));
  return lines.join('\n');
}

import { exampleVendor } from '../flags/vendor-words.ts';
import type { Command } from 'commander';
import { rateText } from '../../core/duration.ts';
import type { Vendor } from '../../core/vendor.ts';
import { defaultSettings, vendorCalled } from '../../app/session/vendor-called.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodesHelp } from '../help.ts';
import { addOutputOptions } from '../flags/flags.ts';
import type { OutputOptions } from '../../app/session/options.ts';

export function addVendors(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('vendors')
    .summary('vendors, their limits, needed credentials')
    .description('Lists the vendors; with NAME, all that is known of one: address, limits, credentials, settings.')
    .argument('[name]', 'of a vendor');
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch vendors
  oppatch vendors ${exampleVendor(1).name}
  oppatch vendors --json
${exitCodesHelp([0, 2])}`,
  );
  command.action(async (name: string | undefined, options: OutputOptions) => {
    const [{ vendors }, { environmentName }, { writeOut }] = await Promise.all([
      import('../../vendors/index.ts'),
      import('../../profiles/resolve.ts'),
      import('../../app/session/output.ts'),
    ]);
    const chosen = name === undefined ? vendors : [vendorCalled(name, vendors)];
    const described = chosen.map((vendor) => describe(vendor, environmentName));
    if (options.json === true) writeOut(host, JSON.stringify(name === undefined ? described : described[0]));
    else for (const vendor of described) writeOut(host, name === undefined ? shortText(vendor) : longText(vendor));
    end(0);
  });
}

function describe(vendor: Vendor, environmentName: (vendor: string, credential: string) => string) {
  return {
    name: vendor.name,
    title: vendor.title,
    base_url: vendor.baseUrl(defaultSettings(vendor)),
    documentation: vendor.documentation,
    limits: vendor.quotas.map(({ name, count, windowMs, window, evidence, description }) => ({
      name,
      rate: rateText({ count, windowMs }),
      window,
      evidence,
      description,
    })),
    concurrency: vendor.concurrency,
    id_columns: ['id', ...vendor.open(defaultSettings(vendor)).idNames],
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

function shortText({ name, title, limits, credentials }: Described): string {
  const rates = limits.map(({ rate }) => rate).join(', ');
  const needed = credentials.map(({ fields }) =>
    fields
      .filter(({ optional }) => !optional)
      .map((field) => field.name)
      .join(' '),
  );
  return `${name.padEnd(16)}${title}\n${' '.repeat(16)}quota ${rates} · credentials ${needed.join(' or ')}`;
}

function longText(vendor: Described): string {
  const lines = [
    `${vendor.name}: ${vendor.title}`,
    `  address      ${vendor.base_url}`,
    `  id columns   ${vendor.id_columns.join(', ')}`,
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

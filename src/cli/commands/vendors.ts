import { exampleVendor } from '../flags/vendor-words.ts';
import type { Command } from 'commander';
import { rateText } from '../../core/duration.ts';
import type { Vendor } from '../../core/vendor.ts';
import { defaultSettings } from '../../app/session/default-settings.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodesHelp } from '../help.ts';
import { addAccountOptions, addOutputOptions, addReadOptions } from '../flags/flags.ts';
import type { OutputOptions } from '../../app/session/options.ts';
import type { Host } from '../../host.ts';

export function addVendors(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('vendors')
    .summary('vendors, their limits, needed credentials')
    .description('Lists the vendors; with NAME, shows everything about one: address, limits, credentials, settings.')
    .argument('[name]', 'of a vendor');
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch vendors
  oppatch vendors ${exampleVendor(1).name}
  oppatch vendors --json
  oppatch vendors check my-crm.json --record 4711
  oppatch vendors show ${exampleVendor(1).name} --as-file > my-crm.json
${exitCodesHelp([0, 2])}`,
  );
  command.action(async (name: string | undefined, options: OutputOptions) => {
    await list(host, name, options);
    end(0);
  });
  addCheck(command, { host, end });
  addShow(command, { host, end });
}

async function list(host: Host, name: string | undefined, options: OutputOptions): Promise<void> {
  const [{ knownVendors }, { vendorCalled }, { environmentName }, { writeOut }] = await Promise.all([
    import('../../app/session/known-vendors.ts'),
    import('../../app/session/vendor-called.ts'),
    import('../../profiles/resolve.ts'),
    import('../../app/session/output.ts'),
  ]);
  const chosen = name === undefined ? knownVendors(host.env) : [vendorCalled(host, name)];
  const described = chosen.map((vendor) => describe(vendor, environmentName));
  if (options.json === true) writeOut(host, JSON.stringify(name === undefined ? described : described[0]));
  else for (const vendor of described) writeOut(host, name === undefined ? shortText(vendor) : longText(vendor));
}

function addCheck(vendors: Command, { host, end }: Invocation): void {
  const command = vendors
    .command('check')
    .summary('check a file that describes a vendor')
    .description(
      'Reads a vendor file and shows every mistake with its place; if credentials are given, also tests it with one harmless read.',
    )
    .argument('<file>', 'the vendor file (docs/your-own-vendor.md)')
    .option('--record <id>', 'also read this record, and show what the file makes of it');
  addReadOptions(addAccountOptions(addOutputOptions(command)));
  command.addHelpText('after', exitCodesHelp([0, 2, 3, 4]));
  // An option that both commands have is parsed by the outer one.
  command.action(async (file: string, _options: unknown, parsed: Command) => {
    const { checkVendorFile } = await import('../../app/records/check-vendor-file.ts');
    end(await checkVendorFile(host, file, parsed.optsWithGlobals()));
  });
}

function addShow(vendors: Command, { host, end }: Invocation): void {
  const command = vendors
    .command('show')
    .summary('a built-in vendor as a vendor file')
    .description(
      'Prints a built-in vendor as a vendor file, as far as such a file can express it: a starting point for your own.',
    )
    .argument('<name>', 'of a vendor')
    .requiredOption('--as-file', 'as a vendor file');
  command.action(async (name: string) => {
    const [{ vendorCalled }, { asFile }, { writeErr, writeOut }] = await Promise.all([
      import('../../app/session/vendor-called.ts'),
      import('../../vendors/described/as-file.ts'),
      import('../../app/session/output.ts'),
    ]);
    const { file, leftOut } = asFile(vendorCalled(host, name));
    writeOut(host, JSON.stringify(file, undefined, 2));
    writeErr(host, `Not in the file: ${leftOut.join('; ')}.`);
    end(0);
  });
}

function describe(vendor: Vendor, environmentName: (vendor: string, credential: string) => string) {
  return {
    name: vendor.name,
    title: vendor.title,
    updates: vendor.updates,
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

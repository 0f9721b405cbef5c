import type { Command } from 'commander';
import type { OutputOptions } from '../../app/session/options.ts';
import { addParts, type Invocation } from '../command-parts.ts';
import { exampleVendor } from '../flags/vendor-words.ts';

export function addVendors(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('vendors')
    .summary('vendors, their limits, needed credentials')
    .description('Lists the vendors; with NAME, shows everything about one: address, limits, credentials, settings.')
    .argument('[name]', 'of a vendor');
  addParts(command, {
    options: ['output'],
    examples: `
  oppatch vendors
  oppatch vendors ${exampleVendor(1).name}
  oppatch vendors --json
  oppatch vendors check my-crm.json --record 4711
  oppatch vendors show ${exampleVendor(1).name} --as-file > my-crm.json`,
    exitCodes: [0, 2],
  });
  command.action(async (name: string | undefined, options: OutputOptions) => {
    const { showVendors } = await import('../../app/session/show-vendors.ts');
    showVendors(host, name, options);
    end(0);
  });

  const check = command
    .command('check')
    .summary('check a file that describes a vendor')
    .description(
      'Reads a vendor file and shows every mistake with its place; if credentials are given, also tests it with one harmless read.',
    )
    .argument('<file>', 'the vendor file (docs/your-own-vendor.md)')
    .option('--record <id>', 'also read this record, and show what the file makes of it');
  addParts(check, { options: ['output', 'account', 'read'], exitCodes: [0, 2, 3, 4] });
  // An option that both commands have is parsed by the outer one.
  check.action(async (file: string, _options: unknown, parsed: Command) => {
    const { checkVendorFile } = await import('../../app/records/check-vendor-file.ts');
    end(await checkVendorFile(host, file, parsed.optsWithGlobals()));
  });

  command
    .command('show')
    .summary('a built-in vendor as a vendor file')
    .description(
      'Prints a built-in vendor as a vendor file, as far as such a file can express it: a starting point for your own.',
    )
    .argument('<name>', 'of a vendor')
    .requiredOption('--as-file', 'as a vendor file')
    .action(async (name: string) => {
      const { showAsFile } = await import('../../app/session/show-vendors.ts');
      await showAsFile(host, name);
      end(0);
    });
}

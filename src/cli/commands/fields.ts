import type { Command } from 'commander';
import type { FieldsOptions } from '../../app/session/options.ts';
import { addParts, type Invocation } from '../command-parts.ts';
import { exampleVendor } from '../flags/vendor-words.ts';

export function addFields(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('fields')
    .summary('the columns that the profile accepts')
    .description(
      "Lists the fields that a column can write: type, allowed values, whether it can be cleared, common name. Where the account's credentials are there, also its own fields, statuses and options.",
    )
    .option('--offline', 'no network at all: what is known without the account');
  addParts(command, {
    options: ['account', 'refresh', 'output'],
    examples: `
  oppatch fields --vendor ${exampleVendor(1).name}
  oppatch fields --vendor ${exampleVendor(0).name} --offline
  oppatch fields --profile prod --json`,
    exitCodes: [0, 2, 4, 6],
  });
  command.action(async (options: FieldsOptions) => {
    const { listFields } = await import('../../app/edits/list-fields.ts');
    await listFields(host, options);
    end(0);
  });
}

import { exampleVendor } from '../flags/vendor-words.ts';
import type { Command } from 'commander';
import type { ExitCode } from '../../core/exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodesHelp } from '../help.ts';
import { addAccountOptions, addOutputOptions, addRefreshOption, addReadOptions } from '../flags/flags.ts';
import type { GetOptions } from '../../app/session/options.ts';

export function addGet(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('get')
    .summary('current values')
    .description('Reads opportunities and shows the fields that can be written.')
    .argument('<id...>', 'ids of opportunities')
    .option('--all', 'also the fields that can only be read')
    .option('--csv', 'print CSV that is valid input for `apply`');
  addAccountOptions(command);
  addRefreshOption(command);
  addReadOptions(command);
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch get ${exampleVendor(0).id}
  oppatch get ${exampleVendor(1).id} --profile prod --json
  oppatch get ${exampleVendor(0).id} --csv > edits.csv
${exitCodesHelp([0, 2, 3, 4, 6])}`,
  );
  command.action(async (ids: readonly string[], options: GetOptions) => {
    const { getRecords } = await import('../../app/records/get-records.ts');
    const code: ExitCode = await getRecords(host, ids, options);
    end(code);
  });
}

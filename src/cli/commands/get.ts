import type { Command } from 'commander';
import type { GetOptions } from '../../app/session/options.ts';
import { addParts, type Invocation } from '../command-parts.ts';
import { exampleVendor } from '../flags/vendor-words.ts';

export function addGet(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('get')
    .summary('current values')
    .description('Reads opportunities and shows the fields that can be written.')
    .argument('<id...>', 'ids of opportunities')
    .option('--all', 'also the fields that can only be read')
    .option('--csv', 'print CSV that is valid input for `apply`');
  addParts(command, {
    options: ['account', 'refresh', 'read', 'output'],
    examples: `
  oppatch get ${exampleVendor(0).id}
  oppatch get ${exampleVendor(1).id} --profile prod --json
  oppatch get ${exampleVendor(0).id} --csv > edits.csv`,
    exitCodes: [0, 2, 3, 4, 6],
  });
  command.action(async (ids: readonly string[], options: GetOptions) => {
    const { getRecords } = await import('../../app/records/get-records.ts');
    end(await getRecords(host, ids, options));
  });
}

import type { Command } from 'commander';
import { readAssignment } from '../../app/edits/set-words.ts';
import type { ListOptions } from '../../app/session/options.ts';
import { addParts, type Invocation } from '../command-parts.ts';
import { repeatable } from '../flags/flags.ts';

export function addList(program: Command, { host, end }: Invocation): void {
  const where = 'only those whose field has this value; all conditions must hold';
  const command = program
    .command('list')
    .summary('opportunities that match conditions')
    .description(
      "Lists the opportunities that match, by the vendor's own filter: a table, a file of edits (--csv) or one JSON object per line (--json).",
    )
    .addOption(repeatable('--where <field=value>', where, readAssignment))
    .option('--where-raw <text>', "a condition in the vendor's own filter language, where it has one")
    .option('--fields <list>', 'the fields to show, separated by commas (else the usual ones)')
    .option('--csv', 'print CSV that is valid input for `apply`')
    .addHelpText(
      'after',
      '\nA list that the vendor cuts off ends with exit code 3, and its CSV with a row that `apply` refuses.',
    );
  addParts(command, {
    options: ['account', 'refresh', 'read', 'output'],
    examples: `
  oppatch list --where stage=Negotiation
  oppatch list --where owner=bob@x.example --csv | oppatch apply - --set owner=ada@x.example
  oppatch list --where status=open --fields amount,close_date --csv > edits.csv`,
    exitCodes: [0, 2, 3, 4, 6],
  });
  command.action(async (options: ListOptions) => {
    const { listRecords } = await import('../../app/records/list-records.ts');
    end(await listRecords(host, options));
  });
}

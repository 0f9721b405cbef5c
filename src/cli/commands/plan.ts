import type { Command } from 'commander';
import type { PlanOptions } from '../../app/session/options.ts';
import { addParts, type Invocation } from '../command-parts.ts';
import { sharedOptions } from '../flags/flags.ts';
import { exampleVendor } from '../flags/vendor-words.ts';

export function addPlan(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('plan')
    .summary('show before → after of what apply would do; sends no write')
    .description(
      'Checks the file, reads what the opportunities hold now and shows before → after for each field, with counts and the time at the quota. Sends no write.',
    )
    .argument('<file>', 'CSV, TSV, JSON or NDJSON; - for stdin')
    .option('--offline', 'no network at all: show the calls')
    .option('--out <file>', 'save the plan: `oppatch apply FILE` sends just that, and no row that has changed since')
    .option('--html <file>', 'write the plan as one self-contained web page for approval; - is stdout');
  sharedOptions
    .bulk(command)
    .option(
      '--detailed-exitcode',
      '0 nothing to change, 2 error or a row that could not be read or is refused, 10 there are changes',
    );
  addParts(command, {
    options: ['yes', 'account', 'refresh', 'input', 'read', 'merge', 'output'],
    examples: `
  oppatch plan edits.csv --profile prod
  oppatch plan edits.csv --out plan.json --html plan.html
  oppatch plan edits.csv --offline --vendor ${exampleVendor(0).name}
  oppatch plan edits.csv --offline --json | jq .calls`,
    exitCodes: [0, 2, 3, 4, 6, 10],
  });
  command.action(async (file: string, options: PlanOptions) => {
    const { plan } = await import('../../app/plans/plan-file.ts');
    end(await plan(host, file, options));
  });
}

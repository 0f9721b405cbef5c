import type { Command } from 'commander';
import type { ExitCode } from '../core/exit-code.ts';
import { setExitCode } from './exit.ts';
import { exitCodesHelp } from './help.ts';
import { addAccountOptions, addInputOptions, addOutputOptions } from './options.ts';
import type { PlanOptions } from './options.ts';

export function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .summary('show what apply would do; sends no write')
    .description(
      'Checks the file and shows each call that apply would send, with counts and the time at the quota. Sends nothing.',
    )
    .argument('<file>', 'CSV, TSV, JSON or NDJSON; - for stdin')
    .option('--offline', 'no network at all: show the calls')
    .option('--detailed-exitcode', '0 nothing to change, 2 error, 10 there are changes');
  addAccountOptions(command);
  addInputOptions(command);
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch plan edits.csv --offline --vendor close
  oppatch plan edits.csv --offline --json | jq .calls
${exitCodesHelp([0, 2, 10])}`,
  );
  command.action(async (file: string, options: PlanOptions) => setExitCode(await plan(file, options)));
}

/**
 * One pass over the file, streamed, with flat memory. Current values are not read by this version: every plan shows the calls, with no
 * network at all.
 */
export async function plan(file: string, options: PlanOptions): Promise<ExitCode> {
  const [{ openContext }, edits, { withReadableFile }] = await Promise.all([
    import('./context.ts'),
    import('./plan-edits.ts'),
    import('./edits.ts'),
  ]);
  const context = await openContext(options, { offline: true });
  return withReadableFile(file, (path) => edits.planEdits(path, file, context, options));
}

/** The plan of edits that stand in no file: `text` is NDJSON. */
export async function planText(text: string, options: PlanOptions): Promise<ExitCode> {
  const [{ openContext }, edits, { withTextFile }] = await Promise.all([
    import('./context.ts'),
    import('./plan-edits.ts'),
    import('./edits.ts'),
  ]);
  const context = await openContext(options, { offline: true });
  return withTextFile(text, (path) => edits.planEdits(path, 'set', context, options));
}

import { exampleVendor } from '../flags/vendor-words.ts';
import type { Command } from 'commander';
import type { ExitCode } from '../../core/exit-code.ts';
import type { Host } from '../../host.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodesHelp } from '../help.ts';
import {
  noBulkText,
  addAccountOptions,
  addMergeOption,
  addOutputOptions,
  addRefreshOption,
  addReadOptions,
  yesOption,
} from '../flags/flags.ts';
import { addInputOptions } from '../flags/file-flags.ts';
import type { PlanOptions } from '../../app/session/options.ts';

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
    .option('--html <file>', 'write the plan as one self-contained web page for approval; - is stdout')
    .option('--no-bulk', noBulkText)
    .option(
      '--detailed-exitcode',
      '0 nothing to change, 2 error or a row that could not be read or is refused, 10 there are changes',
    );
  command.addOption(yesOption());
  addAccountOptions(command);
  addRefreshOption(command);
  addInputOptions(command);
  addReadOptions(command);
  addMergeOption(command);
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch plan edits.csv --profile prod
  oppatch plan edits.csv --out plan.json --html plan.html
  oppatch plan edits.csv --offline --vendor ${exampleVendor(0).name}
  oppatch plan edits.csv --offline --json | jq .calls
${exitCodesHelp([0, 2, 3, 4, 6, 10])}`,
  );
  command.action(async (file: string, options: PlanOptions) => end(await plan(host, file, options)));
}

/** One pass over the file, streamed, with flat memory: with a look at each record, or `--offline` without any network. */
export async function plan(host: Host, file: string, options: PlanOptions): Promise<ExitCode> {
  const { withReadableFile } = await import('../../app/edits/readable-file.ts');
  return withReadableFile(host, file, options, (path) => planFile(host, path, file, options));
}

/** The plan of edits that stand in no file: `text` is NDJSON. */
export async function planText(host: Host, text: string, options: PlanOptions): Promise<ExitCode> {
  const { withTextFile } = await import('../../app/edits/readable-file.ts');
  return withTextFile(host, text, (path) => planFile(host, path, 'set', options));
}

async function planFile(host: Host, path: string, source: string, options: PlanOptions): Promise<ExitCode> {
  const [{ openContext }, { readSavedPlan }] = await Promise.all([
    import('../../app/session/context.ts'),
    import('../../app/plans/saved-plan.ts'),
  ]);
  if ((await readSavedPlan(path)) !== undefined) {
    const { OppatchError } = await import('../../core/errors.ts');
    throw new OppatchError('already-a-plan', 'This file is a saved plan.', {
      place: source,
      hint: `Send it with \`oppatch apply ${source}\`, which reads each record again.`,
    });
  }
  if (options.json === true && options.html === '-') {
    const { OppatchError } = await import('../../core/errors.ts');
    throw new OppatchError('two-formats', '`--json` and `--html -` are given together: both go to stdout.', {
      place: '--html',
      hint: 'Leave one of them out, or give --html a file.',
    });
  }
  const offline = options.offline === true;
  if (offline && options.matchBy !== undefined) {
    const { OppatchError } = await import('../../core/errors.ts');
    throw new OppatchError('match-needs-network', 'The ids of --match-by are looked up, which --offline does not do.', {
      hint: 'Leave out --offline.',
    });
  }
  if (offline && (options.out !== undefined || options.html !== undefined)) {
    const { OppatchError } = await import('../../core/errors.ts');
    throw new OppatchError('plan-without-look', 'A saved plan holds current values, which --offline does not read.', {
      hint: 'Leave out --offline, or --out and --html.',
    });
  }
  const context = await openContext(host, options, { offline });
  if (offline) {
    const { planEdits } = await import('../../app/plans/plan-edits.ts');
    return planEdits(path, source, context, options);
  }
  const [{ planCurrent }, { withMatchedFile }] = await Promise.all([
    import('../../app/plans/plan-current.ts'),
    import('../../app/edits/match-ids.ts'),
  ]);
  return withMatchedFile(context, path, source, options, (matched, whole) =>
    planCurrent(matched, source, context, whole),
  );
}

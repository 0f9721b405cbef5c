import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { OppatchError } from '../core/errors.ts';
import type { RowOutcome, RowStatus } from '../core/outcome.ts';
import { setExitCode } from './exit.ts';
import { exitCodesHelp } from './help.ts';
import type { InputCopy } from './input-copy.ts';
import type { NewRun } from './new-run.ts';
import type { PastRun } from './past-run.ts';
import { addAccountOptions, addBeginOptions, addOutputOptions, addRefreshOption, addSendOptions } from './options.ts';
import type { AccountOptions, OutputOptions, SendOptions } from './options.ts';

type RetryOptions = AccountOptions & SendOptions & OutputOptions & { readonly includeInDoubt?: true };

export function addRetry(program: Command): void {
  const command = program
    .command('retry')
    .summary('a new run of the rows that were not applied')
    .description('Begins a new run of the rows of RUN that were not applied, without any file.')
    .argument('<run>', 'id of the run, or a part of it that is enough')
    .option('--include-in-doubt', 'also the rows that may have been applied (could apply them twice)');
  addAccountOptions(command);
  addRefreshOption(command);
  addBeginOptions(command);
  addSendOptions(command);
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch retry 20261121T021530Z-x7f3
  oppatch retry x7f3 --yes --json
${exitCodesHelp([0, 2, 3, 4, 5, 6, 11, 130, 143])}`,
  );
  command.action(async (id: string, options: RetryOptions) => setExitCode(await retry(id, options)));
}

async function retry(id: string, options: RetryOptions) {
  const [{ openPastRun }, { newRun }, { fileHash }] = await Promise.all([
    import('./past-run.ts'),
    import('./new-run.ts'),
    import('./input-copy.ts'),
  ]);
  const past = await openPastRun(id);
  const { header } = past;
  const { options: bound, input } = header;
  const includeInDoubt = options.includeInDoubt === true;
  const keepInput = async (directory: string): Promise<InputCopy> => {
    const copy = await keepRows(past, directory, includeInDoubt);
    return { copy, sha256: (await fileHash(join(directory, copy))) ?? '' };
  };
  // What the profile mapped then, as far as the file has such columns.
  const { layout } = past.edits;
  const mapped = bound.optionalMap.filter(([column]) => layout.kind === 'json' || layout.columns.includes(column));
  const whole = {
    ...past.accountOptions(options),
    ...options,
    setting: [...Object.entries(header.settings), ...options.setting],
    map: [...mapped, ...bound.map],
    ignore: bound.ignore,
    set: bound.set,
    format: input.format === 'json' ? 'ndjson' : input.format,
    ...(bound.idColumn === undefined ? {} : { idColumn: bound.idColumn }),
    ...(bound.clearToken === undefined ? {} : { clearToken: bound.clearToken }),
    ...(input.delimiter === undefined ? {} : { delimiter: input.delimiter }),
    ...(bound.skipInvalid ? { skipInvalid: true as const } : {}),
  };
  if (options.dryRun === true) {
    const [{ planEdits }, { openContext }, { withPrivateDirectory }] = await Promise.all([
      import('./plan-edits.ts'),
      import('./context.ts'),
      import('./edits.ts'),
    ]);
    return withPrivateDirectory(async (directory) => {
      const copy = await keepRows(past, directory, includeInDoubt);
      const context = await openContext(whole, { offline: true });
      return planEdits(join(directory, copy), header.source, context, whole as NewRun['options']);
    });
  }
  return newRun({
    command: 'retry',
    source: header.source,
    keepInput,
    options: whole as NewRun['options'],
    parent: header.run,
  });
}

/** Writes the rows to send again, in file order, as the input of the new run. */
async function keepRows(past: PastRun, directory: string, includeInDoubt: boolean): Promise<string> {
  const { createResultFiles } = await import('../report/result-files.ts');
  const wanted = new Set<RowStatus>(['invalid', 'rejected', 'conflict', 'failed', 'unprocessed']);
  if (includeInDoubt) wanted.add('in_doubt');
  const files = createResultFiles(directory, past.edits.layout);
  let inDoubt = 0;
  await past.eachOutcome((source, outcome: RowOutcome) => {
    if (outcome.status === 'in_doubt') inDoubt += 1;
    return wanted.has(outcome.status) ? files.write(source, { ...outcome, status: 'failed' }) : undefined;
  });
  const { failed } = await files.finish();
  if (failed === undefined) {
    const hint =
      inDoubt > 0
        ? `${inDoubt} rows may have been applied: check them, then add --include-in-doubt.`
        : 'Nothing is to be done.';
    throw new OppatchError('nothing-to-retry', `No row of run ${past.header.run} is left to send.`, { hint });
  }
  const copy = past.edits.layout.kind === 'csv' ? 'input.csv' : 'input.ndjson';
  await rename(failed, join(directory, copy));
  return copy;
}

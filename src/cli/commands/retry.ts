import { defined } from '../../core/defined.ts';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { parseMapping } from '../../input/mapping.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import { rowStatuses } from '../../core/outcome.ts';
import type { Host } from '../../host.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodesHelp } from '../help.ts';
import type { InputCopy } from '../../app/edits/input-copy.ts';
import type { NewRun } from '../../app/runs/new-run.ts';
import type { RetryChoice } from '../../app/history/retry-rows.ts';
import {
  addAccountOptions,
  addBeginOptions,
  addMergeOption,
  addOutputOptions,
  addRefreshOption,
  addSendOptions,
  readAssignment,
  repeatable,
} from '../flags/flags.ts';
import { addReadingOptions, limitOption, skipInvalidOption } from '../flags/file-flags.ts';
import type { ReadingRules } from '../../core/reading-rules.ts';
import {
  readingRules,
  type AccountOptions,
  type InputOptions,
  type OutputOptions,
  type SendOptions,
} from '../../app/session/options.ts';

type RetryOptions = AccountOptions &
  SendOptions &
  OutputOptions &
  ReadingRules &
  Pick<InputOptions, 'map' | 'ignore' | 'set' | 'clearToken' | 'limit' | 'skipInvalid'> & {
    readonly includeInDoubt?: true;
    readonly onlyCode: readonly string[];
    readonly onlyField: readonly string[];
    readonly onlyStatus: readonly string[];
  };

const statuses: readonly string[] = rowStatuses.filter((status) => status !== 'applied' && status !== 'unchanged');

export function addRetry(program: Command, { host, end }: Invocation): void {
  const command = program
    .command('retry')
    .summary('a new run of the rows that were not applied')
    .description(
      'Begins a new run of the rows of RUN that were not applied, without any file: all of them, or one group, corrected on the way. `oppatch runs RUN` shows the groups and the command for each.',
    )
    .argument('<run>', 'id of the run, or a unique part of it')
    .addOption(repeatable('--only-code <code>', 'only rows that ended with this code', (text) => text))
    .addOption(repeatable('--only-field <header>', 'only rows that failed by this column', (text) => text))
    .addOption(repeatable('--only-status <status>', `only rows of this status: ${statuses.join(', ')}`, readStatus))
    .addOption(repeatable('--set <field=value>', 'write this instead of what the rows say', readAssignment))
    .addOption(repeatable('--map <header=field>', 'this column writes that field', parseMapping))
    .addOption(repeatable('--ignore <header>', 'leave this column out', (text) => text))
    .option('--include-in-doubt', 'also the rows that may have been applied (could apply them twice)');
  addReadingOptions(command).addOption(limitOption()).addOption(skipInvalidOption());
  addAccountOptions(command);
  addRefreshOption(command);
  addBeginOptions(command);
  addSendOptions(command);
  addMergeOption(command);
  addOutputOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  oppatch retry 20261121T021530Z-x7f3
  oppatch retry x7f3 --only-code bad-value --only-field stage --set stage=Won
  oppatch retry x7f3 --only-status failed --yes --json
${exitCodesHelp([0, 2, 3, 4, 5, 6, 7, 11, 129, 130, 143])}`,
  );
  command.action(async (id: string, options: RetryOptions) => end(await retry(host, id, options)));
}

function readStatus(text: string): string {
  if (!statuses.includes(text)) throw new InvalidArgumentError(`Write one of ${statuses.join(', ')}.`);
  return text;
}

async function retry(host: Host, id: string, options: RetryOptions): Promise<ExitCode> {
  const [
    { openPastRun, boundOf },
    { newRun },
    { holdRun, lockedEdits },
    { boundOptions, openBoundAccount },
    { fileHash },
    { keepRetryRows, retryNotes },
    { remapInput },
    { writeErr },
    { directories },
  ] = await Promise.all([
    import('../../app/history/past-run.ts'),
    import('../../app/runs/new-run.ts'),
    import('../../app/runs/run-lock.ts'),
    import('../../app/accounts/bound-account.ts'),
    import('../../app/edits/input-copy.ts'),
    import('../../app/history/retry-rows.ts'),
    import('../../app/history/remap-input.ts'),
    import('../../app/session/output.ts'),
    import('../../core/directories.ts'),
  ]);
  const past = await openPastRun(host, id);
  const { header, vendor } = past;
  const { options: bound, input } = header;
  const choice: RetryChoice = {
    codes: options.onlyCode,
    fields: options.onlyField,
    statuses: options.onlyStatus,
    includeInDoubt: options.includeInDoubt === true,
  };
  const keep = async (directory: string): Promise<string> => {
    const kept = await keepRetryRows(past, directory, choice);
    if (options.quiet !== true) for (const note of retryNotes(kept)) writeErr(host, note);
    return kept.copy;
  };
  const keepInput = async (directory: string): Promise<InputCopy> => {
    const copy = await keep(directory);
    return { copy, sha256: (await fileHash(join(directory, copy))) ?? '' };
  };
  const account = boundOptions(host, boundOf(header), options);
  const clearToken = options.clearToken ?? bound.clearToken;
  const whole = {
    ...account,
    ...(await remapInput(past, options, { vendor, service: vendor.open(Object.fromEntries(account.setting)) })),
    format: input.format === 'json' ? 'ndjson' : input.format,
    ...defined({ idColumn: bound.idColumn, matchBy: bound.matchBy, clearToken }),
    ...bound.rules,
    ...readingRules(options),
    allowDamaged: [...(bound.rules?.allowDamaged ?? []), ...(options.allowDamaged ?? [])],
    ...(bound.ignoreReadOnly === true ? { ignoreReadOnly: true as const } : {}),
    ...(input.delimiter === undefined ? {} : { delimiter: input.delimiter }),
    ...(input.layout === undefined ? { numbered: true as const } : { prepared: input.layout }),
    ...(bound.skipInvalid || options.skipInvalid === true ? { skipInvalid: true as const } : {}),
  };
  const release = await holdRun(directories(host.env).state, header, 'retry');
  try {
    if (options.dryRun === true) {
      const [{ planEdits }, { openContext }, { withPrivateDirectory }] = await Promise.all([
        import('../../app/plans/plan-edits.ts'),
        import('../../app/session/context.ts'),
        import('../../app/edits/readable-file.ts'),
      ]);
      return await withPrivateDirectory(host, async (directory) => {
        const copy = await keep(directory);
        const context = await openContext(host, whole, { offline: true });
        return planEdits(join(directory, copy), header.source, context, whole as NewRun['options']);
      });
    }
    return await newRun(host, {
      command: 'retry',
      source: header.source,
      keepInput,
      options: whole as NewRun['options'],
      open: (given) => openBoundAccount(host, boundOf(header), given),
      parent: header.run,
      holds: lockedEdits(header),
    });
  } finally {
    release();
  }
}

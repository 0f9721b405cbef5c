import { defined } from '../../core/defined.ts';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { rateText } from '../../core/duration.ts';
import type { Edit } from '../../core/edit.ts';
import type { Metadata } from '../../core/vendor.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { Host } from '../../host.ts';
import { Journal } from '../../journal/journal.ts';
import { RowIndex } from '../../journal/row-index.ts';
import { journalFile, makeRunDirectory, runBegins, runsDirectory } from '../../journal/run-directory.ts';
import { jobsVersion, journalVersion, type RunHeader, type RunInput } from '../../journal/run-header.ts';
import type { Account } from '../../profiles/resolve.ts';
import { keepMetadata } from '../accounts/metadata-file.ts';
import { showAccount, type KnownAccount } from '../accounts/account-name.ts';
import { confirmRun } from './confirm-run.ts';
import { leanHeap } from '../../core/lean-heap.ts';
import { answerNeeded, mustNotAsk, openContext, type Context } from '../session/context.ts';
import { toolVersion } from '../session/version.ts';
import { callSharing } from '../records/current-parts.ts';
import { judgeUnoffered } from '../records/unoffered-rows.ts';
import { checkFile } from '../edits/check-file.ts';
import { accountInput, editsOfFile, type Edits } from '../edits/edits.ts';
import type { EditsCheck, CallSharing, WarningTally } from '../edits/edits-tally.ts';
import { addSameIds } from '../edits/same-ids.ts';
import { invalidRowsError } from '../../report/problems-text.ts';
import { executeRun, sumOfCalls, type RunExecution } from './execute-run.ts';
import { interruptible } from '../session/signals.ts';
import { matchedFile } from '../edits/match-ids.ts';
import { fileHash, type InputCopy } from '../edits/input-copy.ts';
import {
  readingRules,
  type AccountOptions,
  type InputOptions,
  type OutputOptions,
  type SendOptions,
} from '../session/options.ts';
import { resolveNames, withMetadata, type ResolvedNames } from '../edits/resolve-names.ts';
import { holdEdits, type LockedEdits } from './run-lock.ts';
import { watched, type Watch } from './run-watch.ts';

export interface NewRun {
  /** `apply`, `set`, `retry`, `undo` */
  readonly command: string;
  /** The file as the person named it. */
  readonly source: string;
  /** Puts the edits into the run's directory. */
  readonly keepInput: (directory: string, context: Context) => Promise<InputCopy>;
  readonly options: AccountOptions & InputOptions & SendOptions & OutputOptions;
  /** Shows what the edits in a file of the directory would do, and may write it again with what it saw. */
  readonly preview?: (directory: string, copy: string, context: Context, options: NewRun['options']) => Promise<void>;
  readonly parent?: string;
  /** Edits whose lock is held by whoever begins the run. */
  readonly holds?: LockedEdits;
  /** The edits are in the vendor's own form. */
  readonly ownForm?: true;
  /** What the account has said of itself before, with which the edits were made. */
  readonly metadata?: Metadata | undefined;
  /** Opens the account, where the edits are bound to one. */
  readonly open?: (options: AccountOptions & OutputOptions) => Promise<Context>;
}

/** The edits as they are sent, with the digest of what they were made of. */
type KeptInput = InputCopy & Pick<RunInput, 'originalSha256'>;

/** Check everything, ask, then send: the way of every command that begins a run. Resolves with the exit code. */
export function newRun(host: Host, order: NewRun): Promise<ExitCode> {
  return watched(host, order.options, (watch) => beginRun(host, order, watch));
}

async function beginRun(host: Host, order: NewRun, watch: Watch): Promise<ExitCode> {
  if (order.command !== 'set') leanHeap();
  const asks = order.options.yes !== true;
  if (asks && mustNotAsk(host, order.options)) throw answerNeeded(order.command);
  const given = await (order.open?.(order.options) ?? openContext(host, order.options, { offline: false }));
  watch.log?.hide(given.redact);
  const { execution, release } = await checkedRun(order, given, watch);
  try {
    return await executeRun(execution);
  } finally {
    release();
  }
}

/** Checks and asks, with signals that leave nothing behind. */
async function checkedRun(
  order: NewRun,
  given: Context,
  watch: Watch,
): Promise<{ execution: RunExecution; release: () => void }> {
  const { host, directories } = given;
  const withAccount = (options: NewRun['options']): NewRun['options'] => ({
    ...accountInput(options, given.account),
    ...(order.ownForm === undefined ? {} : { ownForm: order.ownForm }),
  });
  const { run, directory } = await makeRunDirectory(runsDirectory(directories.state), new Date());
  let release: (() => void) | undefined;
  let begun = false;
  const prepare = async (): Promise<RunExecution> => {
    const copy = await order.keepInput(directory, given);
    const path = join(directory, copy.copy);
    const matched = await matchedFile(given, { path, directory, source: order.source }, order.options);
    const options = withAccount(matched?.options ?? order.options);
    let kept: KeptInput =
      matched === undefined
        ? copy
        : { ...copy, copy: matched.copy, sha256: matched.sha256, originalSha256: copy.sha256 };
    if (order.preview !== undefined) {
      await order.preview(directory, kept.copy, given, options);
      const sha256 = (await fileHash(join(directory, kept.copy))) ?? '';
      kept = { ...kept, sha256, originalSha256: copy.sha256 };
    }
    const editsOf = editsOfFile(join(directory, kept.copy), order.source, options);
    const together = (account: Account): CallSharing =>
      callSharing(account, { ...options, reads: options.blind !== true });
    const names: ResolvedNames = await resolveNames(
      withMetadata(given, order.metadata).context,
      options,
      editsOf,
      together,
    );
    const { context, metadata = order.metadata, calls } = names;
    const edits = await editsOf(context.account);
    const checkWith = (refuses?: (edit: Edit) => boolean) =>
      checkFile(context.account, editsOf, options.limit, together(context.account), undefined, refuses);
    const judged = await judgeUnoffered(context, names.checked ?? (await checkWith()), options, checkWith);
    const { check, warnings } = judged.checked;
    await addSameIds(warnings, edits, check, options);
    if (check.invalid > 0 && options.skipInvalid !== true) throw invalidRowsError(order.source, check, judged.note);
    const locked = { accountKey: context.account.accountKey, sha256: copy.sha256 };
    // An undo or a retry holds the lock of the run that it goes back to, whose edits may be the very same.
    if (!isDeepStrictEqual(locked, order.holds)) release = await holdEdits(directories.state, locked, order.source);
    let known: KnownAccount | undefined;
    const accountName = async (): Promise<string | undefined> => (known = await showAccount(context, options))?.name;
    const asks = options.yes !== true;
    if (check.calls > 0) await confirmRun({ context, check, warnings, options, asks, accountName });
    const metadataSha256 = metadata === undefined ? undefined : await keepMetadata(directory, metadata);
    const found = { run, copy: kept, edits, check, warnings, metadataSha256 };
    const header = headerOf({ ...order, options }, context, found);
    const journal = await Journal.create(join(directory, journalFile), header, new RowIndex());
    return {
      context,
      directory,
      journal,
      edits,
      options: header.options,
      output: options,
      callsBefore: sumOfCalls([matched?.calls, calls, judged.calls]),
      watch,
      known,
    };
  };
  try {
    const execution = await interruptible(host, prepare);
    begun = true;
    await runBegins(directory);
    return { execution, release: () => release?.() };
  } finally {
    if (!begun) {
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
      release?.();
    }
  }
}

function headerOf(
  { command, source, options, parent }: NewRun,
  { account, baseUrl }: Context,
  found: {
    readonly run: string;
    readonly copy: KeptInput;
    readonly edits: Edits;
    readonly check: EditsCheck;
    readonly warnings: WarningTally;
    readonly metadataSha256: string | undefined;
  },
): RunHeader {
  const { run, copy, edits, check, metadataSha256 } = found;
  const told = [...check.clearing, ...found.warnings.warnings];
  const { encoding, numbered, prepared, idColumn, matchBy, clearToken, skipLines, ignoreReadOnly, limit } = options;
  const {
    blind,
    bulk,
    verify,
    merge,
    concurrency,
    timeout: timeoutMs,
    maxErrors,
    maxDuration: maxDurationMs,
  } = options;
  const rates = account.rates?.map(rateText);
  return {
    version: check.jobs > 0 ? jobsVersion : journalVersion,
    run,
    startedAt: new Date().toISOString(),
    tool: toolVersion(),
    command,
    ...(parent === undefined ? {} : { parent }),
    profile: account.profileName,
    vendor: account.vendor.name,
    baseUrl,
    accountKey: account.accountKey,
    source,
    input: {
      ...copy,
      ...defined({ metadataSha256, numbered }),
      rows: check.rows,
      ...(check.highestRow > check.rows ? { highestRow: check.highestRow } : {}),
      format: edits.format,
      ...defined({ encoding, layout: prepared }),
      ...(prepared === undefined && edits.layout.kind === 'csv' ? { delimiter: edits.layout.delimiter } : {}),
    },
    settings: account.settings,
    ...(told.length === 0 ? {} : { warnings: told }),
    options: {
      map: options.map,
      optionalMap: Object.entries(account.map),
      ignore: options.ignore,
      optionalIgnore: account.ignore,
      set: options.set,
      skipInvalid: options.skipInvalid === true,
      failFast: options.failFast === true,
      ...defined({ blind, noBulk: bulk ? undefined : true, verify, merge, idColumn, matchBy, clearToken }),
      rules: readingRules(options),
      ...defined({ skipLines, ignoreReadOnly, limit, rates }),
      ...(account.reservePercent === 0 ? {} : { reservePercent: account.reservePercent }),
      ...defined({ concurrency, timeoutMs, maxErrors, maxDurationMs }),
    },
  };
}

import { defined } from '../../core/defined.ts';
import { join } from 'node:path';
import { directories } from '../../core/directories.ts';
import { parseRate, rateText, type SetRate } from '../../core/duration.ts';
import { OppatchError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { Host } from '../../host.ts';
import { Journal } from '../../journal/journal.ts';
import { journalFile, runsDirectory } from '../../journal/run-directory.ts';
import { surveyRuns, type RunListing } from '../../journal/run-listing.ts';
import type { RunHeader, RunOptions } from '../../journal/run-header.ts';
import { boundOptions, openBoundAccount } from '../accounts/bound-account.ts';
import { accountLine, showAccount } from '../accounts/account-name.ts';
import { fileHash } from '../edits/input-copy.ts';
import { withMetadata } from '../edits/resolve-names.ts';
import { executeRun } from '../runs/execute-run.ts';
import { holdRun, unlessAtWork } from '../runs/run-lock.ts';
import { watched, type Watch } from '../runs/run-watch.ts';
import { leanHeap } from '../../core/lean-heap.ts';
import type { AccountOptions, OutputOptions, SendOptions } from '../session/options.ts';
import { writeErr, writeOut } from '../session/output.ts';
import { boundOf, namedRun, openPastRun } from './past-run.ts';

export type ResumeOptions = AccountOptions & SendOptions & OutputOptions;

/** Goes on with a run; without `id` with the latest unfinished one that no process works on. Resolves with the exit code. */
export async function resume(host: Host, id: string | undefined, options: ResumeOptions): Promise<ExitCode> {
  const listing = id === undefined ? await latestUnfinished(host, options) : await namedRun(host, id);
  return listing === undefined ? 0 : watched(host, options, (watch) => resumeRun(host, listing.header, options, watch));
}

/** Names the other unfinished runs, and those that can't be read. Undefined where there is nothing to go on with, which is said. */
async function latestUnfinished(host: Host, options: ResumeOptions): Promise<RunListing | undefined> {
  const { state } = directories(host.env);
  const { runs, unreadable } = await surveyRuns(runsDirectory(state));
  const lost = unreadable.filter(({ maySent }) => maySent);
  const open = runs.filter(({ end }) => end?.status !== 'finished');
  const note = (line: string): void => writeErr(host, `! ${line}`);
  for (const { run, problem } of lost) note(`${run}: ${problem.message}`);
  const free: RunListing[] = [];
  const damaged: RunListing[] = [];
  for (const listing of open)
    if ((await unlessAtWork(state, listing.header, () => true)) !== true) note(`${nameOf(listing)} is at work`);
    else if (listing.damage === undefined) free.push(listing);
    else damaged.push(listing);
  for (const listing of damaged)
    note(
      `${nameOf(listing)} can't be resumed: ${listing.damage}; oppatch runs ${listing.header.run} shows what is known`,
    );
  const [latest, ...others] = free.length > 0 ? free : damaged.slice(0, 1);
  for (const other of others) note(`${nameOf(other)} is unfinished, too: oppatch resume ${other.header.run}`);
  if (latest !== undefined) return latest;
  const [worst] = lost;
  if (worst !== undefined && open.length === 0) throw worst.problem;
  if (options.json === true) writeOut(host, '{"run":null}');
  writeErr(
    host,
    open.length === 0 ? 'There is no unfinished run.' : 'There is no unfinished run that no process works on.',
  );
  return undefined;
}

function nameOf({ header: { run, command, source } }: RunListing): string {
  return `${run} (${command === source ? command : `${command} ${source}`})`;
}

async function resumeRun(host: Host, { run }: RunHeader, options: ResumeOptions, watch: Watch): Promise<ExitCode> {
  leanHeap();
  const { state } = directories(host.env);
  const past = await openPastRun(host, run);
  const { header, directory, edits } = past;
  const release = await holdRun(state, header, 'resume');
  try {
    await checkOriginal(header, directory);
    const bound = header.options;
    const rate = options.rate.length > 0 ? options.rate : (bound.rates ?? []).map(boundRate);
    const reserve = options.reserve ?? bound.reservePercent;
    const given = await openBoundAccount(
      host,
      boundOf(header),
      boundOptions(host, boundOf(header), {
        ...options,
        rate,
        ...defined({ reserve, concurrency: options.concurrency ?? bound.concurrency }),
      }),
    );
    const { context } = withMetadata(given, past.metadata);
    watch.log?.hide(context.redact);
    const journal = await Journal.reopen(join(directory, journalFile));
    const known = await showAccount(context, {
      ...options,
      yes: true,
      ...(bound.blind === true ? { blind: true } : {}),
    });
    if (options.quiet !== true) writeErr(host, `Resuming ${header.run}: ${accountLine(context, known)}`);
    return await executeRun({
      context,
      directory,
      journal,
      edits,
      output: options,
      watch,
      known,
      options: resumedOptions(bound, options, rate),
    });
  } finally {
    release();
  }
}

/** The original may be gone; where it is there, it must be what the run began with: whoever edits it means to send something else. */
async function checkOriginal({ input }: RunHeader, directory: string): Promise<void> {
  if (input.path === undefined) return;
  const now = await fileHash(input.path);
  if (now === undefined || now === (input.originalSha256 ?? input.sha256)) return;
  throw new OppatchError('input-changed', 'The file has changed since the run began, so the run is not resumed.', {
    place: input.path,
    hint: `Put the old content back (it is kept in ${join(directory, input.copy)}), then resume.`,
  });
}

function boundRate(text: string): SetRate {
  const rate = parseRate(text);
  if (rate === undefined)
    throw new OppatchError('journal-damaged', `The run names an invalid rate: ${text}.`, { exitCode: 1 });
  return rate;
}

function resumedOptions(bound: RunOptions, options: ResumeOptions, rate: readonly SetRate[]): RunOptions {
  const { rates: _rates, maxDurationMs: _duration, maxErrors: _errors, ...kept } = bound;
  const { blind, bulk, verify, concurrency, timeout: timeoutMs, maxErrors, maxDuration: maxDurationMs } = options;
  return {
    ...kept,
    failFast: options.failFast === true,
    ...(rate.length === 0 ? {} : { rates: rate.map(rateText) }),
    ...defined({ blind, noBulk: bulk ? undefined : true, verify, concurrency, timeoutMs, maxErrors, maxDurationMs }),
  };
}

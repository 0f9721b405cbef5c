import { join } from 'node:path';
import { defined } from '../../core/defined.ts';
import { OppatchError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { RowCounts } from '../../core/outcome.ts';
import type { CallCounts, RunEvent } from '../../core/run-event.ts';
import type { RunSummary } from '../../core/run-summary.ts';
import type { Journal } from '../../journal/journal.ts';
import { jobsVersion, type RunOptions } from '../../journal/run-header.ts';
import type { SessionEnd } from '../../journal/session-end.ts';
import { createEventLog } from '../../report/event-log.ts';
import { createFailureTally, type FailureTally } from '../../report/failure-tally.ts';
import { createProgress, progressMode } from '../../report/progress.ts';
import { summaryText } from '../../report/summary-text.ts';
import { OutcomeReader } from '../../journal/outcome-reader.ts';
import { journalFile } from '../../journal/run-directory.ts';
import { withReserve } from '../../quota/reserve.ts';
import { runEdits } from '../../run/engine.ts';
import { RunStop, type StopReason } from '../../run/run-stop.ts';
import { callParts } from '../session/call-parts.ts';
import { currentParts, noticeOf } from '../records/current-parts.ts';
import { terminalStyle, type Context } from '../session/context.ts';
import { defaultTimeoutMs, metersOf } from '../session/session.ts';
import { openWire } from '../session/wire.ts';
import { failedField, firstRows, type Edits } from '../edits/edits.ts';
import { checkCopy } from '../edits/input-copy.ts';
import { createMerging } from '../edits/merging.ts';
import { maskedJournal } from './masked-journal.ts';
import { commandsAfter, withFixCommands } from './fix-command.ts';
import { mostErrors, type OutputOptions } from '../session/options.ts';
import type { KnownAccount } from '../accounts/account-name.ts';
import { writeOut, writeErr } from '../session/output.ts';
import { brokenOffCode, RunBrokeOff } from '../session/run-broke-off.ts';
import { createRunForecast } from './run-forecast.ts';
import { runBegin, type Watch } from './run-watch.ts';
import { resultPathsIn, writeResults, type Results } from './results.ts';
import { runRows } from './run-rows.ts';
import { stopOnSignals } from '../session/signals.ts';

/** What setTimeout can wait: 24 days. */
const longestTimerMs = 2 ** 31 - 1;

export interface RunExecution {
  readonly context: Context;
  readonly directory: string;
  readonly journal: Journal;
  readonly edits: Edits;
  /** Those of the header, or what a resumed run is given instead. */
  readonly options: RunOptions;
  readonly output: OutputOptions;
  /** Calls that were sent for the run before it began: names that were looked up. */
  readonly callsBefore?: CallCounts;
  readonly watch: Watch;
  /** Undefined where nobody was asked. */
  readonly known: KnownAccount | undefined;
}

/**
 * Sends what the journal does not know as settled, makes the result files, tells the outcome. The same for a new run and for one that
 * is resumed. Resolves with the exit code of the process.
 */
export async function executeRun(execution: RunExecution): Promise<ExitCode> {
  const { context, journal, known, watch } = execution;
  watch.log?.write('run-begin', runBegin(journal.header, known));
  const sofar: SentSoFar = {};
  try {
    return await sendRows(execution, sofar);
  } catch (thrown) {
    const error = await causeOf(execution, thrown);
    const summary = await brokenOffSummary(execution, error, sofar);
    await watch.failed(journal.header, error, context);
    throw new RunBrokeOff(error, summary);
  } finally {
    await journal.close().catch(() => undefined);
  }
}

/** Without its journal a run has lost more than without its copy of the edits. */
const ofJournal: ReadonlySet<string> = new Set(['journal-lost', 'journal-damaged', 'journal-not-writable']);

/** A copy of the edits that is gone or has changed is why they can't be read, or don't fit the journal. */
async function causeOf(execution: RunExecution, error: unknown): Promise<unknown> {
  if (error instanceof OppatchError && ofJournal.has(error.code)) return error;
  return checkOwnCopy(execution).then(
    () => error,
    (damaged: unknown) => damaged,
  );
}

function checkOwnCopy({ directory, journal: { header } }: RunExecution): Promise<void> {
  const { run, input } = header;
  return checkCopy(join(directory, input.copy), { run, sha256: input.sha256 });
}

/** What a session has done by the time at which it breaks off. */
interface SentSoFar {
  calls?: CallCounts;
  results?: Results;
}

const noCalls: CallCounts = { sent: 0, reads: 0, throttled: 0, retried: 0 };

/** What is known of a run that broke off: counts by the journal as it was last written, and the result files as far as there are any. */
async function brokenOffSummary(
  execution: RunExecution,
  error: unknown,
  { calls = noCalls, results }: SentSoFar,
): Promise<RunSummary> {
  const { journal, directory } = execution;
  const { index, header, previousEnd } = journal;
  const counts = results?.counts ?? index.counts(header.input.rows);
  const files = results?.files ?? (await resultPathsIn(directory).catch(() => ({})));
  return summaryOf(
    execution,
    { counts, files },
    {
      status: 'stopped',
      exitCode: brokenOffCode(error, index.sentAny),
      calls: sumOfCalls([previousEnd?.calls ?? execution.callsBefore, calls]),
      elapsedMs: previousEnd?.elapsedMs ?? 0,
    },
  );
}

async function sendRows(execution: RunExecution, sofar: SentSoFar): Promise<ExitCode> {
  const { context, journal, options, output } = execution;
  const { host, account, paint } = context;
  const { header, previousEnd } = journal;
  const { input } = header;
  const concurrency = options.concurrency ?? account.vendor.concurrency;
  const timeoutMs = options.timeoutMs ?? account.vendor.callTimeoutMs ?? defaultTimeoutMs;
  const startedAt = performance.now();
  const stop = new RunStop();
  let writeTrace = (line: string): void => writeErr(host, line);
  const wire = await openWire(context, {
    timeoutMs,
    verbose: output.verbose,
    trace: (line) => writeTrace(line),
  });
  const forecast = createRunForecast({
    meters: (await context.session.usage()) ?? withReserve(metersOf(account).meters, account.reservePercent),
    rates: () => wire.gate.status().rates,
    concurrency,
  });
  const progress = createProgress({
    stream: host.stderr,
    paint,
    mode: progressMode(host.stderr, host.env, { quiet: output.quiet === true }),
    totalRows: input.rows,
    doneBefore: journal.index.settledRows,
    gateStatus: () => wire.gate.status(),
    timeLeft: forecast.of,
  });
  writeTrace = (line) => progress.note(line);
  const eventLog = output.verbose === true ? createEventLog((line) => progress.note(line)) : undefined;
  const takeSignalsOff = stopOnSignals(host, stop, (line) => progress.note(line));
  const takeAnswerBack = host.onProgressWanted(() => progress.note(progress.line()));
  const deadline =
    options.maxDurationMs === undefined
      ? undefined
      : setTimeout(
          () => stop.request({ code: 'max-duration', message: 'the time of --max-duration is over', exitCode: 6 }),
          Math.min(options.maxDurationMs, longestTimerMs),
        );
  const most = mostErrors(options.maxErrors, input.rows);
  const bulk = options.noBulk !== true;
  const current = currentParts(account, { bulk });
  const { batches, canonicalId, jobs } = account.service;
  // Whoever wants a run stopped at its first errors does not want many rows sent at once. A job that was closed is followed up in any case.
  const makesJobs = header.version === jobsVersion && bulk && !options.failFast && most === undefined;
  const recorded = await OutcomeReader.open(join(execution.directory, journalFile));
  const onEvent = (event: RunEvent): void => {
    progress.event(event);
    forecast.event(event);
    eventLog?.(event);
    execution.watch.log?.event(event);
    const notice = output.quiet === true ? undefined : noticeOf(event);
    if (notice !== undefined) progress.note(`! ${notice}`);
  };
  try {
    const end = await runEdits(
      {
        rows: runRows({
          ...execution,
          service: account.service,
          recorded,
          merging: options.merge === true ? createMerging(account) : undefined,
        }),
        ...callParts(host, wire, {
          read: account.service.read,
          journal: maskedJournal(journal, context.redact),
          timeoutMs,
          onEvent,
        }),
        ...defined({ current, batches: bulk ? batches : undefined, canonicalId, mostErrors: most }),
        ...(jobs === undefined ? {} : { jobs: { ...jobs, ...defined({ canonicalId }), makes: makesJobs } }),
        openJobs: journal.openJobs,
        verify: options.verify === true,
        blind: options.blind === true,
        concurrency,
        failFast: options.failFast,
      },
      stop,
    );
    progress.stop();
    sofar.calls = end.calls;
    const tally = createFailureTally();
    if (end.stop?.code === 'failure') {
      // What is known of each row is told even where the journal is gone: the file that is open still holds it.
      const results = await makeResults(execution, tally, recorded).catch(() => undefined);
      if (results !== undefined) sofar.results = results;
      throw end.stop.error;
    }
    const results = await makeResults(execution, tally, recorded);
    sofar.results = results;
    const exitCode = exitCodeOf(end.stop, results.counts);
    const asked = execution.known?.reads ?? 0;
    const own = { ...end.calls, sent: end.calls.sent + asked, reads: end.calls.reads + asked };
    const calls = sumOfCalls([previousEnd?.calls ?? execution.callsBefore, own]);
    const elapsedMs = Math.round(performance.now() - startedAt) + (previousEnd?.elapsedMs ?? 0);
    const status = statusOf(end.stop);
    await journal.end({
      status,
      exitCode,
      rows: results.counts,
      calls,
      elapsedMs,
      ...(end.stop === undefined ? {} : { reason: context.redact(end.stop.message) }),
    });
    const summary = summaryOf(execution, results, { status, exitCode, calls, elapsedMs });
    await report(execution, summary, tally, end.stop);
    await execution.watch.ended(summary, end.stop?.message, context);
    return exitCode;
  } finally {
    clearTimeout(deadline);
    takeSignalsOff();
    takeAnswerBack();
    progress.stop();
    await recorded.close();
    await wire.close();
  }
}

/** Rejects with `copy-damaged` where the copy of the edits is not the one that the journal speaks of. */
async function makeResults(execution: RunExecution, tally: FailureTally, reader: OutcomeReader): Promise<Results> {
  const { context, directory, edits, journal } = execution;
  await checkOwnCopy(execution);
  const { service, idColumn } = context.account;
  const rowsRead = journal.header.input.rows;
  return writeResults({
    directory,
    layout: edits.layout,
    rows: firstRows(edits.source(), rowsRead),
    rowsRead,
    index: journal.index,
    reader,
    idOf: edits.idOf,
    onOutcome: (outcome, source) => tally.add(outcome, () => failedField(edits.read(source), outcome)),
    before: { edits, service, ...defined({ idColumn }) },
  });
}

function exitCodeOf(stop: StopReason | undefined, counts: RowCounts): ExitCode {
  if (stop !== undefined) return stop.exitCode;
  return counts.applied + counts.unchanged === counts.read ? 0 : 3;
}

function statusOf(stop: StopReason | undefined): RunSummary['status'] {
  if (stop === undefined) return 'finished';
  return stop.code === 'interrupted' || stop.code === 'terminated' ? 'interrupted' : 'stopped';
}

/** Calls of several parts of a run together. */
export function sumOfCalls(parts: readonly (CallCounts | undefined)[]): CallCounts {
  const sum = { sent: 0, reads: 0, throttled: 0, retried: 0 };
  for (const part of parts) {
    sum.sent += part?.sent ?? 0;
    sum.reads += part?.reads ?? 0;
    sum.throttled += part?.throttled ?? 0;
    sum.retried += part?.retried ?? 0;
  }
  return sum;
}

function summaryOf(
  { journal: { header }, directory, known }: RunExecution,
  { counts, files }: Results,
  { status, exitCode, calls, elapsedMs }: Omit<SessionEnd, 'rows' | 'reason'>,
): RunSummary {
  const { run, profile, vendor, source } = header;
  return {
    run,
    status,
    profile,
    vendor,
    ...(known?.name === undefined ? {} : { account: known.name }),
    source,
    rows: counts,
    calls,
    elapsed_ms: elapsedMs,
    exit_code: exitCode,
    warnings: header.warnings ?? [],
    files: { directory, ...files },
  };
}

async function report(
  { context, journal, output }: RunExecution,
  summary: RunSummary,
  tally: FailureTally,
  stop: StopReason | undefined,
): Promise<void> {
  const { host } = context;
  const { paint, columns } = await terminalStyle(host, output, 'stderr');
  const error = stop === undefined ? undefined : explained(stop);
  if (error !== undefined) {
    const { errorText } = await import('../../report/error-text.ts');
    writeErr(host, errorText(error, paint, { columns, redact: context.redact }));
  }
  const groups = withFixCommands(journal.header.run, tally.groups());
  if (output.json === true) writeOut(host, JSON.stringify(summary));
  if (summary.exit_code === 0 && groups.length === 0 && (output.quiet === true || output.json === true)) return;
  const nextCommands = commandsAfter(journal.header.run, summary, ' (once you have checked them)');
  const reason = stop === undefined ? {} : { stopReason: stop.message };
  const text = context.redact(summaryText(summary, groups, { paint, columns, nextCommands, ...reason }));
  if (output.json === true || output.quiet === true) writeErr(host, text);
  else writeOut(host, text);
}

/** What ended the run, where its summary does not say enough of it. */
function explained({ code, message, hint, error }: StopReason): OppatchError | undefined {
  if (code === 'unauthorised')
    return new OppatchError(code, `The vendor refused the credentials: ${message}`, { exitCode: 4, hint });
  return code === 'unreachable' && error instanceof OppatchError ? error : undefined;
}

import pLimit from 'p-limit';
import { crashPoint } from '../core/crash-point.ts';
import type { Call } from '../core/call.ts';
import type { Edit, Problem, RowIdentity } from '../core/edit.ts';
import type { RowOutcome, RowStatus } from '../core/outcome.ts';
import type { CallCounts } from '../core/run-event.ts';
import { CurrentReader, type ReadParts } from './current-reader.ts';
import { RowPlanner, type Expected, type PlanParts, type RowPlan } from './row-planner.ts';
import { RowWindow } from './row-window.ts';
import { Exchanger, type CallParts } from './exchanger.ts';
import { CallSender, type CallEnd } from './send-call.ts';
import type { RunStop, StopReason } from './run-stop.ts';

/** A row on its way through the engine. */
export interface RunRow extends RowIdentity {
  readonly work:
    | {
        readonly kind: 'send';
        readonly calls: readonly Call[];
        /** What the calls are made of, where a look at the opportunity may still change them. */
        readonly edit?: Edit;
        /** What the fields are to hold for the edit to be sent: for undo. */
        readonly expected?: Expected;
        /** Why the row is no success although its calls are applied. */
        readonly left?: string;
      }
    | { readonly kind: 'unchanged' }
    | { readonly kind: 'invalid'; readonly problem: Problem };
  /** What earlier sessions of the run did: calls known to be applied, calls tried, and whether the next one may have been applied. */
  readonly before?: { readonly callsApplied: number; readonly callsTried: number; readonly inDoubt: boolean };
}

export interface EngineParts extends CallParts {
  /** In file order, batch by batch; read no faster than rows are settled. */
  readonly rows: AsyncIterable<readonly RunRow[]>;
  /** Absent: edits are sent without a look at what the fields hold. */
  readonly current?: ReadParts & PlanParts;
  /** Calls in flight at once. */
  readonly concurrency: number;
  /** Rows that may fail before the run is stopped; undefined for any number. */
  readonly mostErrors?: number;
  readonly failFast: boolean;
}

export interface EngineEnd {
  /** Undefined where all rows have a final outcome. */
  readonly stop: StopReason | undefined;
  readonly calls: CallCounts;
}

const errorStatuses: ReadonlySet<RowStatus> = new Set(['rejected', 'conflict', 'failed', 'in_doubt']);

/**
 * Runs the rows to their outcome. Rows of one id go in file order, one at a time; others side by side. Memory is bounded by the
 * window of rows under way, whatever the length of the file. When the stop is requested, calls in flight are waited for,
 * and rows without an outcome are left open in the journal, for `resume`.
 */
export async function runEdits(parts: EngineParts, stop: RunStop): Promise<EngineEnd> {
  const exchanger = new Exchanger(parts, stop, parts.concurrency);
  const sender = new CallSender(parts, stop, exchanger);
  const { current } = parts;
  const planner =
    current === undefined ? undefined : new RowPlanner(new CurrentReader(current, exchanger, parts.onEvent), current);
  // A row that was looked at is written soon after: what was seen does not grow old, and a budget that ends is not spent on looks.
  const turns = planner === undefined ? undefined : pLimit(parts.concurrency);
  const window = new RowWindow(Math.max(64, parts.concurrency * 8));
  let errors = 0;

  const settle = async (outcome: RowOutcome): Promise<void> => {
    await parts.journal.settle(outcome);
    crashPoint('after-outcome');
    parts.onEvent({ kind: 'row-settled', outcome });
    if (!errorStatuses.has(outcome.status)) return;
    errors += 1;
    if (parts.failFast) {
      stop.request({ code: 'fail-fast', message: `row ${outcome.row} was not applied (--fail-fast)`, exitCode: 5 });
    } else if (parts.mostErrors !== undefined && errors > parts.mostErrors) {
      const message = `${errors} rows were not applied, more than --max-errors allows (${parts.mostErrors})`;
      stop.request({ code: 'max-errors', message, exitCode: 5 });
    }
  };

  const process = async (row: RunRow): Promise<void> => {
    const work = () => rowOutcome(row, parts, sender, planner, stop);
    const outcome = await (turns === undefined ? work() : turns(work));
    if (outcome !== undefined) await settle(outcome);
  };

  const fail = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    stop.request({ code: 'failure', message, exitCode: 1, error });
  };

  try {
    for await (const batch of parts.rows) {
      for (const row of batch) {
        if (window.full) await window.room();
        if (stop.sending.aborted) break;
        window.start(row.id, () => process(row).catch(fail));
      }
      if (stop.sending.aborted) break;
    }
  } catch (error) {
    fail(error);
  }
  await window.empty();
  return { stop: stop.reason, calls: exchanger.counts };
}

/** The row's final outcome, or undefined where the run stops before it has one. */
async function rowOutcome(
  row: RunRow,
  parts: EngineParts,
  sender: CallSender,
  planner: RowPlanner | undefined,
  stop: RunStop,
): Promise<RowOutcome | undefined> {
  const { row: number, line, id, work, before } = row;
  const identity = { row: number, line, id };
  const attempts = before?.callsTried ?? 0;
  if (work.kind === 'unchanged') return { ...identity, status: 'unchanged', attempts };
  if (work.kind === 'invalid') {
    const { code, message, hint } = work.problem;
    return { ...identity, status: 'invalid', code, message, attempts, ...(hint === undefined ? {} : { hint }) };
  }
  if (work.edit === undefined || planner === undefined) return sendAll(row, work.calls, work.left, parts, sender, stop);
  let plan: RowPlan | undefined = await planner.plan(work.edit, work.expected);
  let refused = 0;
  for (;;) {
    if (plan.kind === 'stopped') return undefined;
    if (plan.kind === 'ended') return { ...identity, ...plan.ending, attempts };
    if (plan.kind === 'blind') return sendAll(row, work.calls, undefined, parts, sender, stop);
    parts.journal.planned(identity, plan.planned);
    const sent = await sendAll(row, plan.calls, plan.planned.left, parts, sender, stop);
    if (sent === undefined) return undefined;
    const outcome = { ...sent, attempts: sent.attempts + refused };
    if (outcome.status !== 'conflict' || plan.planned.eTag === undefined || outcome.code === leftCode) return outcome;
    // Refused by the guard: nothing was applied, and a repeat is another call.
    refused += 1;
    plan = await planner.again(work.edit, plan, refused, work.expected);
    if (plan === undefined) return outcome;
  }
}

const leftCode = 'partly-undone';

/** Sends the calls of a row one after the other, from the first that is not known to be applied. */
async function sendAll(
  { row: number, line, id, before }: RunRow,
  calls: readonly Call[],
  left: string | undefined,
  parts: EngineParts,
  sender: CallSender,
  stop: RunStop,
): Promise<RowOutcome | undefined> {
  const identity = { row: number, line, id };
  const first = before?.callsApplied ?? 0;
  let attempts = before?.callsTried ?? 0;
  let end: CallEnd = { kind: 'applied', attempts: 0 };
  for (const [index, call] of calls.entries()) {
    if (index < first) continue;
    const inDoubt = index === first && before?.inDoubt === true;
    end = await sender.send(identity, call, index, { inDoubt });
    attempts += end.attempts;
    if (end.kind === 'stopped') return undefined;
    if (end.kind !== 'applied') return { ...identity, ...partOf(calls, index, end), status: end.kind, attempts };
    if (index < calls.length - 1) await parts.journal.callApplied(identity, index, end.attempts);
    if (stop.sending.aborted && index < calls.length - 1) return undefined;
  }
  const { httpStatus, requestId } = end;
  return {
    ...identity,
    ...(left === undefined ? { status: 'applied' } : { status: 'conflict', code: leftCode, message: left }),
    attempts,
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** A row of several calls tells which of them were applied. */
function partOf(
  calls: readonly Call[],
  index: number,
  end: CallEnd,
): Omit<RowOutcome, keyof RowIdentity | 'status' | 'attempts'> {
  const { code, message, hint, httpStatus, requestId } = end;
  const applied = calls.slice(0, index).map((call) => call.step);
  const step = calls[index]?.step ?? '';
  const told = applied.length === 0 ? message : `${applied.join(', ')} applied; ${step} not: ${message ?? ''}`;
  return {
    ...(code === undefined ? {} : { code }),
    ...(told === undefined ? {} : { message: told }),
    ...(hint === undefined ? {} : { hint }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

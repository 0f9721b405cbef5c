import pLimit from 'p-limit';
import { crashPoint } from '../core/crash-point.ts';
import type { RowOutcome, RowStatus } from '../core/outcome.ts';
import { inOwnWords } from '../core/own-words.ts';
import type { CallCounts } from '../core/run-event.ts';
import { CallDispatcher } from './call-dispatcher.ts';
import { IdleFlusher } from './idle-flusher.ts';
import { MergedJournal } from './merged-journal.ts';
import { RowRun, type RowRunParts } from './row-run.ts';
import type { RunRow } from './run-row.ts';
import { RowWindow } from './row-window.ts';
import type { RunStop, StopReason } from './run-stop.ts';

export interface EngineParts extends RowRunParts {
  /** In file order, batch by batch; read no faster than rows are settled. */
  readonly rows: AsyncIterable<readonly RunRow[]>;
  /** The one spelling of an id; absent where an id has only one. */
  readonly canonicalId?: (id: string) => string;
  /** Calls in flight at once. */
  readonly concurrency: number;
  /** Jobs that earlier sessions opened and did not close. */
  readonly openJobs?: readonly string[];
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
  // Whoever wants a run stopped at its first errors, or sends one call at a time, does not want the next ones on their way already.
  const ahead = parts.concurrency > 1 && !parts.failFast && parts.mostErrors === undefined;
  const journal = new MergedJournal(parts.journal, parts.current);
  const dispatcher = new CallDispatcher({ ...parts, journal }, stop, parts.concurrency, { ahead });
  const idleFlusher = new IdleFlusher();
  const rowRun = new RowRun(parts, dispatcher, idleFlusher);
  const readsFirst = parts.current !== undefined && parts.blind !== true;
  // A record that was read by itself is written soon after: what was seen does not grow old, and a budget that ends is not spent on reads.
  const turns = readsFirst ? pLimit(parts.concurrency) : undefined;
  const window = new RowWindow(windowSize(parts, readsFirst));
  let errors = 0;

  const settled = (outcome: RowOutcome): void => {
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

  const fail = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    stop.request({ code: 'failure', message, exitCode: 1, error });
  };

  const work = async (row: RunRow): Promise<void> => {
    idleFlusher.rowBegins();
    try {
      journal.begin(row);
      const ended = await rowRun.outcome(row);
      if (ended !== undefined) {
        const outcomes = journal.outcomes(row, inOwnWordsOf(ended, row));
        const [only] = outcomes;
        if (outcomes.length === 1 && only !== undefined) {
          await journal.recordOutcome(only);
          settled(only);
        } else await Promise.all(outcomes.map((one) => journal.recordOutcome(one).then(() => settled(one))));
      }
      journal.end(row);
    } catch (error) {
      fail(error);
    } finally {
      idleFlusher.rowEnds();
    }
  };

  try {
    await rowRun.giveUpOpen(parts.openJobs ?? []);
    for await (const batch of parts.rows) {
      for (const row of batch) {
        if (window.full) await idleFlusher.whileFull(window.room());
        if (stop.sending.aborted) break;
        // A row that waits for its turn is not at work: it can't join those who wait for others.
        window.start(parts.canonicalId?.(row.id) ?? row.id, () =>
          turns === undefined || !rowRun.readsAlone(row) ? work(row) : turns(work, row),
        );
      }
      if (stop.sending.aborted) break;
    }
  } catch (error) {
    fail(error);
  }
  idleFlusher.ended();
  await window.empty();
  return { stop: stop.reason, calls: dispatcher.counts };
}

/** A row that was sent, with the columns of its file in what the vendor says of its fields. */
function inOwnWordsOf(outcome: RowOutcome, { work }: RunRow): RowOutcome {
  if (outcome.message === undefined || work.kind !== 'send') return outcome;
  const changes = work.edit?.changes ?? work.calls.flatMap(({ edits }) => edits.flatMap((edit) => edit.changes));
  const message = inOwnWords(outcome.message, changes);
  return message === outcome.message ? outcome : { ...outcome, message };
}

/** Rows under way: enough that a look at several, and a call of several edits, are full before the ones before them are through. */
function windowSize({ concurrency, current, batches, jobs }: EngineParts, readsFirst: boolean): number {
  const together = Math.max(batches === undefined ? 0 : batches.most * 10, jobs?.makes === true ? jobs.most : 0);
  const readTogether = readsFirst ? (current?.bulk?.most ?? 0) : 0;
  return Math.max(64, concurrency * 4, readTogether + Math.max(together, concurrency));
}

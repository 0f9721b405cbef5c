import type { RunEvent } from '../core/run-event.ts';
import { excerpt } from '../core/printable.ts';
import { createPace } from './pace.ts';
import type { ProgressState } from './progress-lines.ts';

/** What the events of a run come to. */
type ProgressCounts = Omit<ProgressState, 'totalRows' | 'gate' | 'timeLeft' | 'timeMs'>;

/** Codes that are counted one by one; a vendor that invents more is no reason to grow. */
const mostCodes = 100;
const longestCode = 40;
/** Repeats that are remembered at once; more rows than that are not under way. */
const mostRepeats = 1_000;

interface Repeat {
  readonly atMs: number;
  readonly rows: number;
  readonly code: string;
}

/** Counts rows, calls, failures by code, and repeats that are waited for. `doneBefore`: rows that were settled when the run was resumed. */
export function createProgressTally(startedAtMs: number, doneBefore: number) {
  const rowPace = createPace(startedAtMs, doneBefore);
  const callPace = createPace(startedAtMs, 0);
  const codes = new Map<string, number>();
  let done = doneBefore;
  let failed = 0;
  let calls = 0;
  let reads = 0;
  let writes = 0;
  let repeats: Repeat[] = [];
  let stopping = false;
  let job: ProgressCounts['job'];

  const failure = (name: string): void => {
    failed += 1;
    const code = excerpt(name, longestCode);
    if (codes.has(code) || codes.size < mostCodes) codes.set(code, (codes.get(code) ?? 0) + 1);
  };

  return {
    event: (event: RunEvent, nowMs: number): void => {
      switch (event.kind) {
        case 'row-settled': {
          done += 1;
          const { status, code = status } = event.outcome;
          if (status !== 'applied' && status !== 'unchanged' && status !== 'unprocessed') failure(code);
          break;
        }
        case 'call-sent':
          if (event.call.step === 'read' || event.call.step === 'batch-read') reads += 1;
          else writes += 1;
          break;
        case 'call-replied':
          calls += 1;
          break;
        case 'retry': {
          const repeat = { atMs: nowMs + event.delayMs, rows: event.call.edits.length, code: event.code };
          repeats = [...repeats.filter(({ atMs }) => atMs > nowMs).slice(1 - mostRepeats), repeat];
          break;
        }
        case 'job':
          job = event.done < event.rows ? event : undefined;
          break;
        case 'stopping':
          stopping = true;
          break;
        case 'throttled':
        case 'notice':
          break;
      }
    },
    at: (nowMs: number): ProgressCounts => {
      rowPace.at(nowMs, done);
      callPace.at(nowMs, calls);
      repeats = repeats.filter(({ atMs }) => atMs > nowMs);
      const [next] = repeats.toSorted((a, b) => a.atMs - b.atMs);
      return {
        done,
        failed,
        causes: [...codes].map(([code, rows]) => ({ code, rows })).sort((a, b) => b.rows - a.rows),
        perSecond: rowPace.perSecond(nowMs, done),
        callsPerSecond: callPace.perSecond(nowMs, calls),
        ...(next === undefined
          ? {}
          : {
              retry: {
                rows: repeats.reduce((sum, { rows }) => sum + rows, 0),
                inMs: next.atMs - nowMs,
                code: next.code,
              },
            }),
        ...(job === undefined ? {} : { job }),
        reading: reads > 0 && writes === 0,
        stopping,
      };
    },
  };
}

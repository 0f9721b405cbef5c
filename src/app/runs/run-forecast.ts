import type { CallStep } from '../../core/call.ts';
import type { Rate } from '../../core/duration.ts';
import type { RunEvent } from '../../core/run-event.ts';
import { forecastOf, metersForAll } from '../../quota/forecast.ts';
import { longestWaitMs } from '../../core/gate.ts';
import type { MeterUsage } from '../../quota/permit-store.ts';
import type { TimeLeft } from '../../report/progress-lines.ts';

const mostBuckets = 300;
const mostSteps = 10_000;

/** A meter with the calls of this run that it counts, by the part of its window in which they were answered: the number of its end. */
interface OwnMeter {
  readonly meter: MeterUsage;
  readonly answered: Map<number, number>;
}

/** Calls of one kind, and the rows that they were for. */
interface Sent {
  readonly quotaGroup: string;
  readonly step: CallStep;
  calls: number;
  rows: number;
}

/** How long the rest of a run that begins now takes by the quota, judged by the calls that its rows took so far. */
export function createRunForecast(options: {
  /** When the run began, with what of them was used by any program. */
  readonly meters: readonly MeterUsage[];
  /** In force now; what the vendor stated since is among them. */
  readonly rates: () => readonly Rate[];
  readonly concurrency: number;
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number;
}) {
  const { meters, rates, concurrency, nowMs = () => performance.now() } = options;
  const beganMs = nowMs();
  const own = meters.map((meter): OwnMeter => ({ meter, answered: new Map() }));
  const kinds: Sent[] = [];
  let rowsDone = 0;
  let tookMs = 0;
  let replies = 0;

  const used = ({ meter: { windowMs, back = [] }, answered }: OwnMeter, timeMs: number): [number, number][] => {
    const before = back.map(([inMs, calls]): [number, number] => [inMs - (timeMs - beganMs), calls]);
    const widthMs = windowMs / mostBuckets;
    const since = [...answered].map(([end, calls]): [number, number] => [end * widthMs + windowMs - timeMs, calls]);
    return [...before, ...since].filter(([inMs]) => inMs > 0);
  };

  return {
    event: (event: RunEvent): void => {
      if (event.kind === 'row-settled') rowsDone += 1;
      if (event.kind !== 'call-replied') return;
      const { quotaGroup, step, edits } = event.call;
      for (const one of own)
        if (one.meter.group === undefined || one.meter.group === quotaGroup) countAnswer(one, nowMs());
      let kind = kinds.find((one) => one.quotaGroup === quotaGroup && one.step === step);
      if (kind === undefined) kinds.push((kind = { quotaGroup, step, calls: 0, rows: 0 }));
      kind.calls += 1;
      kind.rows += edits.length;
      replies += 1;
      tookMs += event.tookMs;
    },
    /** Undefined where nothing is known yet. */
    of: (rowsLeft: number): TimeLeft | undefined => {
      if (rowsDone === 0 || replies === 0 || rowsLeft <= 0) return undefined;
      const timeMs = nowMs();
      const inForce = rates();
      const now = own.map((one): MeterUsage => {
        const { windowMs, count, group } = one.meter;
        const same = inForce.filter((rate) => rate.windowMs === windowMs);
        const most = same.length === 1 ? (same[0]?.count ?? count) : count;
        return { count: most, windowMs, group, back: used(one, timeMs) };
      });
      const ahead = new Map<string, number>();
      for (const kind of kinds)
        ahead.set(kind.quotaGroup, (ahead.get(kind.quotaGroup) ?? 0) + callsLeft(kind, rowsDone, rowsLeft));
      const calls = Math.ceil([...ahead.values()].reduce((sum, some) => sum + some, 0));
      const { durationMs, firstStop } = forecastOf(metersForAll(now, ahead), calls, {
        concurrency,
        roundTripMs: tookMs / replies,
        longestWaitMs,
        mostSteps,
      });
      return {
        leftMs: durationMs,
        ...(firstStop === undefined ? {} : { stop: { rate: firstStop.rate, inMs: firstStop.atMs } }),
      };
    },
  };
}

/** As many calls for each row as so far. Calls that ran ahead of the rows, such as reads of many of them, are only left for rows beyond those. */
function callsLeft({ calls, rows }: Sent, rowsDone: number, rowsLeft: number): number {
  return rows > rowsDone ? (calls / rows) * Math.max(0, rowsDone + rowsLeft - rows) : (calls / rowsDone) * rowsLeft;
}

function countAnswer({ meter: { windowMs }, answered }: OwnMeter, timeMs: number): void {
  const widthMs = windowMs / mostBuckets;
  const end = Math.ceil(timeMs / widthMs);
  const known = answered.get(end);
  answered.set(end, (known ?? 0) + 1);
  if (known !== undefined) return;
  for (const [old] of answered) {
    if (old * widthMs + windowMs > timeMs) break;
    answered.delete(old);
  }
}

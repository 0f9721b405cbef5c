import { forecastOf, metersForAll } from '../../quota/forecast.ts';
import { defined } from '../../core/defined.ts';
import { longestWaitMs } from '../../core/gate.ts';
import type { MeterUsage } from '../../quota/permit-store.ts';
import { withReserve } from '../../quota/reserve.ts';
import { warningLines, type PlanTotals } from '../../report/totals-text.ts';
import { writeErr } from '../session/output.ts';
import { columnsOf, type Context } from '../session/context.ts';
import { metersOf } from '../session/session.ts';
import { sumOf, type EditsCheck, type WarningTally } from '../edits/edits-tally.ts';

export interface PlannedSending {
  /** Looks at records before the calls: as many as the check counted, unless they are known. */
  readonly reads: boolean | number;
  /** Calls in flight at once, where it is not what the vendor takes. */
  readonly concurrency?: number | undefined;
  /** False where no network may be used and the credentials are placeholders, so that it can't be told what is used of the quota. */
  readonly online: boolean;
}

/** What a checked file comes to at this account's quota, given what is used of it already. */
export async function planTotals(
  check: EditsCheck,
  { warnings }: WarningTally,
  context: Context,
  { reads: planned, concurrency, online }: PlannedSending,
): Promise<PlanTotals> {
  const { account, session } = context;
  const { rows, edits, unchanged, invalid, refused, calls, jobs, clears, blankRows, leftOut } = check;
  const reads = typeof planned === 'number' ? planned : planned ? sumOf(check.readGroups) : 0;
  const usage = online ? await session.usage() : undefined;
  const meters: readonly MeterUsage[] = usage ?? withReserve(metersOf(account).meters, account.reservePercent);
  const { durationMs, stops, firstStop } = forecastOf(metersForAll(meters, groupsOf(check, reads)), calls + reads, {
    concurrency: concurrency ?? account.vendor.concurrency,
    longestWaitMs,
  });
  const setsOff = account.vendor.setsOff?.(account.settings);
  return {
    ...defined({ setsOff }),
    rows,
    edits,
    unchanged,
    invalid,
    ...defined({ refused }),
    calls,
    jobs,
    clears,
    warnings,
    blankRows,
    leftOut,
    reads,
    rates: meters,
    forecastMs: durationMs,
    stops,
    ...(firstStop === undefined ? {} : { firstStop }),
    budgets: meters.map(({ count, windowMs, back = [] }) => ({
      rate: { count, windowMs },
      used: back.reduce((sum, [, some]) => sum + some, 0),
    })),
  };
}

/** How many of the calls and reads count for which group. */
function groupsOf({ calls, callGroups, readGroups }: EditsCheck, reads: number): ReadonlyMap<string, number> {
  const groups = new Map<string, number>(calls > 0 ? callGroups : []);
  const counted = sumOf(readGroups);
  for (const [group, some] of readGroups)
    if (reads > 0) groups.set(group, (groups.get(group) ?? 0) + Math.ceil((some * reads) / counted));
  return groups;
}

/** Says on stderr what may not be wanted, where the totals of a plan are not shown. */
export function writeWarnings(
  { host, paint }: Pick<Context, 'host' | 'paint'>,
  { clearing }: Pick<EditsCheck, 'clearing'>,
  { warnings }: WarningTally,
): void {
  for (const line of warningLines([...clearing, ...warnings], { paint, columns: columnsOf(host.stderr) }))
    writeErr(host, line);
}

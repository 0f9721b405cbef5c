import { estimateMs } from '../quota/estimate.ts';
import type { PlanTotals } from '../report/totals-text.ts';
import type { Account } from '../profiles/resolve.ts';
import { metersOf } from './context.ts';
import type { EditsCheck } from './edits.ts';
import type { WarningTally } from './warning-tally.ts';

/** What a checked file comes to at this account's quota. `reads`: looks at records before the calls. */
export function planTotals(check: EditsCheck, { warnings }: WarningTally, account: Account, reads = 0): PlanTotals {
  const { rows, edits, unchanged, invalid, calls, clears } = check;
  const { meters } = metersOf(account);
  const totals = { rows, edits, unchanged, invalid, calls, clears, warnings };
  // Where a meter counts a group of calls only, reads are not of it.
  const counted = meters.some(({ group }) => group !== undefined) ? calls : calls + reads;
  return { ...totals, reads, rates: meters, estimateMs: estimateMs(meters, counted) };
}

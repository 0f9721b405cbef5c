import { estimateMs } from '../quota/estimate.ts';
import type { PlanTotals } from '../report/totals-text.ts';
import type { Account } from '../profiles/resolve.ts';
import { metersOf } from './context.ts';
import type { EditsCheck } from './edits.ts';
import type { WarningTally } from './warning-tally.ts';

/** What a checked file comes to at this account's quota. */
export function planTotals(check: EditsCheck, { warnings }: WarningTally, account: Account): PlanTotals {
  const { rows, edits, unchanged, invalid, calls, clears } = check;
  const { meters } = metersOf(account);
  const totals = { rows, edits, unchanged, invalid, calls, clears, warnings };
  return { ...totals, rates: meters, estimateMs: estimateMs(meters, calls) };
}

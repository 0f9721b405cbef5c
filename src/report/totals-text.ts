import { durationText, rateText, type Rate } from '../core/duration.ts';
import { printable } from '../core/printable.ts';
import { counted, countText } from './numbers.ts';
import type { Paint } from './paint.ts';
import { wrap } from './wrap.ts';

/** What a file of edits comes to, for the end of a plan and for the question before a run. */
export interface PlanTotals {
  readonly rows: number;
  readonly edits: number;
  readonly unchanged: number;
  readonly invalid: number;
  readonly calls: number;
  /** Fields that would be cleared, with the number of rows. */
  readonly clears: ReadonlyMap<string, number>;
  /** Each kind once: what may not be wanted, such as a status that is final. */
  readonly warnings: readonly { readonly code: string; readonly message: string; readonly count: number }[];
  /** In force for the account; empty where the vendor states no limit. */
  readonly rates: readonly Rate[];
  readonly estimateMs: number;
}

/** Counts, calls and time, then, each on its own line, what will be cleared and what to mind. */
export function totalsLines(
  totals: PlanTotals,
  { paint, columns }: { readonly paint: Paint; readonly columns: number },
): string[] {
  const { rows, edits, unchanged, invalid, clears, warnings } = totals;
  const counts = [
    `${counted(rows, 'row')}: ${counted(edits, 'edit')}`,
    unchanged > 0 ? `${countText(unchanged)} with nothing to change` : undefined,
    invalid > 0 ? paint.bad(`${countText(invalid)} invalid, left out`) : undefined,
  ].filter((part) => part !== undefined);
  const lines = [counts.join(', '), callsLine(totals)];
  if (clears.size > 0) {
    const fields = [...clears].map(([field, count]) => `${printable(field)} (${counted(count, 'row')})`);
    lines.push(paint.warn(wrap(`CLEARED: ${fields.join(', ')}`, columns, '  ')));
  }
  for (const { message, count } of warnings)
    lines.push(paint.warn(wrap(`! ${printable(message)} (${counted(count, 'row')})`, columns, '  ')));
  return lines;
}

function callsLine({ calls, rates, estimateMs }: PlanTotals): string {
  if (calls === 0) return 'no call';
  const time = `${counted(calls, 'call')}, about ${durationText(estimateMs)}`;
  return rates.length === 0 ? time : `${time} at the quota of ${rates.map((rate) => rateText(rate)).join(', ')}`;
}

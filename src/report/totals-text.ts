import { durationText, rateText, type Rate } from '../core/duration.ts';
import { printable } from '../core/printable.ts';
import { counted, countText } from './numbers.ts';
import type { Paint } from './paint.ts';

/** What a file of edits comes to, for the end of a plan and for the question before a run. */
export interface PlanTotals {
  readonly rows: number;
  readonly edits: number;
  readonly unchanged: number;
  readonly invalid: number;
  readonly calls: number;
  /** Fields that would be cleared, with the number of rows. */
  readonly clears: ReadonlyMap<string, number>;
  readonly warnings: readonly { readonly code: string; readonly message: string; readonly count: number }[];
  readonly rates: readonly Rate[];
  readonly estimateMs: number;
}

export function totalsLines(totals: PlanTotals, paint: Paint): string[] {
  const { rows, edits, unchanged, invalid, calls, clears, warnings, rates, estimateMs } = totals;
  const counts = [
    `${counted(rows, 'row')}: ${counted(edits, 'edit')}`,
    unchanged > 0 ? `${countText(unchanged)} with nothing to change` : undefined,
    invalid > 0 ? paint.bad(`${countText(invalid)} invalid, left out`) : undefined,
  ].filter((part) => part !== undefined);
  const quota = rates.map((rate) => rateText(rate)).join(', ');
  const lines = [
    counts.join(', '),
    `${counted(calls, 'call')}, about ${durationText(estimateMs)} at the quota of ${quota}`,
  ];
  if (clears.size > 0) {
    const fields = [...clears].map(([field, count]) => `${printable(field)} (${counted(count, 'row')})`);
    lines.push(paint.warn(`CLEARED: ${fields.join(', ')}`));
  }
  for (const { message, count } of warnings)
    lines.push(paint.warn(`! ${printable(message)} (${counted(count, 'row')})`));
  return lines;
}

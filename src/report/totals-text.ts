import { printable } from '../core/printable.ts';
import { foresightLines, type Foresight } from './foresight-text.ts';
import { counted, countText, decimalWords } from './numbers.ts';
import type { Paint } from './paint.ts';
import { wrap } from './wrap.ts';

/** What a file of edits comes to, for the end of a plan and for the question before a run. */
export interface PlanTotals extends Foresight {
  readonly rows: number;
  readonly edits: number;
  readonly unchanged: number;
  readonly invalid: number;
  /** Fields that would be cleared, with the number of rows. */
  readonly clears: ReadonlyMap<string, number>;
  /** Each kind once: what may not be wanted, such as a status that is final. */
  readonly warnings: readonly { readonly code: string; readonly message: string; readonly count: number }[];
  /** Rows and lines without any content. */
  readonly blankRows?: number;
  /** Columns that are left out because they cannot be written. */
  readonly leftOut?: readonly string[];
  /** Rows that will not be sent, by what the look at their records showed. */
  readonly refused?: CurrentTotals['refused'];
  readonly statuses?: CurrentTotals['statuses'];
  readonly money?: CurrentTotals['money'];
  readonly blind?: number;
}

/** What a look at the records adds. */
export interface CurrentTotals {
  readonly unchanged: number;
  /** Rows that would be sent without a look. */
  readonly blind: number;
  readonly refused: readonly { readonly code: string; readonly rows: number }[];
  /** `Open → Won` */
  readonly statuses: readonly { readonly change: string; readonly rows: number }[];
  /** In major units: what the rows whose amount changes come to, before and after. */
  readonly money?: { readonly rows: number; readonly before: string; readonly after: string };
}

/** Counts, calls and time, then, each on its own line, what will be cleared and what to mind. */
export function totalsLines(
  totals: PlanTotals,
  { paint, columns }: { readonly paint: Paint; readonly columns: number },
): string[] {
  const { rows, edits, unchanged, invalid, clears, warnings, refused = [], statuses = [], money, blind = 0 } = totals;
  const { blankRows = 0, leftOut = [] } = totals;
  const counts = [
    `${counted(rows, 'row')}: ${counted(edits, 'edit')}`,
    unchanged > 0 ? `${countText(unchanged)} with nothing to change` : undefined,
    invalid > 0 ? paint.bad(`${countText(invalid)} invalid, left out`) : undefined,
    ...refused.map(({ code, rows: some }) => paint.bad(`${countText(some)} ${printable(code)}, not sent`)),
    blind > 0 ? `${countText(blind)} sent without a look at what is there` : undefined,
    blankRows > 0 ? `${counted(blankRows, 'blank row')} left out` : undefined,
  ].filter((part) => part !== undefined);
  const foresight = foresightLines(totals).map(({ text, warns }) => {
    const line = wrap(text, columns, '  ');
    return warns ? paint.warn(line) : line;
  });
  const lines = [wrap(counts.join(', '), columns, '  '), ...foresight];
  if (statuses.length > 0) {
    const changes = statuses.map(({ change, rows: some }) => `${printable(change)} (${counted(some, 'row')})`);
    lines.push(wrap(`status: ${changes.join(', ')}`, columns, '  '));
  }
  if (money !== undefined)
    lines.push(
      `amount: ${decimalWords(money.before)} → ${decimalWords(money.after)} in all (${counted(money.rows, 'row')})`,
    );
  if (leftOut.length > 0)
    lines.push(
      wrap(`left out, they can't be written: ${leftOut.map((name) => printable(name)).join(', ')}`, columns, '  '),
    );
  if (clears.size > 0) {
    const fields = [...clears].map(([field, count]) => `${printable(field)} (${counted(count, 'row')})`);
    lines.push(paint.warn(wrap(`CLEARED: ${fields.join(', ')}`, columns, '  ')));
  }
  return [...lines, ...warningLines(warnings, { paint, columns })];
}

/** What may not be wanted, a line each. */
export function warningLines(
  warnings: readonly { readonly message: string; readonly count: number }[],
  { paint, columns }: { readonly paint: Paint; readonly columns: number },
): string[] {
  return warnings.map(({ message, count }) =>
    paint.warn(wrap(`! ${printable(message)} (${counted(count, 'row')})`, columns, '  ')),
  );
}

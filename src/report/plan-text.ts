import type { Change, Edit } from '../core/edit.ts';
import { scalarText, stringifyJson } from '../core/json.ts';
import { excerpt, printable } from '../core/printable.ts';
import { countText } from './numbers.ts';
import type { Paint } from './paint.ts';
import { totalsLines, type PlanTotals } from './totals-text.ts';

export interface PlanText {
  /** The text of a row, or undefined once enough rows were shown. */
  readonly row: (edit: Edit, calls: readonly { readonly method: string; readonly url: string }[]) => string | undefined;
  readonly totals: (totals: PlanTotals) => string;
}

/** A plan for people: the first rows with their calls and changes, then what the whole file comes to. */
export function createPlanText(options: {
  readonly paint: Paint;
  readonly columns: number;
  /** Rows that are shown in full. */
  readonly shownRows: number;
}): PlanText {
  const { paint, columns, shownRows } = options;
  let rows = 0;
  return {
    row: (edit, calls) => {
      rows += 1;
      if (rows > shownRows) return undefined;
      const lines = [`${paint.strong(excerpt(edit.id, 60))} ${paint.dim(`row ${edit.row}, line ${edit.line}`)}`];
      for (const { method, url } of calls) lines.push(`  ${method} ${printable(url)}`);
      for (const change of edit.changes) lines.push(`    ${changeText(change, columns - 6, paint)}`);
      if (calls.length === 0) lines.push(paint.dim('    nothing to change'));
      return lines.join('\n');
    },
    totals: (totals) => {
      const more =
        rows > shownRows ? [paint.dim(`… and ${countText(rows - shownRows)} more rows (--json shows all)`)] : [];
      return [...more, '', ...totalsLines(totals, paint), paint.dim('Nothing was sent.')].join('\n');
    },
  };
}

function changeText({ field, action, value }: Change, columns: number, paint: Paint): string {
  const name = printable(field);
  if (action === 'clear') return paint.warn(`${name}: CLEARED`);
  const shown = excerpt(scalarText(value) ?? stringifyJson(value), Math.max(20, columns - name.length - 4));
  if (action === 'add') return paint.good(`${name}: + ${shown}`);
  if (action === 'remove') return paint.bad(`${name}: - ${shown}`);
  return `${name}: ${shown}`;
}

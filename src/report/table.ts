import { printable } from '../core/printable.ts';
import type { Paint } from './paint.ts';
import { cut, textWidth } from './text-width.ts';

export interface TableColumn {
  readonly title: string;
  /** Aligned to the right, for numbers. */
  readonly right?: boolean;
  /** Never cut, for what is to be copied, such as ids. */
  readonly whole?: boolean;
}

const gap = '  ';
const narrowest = 8;

/** A table with aligned columns, no wider than the terminal: the widest columns give way. Cells are made printable. */
export function tableText(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  { columns: terminalColumns, paint }: { readonly columns: number; readonly paint: Paint },
): string {
  const cells = rows.map((row) => columns.map((_, index) => printable(row[index] ?? '')));
  const widths = columns.map(({ title }, index) =>
    Math.max(textWidth(title), ...cells.map((row) => textWidth(row[index] ?? ''))),
  );
  const mayShrink = columns.map(({ whole }) => whole !== true);
  shrink(widths, mayShrink, terminalColumns - gap.length * (columns.length - 1));
  const line = (row: readonly string[]): string =>
    columns
      .map(({ right }, index) => aligned(cut(row[index] ?? '', widths[index] ?? 0), widths[index] ?? 0, right === true))
      .join(gap)
      .trimEnd();
  return [paint.strong(line(columns.map(({ title }) => title))), ...cells.map(line)].join('\n');
}

function shrink(widths: number[], mayShrink: readonly boolean[], room: number): void {
  let surplus = widths.reduce((sum, width) => sum + width, 0) - room;
  while (surplus > 0) {
    const width = Math.max(...widths.filter((_, index) => mayShrink[index]));
    const widest = widths.findIndex((one, index) => mayShrink[index] === true && one === width);
    if (widest < 0 || width <= narrowest) return;
    widths[widest] = width - 1;
    surplus -= 1;
  }
}

function aligned(text: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(text)));
  return right ? blanks + text : text + blanks;
}

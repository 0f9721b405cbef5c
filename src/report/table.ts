import { printable } from '../core/printable.ts';
import type { Paint } from './paint.ts';
import { cut, textWidth } from './text-width.ts';

export interface TableColumn {
  readonly title: string;
  /** Aligned to the right. Unsaid: where every cell that is not empty is a number, and the column is not `whole`. */
  readonly right?: boolean;
  /** Never cut, for what is to be copied, such as ids. */
  readonly whole?: boolean;
}

const gap = '  ';
const narrowest = 8;
const number = /^[+-]?\d[\d,]*(?:\.\d+)?%?$/;

/**
 * A table with aligned columns, no wider than the terminal where that can be: the widest columns give way first, none below eight
 * characters. `columns`: of the terminal, or infinite to cut nothing (a file, a pipe). Cells are made printable; they carry no colour.
 */
export function tableText(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  { columns: terminalColumns, paint }: { readonly columns: number; readonly paint: Paint },
): string {
  const titles = columns.map(({ title }) => printable(title));
  const cells = rows.map((row) => columns.map((_, index) => printable(row[index] ?? '')));
  const mayShrink = columns.map(({ whole }) => whole !== true);
  const widths = titles.map((title) => textWidth(title));
  for (const row of cells) {
    for (const [index, cell] of row.entries()) {
      const width = mayShrink[index] === true ? Math.min(textWidth(cell), terminalColumns) : textWidth(cell);
      widths[index] = Math.max(widths[index] ?? 0, width);
    }
  }
  const right = columns.map((column, index) => column.right ?? (column.whole !== true && allNumbers(cells, index)));
  shrink(widths, mayShrink, terminalColumns - gap.length * (columns.length - 1));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => aligned(cell, widths[index] ?? 0, right[index] === true))
      .join(gap)
      .trimEnd();
  return [paint.strong(line(titles)), ...cells.map(line)].join('\n');
}

function allNumbers(cells: readonly (readonly string[])[], index: number): boolean {
  let numbers = 0;
  for (const row of cells) {
    const cell = row[index] ?? '';
    if (cell === '') continue;
    if (!number.test(cell)) return false;
    numbers += 1;
  }
  return numbers > 0;
}

function shrink(widths: number[], mayShrink: readonly boolean[], room: number): void {
  for (let surplus = widths.reduce((sum, width) => sum + width, 0) - room; surplus > 0; surplus -= 1) {
    let widest = -1;
    for (const [index, width] of widths.entries())
      if (mayShrink[index] === true && width > (widths[widest] ?? narrowest)) widest = index;
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function aligned(cell: string, width: number, right: boolean): string {
  const text = cut(cell, width);
  const blanks = ' '.repeat(Math.max(0, width - textWidth(text)));
  return right ? blanks + text : text + blanks;
}

import { printable } from '../core/printable.ts';
import type { SourceLayout } from '../core/source-row.ts';
import { isOwnColumn, ownColumns, ownValues, type ResultFormat } from './result-format.ts';

/** CSV by RFC 4180 with the input's delimiter, line ends and byte order mark: each cell reads back as it was, blanks and line breaks included. */
export function csvResultFormat({
  delimiter,
  columns,
  lineEnd,
  byteOrderMark,
}: Extract<SourceLayout, { kind: 'csv' }>): ResultFormat {
  const kept = columns.flatMap((column, index) => (isOwnColumn(column) ? [] : [index]));
  const keepsAll = kept.length === columns.length;
  const quote = csvQuoting(delimiter);
  const names = [...kept.map((index) => columns[index] ?? ''), ...ownColumns];
  const header = names.map((name, index) => (index === 0 ? quoteFirstName(name, quote) : quote(name))).join(delimiter);
  return {
    extension: 'csv',
    header: `${byteOrderMark === true ? '\ufeff' : ''}${header}`,
    ...(lineEnd === undefined ? {} : { lineEnd }),
    line: (row, outcome) => {
      if (row.kind !== 'csv') throw new TypeError(`row ${row.row} is ${row.kind}, not csv`);
      const { cells } = row;
      let line = '';
      if (keepsAll) for (const cell of cells) line += quote(cell) + delimiter;
      else for (const index of kept) line += quote(cells[index] ?? '') + delimiter;
      const own = ownValues(outcome);
      for (let index = 0; index < own.length; index += 1) {
        if (index > 0) line += delimiter;
        const value = own[index];
        if (value !== undefined) line += typeof value === 'number' ? String(value) : quote(harmless(value));
      }
      return line;
    },
  };
}

/** Text of ours, or of a vendor in a column of ours, on one line, which no spreadsheet takes for a formula. */
export function harmless(text: string): string {
  const line = printable(text);
  return /^[=+@-]/.test(line) ? `'${line}` : line;
}

/** Quotes what holds the delimiter, a quote or a line break, what begins or ends with a blank, and byte order marks. */
export function csvQuoting(delimiter: string): (cell: string) => string {
  const escaped = delimiter.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const needsQuotes = new RegExp(`["\\r\\n\\ufeff]|${escaped}|^\\s|\\s$`);
  return (cell) => (needsQuotes.test(cell) ? quoted(cell) : cell);
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

/** A first line `sep=…` has a meaning of its own to spreadsheets and to the reader, and one of blanks is none. */
function quoteFirstName(name: string, quote: (cell: string) => string): string {
  return name === '' || /^sep=/i.test(name) ? quoted(name) : quote(name);
}

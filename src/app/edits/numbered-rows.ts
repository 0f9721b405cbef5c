import { OppatchError } from '../../core/errors.ts';
import type { RowOutcome } from '../../core/outcome.ts';
import { foundIdColumn, type LineEnd, type SourceLayout, type SourceRow } from '../../core/source-row.ts';
import type { InvalidRow } from '../../input/to-edit.ts';
import { csvResultFormat } from '../../report/csv-result.ts';
import { jsonResultFormat, membersWithout } from '../../report/json-result.ts';

const rowColumn = 'oppatch_row';
const lineColumn = 'oppatch_line';

/** How rows are written, each with what is said of it. */
interface RowFormat<Said> {
  readonly header?: string;
  readonly lineEnd?: LineEnd;
  readonly line: (source: SourceRow, said: Said) => string;
}

/** How some rows of a file are written so that they keep their numbers and lines: as in its result files, with the line behind. */
export function numberedFormat(layout: SourceLayout): RowFormat<RowOutcome> {
  if (layout.kind === 'json')
    return {
      line: (source, outcome) =>
        `${jsonResultFormat.line(source, outcome).slice(0, -1)},"${lineColumn}":${source.line}}`,
    };
  const { delimiter, lineEnd } = layout;
  const format = csvResultFormat(layout);
  return {
    ...(lineEnd === undefined ? {} : { lineEnd }),
    header: `${format.header ?? ''}${delimiter}${lineColumn}`,
    line: (source, outcome) => `${format.line(source, outcome)}${delimiter}${source.line}`,
  };
}

/** Gives rows that were written by {@link numberedFormat} the numbers and lines that they have in the person's file. */
export function renumbered(layout: SourceLayout, place: string): (source: SourceRow) => SourceRow {
  const columns = layout.kind === 'csv' ? layout.columns : [];
  const [rowAt, lineAt] = [columns.lastIndexOf(rowColumn), columns.lastIndexOf(lineColumn)];
  return (source) => {
    const row = valueOf(source, rowColumn, rowAt);
    const line = valueOf(source, lineColumn, lineAt);
    if (Number.isSafeInteger(row) && Number.isSafeInteger(line) && row > 0 && line > 0) return { ...source, row, line };
    throw new OppatchError('copy-damaged', `Row ${source.row} of the kept edits has lost its number.`, {
      place,
      exitCode: 1,
    });
  };
}

function valueOf(source: SourceRow, name: string, at: number): number {
  return Number(source.kind === 'csv' ? source.cells[at] : source.members.findLast(([one]) => one === name)?.[1]);
}

/** What the key of a row leads to: an id, or why to none. */
export type Match =
  { readonly id: string } | { readonly code: string; readonly message: string; readonly hint?: string };

/** How the rows of a file are written with what their keys lead to, in a column of ours; they keep their numbers and lines. */
export function matchedFormat(layout: SourceLayout): RowFormat<Match> {
  const known = layout.kind === 'csv' ? layout.columns.findIndex((name) => name.trim() === foundIdColumn) : -1;
  const at = layout.kind === 'csv' && known < 0 ? layout.columns.length : known;
  const format = numberedFormat(
    layout.kind === 'csv' ? { ...layout, columns: layout.columns.toSpliced(at, 1, foundIdColumn) } : layout,
  );
  return { ...format, line: (source, match) => format.line(withId(source, match, at), outcomeOf(source, match)) };
}

function withId(source: SourceRow, match: Match, at: number): SourceRow {
  const id = 'id' in match ? match.id : '';
  if (source.kind === 'csv') return { ...source, cells: source.cells.toSpliced(at, 1, id) };
  const members = membersWithout(source.text, (name) => name === foundIdColumn);
  const own = id === '' ? '' : `${JSON.stringify(foundIdColumn)}:${JSON.stringify(id)}`;
  return { ...source, text: `{${[members, own].filter((part) => part !== '').join(',')}}` };
}

function outcomeOf({ row, line }: SourceRow, match: Match): RowOutcome {
  if ('id' in match) return { row, line, id: match.id, status: 'unprocessed', attempts: 0 };
  return { row, line, id: '', status: 'invalid', attempts: 0, ...match };
}

/** A row written by {@link matchedFormat} whose key leads to no id, with the reason; undefined for any other. `id`: of the row. */
export function unmatchedRow(source: SourceRow, layout: SourceLayout, id: string): InvalidRow | undefined {
  const code = id === '' ? ownText(source, layout, 'oppatch_code') : '';
  if (code === '') return undefined;
  const hint = ownText(source, layout, 'oppatch_hint');
  const message = ownText(source, layout, 'oppatch_message');
  const { row, line } = source;
  return { row, line, id: '', problems: [{ code, message, ...(hint === '' ? {} : { hint }) }] };
}

/** What stands in a column of ours of a row written by {@link matchedFormat}; empty for nothing. */
export function ownText(source: SourceRow, layout: SourceLayout, name: string): string {
  if (source.kind === 'csv') return layout.kind === 'csv' ? (source.cells[layout.columns.lastIndexOf(name)] ?? '') : '';
  const value = source.members.findLast(([one]) => one === name)?.[1];
  return typeof value === 'string' ? value : '';
}

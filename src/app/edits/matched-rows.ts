import type { RowOutcome } from '../../core/outcome.ts';
import { foundIdColumn, type LineEnd, type SourceLayout, type SourceRow } from '../../core/source-row.ts';
import type { InvalidRow } from '../../input/to-edit.ts';
import { membersWithout } from '../../report/json-result.ts';
import { numberedFormat } from './numbered-rows.ts';

/** What the key of a row leads to: an id, or why to none. */
export type Match =
  { readonly id: string } | { readonly code: string; readonly message: string; readonly hint?: string };

/** How the rows of a file are written with what their keys lead to, in a column of ours; they keep their numbers and lines. */
export function matchedFormat(layout: SourceLayout): {
  readonly header?: string;
  readonly lineEnd?: LineEnd;
  readonly line: (source: SourceRow, match: Match) => string;
} {
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

/** The id that stands in a row written by {@link matchedFormat}; empty for none. */
export function foundId(source: SourceRow, layout: SourceLayout): string {
  return ownText(source, layout, foundIdColumn);
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

function ownText(source: SourceRow, layout: SourceLayout, name: string): string {
  if (source.kind === 'csv') return layout.kind === 'csv' ? (source.cells[layout.columns.lastIndexOf(name)] ?? '') : '';
  const value = source.members.findLast(([one]) => one === name)?.[1];
  return typeof value === 'string' ? value : '';
}

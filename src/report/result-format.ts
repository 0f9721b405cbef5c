import type { RowOutcome } from '../core/outcome.ts';
import {
  foundIdColumn,
  linkColumn,
  ownColumnPrefix,
  plannedColumn,
  titleColumn,
  undoneColumn,
  type LineEnd,
  type SourceRow,
} from '../core/source-row.ts';

/** How a row and its outcome are written down. */
export interface ResultFormat {
  readonly extension: 'csv' | 'ndjson';
  /** The first line, where the format has one. */
  readonly header?: string;
  /** LF where it is absent. */
  readonly lineEnd?: LineEnd;
  /** Without its line break. */
  readonly line: (row: SourceRow, outcome: RowOutcome) => string;
}

/** Our columns, behind the original ones. */
export const ownColumns = [
  'oppatch_row',
  'oppatch_status',
  'oppatch_code',
  'oppatch_message',
  'oppatch_hint',
  'oppatch_http_status',
  'oppatch_attempts',
] as const;

/** In the order of {@link ownColumns}; undefined stands for nothing to say. */
export function ownValues(outcome: RowOutcome): readonly (string | number | undefined)[] {
  const { row, status, code, message, hint, httpStatus, attempts } = outcome;
  return [row, status, code, message, hint, httpStatus, attempts];
}

/** What guards an edit, or says whose it is. */
const lastingColumns: ReadonlySet<string> = new Set([
  undoneColumn,
  plannedColumn,
  titleColumn,
  linkColumn,
  foundIdColumn,
]);

/** Columns of an earlier run, which ours replace; what says more of the row stays with it. Blanks around a name count for nothing, as on input. */
export function isOwnColumn(name: string): boolean {
  const plain = name.trim();
  return plain.startsWith(ownColumnPrefix) && !lastingColumns.has(plain);
}

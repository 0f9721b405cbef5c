import type { Json } from './json.ts';
import type { RowEnding } from './outcome.ts';

/** A row as it stands in the file, before any meaning is given to it. */
export type SourceRow = CsvRow | JsonRow;

export interface CsvRow {
  readonly kind: 'csv';
  readonly row: number;
  readonly line: number;
  /** One for each column of the header, untouched. */
  readonly cells: readonly string[];
}

export interface JsonRow {
  readonly kind: 'json';
  readonly row: number;
  readonly line: number;
  /** The members in their order; names are unique. */
  readonly members: readonly (readonly [string, Json])[];
  /** The object's text as it stands in the file, on one line. */
  readonly text: string;
  /** Of an edit that was worked out before (a saved plan): the row of the person's file that it is made of. `row` and `line` are those of it. */
  readonly origin?: SourceRow;
  /** What its members are called in that file, by their names, where that is not the same. */
  readonly columns?: Readonly<Record<string, string>>;
  /** What became of it when it was worked out; such a row is not sent. */
  readonly ended?: RowEnding;
}

export type LineEnd = '\n' | '\r\n' | '\r';

/** How the file is written, as far as result files must be written the same way. */
export type SourceLayout =
  | {
      readonly kind: 'csv';
      readonly delimiter: ',' | ';' | '\t' | '|' | (string & {});
      readonly columns: readonly string[];
      /** LF where it is absent. */
      readonly lineEnd?: LineEnd;
      /** The file begins with a byte order mark. */
      readonly byteOrderMark?: true;
      /** Lines before the one that looks like the header line, where that is not the first. */
      readonly titleLines?: number;
    }
  | { readonly kind: 'json' };

/** The prefix of our own columns, which are ignored on input. */
export const ownColumnPrefix = 'oppatch_';

/**
 * Our members of edits that tell what the fields are to hold: of an undo, and of a saved plan. They go along into result files, so that a
 * retry is guarded as the first try was.
 */
export const undoneColumn = 'oppatch_undoes';
export const plannedColumn = 'oppatch_planned';

/** Our member of an edit that was worked out before: the row of the person's file that it is made of, and how it ended if it did. */
export const originColumn = 'oppatch_origin';

/**
 * Our columns of a file that `list --csv` wrote: what people call the opportunity, and its address. Its other columns are what the opportunities hold,
 * so that a `--set` of the same field takes a column's place. They go along into result files.
 */
export const titleColumn = 'oppatch_title';
export const linkColumn = 'oppatch_link';

/** Our column with the id that the key of a row was found to lead to; empty where it leads to none or to several. */
export const foundIdColumn = 'oppatch_id';

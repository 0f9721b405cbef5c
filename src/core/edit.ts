import type { Json } from './json.ts';

/** What identifies a row from the reader to the result file. Results are joined by it, never by position. */
export interface RowIdentity {
  /** Data rows are counted from 1. */
  readonly row: number;
  /** The line of the file on which the row begins, from 1. */
  readonly line: number;
  /** The vendor's id of the opportunity. */
  readonly id: string;
}

export type Action = 'set' | 'clear' | 'add' | 'remove';

/** One field of an edit. */
export interface Change {
  /** The vendor's own name of the field that is written, for example `value` also where the column was `amount`. */
  readonly field: string;
  readonly action: Action;
  /** The value in the vendor's form, as it goes onto the wire. For `clear`, what the vendor takes as empty. */
  readonly value: Json;
  /** The column (or `--set` name) it came from. */
  readonly column: string;
  /** Why it is refused unless the field holds the value already: a choice that nobody can make any more. */
  readonly unlessUnchanged?: Problem;
}

/** What one row asks for one opportunity. Changes are in the order of the columns. */
export interface Edit extends RowIdentity {
  readonly changes: readonly Change[];
}

/** Why an edit would be refused for a choice that is not offered, if it were to change anything; undefined where it has none. */
export function unofferedChoice({ changes }: Pick<Edit, 'changes'>): Problem | undefined {
  for (const { unlessUnchanged } of changes) if (unlessUnchanged !== undefined) return unlessUnchanged;
  return undefined;
}

/** Why a row or a cell cannot be sent, found before anything is sent. */
export interface Problem {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly column?: string;
  /** The cell's text as it stands in the file. */
  readonly value?: string;
}

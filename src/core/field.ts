import type { Action } from './edit.ts';
import type { Json } from './json.ts';

/** Names that mean the same at every vendor that has such a field. */
export const commonNames = ['amount', 'currency', 'close_date', 'stage', 'status', 'owner', 'note'] as const;
export type CommonName = (typeof commonNames)[number];

export type FieldType =
  | 'text'
  | 'decimal'
  | 'integer'
  | 'boolean'
  | 'date'
  | 'date-time'
  | 'choice'
  | 'list'
  | 'email'
  | 'id'
  | 'object'
  | 'any';

/** A value converted to the vendor's form, or why that cannot be done (a sentence without the value itself, and what to write instead). */
export type Encoded =
  | { readonly value: Json }
  | {
      readonly problem: string;
      readonly hint?: string;
      /** The vendor's form of it all the same, where a record may hold it although nobody can choose it any more: it is then no change. */
      readonly ifUnchanged?: Json;
    };

/** How a value is checked and converted. `input/` has trimmed nothing: a text arrives as it stands in the cell, never empty. */
export interface ValueForm {
  readonly type: FieldType;
  /** Allowed values, spelled as the vendor spells them. */
  readonly options?: readonly string[];
  /** Pure. Takes the cell's text, or from JSON any value but null. */
  readonly encode: (input: Json) => Encoded;
  /** The name that people know the value by, where the value is an id and the account's metadata tells. */
  readonly nameOf?: (value: Json) => string | undefined;
  /** The value as people write it, the inverse of `encode`: cents as an amount in major units. Absent: as it stands. */
  readonly show?: (value: Json) => string;
  /** A value as a cell that reads back as the same, where the vendor's form does not: cents, a date in the vendor's own pattern. Absent: as it stands. */
  readonly cell?: (value: Json) => string;
  /** Set where no value can be judged before the account's metadata are read. One that is in the vendor's form already is taken as it stands. */
  readonly unjudged?: true;
  /** Set where the field holds several values: how the vendor's form is taken apart and put together. Order does not count. */
  readonly list?: ListForm;
}

/** The vendor's form of several values (`a;b`, an array), and its parts. */
export interface ListForm {
  /** The parts, each as `encode` gives a single value; empty for an empty field. */
  readonly items: (value: Json) => readonly Json[];
  readonly of: (items: readonly Json[]) => Json;
}

/** A column that a vendor accepts. */
export interface Field {
  /** The column's name, spelled as the vendor spells it. */
  readonly name: string;
  /** The account's own name of it, as its users see it. A column may be called so; several fields may share it. */
  readonly label?: string;
  readonly description: string;
  readonly form: ValueForm;
  readonly common?: readonly CommonName[];
  /** The vendor's field that the column writes, where that is not `name`: `amount` writes `value`, `custom.cf_X.add` writes `custom.cf_X`. */
  readonly writes?: string;
  /** Of an amount: the field that holds its currency. Absent: the one with the common name `currency`. */
  readonly currencyField?: string;
  /**
   * Set on a field that adds to or removes from a list (`action`) which the vendor cannot do by itself: the core sends the whole list instead, made of
   * what the record holds.
   */
  readonly fromCurrent?: true;
  /** What a non-empty cell does; `set` unless said otherwise. */
  readonly action?: Exclude<Action, 'clear'>;
  /** What the vendor takes as empty. Absent: the field cannot be cleared. */
  readonly cleared?: { readonly value: Json };
  /** Why it cannot be cleared, with what to do instead, where there is more to say than that. */
  readonly clearingHint?: string;
  /** Set where a column of this name is known but cannot be written: the reason. Such a column is an error. */
  readonly readOnly?: string;
  /** The account wants a value in it. */
  readonly required?: true;
  /** How sure this is: from the vendor's documentation, seen by others on live accounts, or not confirmed by anyone. */
  readonly evidence: 'documented' | 'observed' | 'unconfirmed';
}

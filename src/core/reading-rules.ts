export const decimalMarks = [',', '.'] as const;
export type DecimalMark = (typeof decimalMarks)[number];

export const dateOrders = ['dmy', 'mdy', 'ymd'] as const;
export type DateOrder = (typeof dateOrders)[number];

/** How the values of a file are read, as far as the file itself does not say. Without a declaration what is ambiguous is refused. */
export interface ReadingRules {
  readonly decimalMark?: DecimalMark;
  readonly dateOrder?: DateOrder;
  /** Separates several values of one field in a cell. */
  readonly listSeparator?: string;
  /** Columns or fields whose values are sent although they look damaged; `*` for all. */
  readonly allowDamaged?: readonly string[];
  /** oppatch wrote the edits itself, in the vendor's own form: numbers have a point, and no text is a token. */
  readonly ownForm?: true;
}

import type { Edit } from '../../core/edit.ts';
import { stringifyJson } from '../../core/json.ts';
import type { ReadRow } from './edits.ts';

/** Refused rows that messages show; how many there are more makes no difference to a file that stops for them. */
export const mostRefused = 20;

/** The row as one that is refused for its choices that are not offered. */
export function refusedRow({
  source,
  edit,
}: Extract<ReadRow, { edit: unknown }>): Extract<ReadRow, { invalid: unknown }> {
  const { row, line, id, changes } = edit;
  return { source, invalid: { row, line, id, problems: changes.flatMap((one) => one.unlessUnchanged ?? []) } };
}

/**
 * Which rows with choices that are not offered are worth a read. Where refused rows stop the file anyway, a value that one record does not hold is not
 * looked for in others, so that a misspelt one costs a read and not one for each of its rows; nor are more values, once there are as many as messages show.
 */
export class UnofferedChoices {
  readonly #stops: boolean;
  readonly #held = new Set<string>();
  readonly #refused = new Set<string>();
  #unread = 0;

  constructor({ skipInvalid }: { readonly skipInvalid?: boolean }) {
    this.#stops = skipInvalid !== true;
  }

  /** Whether the record of a row is to be read; always of one without such choices. */
  isRead(edit: Edit): boolean {
    if (!this.#stops || this.isHeld(edit)) return true;
    if (this.#refused.size < mostRefused && !choicesOf(edit).some((choice) => this.#refused.has(choice))) return true;
    this.#unread += 1;
    return false;
  }

  /** Whether some record was seen to hold such choices. */
  isHeld(edit: Edit): boolean {
    return choicesOf(edit).every((choice) => this.#held.has(choice));
  }

  /** What came of a row whose record was read. */
  add(edit: Edit, accepted: boolean): void {
    for (const choice of choicesOf(edit)) (accepted ? this.#held : this.#refused).add(choice);
  }

  /** What to say of rows that were refused unread; undefined where there are none. */
  get note(): string | undefined {
    return this.#unread === 0
      ? undefined
      : 'A choice that is not offered is accepted where the record holds it already; once a row was refused, no more records were read for the same.';
  }
}

/** The choices of an edit that are not offered. */
export function choicesOf({ changes }: Edit): readonly string[] {
  return changes.flatMap(({ unlessUnchanged, field, value }) =>
    unlessUnchanged === undefined ? [] : [`${field}=${stringifyJson(value)}`],
  );
}

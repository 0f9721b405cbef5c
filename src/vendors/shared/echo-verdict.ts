import type { Verdict } from '../../core/call.ts';
import type { Change } from '../../core/edit.ts';
import { scalarText, type Json } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import { sameValue } from '../../core/same-value.ts';

/**
 * How the value of a field that was sent is compared with the one that a reply shows: `code` without regard to letter case, the others by
 * what they mean, since vendors write one number and one moment in several ways.
 */
export type Comparison = 'code' | 'decimal' | 'moment';

export interface Echo {
  /** The vendor, for people. */
  readonly title: string;
  /** The record as the reply shows it. */
  readonly record: Json;
  /** What the record holds in a field; undefined where it does not show it. */
  readonly held: (field: string) => Json | undefined;
  /** The fields that come back as they were sent, so that a difference means that the change was not done. */
  readonly comparisons: Readonly<Record<string, Comparison>>;
}

/**
 * The verdict of a success that shows the record: `not-applied` where it holds something else than was sent, for a vendor may skip a change
 * and answer that all is well.
 */
export function echoVerdict(changes: readonly Change[], { title, record, held, comparisons }: Echo): Verdict {
  for (const { field, column, value } of changes) {
    const comparison = comparisons[field];
    const found = held(field);
    if (comparison === undefined || found === undefined || isSame(value, found, comparison)) continue;
    const shown = scalarText(found) ?? '';
    return {
      kind: 'rejected',
      code: 'not-applied',
      message: `${title} answered that it is done, but ${field} is ${shown === '' ? 'empty' : excerpt(shown, 60)}`,
      hint: `Look at the record at ${title}; ${column} may not be allowed as things stand there.`,
    };
  }
  return { kind: 'applied', echo: record };
}

function isSame(sent: Json, found: Json, comparison: Comparison): boolean {
  if (comparison === 'decimal') return sameValue(sent, found, 'decimal');
  if (comparison === 'moment') return sameValue(sent, found, 'date-time');
  return (scalarText(sent) ?? '').toLowerCase() === (scalarText(found) ?? '').toLowerCase();
}

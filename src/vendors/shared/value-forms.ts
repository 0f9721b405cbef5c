import { decimalText } from '../../core/decimal.ts';
import type { Encoded, ValueForm } from '../../core/field.ts';
import { exactNumber, scalarText, type Json } from '../../core/json.ts';
import { decimalForm } from '../../core/value-forms.ts';

/** Value forms that several vendors have, and what they are put together with. */

/** `true` or `false` in any letter case, as a JSON boolean. */
export function booleanForm(): ValueForm {
  return {
    type: 'boolean',
    encode: (input) => {
      const text = scalarText(input)?.trim().toLowerCase();
      return text === 'true' || text === 'false'
        ? { value: text === 'true' }
        : { problem: 'is neither true nor false' };
    },
  };
}

/** An exact decimal as a JSON number. */
export function jsonNumberForm(): ValueForm {
  return decimalForm((decimal) => exactNumber(decimalText(decimal)));
}

/** The form, whose values `next` judges further or turns into others. */
export function refined(form: ValueForm, next: (value: Json) => Encoded): ValueForm {
  return {
    ...form,
    encode: (input) => {
      const encoded = form.encode(input);
      return 'problem' in encoded ? encoded : next(encoded.value);
    },
  };
}

/** The form with a hint for all that it refuses without one of its own. */
export function hinted(form: ValueForm, hint: string): ValueForm {
  return {
    ...form,
    encode: (input) => {
      const encoded = form.encode(input);
      return 'problem' in encoded ? { hint, ...encoded } : encoded;
    },
  };
}

/** Each value as the form takes it, put together by `of`; the first that it refuses refuses all. */
export function encodeAll(
  values: readonly Json[],
  encode: (value: Json) => Encoded,
  of: (items: readonly Json[]) => Json = (items) => items,
): Encoded {
  const encoded = values.map(encode);
  const refusal = encoded.find((one) => 'problem' in one);
  const known = encoded.map((one) => ('value' in one ? one.value : one.ifUnchanged)).filter((one) => one !== undefined);
  if (refusal === undefined) return { value: of(known) };
  const { ifUnchanged: _one, ...refused } = refusal;
  return known.length < encoded.length ? refused : { ...refused, ifUnchanged: of(known) };
}

/** Whether Node knows the time zone of this name. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

import { parseMoment, utcText } from '../../core/dates.ts';
import type { ValueForm } from '../../core/field.ts';
import { isExactNumber, isJsonObject, scalarText, type Json } from '../../core/json.ts';
import { integerForm } from '../../core/value-forms.ts';
import { nameForm, type NamedThing } from '../shared/names-to-ids.ts';
import { jsonNumberForm, refined } from '../shared/value-forms.ts';

/*
 * Values as Zoho takes them: JSON numbers, moments with an offset and no fraction, lookups as an object with an id.
 * https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html and …/field-meta.html, as of 2026-10.
 */

const mostDigits = 16;

/** An exact decimal as a JSON number; `places`: digits after the point, beyond which it is not known what Zoho does. */
export function numberForm(places?: number): ValueForm {
  return refined(jsonNumberForm(), (value) => {
    const [whole = '', fraction = ''] = (scalarText(value) ?? '').replace('-', '').split('.');
    if (whole.length > mostDigits) return { problem: `has more than ${mostDigits} digits before the point` };
    return places !== undefined && fraction.length > places
      ? { problem: `has more than ${places} digits after the point` }
      : { value };
  });
}

/** At most nine digits as a JSON number. */
export function smallIntegerForm(): ValueForm {
  return integerForm({ smallest: -999_999_999n, largest: 999_999_999n });
}

/** At most eighteen digits, as text. */
export function bigIntegerForm(): ValueForm {
  return {
    type: 'integer',
    encode: (input) => {
      const text = scalarText(input)?.trim() ?? '';
      return /^-?\d{1,18}$/.test(text) ? { value: text } : { problem: 'is not a whole number of at most 18 digits' };
    },
  };
}

/** `2026-11-30T14:05:00+00:00`: milliseconds are refused. */
export function offsetForm(): ValueForm {
  return {
    type: 'date-time',
    encode: (input) => {
      const moment = typeof input === 'string' ? parseMoment(input.trim()) : undefined;
      return moment === undefined
        ? {
            problem: 'is not a moment that exists, or not in an unambiguous form',
            hint: 'Write YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.',
          }
        : {
            value: utcText(moment).replace(/(?:\.\d+)?Z$/, '+00:00'),
          };
    },
  };
}

/** A record or user by its id, as `{"id":"…"}`; by name where the account's own are known. */
export function lookupForm(noun: string, things?: readonly NamedThing[], listed = false): ValueForm {
  const hint =
    things === undefined
      ? `Give the id of the ${noun}, a number of 15 to 20 digits.`
      : `Give the e-mail address or name of the ${noun}, or its id.`;
  const form = nameForm({ noun, isId: (text) => idForm.test(text), things: things ?? [], hint, listed });
  return {
    ...form,
    encode: (input) => {
      const id = isJsonObject(input) && !isExactNumber(input) ? input['id'] : (printedId(input) ?? input);
      const encoded = form.encode(id ?? null);
      return 'value' in encoded ? { value: { id: encoded.value } } : encoded;
    },
    show: (value) => lookupId(value) ?? '',
    nameOf: (value) => form.nameOf?.(lookupId(value) ?? ''),
  };
}

const idForm = /^\d{15,20}$/;

/** The id of a lookup that `get --csv` printed: `{"id":"…"}`. */
function printedId(input: Json): string | undefined {
  return typeof input === 'string' ? /^\{"id":"(\d{15,20})"\}$/.exec(input.trim())?.[1] : undefined;
}

function lookupId(value: Json): string | undefined {
  const id = isJsonObject(value) ? value['id'] : value;
  return typeof id === 'string' ? id : undefined;
}

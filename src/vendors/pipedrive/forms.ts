import { decimalText, parseDecimal } from '../../core/decimal.ts';
import type { Encoded, ValueForm } from '../../core/field.ts';
import { exactNumber, isJsonObject, jsonIn, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import { dayForm } from '../../core/value-forms.ts';
import { nameForm, type NamedThing } from '../shared/names-to-ids.ts';
import { isTimeZone, jsonNumberForm, refined } from '../shared/value-forms.ts';

/*
 * Values as Pipedrive takes them: JSON numbers for numbers and ids, whole seconds and Z for moments, objects for amounts with a currency and for
 * ranges. https://pipedrive.readme.io/docs/pipedrive-api-v2-migration-guide and …/core-api-concepts-custom-fields, as of 2026-09.
 */

/** A number from 0 to 100. */
export function percentForm(): ValueForm {
  return refined(jsonNumberForm(), (value) => {
    const number = Number(scalarText(value));
    return number >= 0 && number <= 100 ? { value } : { problem: 'is not from 0 to 100' };
  });
}

/** An id as a JSON number. */
export function numericIdForm(noun: string, hint?: string): ValueForm {
  return {
    type: 'id',
    encode: (input) => {
      const text = scalarText(input)?.trim() ?? '';
      return isNumericId(text)
        ? { value: Number(text) }
        : { problem: `is not the id of a ${noun}, which is a number`, ...(hint === undefined ? {} : { hint }) };
    },
  };
}

export function isNumericId(text: string): boolean {
  return /^[1-9]\d{0,14}$/.test(text);
}

/** A name for the one thing that has it, or its id; on the wire the id is a number. */
export function numericNameForm(noun: string, things: readonly NamedThing[], hint: string, listed = false): ValueForm {
  const form = nameForm({ noun, isId: isNumericId, things, hint, listed });
  return {
    ...refined(form, (id) => ({ value: Number(scalarText(id)) })),
    nameOf: (value) => form.nameOf?.(scalarText(value) ?? ''),
  };
}

/** `1250.50 EUR`, or the object itself. Whether half of it may be sent is not confirmed, so both parts are asked for. */
export function monetaryForm(): ValueForm {
  return {
    type: 'object',
    encode: (input): Encoded => {
      const object = typeof input === 'string' && !input.trim().startsWith('{') ? moneyOf(input) : objectOf(input);
      const amount = parseDecimal(scalarText(object?.['value'] ?? null) ?? '');
      const currency = object?.['currency'];
      return amount === undefined || typeof currency !== 'string' || !/^[A-Za-z]{3}$/.test(currency)
        ? { problem: 'is not an amount with its currency', hint: 'Write both, for example 1250.50 EUR.' }
        : { value: { value: exactNumber(decimalText(amount)), currency: currency.toUpperCase() } };
    },
    show: (value) => shownParts(value, ['value', 'currency'], ' ').trim(),
  };
}

/** The parts of an object with this between them; a bare value as it is. */
function shownParts(value: Json, parts: readonly string[], separator: string): string {
  if (!isJsonObject(value)) return scalarText(value) ?? '';
  return parts.map((part) => scalarText(value[part] ?? null) ?? '').join(separator);
}

function moneyOf(text: string): JsonObject | undefined {
  const [, value, currency] = /^\s*(\S+)\s+([A-Za-z]{3})\s*$/.exec(text) ?? [];
  return value === undefined || currency === undefined ? undefined : { value, currency };
}

/** `2026-01-01/2026-02-01`, or the object itself. */
export function dayRangeForm(): ValueForm {
  const day = dayForm();
  return {
    type: 'object',
    encode: (input): Encoded => {
      const [from = null, until = null] =
        typeof input === 'string' && !input.trim().startsWith('{')
          ? input.split('/')
          : [objectOf(input)?.['value'], objectOf(input)?.['until']];
      const [first, last] = [day.encode(from), day.encode(until)];
      return 'value' in first && 'value' in last
        ? { value: { value: first.value, until: last.value } }
        : { problem: 'is not a range of two days', hint: 'Write first/last, for example 2026-01-01/2026-02-01.' };
    },
    show: (value) => shownParts(value, ['value', 'until'], '/'),
  };
}

/**
 * A time of day, or `first/last` of them, and the time zone behind it where one is given: `09:00:00 Europe/London`; or the object itself. Older replies
 * show a bare text.
 */
export function timesForm(parts: readonly ('value' | 'until')[]): ValueForm {
  const members = [...parts, 'timezone_name'];
  const example = parts.length === 1 ? '09:00:00 Europe/London' : '09:00:00/10:30:00 Europe/London';
  const object = partsForm(parts, members, example);
  return {
    type: 'object',
    encode: (input): Encoded => {
      if (typeof input !== 'string' || input.trim().startsWith('{')) return object.encode(input);
      const [times = '', zone, ...rest] = input.trim().split(/\s+/);
      const texts = times.split('/').map(timeText);
      const isWhole = texts.length === parts.length && rest.length === 0 && !texts.includes(undefined);
      if (!isWhole || (zone !== undefined && !isTimeZone(zone)))
        return {
          problem: `is not ${parts.length === 1 ? 'a time' : 'a range of two times'}`,
          hint: `Write ${example}.`,
        };
      return {
        value: {
          ...Object.fromEntries(parts.map((part, index) => [part, texts[index] ?? ''])),
          ...(zone === undefined ? {} : { timezone_name: zone }),
        },
      };
    },
    show: (value) => {
      const times = shownParts(value, parts, '/');
      return isJsonObject(value) ? `${times} ${scalarText(value['timezone_name'] ?? null) ?? ''}`.trim() : times;
    },
  };
}

/** `09:00` as `09:00:00`; undefined for what is not a time of day. */
function timeText(text: string): string | undefined {
  const [, hours, minutes, seconds = '00'] = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text) ?? [];
  return hours === undefined || minutes === undefined ? undefined : `${hours}:${minutes}:${seconds}`;
}

/** An object with these members and no others, given as JSON; those in `needed` must be there. */
export function partsForm(needed: readonly string[], known: readonly string[], example: string): ValueForm {
  return {
    type: 'object',
    encode: (input): Encoded => {
      const object = objectOf(input);
      const names = object === undefined ? [] : Object.keys(object);
      const unknown = names.find((name) => !known.includes(name));
      if (unknown !== undefined)
        return { problem: `has a part "${unknown}" that such a field lacks`, hint: `Write ${example}.` };
      return object === undefined || needed.some((name) => !names.includes(name))
        ? { problem: `is not an object with ${needed.join(', ')}`, hint: `Write ${example}.` }
        : { value: object };
    },
  };
}

function objectOf(input: Json): JsonObject | undefined {
  const object = typeof input === 'string' ? jsonIn(input) : input;
  return isJsonObject(object) ? object : undefined;
}

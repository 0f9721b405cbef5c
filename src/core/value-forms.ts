import { dayText, parseMoment, utcSpaceText, utcText, type Moment } from './dates.ts';
import { decimalText, parseDecimal, toMinorUnits, type Decimal } from './decimal.ts';
import type { Encoded, ListForm, ValueForm } from './field.ts';
import { exactNumber, isJsonObject, jsonIn, scalarText, stringifyJson, type Json } from './json.ts';
import { listOf } from './same-value.ts';

/**
 * The value forms that vendors' fields are made of. All are pure; every one refuses what it does not understand rather than guess.
 * Texts are checked after blanks around them are dropped, except those of `textForm`, which are sent as they stand.
 */

/** Several values that the vendor writes as an array. */
export const arrayList: ListForm = { items: listOf, of: (items) => items };

/** Any text, sent as it stands. Numbers and booleans from JSON become their text. */
export function textForm(options: { readonly longest?: number } = {}): ValueForm {
  const { longest } = options;
  return {
    type: 'text',
    encode: (input) => {
      const text = scalarText(input);
      if (text === undefined) return { problem: 'is not a text' };
      if (longest !== undefined && text.length > longest) {
        return { problem: `is ${text.length} characters long, ${longest} are allowed` };
      }
      return { value: text };
    },
  };
}

/** A text for which `problem` gives a reason to refuse, or undefined. */
export function checkedTextForm(type: ValueForm['type'], problem: (text: string) => string | undefined): ValueForm {
  return {
    type,
    encode: (input) => {
      const text = scalarText(input)?.trim();
      if (text === undefined) return { problem: 'is not a text' };
      const reason = problem(text);
      return reason === undefined ? { value: text } : { problem: reason };
    },
  };
}

/** A plain decimal. `write` puts it into the vendor's form; by default text with the shortest digits of the same value. */
export function decimalForm(write: (decimal: Decimal) => Json = decimalText): ValueForm {
  return {
    type: 'decimal',
    encode: (input) => {
      const decimal = readDecimal(input);
      return 'problem' in decimal ? decimal : { value: write(decimal) };
    },
  };
}

/** An amount in major units, sent as a whole number of minor units (`places` 2: cents). */
export function minorUnitsForm(places: number): ValueForm {
  return {
    type: 'decimal',
    encode: (input) => {
      const decimal = readDecimal(input);
      if ('problem' in decimal) return decimal;
      const units = toMinorUnits(decimal, places);
      if (units === undefined) return { problem: `has more than ${places} digits after the point` };
      return { value: exactNumber(units.toString()) };
    },
    show: (value) => {
      const units = scalarText(value) ?? '';
      if (!/^[+-]?\d+$/.test(units)) return units === '' ? stringifyJson(value) : units;
      return fixedText({ digits: BigInt(units), scale: places });
    },
  };
}

/** Whole amounts without a point, others with all their digits: `42000.50`. */
function fixedText({ digits, scale }: Decimal): string {
  const text = decimalText({ digits, scale });
  const [, fraction] = text.split('.');
  return fraction === undefined ? text : text + '0'.repeat(scale - fraction.length);
}

/**
 * A whole number, sent as a JSON number. `fractionHint`: what to do where the value has a fraction. `refusesPoint`: `1000.00` is refused like a
 * fraction: in a column of whole cents it is a sign of the wrong unit.
 */
export function integerForm(
  options: {
    readonly smallest?: bigint;
    readonly largest?: bigint;
    readonly fractionHint?: string;
    readonly refusesPoint?: true;
  } = {},
): ValueForm {
  const { smallest, largest, fractionHint, refusesPoint } = options;
  return {
    type: 'integer',
    encode: (input) => {
      const decimal = readDecimal(input);
      if ('problem' in decimal) return decimal;
      const whole = toMinorUnits(decimal, 0);
      const hasPoint = refusesPoint === true && scalarText(input)?.includes('.') === true;
      if (whole === undefined || hasPoint) {
        const problem = whole === undefined ? 'is not a whole number' : 'has a decimal point';
        return { problem, ...(fractionHint === undefined ? {} : { hint: fractionHint }) };
      }
      if (smallest !== undefined && whole < smallest) return { problem: `is less than ${smallest}` };
      if (largest !== undefined && whole > largest) return { problem: `is more than ${largest}` };
      return { value: exactNumber(whole.toString()) };
    },
  };
}

function readDecimal(input: Json): Decimal | { readonly problem: string; readonly hint: string } {
  const text = typeof input === 'boolean' ? undefined : scalarText(input)?.trim();
  const decimal = text === undefined ? undefined : parseDecimal(text);
  if (decimal !== undefined) return decimal;
  const grouped = text !== undefined && /^[+-]?[\d.,' \u00a0\u202f]+$/.test(text) && /\d/.test(text);
  return {
    problem: grouped ? 'is an ambiguous number' : 'is not a number',
    hint: 'Write digits with a point and no grouping, for example 1250.50.',
  };
}

/** A day, sent as `YYYY-MM-DD`. A time is accepted only where it is exactly midnight UTC. */
export function dayForm(): ValueForm {
  return momentForm('date', (moment) =>
    moment.epochMs % 86_400_000 === 0 && moment.fraction === undefined
      ? { value: dayText(moment) }
      : { problem: 'has a time of day, and the field holds a day only', hint: 'Write YYYY-MM-DD.' },
  );
}

/** A moment, sent as `YYYY-MM-DDThh:mm:ssZ`; a day alone is midnight UTC. */
export function utcForm(): ValueForm {
  return momentForm('date-time', (moment) => ({ value: utcText(moment) }));
}

/** A moment, sent as `YYYY-MM-DD hh:mm:ss` in UTC; a day alone is midnight. */
export function utcSpaceForm(): ValueForm {
  return momentForm('date-time', (moment) => ({ value: utcSpaceText(moment) }));
}

function momentForm(type: 'date' | 'date-time', write: (moment: Moment) => Encoded): ValueForm {
  return {
    type,
    encode: (input) => {
      const moment = typeof input === 'string' ? parseMoment(input.trim()) : undefined;
      if (moment !== undefined) return write(moment);
      return {
        problem: 'is not a date that exists, or not in an unambiguous form',
        hint:
          type === 'date' ? 'Write YYYY-MM-DD, for example 2026-11-30.' : 'Write YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.',
      };
    },
  };
}

/** One of a closed list; letter case of the input is ignored, the list's spelling is sent. */
export function choiceForm(options: readonly string[]): ValueForm {
  const spelled = new Map(options.map((option) => [option.toLowerCase(), option]));
  return {
    type: 'choice',
    options,
    encode: (input) => {
      const text = scalarText(input)?.trim();
      const choice = spelled.get(text?.toLowerCase() ?? '');
      if (choice !== undefined) return { value: choice };
      const problem = `is none of ${options.join(', ')}`;
      return text === undefined ? { problem } : { problem, ifUnchanged: text };
    },
  };
}

export function emailForm(): ValueForm {
  return checkedTextForm('email', (text) =>
    /^[^\s@<>,;]+@[^\s@<>,;.]+(\.[^\s@<>,;.]+)+$/.test(text) ? undefined : 'is not an e-mail address',
  );
}

/** A currency code of three letters (ISO 4217), sent in capitals. */
export function currencyForm(): ValueForm {
  return {
    type: 'text',
    encode: (input) => {
      const code = scalarText(input)?.trim() ?? '';
      return /^[A-Za-z]{3}$/.test(code)
        ? { value: code.toUpperCase() }
        : { problem: 'is not a currency code of three letters', hint: 'Write an ISO 4217 code, for example EUR.' };
    },
  };
}

/** An id with a prefix (`user_…`); without one, any text without blanks. */
export function idForm(prefix = ''): ValueForm {
  return checkedTextForm('id', (text) => {
    if (/\s/.test(text) || text === '') return 'is not an id: it holds blanks';
    return text.startsWith(prefix) && text.length > prefix.length
      ? undefined
      : `is not an id that begins with ${prefix}`;
  });
}

/** A JSON object, or several in an array; in a cell as JSON text. `problem` judges one object. */
export function objectsForm(
  problem: (object: { readonly [name: string]: Json | undefined }) => string | undefined,
): ValueForm {
  return {
    type: 'object',
    encode: (input) => {
      const parsed = typeof input === 'string' ? jsonIn(input) : input;
      const objects = Array.isArray(parsed) ? (parsed as readonly Json[]) : [parsed];
      for (const object of objects) {
        if (!isJsonObject(object))
          return { problem: 'is not a JSON object', hint: 'Write {"name":"value"} or an array of such.' };
        const reason = problem(object);
        if (reason !== undefined) return { problem: reason };
      }
      return objects.length === 0 ? { problem: 'is an empty list' } : { value: parsed as Json };
    },
  };
}

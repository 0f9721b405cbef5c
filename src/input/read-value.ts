import { damageIn } from '../core/damage.ts';
import { declaredDate, isLocalDate, parseMoment } from '../core/dates.ts';
import type { FieldType, ValueForm } from '../core/field.ts';
import { jsonIn, scalarText, stringifyJson, type Json } from '../core/json.ts';
import { numberText } from '../core/number-text.ts';
import { excerpt, visible } from '../core/printable.ts';
import type { ReadingRules } from '../core/reading-rules.ts';

/** A value that its field's form may be asked about, or why not. Sentences without the value. */
export type ReadValue =
  | { readonly value: Json; readonly warning?: ValueWarning }
  | { readonly code: string; readonly problem: string; readonly hint?: string };

export interface ValueWarning {
  readonly code: 'null-text' | 'zone-assumed' | 'misread-text';
  /** Half a sentence after the field's name. */
  readonly message: string;
}

/**
 * What stands before every form: damaged values are refused, a list is taken apart, numbers and dates are read as the file's declaration says, and
 * what has two meanings is refused where nothing is declared. The form is then given plain decimals and ISO dates. `damageAllowed`: a person has said
 * that this field may hold what looks damaged.
 */
export function readValue(form: ValueForm, input: Json, rules: ReadingRules, damageAllowed: boolean): ReadValue {
  const found = damageAllowed ? undefined : damageIn(input);
  if (found !== undefined) {
    return {
      code: 'damaged-value',
      problem: typeof input === 'string' ? found.reason : `holds ${quoted(found.text)}, which ${found.reason}`,
      hint: 'Correct it where the file comes from. If just this text is meant, type --allow-damaged with the name of the column.',
    };
  }
  const values = form.list === undefined ? undefined : listIn(input, rules);
  if (values === undefined) return readScalar(form, input, rules);
  const read: Json[] = [];
  const texts = new Set<string>();
  for (const value of values) {
    const item = value === null ? { value } : readScalar(form, value, rules);
    if (!('value' in item)) return { ...item, problem: `holds ${quoted(value)}, which ${item.problem}` };
    const text = scalarText(item.value);
    if (text !== undefined && texts.has(text)) return { code: 'bad-value', problem: `holds ${quoted(value)} twice` };
    if (text !== undefined) texts.add(text);
    read.push(item.value);
  }
  return { value: read };
}

/** A value as messages show it. */
export function quoted(value: Json): string {
  return `"${excerpt(visible(scalarText(value) ?? stringifyJson(value)), 60)}"`;
}

/** The values of a list; undefined for one value alone. */
function listIn(input: Json, { listSeparator }: ReadingRules): readonly Json[] | undefined {
  if (Array.isArray(input)) return input as readonly Json[];
  if (typeof input !== 'string') return undefined;
  const text = input.trim();
  const list = text.startsWith('[') && text.endsWith(']') ? jsonIn(text) : undefined;
  if (Array.isArray(list)) return list as readonly Json[];
  if (listSeparator === undefined || !text.includes(listSeparator)) return undefined;
  const items = text.split(listSeparator).map((item) => item.trim());
  return items.filter((item) => item !== '');
}

function readScalar(form: ValueForm, input: Json, rules: ReadingRules): ReadValue {
  if (typeof input !== 'string') return { value: input };
  return readers[form.type]?.(input, rules) ?? { value: input };
}

const readers: Partial<Record<FieldType, (text: string, rules: ReadingRules) => ReadValue>> = {
  decimal: readNumber,
  integer: readNumber,
  date: readDate,
  'date-time': readMoment,
  text: readText,
  any: readText,
};

function readNumber(text: string, { decimalMark, ownForm }: ReadingRules): ReadValue {
  const read = numberText(text.trim(), ownForm === true ? '.' : decimalMark);
  if ('text' in read) return { value: read.text };
  return { code: 'bad-value', ...read };
}

function readDate(text: string, { dateOrder, ownForm }: ReadingRules): ReadValue {
  if (ownForm === true) return { value: text };
  const bare = text.trim();
  if (dayNumber.test(bare)) {
    return {
      code: 'bad-value',
      problem: 'is the number of a day, as spreadsheets keep dates',
      hint: 'Show the column as YYYY-MM-DD there, and export it again.',
    };
  }
  if (dateOrder === undefined) {
    if (!isLocalDate(bare)) return { value: text };
    return {
      code: 'bad-value',
      problem: 'is a date that can be read in more than one way',
      hint: 'Write YYYY-MM-DD; or say in which order the file writes dates: --date-order dmy for 30.11.2026, mdy for 11/30/2026.',
    };
  }
  const date = declaredDate(bare, dateOrder);
  if (date !== undefined) return { value: date };
  return {
    code: 'bad-value',
    problem: `is not a date in the order ${dateOrder}`,
    hint: `Write the year with four digits, and the parts as declared: ${examples[dateOrder]}.`,
  };
}

const examples = { dmy: '30.11.2026', mdy: '11/30/2026', ymd: '2026/11/30' } as const;

function readMoment(text: string, rules: ReadingRules): ReadValue {
  const read = readDate(text, rules);
  if (rules.ownForm === true || !('value' in read) || typeof read.value !== 'string') return read;
  const moment = parseMoment(read.value.trim());
  if (moment === undefined || /(?:Z|[+-]\d{2}:?\d{2})$/i.test(read.value.trim().slice(10))) return read;
  const message = moment.dayOnly
    ? 'is a day without a time: midnight UTC is sent, which is the evening before in America'
    : 'has no time zone: it is taken as UTC';
  return { ...read, warning: { code: 'zone-assumed', message } };
}

/** Days since the end of 1899, from 1954 to 2091, with or without a time. */
const dayNumber = /^[2-6]\d{4}(?:\.\d+)?$/;

function readText(text: string, { ownForm }: ReadingRules): ReadValue {
  const warning = ownForm === true ? undefined : textWarning(text);
  return warning === undefined ? { value: text } : { value: text, warning };
}

const nullText = /^\s*(?:null|undefined)\s*$/i;

function textWarning(text: string): ValueWarning | undefined {
  if (nullText.test(text))
    return { code: 'null-text', message: `is the text "${text.trim()}", which programs write for an empty value` };
  return misread.test(text)
    ? {
        code: 'misread-text',
        message: 'holds signs such as "Ã¼": a program seems to have read UTF-8 in another encoding',
      }
    : undefined;
}

/** What Windows-1252 or Latin-1 makes of the two or three bytes of an accented letter, a quote or a dash: `MÃ¼ller`, `Itâ€™s`. */
const misread =
  /[ÂÃ][\u00a0-\u00bf\u0152\u0153\u0160\u0161\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|â€./;

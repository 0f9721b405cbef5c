import { decimalText, parseDecimal } from '../../core/decimal.ts';
import type { Encoded, ValueForm } from '../../core/field.ts';
import { scalarText, type Json } from '../../core/json.ts';
import { nearestName } from '../../core/nearest.ts';
import { excerpt } from '../../core/printable.ts';
import { checkedTextForm, utcForm } from '../../core/value-forms.ts';
import { partsBetween } from '../shared/metadata-reads.ts';
import { plainName } from '../shared/names-to-ids.ts';
import { encodeAll, hinted, jsonNumberForm, refined } from '../shared/value-forms.ts';
import { longId, recordIdProblem } from './ids.ts';

/*
 * The forms of values. https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm, 2026-11.
 */

/** REST rounds numbers of more digits. https://help.salesforce.com/s/articleView?id=000394530, 2026-11. */
const mostDigits = 15;

/**
 * A JSON number. `scale`: digits after the point; Salesforce stores more of them and hides them (https://help.salesforce.com/s/articleView?id=000387302,
 * 2026-11), so that they are refused here. `precision`: all digits.
 */
export function numberForm({ precision, scale }: { readonly precision: number; readonly scale: number }): ValueForm {
  const form = refined(jsonNumberForm(), (value) => {
    const [whole = '', fraction = ''] = (scalarText(value) ?? '').replace('-', '').split('.');
    if (fraction.length > scale && scale === 0) return { problem: 'is not a whole number' };
    if (fraction.length > scale) return { problem: `has more than ${scale} digits after the point` };
    if (whole.length > precision - scale)
      return { problem: `has more than ${precision - scale} digits before the point` };
    return whole.length + fraction.length > mostDigits
      ? { problem: `has more than ${mostDigits} digits, which Salesforce would round` }
      : { value };
  });
  return { ...form, type: scale === 0 ? 'integer' : 'decimal' };
}

/** A number from 0 to 100, of `scale` digits after the point. */
export function percentForm(scale: number): ValueForm {
  return refined(numberForm({ precision: scale + 3, scale }), (value) => {
    const percent = Number(scalarText(value));
    return percent < 0 || percent > 100 ? { problem: 'is not between 0 and 100' } : { value };
  });
}

const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  '1': true,
  false: false,
  no: false,
  '0': false,
};

/** A checkbox: true or false, and 1 or 0 as the reports of Salesforce write it. */
export function checkboxForm(): ValueForm {
  return {
    type: 'boolean',
    encode: (input) => {
      const text = scalarText(input)?.trim().toLowerCase() ?? '';
      const value = Object.hasOwn(booleans, text) ? booleans[text] : undefined;
      return value === undefined ? { problem: 'is neither true nor false' } : { value };
    },
  };
}

/** A moment in UTC, `2026-10-02T08:15:00Z`, with the fraction of a second that it has; a day alone is midnight. */
export function momentForm(): ValueForm {
  return refined(utcForm(), (text) => ({
    value: new Date(scalarText(text) ?? '').toISOString().replace('.000Z', 'Z'),
  }));
}

/** The id of a record of any kind, sent in its long spelling. */
export function referenceForm(hint: string): ValueForm {
  const form = refined(checkedTextForm('id', recordIdProblem), (id) => ({ value: longId(scalarText(id) ?? '') }));
  return hinted(form, hint);
}

/** One of a picklist's values, as describe and OpportunityStage show them. */
export interface PicklistValue {
  /** What is stored (the API name). */
  readonly value: string;
  /** What people see. */
  readonly label: string;
  readonly active: boolean;
}

/**
 * A picklist, by value or by label; the value is sent. `anyText`: texts that are not in the list are sent as they stand, which makes of each a new
 * inactive value of the org where the picklist is not restricted.
 */
export function picklistForm(values: readonly PicklistValue[], anyText: boolean): ValueForm {
  const options = values.filter(({ active }) => active).map(({ value }) => value);
  const labels = new Map(values.map(({ value, label }) => [value, label]));
  return {
    type: options.length > 0 && !anyText ? 'choice' : 'text',
    ...(options.length > 0 ? { options } : {}),
    encode: (input) => encodeValue(input, values, anyText),
    nameOf: (value) => (typeof value === 'string' ? labels.get(value) : undefined),
  };
}

function encodeValue(input: Json, values: readonly PicklistValue[], anyText: boolean): Encoded {
  const text = scalarText(input);
  if (text === undefined || text.trim() === '') return { problem: 'is not a text' };
  const exact = values.find(({ value }) => value === text) ?? values.find(({ value }) => value === text.trim());
  const plain = plainName(text);
  const named = values.filter(({ value, label }) => plainName(label) === plain || plainName(value) === plain);
  const active = named.filter((one) => one.active);
  const [found] = exact === undefined ? (active.length > 0 ? active : named) : [exact];
  const several = exact === undefined && active.length > 1;
  if (found !== undefined && !several && (found.active || anyText)) return { value: found.value };
  if (anyText) return { value: text };
  if (several)
    return { problem: `may be any of ${active.map(({ value }) => value).join(', ')}`, hint: 'Give the value itself.' };
  if (found !== undefined)
    return {
      problem: 'is a value that is not active in this org',
      hint: listHint(values),
      ifUnchanged: found.value,
    };
  const near = nearestName(
    text,
    values.flatMap(({ value, label, active: usable }) => (usable ? [value, label] : [])),
  );
  return {
    problem: `is not a value of this field${near === undefined ? '' : `; did you mean "${near}"?`}`,
    hint: listHint(values),
    ifUnchanged: text,
  };
}

function listHint(values: readonly PicklistValue[]): string {
  const active = values.filter((one) => one.active).map(({ value }) => value);
  return `The field has: ${excerpt(active.join(', '), 200)}`;
}

/**
 * A multi-select picklist: values or labels with `;` between, or a list. Sent as one text, in the order of the list; the order in which it is read is
 * not documented. https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm, 2026-11.
 */
export function multiPicklistForm(values: readonly PicklistValue[], anyText: boolean): ValueForm {
  const options = values.filter(({ active }) => active).map(({ value }) => value);
  const rank = new Map(values.map(({ value }, index) => [value, index]));
  const join = (items: readonly Json[]): string => {
    const texts = [...new Set(items.flatMap((item) => (typeof item === 'string' ? [item] : [])))];
    return texts
      .sort((one, other) => (rank.get(one) ?? Infinity) - (rank.get(other) ?? Infinity) || (one < other ? -1 : 1))
      .join(';');
  };
  const encode = (item: Json): Encoded =>
    typeof item === 'string' && item.includes(';')
      ? { problem: 'holds a value with a semicolon, which separates values' }
      : encodeValue(item, values, anyText);
  return {
    type: 'list',
    ...(options.length > 0 && !anyText ? { options } : {}),
    encode: (input) => {
      const given = Array.isArray(input) ? (input as readonly Json[]) : itemsOf(input);
      if (given.length === 0) return { problem: 'is an empty list', hint: 'Clear the field instead.' };
      return encodeAll(given, encode, join);
    },
    list: { items: itemsOf, of: join },
  };
}

function itemsOf(value: Json): readonly string[] {
  return partsBetween(';', scalarText(value) ?? '');
}

/** Compares numbers as the org does where keys are numbers: `012.50` is `12.5`. Undefined for a text that is not a number. */
export function numberKey(text: string): string | undefined {
  const decimal = parseDecimal(text.trim());
  return decimal === undefined ? undefined : decimalText(decimal);
}

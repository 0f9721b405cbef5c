import { escapedToken } from './clear-token.ts';
import { decimalText, parseDecimal } from './decimal.ts';
import { fieldTypes } from './difference.ts';
import type { Field, FieldType, ValueForm } from './field.ts';
import { isExactNumber, scalarText, stringifyJson, type Json } from './json.ts';
import { isEmpty } from './same-value.ts';

/**
 * A value in the vendor's form as a cell that reads back as the same value: a list or an object as JSON, a number without an exponent and never with
 * exactly three decimals (`12.1250`), a text that is the clear token escaped. Empty for an empty value.
 */
export function cellText(value: Json, type: FieldType): string {
  if (isEmpty(value)) return '';
  const text = scalarText(value);
  if (text === undefined) return stringifyJson(value);
  const isNumber = typeof value === 'number' || isExactNumber(value);
  if (type === 'decimal' || type === 'integer') return unambiguous(text);
  return isNumber ? plain(text) : escapedToken(text);
}

/** What stands for a value of the vendor's form where people and files write it: the value itself, or what reads back as it. */
export function writtenValue(form: ValueForm | undefined, value: Json): Json {
  return form?.cell === undefined || isEmpty(value) ? value : form.cell(value);
}

/** The cells of fields by their names, for files of edits. `type`: what the record itself says of the field. */
export function fieldCells(
  fields: readonly Field[],
  openField: (name: string) => Field | undefined,
): (name: string, value: Json, type?: FieldType) => string {
  const typeOf = fieldTypes(fields, openField);
  const forms = new Map(fields.flatMap(({ name, form }) => (form.cell === undefined ? [] : [[name, form] as const])));
  return (name, value, type) => cellText(writtenValue(forms.get(name), value), type ?? typeOf(name));
}

function plain(text: string): string {
  const decimal = /e/i.test(text) ? parseDecimal(text) : undefined;
  return decimal === undefined ? text : decimalText(decimal);
}

function unambiguous(text: string): string {
  const digits = plain(text.trim());
  return /^[+-]?\d{1,3}\.\d{3}$/.test(digits) ? `${digits}0` : digits;
}

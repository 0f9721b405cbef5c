import { dayText, parseMoment } from './dates.ts';
import { amountWords, decimalWords } from './decimal-words.ts';
import type { Change } from './edit.ts';
import type { Field, ValueForm } from './field.ts';
import { isExactNumber, scalarText, stringifyJson, type Json } from './json.ts';
import { isEmpty, sameValue } from './same-value.ts';
import type { FieldValue, FieldValues, Service } from './vendor.ts';

/** What people call the fields of an account and the values in them, as far as its metadata and their file tell. */
export interface Names {
  /** Of a field, by the name that changes write it by: `amount (value)`, the person's column first. `column`: the one in hand, where there is one. */
  readonly field: (field: string, column?: string) => string;
  /** Of a value, where the value is an id; of a list, those of all its members. */
  readonly ofValue: (field: string, value: Json) => string | undefined;
  /** A value as people write it: `Won (stat_8Hk2)`, `42,000.50 USD`, `2026-12-18`. Empty for an empty one. */
  readonly text: (field: string, value: Json, currency?: string) => string;
  /** An amount in major units, without groups; undefined for a value that is none. */
  readonly amount: (field: string, value: Json) => string | undefined;
  /** The field that holds the currency of this amount; undefined where the field holds no amount or its currency is not in the record. */
  readonly currencyField: (field: string) => string | undefined;
  readonly isAmount: (field: string) => boolean;
}

type NamedService = Pick<Service, 'fields' | 'openField'>;

interface NamedField {
  readonly label: string | undefined;
  readonly column: string | undefined;
  readonly forms: readonly ValueForm[];
  readonly isAmount: boolean;
  readonly currencyField: string | undefined;
}

/** The names that the service knows of its account. `map`: columns of the person's file and the field that each writes. */
export function namesOf(service: NamedService, map: Readonly<Record<string, string>> = {}): Names {
  const columns = columnsByField(service, map);
  const currency = service.fields.find(({ common, readOnly }) => common?.includes('currency') === true && !readOnly);
  const known = new Map<string, NamedField>();
  const fieldOf = (name: string): NamedField => {
    const found = known.get(name);
    if (found !== undefined) return found;
    // Several columns may write one field: `owner` and `user_id`, `amount` and `value`.
    const own = service.fields.filter((field) => (field.writes ?? field.name) === name && field.action === undefined);
    const open = own.length === 0 ? service.openField?.(name) : undefined;
    const all: readonly Field[] = open === undefined ? own : [open];
    const amount = all.find(({ common }) => common?.includes('amount') === true);
    const field: NamedField = {
      label: all.find(({ label }) => label !== undefined)?.label,
      column: columns.get(name),
      forms: all.map(({ form }) => form),
      isAmount: amount !== undefined,
      currencyField: amount === undefined ? undefined : (amount.currencyField ?? currency?.writes ?? currency?.name),
    };
    known.set(name, field);
    return field;
  };
  const nameOf = (name: string, value: Json): string | undefined => {
    for (const form of fieldOf(name).forms) {
      const text = form.nameOf?.(value);
      if (text !== undefined) return text;
    }
    return undefined;
  };
  const ofValue: Names['ofValue'] = (name, value) => {
    if (!Array.isArray(value)) return nameOf(name, value);
    const members = (value as readonly Json[]).map((member) => ({ member, name: nameOf(name, member) }));
    if (members.every(({ name: none }) => none === undefined)) return undefined;
    return members.map(({ member, name: one }) => one ?? scalarText(member) ?? '…').join(', ');
  };
  const amount: Names['amount'] = (name, value) => {
    const { forms, isAmount } = fieldOf(name);
    if (!isAmount || isEmpty(value)) return undefined;
    const show = forms.find((form) => form.show !== undefined)?.show;
    const text = show === undefined ? scalarText(value) : show(value);
    return text !== undefined && /^[+-]?\d+(\.\d+)?$/.test(text) ? text : undefined;
  };
  return {
    field: (name, given = name) => {
      const { label, column } = fieldOf(name);
      const own = given === name ? (column ?? label ?? name) : given;
      return own.toLowerCase() === name.toLowerCase() ? own : `${own} (${name})`;
    },
    ofValue,
    amount,
    isAmount: (name) => fieldOf(name).isAmount,
    currencyField: (name) => fieldOf(name).currencyField,
    text: (name, value, inCurrency) => {
      if (isEmpty(value)) return '';
      const money = amount(name, value);
      if (money !== undefined)
        return inCurrency === undefined ? amountWords(money) : `${amountWords(money)} ${inCurrency}`;
      return named(ofValue(name, value), plainText(value, fieldOf(name).forms));
    },
  };
}

/** The person's column of each field that `map` names. */
function columnsByField(
  { fields, openField }: NamedService,
  map: Readonly<Record<string, string>>,
): Map<string, string> {
  const columns = new Map<string, string>();
  for (const [column, target] of Object.entries(map)) {
    const plain = target.toLowerCase();
    const field =
      fields.find(({ name }) => name.toLowerCase() === plain) ??
      fields.find(({ common }) => common?.some((name) => name === plain) === true) ??
      openField?.(target);
    if (field !== undefined && field.action === undefined) columns.set(field.writes ?? field.name, column);
  }
  return columns;
}

export const noNames: Names = namesOf({ fields: [] });

/** A number with its digits in groups, a moment without what is not needed; a code stays as it is, and so does text that consists of digits. */
function plainText(value: Json, forms: readonly ValueForm[]): string {
  const shown = forms.find(({ show }) => show !== undefined)?.show?.(value);
  if (shown !== undefined) return shown;
  const text = scalarText(value);
  if (text === undefined) return stringifyJson(value);
  const isCode = forms.some(({ type, nameOf }) => nameOf !== undefined || type === 'id' || type === 'choice');
  if (typeof value === 'number' || isExactNumber(value)) return isCode ? text : decimalWords(text);
  const moment = forms.find(({ type }) => type === 'date-time' || type === 'date');
  return moment === undefined ? text : momentWords(text, moment);
}

/** `2026-12-18`, or `2026-12-18 14:05 UTC`, where that is what the field's form makes this very value of; else the text itself. */
function momentWords(text: string, form: ValueForm): string {
  const moment = parseMoment(text);
  if (moment === undefined || moment.dayOnly) return text;
  const time = new Date(moment.epochMs).toISOString();
  const day = dayText(moment);
  for (const words of [day, `${day} ${time.slice(11, 16)}`, `${day} ${time.slice(11, 19)}`]) {
    const read = form.encode(words);
    if ('value' in read && sameValue(read.value, text, form.type)) return words === day ? day : `${words} UTC`;
  }
  return text;
}

/** `Won (stat_8Hk2)`: what people call it first. */
export function named(name: string | undefined, text: string): string {
  if (name === undefined || name === text) return text;
  return name.endsWith(` (${text})`) ? name : `${name} (${text})`;
}

/** The currencies of an edit's amounts: that of the record, and the one that stands once the edit is done. */
export function currenciesOf(
  names: Names,
  changes: readonly Pick<Change, 'field' | 'value'>[],
  values: FieldValues | undefined,
): (field: string) => { readonly before?: string; readonly after?: string } {
  return (field) => {
    const currency = names.currencyField(field);
    if (currency === undefined) return {};
    const before = codeOf(names, currency, shownValue(values?.get(currency)));
    const after = codeOf(names, currency, changes.find((change) => change.field === currency)?.value) ?? before;
    return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
  };
}

/** A value of a record as it may be shown: masked where it holds a secret. */
export function shownValue(held: FieldValue | undefined): Json | undefined {
  return held?.masked ?? held?.value;
}

/** A currency may be a record of its own, which is shown by its name; its code needs no name. */
function codeOf(names: Names, field: string, value: Json | undefined): string | undefined {
  if (value === undefined || isEmpty(value)) return undefined;
  const text = scalarText(value);
  return text !== undefined && /^[A-Z]{3}$/.test(text) ? text : (names.ofValue(field, value) ?? text);
}

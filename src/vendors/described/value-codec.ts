import { decimalText, parseDecimal } from '../../core/decimal.ts';
import type { Encoded, ValueForm } from '../../core/field.ts';
import { exactNumber, isJsonObject, jsonIn, scalarText, stringifyJson, type Json } from '../../core/json.ts';
import {
  arrayList,
  choiceForm,
  currencyForm,
  decimalForm,
  emailForm,
  idForm,
  integerForm,
  minorUnitsForm,
  textForm,
} from '../../core/value-forms.ts';
import type { Settings } from '../../core/vendor.ts';
import { encodeAll } from '../shared/value-forms.ts';
import { dateCodec, type Codec } from './date-codec.ts';
import type { FieldForm } from './form.ts';

/** The form of a field as it is sent (`sent`) or as records show it (`shown`). */
export function codecOf(field: FieldForm, settings: Settings, way: 'sent' | 'shown'): Codec {
  const wire = way === 'shown' ? (field.shown ?? field.sent) : field.sent;
  switch (field.type) {
    case 'text':
      return same(textForm(field.longest === undefined ? {} : { longest: field.longest }));
    case 'number':
    case 'integer':
      return numberCodec(field, wire);
    case 'boolean':
      return { form: booleanForm, plain: (value) => (typeof value === 'boolean' ? value : undefined) };
    case 'date':
    case 'date-time':
      return dateCodec(field, wire, settings);
    case 'choice':
      return choiceCodec(field);
    case 'list':
      return same(listForm(optionsOf(field)));
    case 'email':
      return same(emailForm());
    case 'currency':
      return same(currencyForm());
    case 'id':
      return field.sent === 'number' ? same(integerForm()) : same(idForm());
    case 'json':
      return same(jsonForm);
  }
}

function same(form: ValueForm): Codec {
  return { form, plain: (wire) => wire };
}

function plainNumber(value: Json): Json | undefined {
  const decimal = typeof value === 'boolean' ? undefined : parseDecimal(scalarText(value) ?? '');
  return decimal === undefined ? undefined : decimalText(decimal);
}

function numberCodec({ type, places = 2 }: FieldForm, wire: string | undefined): Codec {
  if (wire === 'minor') {
    const majorOf = (value: Json): string | undefined => {
      const decimal = parseDecimal(scalarText(value) ?? '');
      return decimal === undefined ? undefined : decimalText({ digits: decimal.digits, scale: decimal.scale + places });
    };
    const show = (value: Json): string => majorOf(value) ?? '';
    return { form: { ...minorUnitsForm(places), show, cell: show }, plain: majorOf };
  }
  if (type === 'integer') {
    const form = integerForm();
    return { form: wire === 'text' ? asText(form) : form, plain: plainNumber };
  }
  return {
    form: wire === 'text' ? decimalForm() : decimalForm((decimal) => exactNumber(decimalText(decimal))),
    plain: plainNumber,
  };
}

function asText(form: ValueForm): ValueForm {
  return {
    ...form,
    encode: (input) => {
      const encoded = form.encode(input);
      return 'problem' in encoded ? encoded : { value: scalarText(encoded.value) ?? '' };
    },
  };
}

const booleanForm: ValueForm = {
  type: 'boolean',
  encode: (input) => {
    if (typeof input === 'boolean') return { value: input };
    const word = scalarText(input)?.trim().toLowerCase();
    if (word === 'true' || word === 'false') return { value: word === 'true' };
    return { problem: 'is neither true nor false', hint: 'Write true or false.' };
  },
};

const jsonForm: ValueForm = {
  type: 'any',
  encode: (input) => {
    const value = typeof input === 'string' ? jsonIn(input) : input;
    return value === undefined ? { problem: 'is not JSON', hint: 'Write JSON, a text in quotes.' } : { value };
  },
  show: stringifyJson,
};

function listForm(options: readonly string[] | undefined): ValueForm {
  const form = options === undefined ? textForm() : choiceForm(options);
  return {
    ...form,
    type: 'list',
    list: arrayList,
    encode: (input) => {
      const items = Array.isArray(input) ? (input as readonly Json[]) : [input];
      return encodeAll(items, form.encode);
    },
  };
}

export function optionsOf({ options }: FieldForm): readonly string[] | undefined {
  return typeof options === 'string' ? [options] : options;
}

/** Options as they are sent, or a table of what is sent for each. Without either any text will do. */
function choiceCodec(field: FieldForm): Codec {
  const { values } = field;
  const options = optionsOf(field);
  if (values === undefined) return same(options === undefined ? textForm() : choiceForm(options));
  const byName = choiceForm([...values.keys()]);
  const nameOf = (wire: Json): string | undefined =>
    [...values].find(([, value]) => scalarText(value) === scalarText(wire))?.[0];
  const form: ValueForm = {
    ...byName,
    encode: (input): Encoded => {
      // What is sent is taken, too: it is what `get --csv` of other tools holds.
      const known = [...values.values()].find((value) => scalarText(value) === scalarText(input)?.trim());
      if (known !== undefined) return { value: known };
      const encoded = byName.encode(input);
      return 'problem' in encoded ? encoded : { value: values.get(scalarText(encoded.value) ?? '') ?? null };
    },
    nameOf,
    show: (value) => nameOf(value) ?? scalarText(value) ?? '',
  };
  return { form, plain: nameOf };
}

/** Two codecs of one field: what a record shows, in the form in which it would be sent. What is not of the declared form stays as it is. */
export function asSent(value: Json, shown: Codec, sent: Codec): Json {
  if (value === null || isJsonObject(value)) return value;
  const plain = shown.plain(value);
  const encoded = plain === undefined || plain === '' ? undefined : sent.form.encode(plain);
  return encoded === undefined || 'problem' in encoded ? value : encoded.value;
}

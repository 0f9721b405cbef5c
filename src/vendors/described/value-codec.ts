import { dayText, parseMoment, utcText } from '../../core/dates.ts';
import { decimalText, parseDecimal } from '../../core/decimal.ts';
import type { Encoded, ValueForm } from '../../core/field.ts';
import { isJsonObject, jsonIn, scalarText, stringifyJson, type Json } from '../../core/json.ts';
import {
  choiceForm,
  currencyForm,
  dayForm,
  decimalForm,
  emailForm,
  idForm,
  integerForm,
  minorUnitsForm,
  textForm,
  utcForm,
} from '../../core/value-forms.ts';
import type { Settings } from '../../core/vendor.ts';
import { booleanForm, hinted, jsonNumberForm, refined } from '../shared/value-forms.ts';
import { severalForm } from '../shared/whole-list-fields.ts';
import { datePattern, zoneDay, zoneMidnightMs } from './date-pattern.ts';
import type { FieldForm } from './form.ts';
import { filled } from './templates.ts';

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
      return { form: trueOrFalse, plain: (value) => (typeof value === 'boolean' ? value : undefined) };
    case 'date':
    case 'date-time':
      return dateCodec(field, wire, settings);
    case 'choice':
      return choiceCodec(field);
    case 'list':
      return same(severalForm(choiceOrText(field)));
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
    return { form: wire === 'text' ? refined(form, asText) : form, plain: plainNumber };
  }
  return { form: wire === 'text' ? decimalForm() : jsonNumberForm(), plain: plainNumber };
}

function asText(value: Json): Encoded {
  return { value: scalarText(value) ?? '' };
}

const trueOrFalse = hinted(booleanForm(), 'Write true or false.');

const jsonForm: ValueForm = {
  type: 'any',
  encode: (input) => {
    const value = typeof input === 'string' ? jsonIn(input) : input;
    return value === undefined ? { problem: 'is not JSON', hint: 'Write JSON, a text in quotes.' } : { value };
  },
  show: stringifyJson,
};

function choiceOrText({ options }: FieldForm): ValueForm {
  return options === undefined ? textForm() : choiceForm(options);
}

/** Options as they are sent, or a table of what is sent for each. Without either any text will do. */
function choiceCodec(field: FieldForm): Codec {
  const { values } = field;
  if (values === undefined) return same(choiceOrText(field));
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

/** A form on the wire, both ways. `plain`: what a person would write for it; undefined for what is not of this form. */
export interface Codec {
  readonly form: ValueForm;
  readonly plain: (wire: Json) => Json | undefined;
}

/** Days and moments, as the service writes them: ISO, epoch, or a pattern of its own. */
export function dateCodec({ type, zone: named }: FieldForm, wire: string | undefined, settings: Settings): Codec {
  const zone = named === undefined ? undefined : filled(named, settings);
  const base = type === 'date' ? dayForm() : utcForm();
  const kind = wire ?? (type === 'date' ? 'day' : 'iso');
  /** The moment that a day or a moment as people write it means, in milliseconds. */
  const msOf = (text: string): number | undefined => {
    const moment = parseMoment(text);
    if (moment === undefined) return undefined;
    return type === 'date' && zone !== undefined ? zoneMidnightMs(text, zone) : moment.epochMs;
  };
  /** As people write it. */
  const plainOf = (epochMs: number): string | undefined => {
    if (!(Math.abs(epochMs) < 8_000_000_000_000_000)) return undefined;
    const moment = { epochMs, dayOnly: false, ...fractionOf(epochMs) };
    if (type === 'date') return zone === undefined ? dayText(moment) : zoneDay(epochMs, zone);
    return utcText(moment);
  };
  const pattern = datePattern(kind);
  const write = (text: string): Json | undefined => {
    if (pattern !== undefined) return pattern.write(text);
    const epochMs = msOf(text);
    if (epochMs === undefined || kind === 'day' || (kind === 'iso' && type === 'date-time')) return text;
    if (kind === 'epoch-ms') return epochMs;
    if (kind === 'epoch-s') return epochMs % 1000 === 0 ? epochMs / 1000 : undefined;
    return utcText({ epochMs, dayOnly: false, ...fractionOf(epochMs) });
  };
  const plain = (value: Json): Json | undefined => {
    const text = scalarText(value);
    if (text === undefined) return undefined;
    if (pattern !== undefined) return pattern.read(text);
    if (kind === 'epoch-ms' || kind === 'epoch-s')
      return /^-?\d{1,16}$/.test(text) ? plainOf(Number(text) * (kind === 'epoch-s' ? 1000 : 1)) : undefined;
    const moment = parseMoment(text);
    if (moment === undefined) return undefined;
    return type === 'date-time' ? utcText(moment) : moment.dayOnly ? text : plainOf(moment.epochMs);
  };
  const show = (value: Json): string => scalarText(plain(value) ?? value) ?? '';
  const form = refined(base, (encoded) => {
    const value = write(scalarText(encoded) ?? '');
    return value === undefined
      ? { problem: 'has a part of a second that the service does not keep', hint: 'Write whole seconds.' }
      : { value };
  });
  return { form: pattern === undefined && kind === 'day' ? form : { ...form, show, cell: show }, plain };
}

function fractionOf(epochMs: number): { readonly fraction?: string } {
  const rest = ((epochMs % 1000) + 1000) % 1000;
  return rest === 0 ? {} : { fraction: String(rest).padStart(3, '0').replace(/0+$/, '') };
}

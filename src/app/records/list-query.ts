import { defined } from '../../core/defined.ts';
import { OppatchError } from '../../core/errors.ts';
import type { Field } from '../../core/field.ts';
import type { Json } from '../../core/json.ts';
import { nearestName } from '../../core/nearest.ts';
import type { ReadingRules } from '../../core/reading-rules.ts';
import { isEmpty, sameValue } from '../../core/same-value.ts';
import type { FoundRecord, Lister, ListQuery } from '../../core/vendor.ts';
import { fieldColumn } from '../../input/column-targets.ts';
import { createFieldLookup, isNameFault, quotedName, sentence, type FieldLookup } from '../../input/field-lookup.ts';
import { quoted, readValue } from '../../input/read-value.ts';
import type { Account } from '../../profiles/resolve.ts';
import type { ListOptions } from '../session/options.ts';

/** What a person asks of a list, in the vendor's form. */
export interface ListOrder {
  readonly query: ListQuery;
  /** Fields that were asked for by name; undefined for the usual ones. */
  readonly fields: readonly string[] | undefined;
  /** False for a record that shows another value than a condition asks for. */
  readonly mayMatch: (record: FoundRecord) => boolean;
}

type Wanted = Pick<ListOptions, 'where' | 'whereRaw' | 'fields' | 'csv'>;

/**
 * Reads the conditions: names to fields, values to the vendor's form, both in people's words. Throws what the commands say of names and values
 * (`unknown-field`, `bad-value`), and `cannot-filter`, `conditions-disagree`, `no-raw-filter`.
 */
export function listOrder(lister: Lister, { service, vendor, ...account }: Account, options: Wanted): ListOrder {
  const lookup = createFieldLookup(service, vendor.title);
  const filterable = service.fields.filter(
    ({ name, writes, action }) => action === undefined && lister.problem(writes ?? name) === undefined,
  );
  const conditions = new Map<string, { readonly value: Json; readonly field: Field }>();
  for (const [name, text] of options.where) {
    const field = fieldNamed(lookup, name, '--where');
    const { target } = fieldColumn(name, field);
    const problem =
      field.action === undefined ? lister.problem(target) : 'name the field itself, without .add or .remove';
    if (problem !== undefined) throw cannotFilter(name, problem, filterable);
    const value = encoded(field, name, text, account);
    const before = conditions.get(target);
    if (before !== undefined && field.form.list === undefined && !sameValue(before.value, value, field.form.type))
      throw disagreement(name);
    conditions.set(target, { value, field });
  }
  const raw = rawFilter(lister, vendor.title, options);
  const fields = options.fields === undefined ? undefined : shownFields(lookup, options.fields, options.csv === true);
  const asked = fields === undefined ? [] : [...new Set([...fields, ...conditions.keys()])];
  return {
    query: {
      conditions: [...conditions].map(([field, { value }]) => ({ field, value })),
      ...(raw === undefined ? {} : { raw }),
      fields: asked,
    },
    fields,
    mayMatch: ({ values }) =>
      [...conditions].every(([name, { value, field }]) => {
        const held = values.get(name);
        return held === undefined || meets(held.value, value, field);
      }),
  };
}

/** Vendors compare texts without regard to case and blanks around them, and one value with each of a list. */
function meets(held: Json, value: Json, { form }: Field): boolean {
  if (form.list !== undefined || Array.isArray(held)) return !isEmpty(held);
  return (
    sameValue(held, value, form.type) ||
    (typeof held === 'string' && typeof value === 'string' && plain(held) === plain(value))
  );
}

function plain(text: string): string {
  return text.trim().toLowerCase();
}

function fieldNamed(lookup: FieldLookup, name: string, place: string): Field {
  const found = lookup.known(name);
  if (!isNameFault(found)) return found;
  throw new OppatchError(found.code, `${quotedName(name)} ${sentence(found.reason)}`, {
    place,
    hint: found.hint === '' ? '`oppatch fields` lists the fields.' : found.hint,
  });
}

function encoded(field: Field, name: string, text: string, { decimalMark, dateOrder }: ReadingRules): Json {
  const read = readValue(field.form, text, defined({ decimalMark, dateOrder }), false);
  const value = 'value' in read ? field.form.encode(read.value) : read;
  if ('value' in value) return value.value;
  throw new OppatchError('bad-value', `${name}: ${sentence(`${quoted(text)} ${value.problem}`)}`, {
    place: '--where',
    ...(value.hint === undefined ? {} : { hint: sentence(value.hint) }),
  });
}

function disagreement(name: string): OppatchError {
  const message = `${name} can't have two values at once, and all conditions must hold.`;
  return new OppatchError('conditions-disagree', message, { place: '--where', hint: 'List them one after the other.' });
}

const shownNames = 12;

function cannotFilter(name: string, problem: string, filterable: readonly Field[]): OppatchError {
  const names = filterable.map((field) => field.name);
  const nearest = nearestName(name, names);
  const more = names.length > shownNames ? ' and more' : '';
  const which = names.length === 0 ? '' : ` These can be used: ${names.slice(0, shownNames).join(', ')}${more}.`;
  return new OppatchError('cannot-filter', `The list can't be filtered by ${name}: ${sentence(problem)}`, {
    place: '--where',
    hint: `${nearest === undefined ? '' : `Did you mean ${nearest}?`}${which}`.trim(),
  });
}

function noRawFilter(message: string, hint: string): OppatchError {
  return new OppatchError('no-raw-filter', message, { place: '--where-raw', hint });
}

function rawFilter(lister: Lister, title: string, { where, whereRaw }: Wanted): string | undefined {
  if (whereRaw === undefined) return undefined;
  const { rawLanguage } = lister;
  if (rawLanguage === undefined)
    throw noRawFilter(`${title} has no filter language for --where-raw.`, 'Use --where FIELD=VALUE.');
  if (lister.rawAlone === true && where.length > 0)
    throw noRawFilter(`--where-raw (${rawLanguage}) can't be joined with --where at ${title}.`, 'Give one of them.');
  return whereRaw;
}

/** A file of edits holds what can be written; other fields are for people and for JSON. */
function shownFields(lookup: FieldLookup, names: string, isFile: boolean): readonly string[] {
  const listed = names.split(',').map((name) => name.trim());
  const fields = listed
    .filter((name) => name !== '')
    .map((name) => {
      const field = fieldNamed(lookup, name, '--fields');
      if (!isFile || (field.readOnly === undefined && field.action === undefined))
        return fieldColumn(name, field).target;
      throw new OppatchError('read-only-field', `${quotedName(name)} can't be a column of a file of edits.`, {
        place: '--fields',
        hint: `${sentence(field.readOnly ?? 'Name the field itself')} Leave it out, or use --json.`,
      });
    });
  return [...new Set(fields)];
}

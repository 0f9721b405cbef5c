import type { SandboxRecord } from '../records.ts';
import { isObject } from '../wire.ts';
import type { DescribedFile, FieldPart, ListPart, WritePart } from './described-file.ts';
import { at, put, toPointer } from './values.ts';

/** What a write changes of a record, by the fields of a vendor file. */

/** A field that a write gets wrong: its name, its place below the record that was sent, and what is wrong. */
export interface WrongField {
  readonly name: string;
  readonly label: string;
  readonly place: string;
  readonly problem: string;
}

/** The record with what the body asks, or what is wrong with it. */
export function applied(
  file: DescribedFile,
  part: WritePart,
  record: SandboxRecord,
  body: unknown,
): { readonly record: SandboxRecord } | { readonly wrong: WrongField } {
  let next: unknown = record;
  for (const [name, short] of Object.entries(file.fields)) {
    const { field, list } = partOf(file, short);
    const value =
      part.patch === undefined
        ? sentValue(part.under ?? '', name, field, list, body)
        : patchedValue(body, writtenAt(name, field));
    if (value === undefined) continue;
    const problem = problemOf(field, value);
    const place = (part.under ?? '') + (list?.at ?? writtenAt(name, field));
    if (problem !== undefined) return { wrong: { name, label: field.label ?? name, place, problem } };
    next = shownValue(next, name, field, list, value);
  }
  return { record: next as SandboxRecord };
}

/** A record begins with a value in each field, in the form in which it would be sent; texts differ from record to record, so that they can be looked for. */
export function sampleRecord(file: DescribedFile, id: string): unknown {
  return Object.entries(file.fields).reduce<unknown>((record, [name, short]) => {
    const { field, list } = partOf(file, short);
    return shownValue(record, name, field, list, sampleOf(field, id));
  }, {});
}

/** A field, and the list in which it stands. */
function partOf(
  { lists }: DescribedFile,
  short: string | FieldPart,
): { readonly field: FieldPart; readonly list: ListPart | undefined } {
  const field = typeof short === 'string' ? { type: short } : short;
  return { field, list: field.list === undefined ? undefined : lists?.[field.list] };
}

function writtenAt(name: string, { at: pointer, member }: FieldPart): string {
  return pointer ?? toPointer(member ?? name);
}

function sentValue(under: string, name: string, field: FieldPart, list: ListPart | undefined, body: unknown): unknown {
  if (list === undefined) return at(body, under + writtenAt(name, field));
  return entryValue(
    at(body, under + list.at),
    memberHolding(list.entry, '{key}'),
    memberHolding(list.entry, '{value}'),
    field,
  );
}

/** What a list holds in the entry of a field. */
function entryValue(entries: unknown, keyAt: string, valueAt: string, { key }: FieldPart): unknown {
  const own: unknown = Array.isArray(entries) ? entries.find((entry) => at(entry, keyAt) === key) : undefined;
  return own === undefined ? undefined : at(own, valueAt);
}

function patchedValue(body: unknown, pointer: string): unknown {
  const operation: unknown = Array.isArray(body) ? body.findLast((one) => at(one, '/path') === pointer) : undefined;
  if (operation === undefined) return undefined;
  return at(operation, '/op') === 'remove' ? null : at(operation, '/value');
}

/** The pointer of the member of a template that is this text. */
export function memberHolding(template: unknown, text: string): string {
  const found = isObject(template) ? Object.keys(template).find((name) => template[name] === text) : undefined;
  return toPointer(found ?? '');
}

/** Where records show a list, and in its entries the key and the value. */
function shownPlaces({ at: sentAt, readAt = sentAt, entry, readKey, readValue }: ListPart) {
  return {
    pointer: readAt,
    keyAt: readKey ?? memberHolding(entry, '{key}'),
    valueAt: readValue ?? memberHolding(entry, '{value}'),
  };
}

/** Puts a value where records show it. */
function shownValue(
  record: unknown,
  name: string,
  field: FieldPart,
  list: ListPart | undefined,
  value: unknown,
): unknown {
  if (list === undefined) return put(record, field.readAt ?? writtenAt(name, field), value);
  const { pointer, keyAt, valueAt } = shownPlaces(list);
  const before = at(record, pointer);
  const others: readonly unknown[] = Array.isArray(before)
    ? before.filter((entry) => at(entry, keyAt) !== field.key)
    : [];
  return put(record, pointer, [...others, put(put({}, keyAt, field.key), valueAt, value)]);
}

/** What a record holds in a field, or in a member that cannot be written. */
export function heldValue(file: DescribedFile, name: string, record: SandboxRecord): unknown {
  const short = file.fields[name];
  if (short === undefined) return at(record, toPointer(name));
  const { field, list } = partOf(file, short);
  if (list === undefined) return at(record, field.readAt ?? writtenAt(name, field));
  const { pointer, keyAt, valueAt } = shownPlaces(list);
  return entryValue(at(record, pointer), keyAt, valueAt, field);
}

/** Types are held to, so that a wrong form on the wire is seen. */
function problemOf({ type, sent, values, options }: FieldPart, value: unknown): string | undefined {
  if (value === null || value === '') return undefined;
  if (
    (type === 'number' || type === 'integer') &&
    (sent === undefined || sent === 'number') &&
    typeof value !== 'number'
  )
    return 'is not a number';
  if (type === 'number' && sent === 'text' && typeof value !== 'string') return 'is not a text';
  if (type === 'integer' && typeof value === 'number' && !Number.isInteger(value)) return 'is not a whole number';
  if (type === 'boolean' && typeof value !== 'boolean') return 'is not true or false';
  if (type === 'choice' && values !== undefined && !Object.values(values).includes(value)) return 'is not an option';
  return type === 'choice' && options !== undefined && ![options].flat().some((option) => option === value)
    ? 'is not an option'
    : undefined;
}

function sampleOf({ type, sent, options, values }: FieldPart, id: string): unknown {
  if (values !== undefined) return Object.values(values)[0];
  const [option] = [options ?? []].flat();
  if (type === 'list') return option === undefined ? [] : [option];
  if (option !== undefined) return option;
  if (type === 'number' || type === 'integer') return sent === 'text' ? '1000' : sent === 'minor' ? 100_000 : 1000;
  const plain: Readonly<Record<string, unknown>> = {
    boolean: false,
    email: 'ada@northwind.example',
    currency: 'EUR',
    id: sent === 'number' ? 7 : 'user-7',
    json: null,
    text: `Northwind ${/\d+$/.exec(id)?.[0] ?? id}`,
  };
  return type in plain ? plain[type] : null;
}

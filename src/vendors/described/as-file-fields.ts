import type { Field, FieldType } from '../../core/field.ts';
import { isJsonObject, scalarText, stringifyJson, type Json, type JsonObject } from '../../core/json.ts';
import type { Service } from '../../core/vendor.ts';
import { fieldTypes } from './form-fields.ts';
import { lookUp, pointerTo } from './pointers.ts';

/** The fields of a vendor as a file says them: the calls that it plans for a sample of each show where values go. */

export const idMark = 'THE-ID-0123456789';
const samples = [
  '12',
  'true',
  '2026-11-30',
  'Ada',
  'ada@northwind.example',
  'USD',
  'b7d5c1a2-0f3e-4d5c-8b7a-6f5e4d3c2b1a',
  'user_a1',
  '{"a":"b"}',
];

export function withId(path: string): string {
  return path.replaceAll(idMark, '{id}');
}

export interface PlacedField {
  readonly name: string;
  readonly said: Json;
  readonly call: { readonly method: string; readonly path: string; readonly idAt?: string };
  readonly list?: JsonObject;
  readonly patch?: true;
}

/** Where a field's value goes, seen by the call that is planned for a sample of it; undefined where the form cannot say that. */
export function placedField(service: Service, field: Field): PlacedField | undefined {
  const { name, form, readOnly, writes } = field;
  if (readOnly !== undefined || writes !== undefined || name === 'id' || field.action !== undefined) return undefined;
  const encoded = [...(form.options ?? []), ...samples].map((text) => form.encode(text)).find((one) => 'value' in one);
  if (encoded === undefined || 'problem' in encoded) return undefined;
  const change = { field: name, action: 'set', value: encoded.value, column: name } as const;
  const [call, second] = service.plan({ row: 1, line: 1, id: idMark, changes: [change] });
  if (call === undefined || second !== undefined || call.method === 'GET') return undefined;
  const idAt = pointersOf(call.body ?? null, idMark)[0];
  const own = { method: call.method, path: withId(call.path), ...(idAt === undefined ? {} : { idAt }) };
  if (!own.path.includes('{id}') && idAt === undefined) return undefined;
  const typed = described(field, encoded.value);
  if (Array.isArray(call.body)) {
    const [operation] = call.body as readonly Json[];
    const path = scalarText(lookUp(operation, '/path') ?? null);
    return path === undefined ? undefined : { name, call: own, patch: true, said: { ...typed, at: path } };
  }
  const [at] = pointersOf(call.body ?? null, encoded.value);
  if (at === undefined) return undefined;
  const inList = /^(.*)\/\d+\/([^/]+)$/.exec(at);
  if (inList === null) return { name, call: own, said: at === pointerTo(name) ? typed : { ...typed, at } };
  const [, listAt = '', valueName = ''] = inList;
  const entry = lookUp(call.body, at.slice(0, -valueName.length - 1));
  const keyName = isJsonObject(entry) ? Object.keys(entry).find((member) => entry[member] === name) : undefined;
  if (keyName === undefined) return { name, call: own, said: { ...typed, at } };
  return {
    name,
    call: own,
    list: { at: listAt, entry: { [keyName]: '{key}', [valueName]: '{value}' } },
    said: { ...typed, list: 'entries', key: name },
  };
}

const typeNames: Partial<Readonly<Record<FieldType, (typeof fieldTypes)[number]>>> = {
  decimal: 'number',
  object: 'json',
  any: 'json',
};

function described({ form, common, description }: Field, value: Json): JsonObject {
  const type = typeNames[form.type] ?? fieldTypes.find((known) => known === form.type) ?? 'text';
  return {
    type,
    ...(type === 'number' && typeof value === 'string' ? { sent: 'text' } : {}),
    ...(common === undefined ? {} : { common }),
    ...(form.options === undefined || (type !== 'choice' && type !== 'list') || form.options.length === 0
      ? {}
      : { options: form.options }),
    description,
  };
}

/** The pointers at which a value stands. */
function pointersOf(whole: Json, value: Json): readonly string[] {
  if (stringifyJson(whole) === stringifyJson(value)) return [''];
  const members = Array.isArray(whole)
    ? [...(whole as readonly Json[]).entries()]
    : isJsonObject(whole)
      ? Object.entries(whole)
      : [];
  return members.flatMap(([name, member]) =>
    pointersOf(member ?? null, value).map((rest) => pointerTo(String(name)) + rest),
  );
}

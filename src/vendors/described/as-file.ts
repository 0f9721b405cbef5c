import { rateText } from '../../core/duration.ts';
import type { Call } from '../../core/call.ts';
import type { Field, FieldType } from '../../core/field.ts';
import { isJsonObject, scalarText, stringifyJson, type Json, type JsonObject } from '../../core/json.ts';
import type { Authorisation, Credentials, Service, Settings, Vendor } from '../../core/vendor.ts';
import { fieldTypes } from './form-fields.ts';
import { lookUp, pointerTo } from './pointers.ts';
import { addressProblem } from './text-problems.ts';

/** A vendor as a file to begin with, as far as the form can say it, and what it leaves out. */
export interface AsFile {
  readonly file: JsonObject;
  /** For people, a phrase each. */
  readonly leftOut: readonly string[];
}

const idMark = 'THE-ID-0123456789';
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

/** Puts a file together from what the vendor declares: the calls that it plans for a sample of each field show where values go. */
export function asFile(vendor: Vendor): AsFile {
  const settings = Object.fromEntries(
    vendor.settings.map((setting) => [setting.name, setting.default || (setting.role === 'address' ? 'example' : '')]),
  );
  const service = vendor.open(settings);
  const placed = service.fields.flatMap((field) => placedField(service, field) ?? []);
  const [main] = placed;
  const others = placed.filter(({ call }) => call.path !== main?.call.path || call.method !== main.call.method);
  const lists = placed.find(({ list }) => list !== undefined)?.list;
  const extra = others.map(({ name, call }) => Object.assign({ fields: [name] }, call));
  const read = service.records?.call({ row: 1, line: 1, id: idMark, changes: [] });
  const file: JsonObject = {
    name: `${vendor.name}-by-file`,
    title: vendor.title,
    documentation: vendor.documentation,
    baseUrl: addressOf(vendor, settings),
    credentials: credentialsOf(vendor, settings),
    ...(service.idNames.length === 0 ? {} : { id: { columns: service.idNames } }),
    ...quotasOf(vendor),
    update: {
      method: main?.call.method ?? 'PUT',
      path: main?.call.path ?? '/{id}',
      ...(main?.call.idAt === undefined ? {} : { idAt: main.call.idAt }),
      ...(main?.patch === true ? { patch: {} } : {}),
    },
    ...(extra.length === 0 ? {} : { extra }),
    ...(lists === undefined ? {} : { lists: { entries: lists } }),
    fields: Object.fromEntries(placed.map(({ name, said }) => [name, said])),
    ...(read === undefined
      ? {}
      : {
          read: {
            ...(read.method === 'POST' ? { method: 'POST' } : {}),
            path: withId(read.path),
            ...queryOf(read.query),
          },
        }),
    check: { path: service.check.call.path, ...queryOf(service.check.call.query) },
  };
  return { file, leftOut: leftOut(vendor, service) };
}

/** Quotas of single groups of calls are taken for all calls where there are no others: that is never too fast. */
function quotasOf({ quotas }: Vendor): JsonObject {
  const ofAll = quotas.filter(({ group, unit }) => group === undefined && unit === undefined);
  const chosen = ofAll.length > 0 ? ofAll : quotas.filter(({ unit }) => unit === undefined);
  const said = chosen.map(({ name, count, windowMs, window, description }) => ({
    name,
    rate: rateText({ count, windowMs }),
    window,
    description,
  }));
  return said.length === 0 ? {} : { quotas: said };
}

function leftOut(vendor: Vendor, service: Service): readonly string[] {
  return [
    'what a success and a refusal look like: each write is proved by reading the record',
    ...(service.batches === undefined ? [] : ['calls of several records']),
    ...(service.records?.bulk === undefined ? [] : ['reads of several records']),
    ...(service.list === undefined && service.find === undefined ? [] : ['lists, and other keys than the id']),
    ...(service.metadata === undefined ? [] : ["the account's own fields, options and users"]),
    ...(vendor.oauth === undefined ? [] : ['signing in: give an access token']),
    ...(service.openField === undefined ? [] : ['fields whose names are a pattern']),
  ];
}

/** With the settings at their defaults. */
function addressOf(vendor: Vendor, settings: Settings): string {
  const address = vendor.baseUrl(settings);
  return addressProblem(address) === undefined ? address : 'https://api.example.com';
}

const secretMark = 'SECRET0123456789';

function credentialsOf(vendor: Vendor, settings: Settings): JsonObject {
  for (const { fields } of [
    ...vendor.credentials,
    { fields: [{ name: 'accessToken', description: 'An access token.' }] },
  ]) {
    const given = Object.fromEntries(fields.map(({ name }, index) => [name, `${secretMark}${index}x`]));
    const { headers, query } = authorised(vendor, given, settings);
    const said = fields.flatMap(({ name, description }): (readonly [string, JsonObject])[] => {
      const value = given[name] ?? '';
      const header = Object.entries(headers).find(([, text]) => text.includes(value));
      const parameter = query.find(([, text]) => text === value);
      if (header?.[1] === `Bearer ${value}`) return [[name, { description, as: 'bearer' }]];
      if (header !== undefined)
        return [
          [
            name,
            {
              description,
              header: header[0],
              ...(header[1] === value ? {} : { prefix: header[1].slice(0, header[1].indexOf(value)) }),
            },
          ],
        ];
      if (parameter !== undefined) return [[name, { description, query: parameter[0] }]];
      const basic = Buffer.from(
        /^Basic (.*)$/.exec(headers['Authorization'] ?? headers['authorization'] ?? '')?.[1] ?? '',
        'base64',
      ).toString('utf8');
      const [user, password] = basic.split(':');
      return user === value
        ? [[name, { description, as: 'basic-user' }]]
        : password === value
          ? [[name, { description, as: 'basic-password' }]]
          : [];
    });
    if (said.length > 0) return Object.fromEntries(said);
  }
  return { accessToken: { description: 'An access token.', as: 'bearer' } };
}

/** A vendor may refuse credentials that do not fit its settings. */
function authorised(vendor: Vendor, given: Credentials, settings: Settings): Authorisation {
  try {
    return vendor.authorise(given, settings);
  } catch {
    return { headers: {}, query: [] };
  }
}

function withId(path: string): string {
  return path.replaceAll(idMark, '{id}');
}

function queryOf(query: Call['query']): JsonObject {
  return query === undefined || query.length === 0
    ? {}
    : { query: Object.fromEntries(query.map(([name, value]) => [name, withId(value)])) };
}

interface PlacedField {
  readonly name: string;
  readonly said: Json;
  readonly call: { readonly method: string; readonly path: string; readonly idAt?: string };
  readonly list?: JsonObject;
  readonly patch?: true;
}

/** Where a field's value goes, seen by the call that is planned for a sample of it; undefined where the form cannot say that. */
function placedField(service: Service, field: Field): PlacedField | undefined {
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

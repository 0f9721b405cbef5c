import { isBoolean, isDay, isInteger, isNumber, isText, textOf } from '../judges.ts';
import type { SandboxCall, SandboxRequest, SandboxResponse, VendorServer } from '../vendor-server.ts';
import type { Records, SandboxRecord } from '../records.ts';
import { bodyMembers, idIn, isObject, objectBodyOf } from '../wire.ts';
import { adaId, failure, fieldFacts, flat, userIds, zohoMetadata, type FieldFact } from './zoho-metadata.ts';

/** Zoho CRM's Deals as its documentation and the published description of version 8 show them. */

const accessToken = '1000.sandbox0zoho0token.4f6d2a9c81';
const dealPath = /^\/Deals\/([^/]+)$/;

export const zohoServer: VendorServer = {
  name: 'zoho',
  basePath: '/zoho/crm/v8',
  credentials: { clientId: '1000.SANDBOX', clientSecret: 'sandbox0zoho0secret', accessToken },
  quota: [{ count: 50_000, windowMs: 86_400_000, unit: 'credits' }],
  price,
  sample: (number) => ({
    ...blank(String(7_123_400_000_005_500_000n + BigInt(number))),
    Deal_Name: `Northwind, ${number * 10} seats`,
    Amount: number * 1_000,
  }),
  blank,
  writtenId: ({ method, path }) =>
    method === 'PUT' ? (path === '/Deals' ? 'batch' : idIn(path, dealPath)) : undefined,
  handle,
  unauthorised: ({ headers }) =>
    headers['authorization'] === `Zoho-oauthtoken ${accessToken}` ||
    headers['authorization'] === 'Zoho-oauthtoken sandbox-access-token'
      ? undefined
      : failure(401, 'AUTHENTICATION_FAILURE', 'Authentication failed'),
  throttled: ({ remaining, unit }) => ({
    status: 429,
    ...(unit === undefined ? {} : { headers: { 'x-api-credits-remaining': String(remaining) } }),
    body: flat('TOO_MANY_REQUESTS', 'too many requests'),
  }),
  overreach: (record) => ({ ...record, Probability: 1 }),
  refused: (code = 'INVALID_DATA', message = 'invalid data') => ({
    status: 400,
    body: {
      data: [{ code, details: { api_name: 'Amount', json_path: '$.data[0].Amount' }, message, status: 'error' }],
    },
  }),
  failed: () => failure(500, 'INTERNAL_ERROR', 'Internal Server Error'),
  // The header comes once half of the credits are used.
  quotaHeaders: ({ limit, remaining }): Record<string, string> =>
    remaining * 2 < limit ? { 'x-api-credits-remaining': String(remaining) } : {},
};

/** One credit for a read and for each ten deals that a write has begun. */
function price(request: SandboxRequest): number {
  if (request.method !== 'PUT') return 1;
  const { data } = bodyMembers(request);
  return Array.isArray(data) ? Math.max(1, Math.ceil(data.length / 10)) : 1;
}

function blank(id: string): SandboxRecord & { readonly id: string } {
  return {
    id,
    ...Object.fromEntries(fieldFacts.map((fact) => [fact.api_name, null])),
    Deal_Name: 'A deal',
    Stage: 'Qualification',
    Amount: 1_000,
    Owner: { name: 'Ada Kern', id: adaId, email: 'ada@northwind.example' },
    Probability: 10,
    Expected_Revenue: 100,
    Created_Time: '2026-03-09T08:00:12+01:00',
    Modified_Time: '2026-03-09T08:00:12+01:00',
    Key_Account: false,
    Ext_Key: `key-${id.slice(-3)}`,
    Size: 'S',
  };
}

function handle(call: SandboxCall): SandboxResponse {
  const { method, path, query, records } = call;
  const id = idIn(path, dealPath);
  if (method === 'PUT' && (id !== undefined || path === '/Deals')) return write(id, call);
  if (method === 'POST' && path === '/coql') return coql(call);
  if (method !== 'GET')
    return { ...failure(400, 'INVALID_REQUEST_METHOD', 'wrong method'), violation: `${method} ${path}` };
  if (id !== undefined) {
    const record = records.get(id);
    return record === undefined ? { status: 204 } : { status: 200, body: { data: [shown(record, fieldsOf(query))] } };
  }
  if (path === '/Deals') return list(query, records);
  return zohoMetadata(call) ?? failure(404, 'INVALID_URL_PATTERN', 'no such path');
}

function fieldsOf(query: URLSearchParams): readonly string[] | undefined {
  return query.get('fields')?.split(',');
}

function shown(record: SandboxRecord, fields: readonly string[] | undefined): SandboxRecord {
  const names = fields ?? Object.keys(record);
  return {
    ...Object.fromEntries(names.flatMap((name) => (name in record ? [[name, record[name]]] : []))),
    id: record['id'],
  };
}

function list(query: URLSearchParams, records: Records): SandboxResponse {
  const fields = fieldsOf(query);
  const idText = query.get('ids') ?? '';
  if (fields === undefined || fields.length > 50)
    return { ...failure(400, 'REQUIRED_PARAM_MISSING', 'fields'), violation: 'fields are missing or more than 50' };
  if (encodeURIComponent(idText).length > 1_024)
    return { ...failure(400, 'INVALID_DATA', 'ids too long', { api_name: 'ids' }), violation: 'ids too long' };
  const found = idText
    .split(',')
    .map((one) => records.get(one))
    .filter((one) => one !== undefined);
  if (found.length === 0) return { status: 204 };
  const data = found.toReversed().map((record) => shown(record, fields));
  return { status: 200, body: { data, info: { per_page: 200, count: data.length, page: 1, more_records: false } } };
}

/** Each deal has an outcome of its own, at the place of its input. */
function write(only: string | undefined, call: SandboxCall): SandboxResponse {
  const body = objectBodyOf(call);
  const { data, ...others } = 'value' in body ? body.value : {};
  if (!Array.isArray(data) || data.length === 0 || data.length > 100) {
    const violation = 'problem' in body ? body.problem : 'data must be a list of 1 to 100';
    return { ...failure(400, 'INVALID_DATA', 'invalid data', { api_name: 'data' }), violation };
  }
  const extra = Object.keys(others).find(
    (name) => !['trigger', 'apply_feature_execution', 'skip_feature_execution'].includes(name),
  );
  if (extra !== undefined) return { ...failure(400, 'INVALID_DATA', `unknown ${extra}`), violation: `member ${extra}` };
  const ids = (data as readonly unknown[]).map((item) => only ?? (isObject(item) ? item['id'] : undefined));
  const doubled = new Set(ids).size !== ids.length ? { violation: 'the same id twice' } : {};
  const applied: string[] = [];
  const outcomes = (data as readonly unknown[]).map((item, index) => {
    const outcome = writeOne(ids[index], isObject(item) ? item : {}, index, call);
    if (outcome.code === 'SUCCESS') applied.push(String(ids[index]));
    return outcome;
  });
  const failed = outcomes.length - applied.length;
  const stale = outcomes.length === 1 && outcomes[0]?.code === 'ALREADY_MODIFIED';
  const status = stale ? 412 : failed === 0 ? 200 : applied.length === 0 ? 400 : 207;
  return {
    status,
    body: { data: outcomes },
    ...doubled,
    ...(applied.length === 0 ? {} : { applied: true, ...(only === undefined ? { appliedIds: applied } : {}) }),
  };
}

function writeOne(
  id: unknown,
  item: Readonly<Record<string, unknown>>,
  index: number,
  { headers, records }: SandboxCall,
) {
  const refusal = (code: string, name: string, message: string, more: Record<string, unknown> = {}) =>
    flat(code, message, { ...more, api_name: name, json_path: `$.data[${index}].${name}` });
  if (typeof id !== 'string') return refusal('MANDATORY_NOT_FOUND', 'id', 'required field not found');
  const record = records.get(id);
  if (record === undefined) return refusal('INVALID_DATA', 'id', 'the id given seems to be invalid');
  const since = headers['if-unmodified-since'];
  const details = { id, Modified_Time: record['Modified_Time'] };
  if (since !== undefined && Date.parse(since) < Date.parse(String(details.Modified_Time)))
    return flat('ALREADY_MODIFIED', 'Record updated time has already passed if-unmodified-since time', details);
  const next: SandboxRecord = { ...record };
  for (const [name, value] of Object.entries(item)) {
    if (name === 'id') continue;
    const fact = fieldFacts.find((field) => field.api_name === name);
    if (fact === undefined || fact.readOnly === true) return refusal('INVALID_DATA', name, 'invalid data');
    if (value === null && fact.mandatory === true)
      return refusal('MANDATORY_NOT_FOUND', name, 'required field not found');
    const [fits, wanted] = wireTypes[fact.data_type] ?? [isShortText, 'text'];
    if (value !== null && !fits(value, fact))
      return refusal('INVALID_DATA', name, 'invalid data', { expected_data_type: wanted });
    next[name] = value;
  }
  if (next['Stage'] !== record['Stage'] && !('Probability' in item))
    next['Probability'] = next['Stage'] === 'Closed Won' ? 100 : 50;
  next['Expected_Revenue'] = (Number(next['Amount'] ?? 0) * Number(next['Probability'] ?? 0)) / 100;
  next['Modified_Time'] = new Date().toISOString().replace(/\.\d+Z$/, '+00:00');
  records.put(id, next);
  const written = { id, Modified_Time: next['Modified_Time'], Created_Time: record['Created_Time'] };
  return { ...flat('SUCCESS', 'record updated', written), status: 'success' };
}

type FieldJudge = (value: unknown, fact: FieldFact) => boolean;

const isShortText: FieldJudge = (value, { length = 120 }) => isText(value) && value.length <= length;
const isMoment = textOf(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}$/);

/** What a type takes, and the type that the vendor wants in place of everything else. */
const wireTypes: Readonly<Record<string, readonly [FieldJudge, string]>> = {
  currency: [isNumber, 'double'],
  double: [isNumber, 'double'],
  integer: [isInteger, 'integer'],
  bigint: [textOf(/^-?\d{1,18}$/), 'bigint'],
  boolean: [isBoolean, 'boolean'],
  date: [isDay, 'date'],
  datetime: [isMoment, 'datetime'],
  picklist: [(value, { options = [] }) => isText(value) && options.includes(value), 'picklist'],
  multiselectpicklist: [
    (value, { options = [] }) => Array.isArray(value) && value.every((one) => options.includes(one as string)),
    'jsonarray',
  ],
  ownerlookup: [(value) => isObject(value) && userIds.has(value['id']), 'jsonobject'],
  lookup: [(value) => isObject(value) && isText(value['id']), 'jsonobject'],
};

const query = /^select (.+) from Deals where (.+?)(?: order by id asc)? limit (\d+)(?: offset (\d+))?$/;

/** As much of COQL as conditions of equality, joined by `and`, and lists by `in` are. */
function coql(call: SandboxCall): SandboxResponse {
  const { select_query: text } = bodyMembers(call);
  const [, names = '', where = '', limit = '200', offset = '0'] = query.exec(String(text)) ?? [];
  if (names === '')
    return { ...failure(400, 'SYNTAX_ERROR', 'error occured while parsing the query'), violation: String(text) };
  const conditions = where.replaceAll(/[()]/g, (bracket, at: number) =>
    where.slice(0, at).endsWith('in ') || bracket === ')' ? bracket : '',
  );
  const matches = call.records.all().filter((record) => conditions.split(' and ').every((one) => holds(record, one)));
  const sorted = matches.toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
  const page = sorted.slice(Number(offset), Number(offset) + Number(limit));
  if (page.length === 0) return { status: 204 };
  const more = Number(offset) + page.length < sorted.length;
  return {
    status: 200,
    body: {
      data: page.map((record) => shown(record, names.split(', '))),
      info: { count: page.length, more_records: more },
    },
  };
}

function holds(record: SandboxRecord, condition: string): boolean {
  if (condition.startsWith('id is not null')) return true;
  const [, name = '', list = ''] = /^(\S+) in \((.*)\)$/.exec(condition.trim()) ?? [];
  const held = (path: string): string => {
    const [field = '', part] = path.split('.');
    const value = record[field];
    return String(part !== undefined && isObject(value) ? value[part] : value).toLowerCase();
  };
  if (name !== '') return list.split(', ').some((one) => unquoted(one).toLowerCase() === held(name));
  const [, field = '', literal = ''] = /^(\S+) = (.+?)\)*$/.exec(condition.trim()) ?? [];
  return field !== '' && unquoted(literal).toLowerCase() === held(field);
}

function unquoted(text: string): string {
  return /^'.*'$/.test(text)
    ? text
        .slice(1, -1)
        .replaceAll(String.raw`\'`, "'")
        .replaceAll('\\\\', '\\')
    : text;
}

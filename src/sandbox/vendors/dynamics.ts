import { isBoolean, isDay, isInteger, isNumber, isText, textOf } from '../judges.ts';
import type { SandboxCall, SandboxResponse, VendorServer } from '../vendor-server.ts';
import type { SandboxRecord } from '../records.ts';
import { bodyMembers, isObject, objectBodyOf } from '../wire.ts';
import { adaId, columns, dynamicsMetadata, euroId, tables, userIds, type Column } from './dynamics-metadata.ts';

/** The table opportunity of the Dataverse Web API, as its documentation describes it. */

const accessToken = 'sandbox.dynamics0token.4f6d2a9c81';
const recordPath = /^\/opportunities\(([0-9a-f-]{36})\)$/i;

export const dynamicsServer: VendorServer = {
  name: 'dynamics',
  basePath: '/dynamics/api/data/v9.2',
  credentials: { accessToken },
  quota: [{ count: 6_000, windowMs: 300_000 }],
  sample: (number) => ({
    ...blank(`6f1c0a52-3b7e-ee11-8179-000d3ab1${String(number).padStart(4, '0')}`),
    name: `Northwind, ${number * 10} seats`,
    estimatedvalue: number * 1_000,
  }),
  blank,
  writtenId: ({ method, path, body }) =>
    method === 'PATCH'
      ? idOf(path)
      : method === 'POST'
        ? /\/opportunities\(([0-9a-f-]{36})\)/i.exec(body)?.[1]?.toLowerCase()
        : undefined,
  handle,
  unauthorised: ({ headers }) =>
    headers['authorization'] === `Bearer ${accessToken}` || headers['authorization'] === 'Bearer sandbox-access-token'
      ? undefined
      : {
          status: 401,
          headers: {
            'www-authenticate':
              'Bearer authorization_uri=https://login.microsoftonline.com/5b1e0000-0000-4000-8000-000000000001/oauth2/authorize, resource_id=https://northwind.crm4.dynamics.com/',
          },
          body: '',
        },
  throttled: ({ resetMs, limit, windowMs }) => ({
    ...failure(
      429,
      '0x80072322',
      `Number of requests exceeded the limit of ${limit} over time window of ${windowMs / 1_000} seconds.`,
    ),
    headers: { 'retry-after': String(Math.max(1, Math.ceil(resetMs / 1_000))) },
  }),
  overreach: (record) => ({ ...record, closeprobability: 1 }),
  refused: (code = '0x80040265', message = 'A rule of this environment refuses it.') => failure(400, code, message),
  failed: () => failure(500, '0x80044151', 'SQL timeout expired.'),
};

function failure(status: number, code: string, message: string, violation?: string): SandboxResponse {
  return { status, body: { error: { code, message } }, ...(violation === undefined ? {} : { violation }) };
}

function idOf(path: string): string | undefined {
  return recordPath.exec(decodeURIComponent(path))?.[1]?.toLowerCase();
}

function blank(id: string): SandboxRecord & { readonly id: string } {
  return {
    id,
    version: 1,
    activities: 0,
    ...Object.fromEntries(columns.map((column) => [column.name, null])),
    name: 'An opportunity',
    estimatedvalue: 1_000,
    closeprobability: 50,
    salesstage: 0,
    statecode: 0,
    statuscode: 1,
    ownerid: { set: 'systemusers', id: adaId },
    transactioncurrencyid: { set: 'transactioncurrencies', id: euroId },
    isrevenuesystemcalculated: false,
    createdon: '2026-03-02T09:15:00Z',
    new_key: `KEY-${id.slice(-4)}`,
  };
}

function handle(call: SandboxCall): SandboxResponse {
  const { method, path, query, records } = call;
  const id = idOf(path);
  const odd = query
    .get('$select')
    ?.split(',')
    .find((property) => !/^\w+$/.test(property));
  if (odd !== undefined) return failure(400, '0x80060888', `Syntax error in $select: ${odd}`, `$select of ${odd}`);
  if (method === 'PATCH' && id !== undefined) return update(id, call);
  if (method === 'POST' && path === '/WinOpportunity') return closeRecord(1, call);
  if (method === 'POST' && path === '/LoseOpportunity') return closeRecord(2, call);
  if (method !== 'GET') return failure(405, '0x80060888', 'not allowed', `${method} ${path}`);
  if (id !== undefined) {
    const record = records.get(id);
    return record === undefined ? missing(id) : { status: 200, body: shown(record, call) };
  }
  if (path === '/opportunities') return list(call);
  return dynamicsMetadata(call) ?? failure(404, '0x80060888', `Resource not found for the segment '${path}'.`);
}

function missing(id: string): SandboxResponse {
  return failure(404, '0x80040217', `opportunity With Id = ${id} Does Not Exist`);
}

function etag(record: SandboxRecord): string {
  return `W/"${52_871_000 + Number(record['version'])}"`;
}

/** The selected properties; a lookup stands under `_column_value`, with its table where the annotation is preferred. */
function shown(record: SandboxRecord, { headers, query }: SandboxCall): Record<string, unknown> {
  const annotated = (headers['prefer'] ?? '').includes('lookuplogicalname');
  const selected = query.get('$select')?.split(',');
  const body: Record<string, unknown> = { '@odata.etag': etag(record), opportunityid: record['id'] };
  for (const { name, targets } of columns) {
    const property = targets === undefined ? name : `_${name}_value`;
    if (selected !== undefined && !selected.includes(property)) continue;
    const value = record[name];
    if (targets === undefined) body[property] = value;
    else if (isObject(value)) {
      if (annotated) body[`${property}@Microsoft.Dynamics.CRM.lookuplogicalname`] = tables[String(value['set'])];
      body[property] = value['id'];
    } else body[property] = null;
  }
  return body;
}

function list(call: SandboxCall): SandboxResponse {
  const { path, query, records } = call;
  const filter = query.get('$filter') ?? '';
  if (path.length + query.toString().length > 32_000)
    return failure(400, '0x80060888', 'URI too long', 'a URL of more than 32 KB');
  const page = Number(query.get('$skiptoken') ?? '0');
  const matching = records
    .all()
    .filter((record) => filter === '' || matches(record, filter))
    .toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
  const rows = matching.slice(page * pageLength, (page + 1) * pageLength);
  const next = new URLSearchParams(query);
  next.set('$skiptoken', String(page + 1));
  return {
    status: 200,
    body: {
      value: rows.map((record) => shown(record, call)),
      ...((page + 1) * pageLength < matching.length
        ? { '@odata.nextLink': `https://other.crm4.dynamics.com/api/data/v9.2/opportunities?${next.toString()}` }
        : {}),
    },
  };
}

const pageLength = 1_000;

/** As much of OData as comparisons by `eq`, joined by `or` alone or by `and` alone, are. */
function matches(record: SandboxRecord, filter: string): boolean {
  const parts = (joint: string): string[] => filter.split(` ${joint} `);
  const test = (one: string): boolean => {
    const [, property = '', literal = ''] = /^\(?(\S+) eq (.+?)\)?$/.exec(one.trim()) ?? [];
    const column = /^_(.+)_value$/.exec(property)?.[1];
    const held = property === 'opportunityid' ? record['id'] : record[column ?? property];
    const value = isObject(held) ? held['id'] : held;
    const wanted = literal.startsWith("'") ? literal.slice(1, -1).replaceAll("''", "'") : literal;
    return String(value).toLowerCase() === wanted.toLowerCase();
  };
  return filter.includes(' or ') ? parts('or').some(test) : parts('and').every(test);
}

function update(id: string, call: SandboxCall): SandboxResponse {
  const { headers, records } = call;
  const condition = headers['if-match'];
  const body = objectBodyOf(call);
  if ('problem' in body) return failure(400, '0x80048d19', 'Error identified in Payload', body.problem);
  const known = records.get(id);
  if (known === undefined && condition !== undefined) return missing(id);
  const record = known ?? blank(id);
  // What the service really does: it creates a record where nothing forbids it.
  const created = known === undefined ? { violation: `created ${id}: If-Match is missing` } : {};
  if (condition !== undefined && condition !== '*' && condition !== etag(record))
    return failure(
      412,
      '0x80060882',
      "The version of the existing record doesn't match the RowVersion property provided.",
    );
  const next: SandboxRecord = { ...record, version: Number(record['version']) + 1 };
  for (const [property, value] of Object.entries(body.value)) {
    const problem = write(next, property, value);
    if (problem !== undefined) return problem;
  }
  if (next['statecode'] !== record['statecode'] && next['statecode'] !== 0)
    return failure(400, '0x80040265', 'This message cannot be used to set the state of opportunity to won.');
  records.put(id, next);
  const representation = (headers['prefer'] ?? '').includes('return=representation');
  return representation
    ? { status: 200, body: shown(next, call), applied: true, ...created }
    : { status: 204, applied: true, ...created };
}

function write(next: SandboxRecord, property: string, value: unknown): SandboxResponse | undefined {
  const bound = /^(.+)@odata\.bind$/.exec(property)?.[1];
  const lookup = columns.find(({ targets }) => Object.values(targets ?? {}).includes(bound ?? property));
  if (lookup !== undefined) {
    if (bound === undefined) {
      if (value !== null) return undeclared(property);
      next[lookup.name] = null;
      return undefined;
    }
    const [, set = '', id = ''] = /^\/([a-z]+)\(([0-9a-f-]{36})\)$/.exec(String(value)) ?? [];
    if (lookup.targets?.[set] !== bound) return undeclared(property);
    if (set === 'systemusers' && !userIds.has(id))
      return failure(400, '0x80040217', `systemuser With Id = ${id} Does Not Exist`);
    next[lookup.name] = { set, id };
    return undefined;
  }
  const column = columns.find(({ name }) => name === property);
  if (column === undefined || column.targets !== undefined) return undeclared(property);
  // A column that is not valid for update is ignored, and the call succeeds.
  if (column.update === false) return undefined;
  if (value !== null && !(judges[column.type] ?? isShortText)(value, column))
    return failure(
      400,
      '0x80048d19',
      `Error identified in Payload provided by the user for Entity :'opportunities', the value of ${property} does not fit`,
    );
  next[property] = value;
  return undefined;
}

function undeclared(property: string): SandboxResponse {
  return failure(
    400,
    '0x80048d19',
    `Error identified in Payload: An undeclared property '${property}' which only has property annotations in the payload was found.`,
  );
}

type ColumnJudge = (value: unknown, column: Column) => boolean;

const isMoment = textOf(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const isOption: ColumnJudge = (value, { options = [] }) => options.some((option) => option.value === value);
const isShortText: ColumnJudge = (value, { longest = 2_000 }) => isText(value) && value.length <= longest;

const judges: Readonly<Record<string, ColumnJudge>> = {
  MoneyType: isNumber,
  DecimalType: isNumber,
  IntegerType: isInteger,
  StateType: isInteger,
  StatusType: isOption,
  PicklistType: isOption,
  MultiSelectPicklistType: (value, { options = [] }) =>
    isText(value) && value.split(',').every((one) => options.some((option) => String(option.value) === one)),
  BooleanType: isBoolean,
  DateTimeType: (value, { day }) => (day === true ? isDay : isMoment)(value),
};

function closeRecord(state: 1 | 2, call: SandboxCall): SandboxResponse {
  const { records } = call;
  const value = bodyMembers(call);
  const close = isObject(value['OpportunityClose']) ? value['OpportunityClose'] : {};
  const id = recordPath.exec(String(close['opportunityid@odata.bind']))?.[1]?.toLowerCase();
  const record = id === undefined ? undefined : records.get(id);
  if (id === undefined || record === undefined) return missing(id ?? '');
  if (record['statecode'] !== 0) return failure(400, '0x80040265', 'The opportunity has already been closed.');
  const reason = value['Status'] === -1 ? state + 2 : value['Status'];
  const fitting = columns.find(({ name }) => name === 'statuscode')?.options?.find((option) => option.value === reason);
  if (fitting?.state !== state) return failure(400, '0x80048408', 'The status does not fit the state.');
  const end = isText(close['actualend']) ? close['actualend'] : new Date().toISOString();
  records.put(id, {
    ...record,
    version: Number(record['version']) + 1,
    activities: Number(record['activities']) + 1,
    statecode: state,
    statuscode: reason,
    actualvalue: close['actualrevenue'] ?? record['estimatedvalue'],
    actualclosedate: end.slice(0, 10),
  });
  return { status: 204, applied: true };
}

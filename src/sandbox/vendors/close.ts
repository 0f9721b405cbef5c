import { closeMetadata, statuses } from './close-metadata.ts';
import type { SandboxCall, SandboxResponse, VendorServer } from '../vendor-server.ts';
import { isInteger, isText, orNull, textOf, type Judge } from '../judges.ts';
import type { SandboxRecord } from '../records.ts';
import { idIn, isObject, jsonBodyOf } from '../wire.ts';

/** Close as its documentation and its open-source server frameworks describe it. */

const apiKey = 'api_sandbox0CloseKey.4f6d2a9c81';
const basePath = '/close/api/v1';
const opportunityPath = /^\/opportunity\/([^/]+)\/$/;

export const closeServer: VendorServer = {
  name: 'close',
  basePath,
  credentials: { apiKey },
  quota: [{ count: 100, windowMs: 5_000 }],
  sample: (number) => ({ ...blank(`oppo_sandbox${String(number).padStart(6, '0')}`), value: number * 100_000 }),
  blank,
  writtenId: ({ method, path }) => (method === 'PUT' ? idIn(path, opportunityPath) : undefined),
  handle,
  unauthorised: ({ headers }) => {
    const expected = `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}`;
    const { authorization } = headers;
    return authorization === expected || authorization === 'Bearer sandbox-access-token'
      ? undefined
      : { status: 401, body: { error: 'Unauthorized' } };
  },
  throttled: ({ limit, resetMs }, _behaviour, number) => {
    const headers: Record<string, string> = { 'retry-after': String(Math.ceil(resetMs / 1000)) };
    // Now and then only one of the two headers is there.
    if (number % 3 !== 2) headers['ratelimit'] = `limit=${limit}, remaining=0, reset=${(resetMs / 1000).toFixed(3)}`;
    return { status: 429, headers, body: {} };
  },
  overreach: (record) => ({ ...record, confidence: 1 }),
  refused: (_code, message = 'This value is not valid here.') => ({
    status: 400,
    body: { errors: [], 'field-errors': { value: message } },
  }),
  failed: () => ({ status: 500, body: { error: 'Internal Server Error' } }),
  quotaHeaders: ({ limit, remaining, resetMs }) => ({
    ratelimit: `limit=${limit}, remaining=${remaining}, reset=${(resetMs / 1000).toFixed(3)}`,
  }),
};

function blank(id: string): SandboxRecord & { readonly id: string } {
  return {
    id,
    organization_id: 'orga_sandbox',
    lead_id: 'lead_sandbox',
    status_id: 'stat_active',
    value: 100_000,
    value_period: 'one_time',
    value_currency: 'USD',
    confidence: 50,
    date_won: null,
    date_lost: null,
    note: '',
    note_html: null,
    user_id: 'user_ada',
    contact_id: null,
    date_created: '2026-03-02T09:15:00.120000+00:00',
    date_updated: '2026-03-02T09:15:00.120000+00:00',
  };
}

function handle(call: SandboxCall): SandboxResponse {
  const { method, path, query, records } = call;
  if (!path.endsWith('/')) {
    return {
      status: 301,
      headers: { location: `${basePath}${path}/` },
      body: '',
      violation: `no trailing slash: ${method} ${path}`,
    };
  }
  const id = idIn(path, opportunityPath);
  if (id !== undefined && method === 'PUT') return update(id, call);
  if (id !== undefined && method === 'GET') {
    const record = records.get(id);
    return record === undefined ? notFound : { status: 200, body: picked(shown(record), query.get('_fields')) };
  }
  if (method === 'GET' && path === '/opportunity/') return list(query, records.all().map(shown));
  return method === 'GET'
    ? (closeMetadata(call) ?? notFound)
    : { status: 405, body: { error: 'Method Not Allowed' }, violation: `${method} ${path}` };
}

const notFound: SandboxResponse = { status: 404, body: { error: 'Object not found.' } };

const filters = ['lead_id', 'organization_id', 'user_id', 'status_id', 'status_type', 'value_period'];
const mostOnPage = 100;
/** Close publishes no number. */
const mostSkipped = 100_000;

/** A page of opportunities, with those filters that are plain equality and a text search of the note. `records`: as reads show them. */
function list(query: URLSearchParams, records: readonly SandboxRecord[]): SandboxResponse {
  const [limit, skip] = [Number(query.get('_limit') ?? mostOnPage), Number(query.get('_skip') ?? 0)];
  if (limit > mostOnPage || skip > mostSkipped)
    return { status: 400, body: { error: `The limit is over the max_limit of ${mostOnPage}, or _skip is too high.` } };
  const text = query.get('query')?.toLowerCase() ?? '';
  const matching = records.filter(
    (record) =>
      filters.every((name) => query.get(name) === null || record[name] === query.get(name)) &&
      String(record['note']).toLowerCase().includes(text),
  );
  const data = matching.slice(skip, skip + limit).map((record) => picked(record, query.get('_fields')));
  return {
    status: 200,
    body: { data, has_more: skip + limit < matching.length, total_results: matching.length },
  };
}

function update(id: string, call: SandboxCall): SandboxResponse {
  const { headers, records, behaviour } = call;
  if (headers['transfer-encoding'] !== undefined) {
    return { status: 400, body: { error: 'Chunked bodies are not supported.' }, violation: 'chunked body' };
  }
  const body = jsonBodyOf(call);
  if ('problem' in body) return { status: 400, body: { error: 'Bad request' }, violation: body.problem };
  if (!isObject(body.value))
    return { status: 400, body: { error: 'An object was expected.' }, violation: 'the body is not an object' };
  const record = records.get(id);
  if (record === undefined) return notFound;
  const errors: Record<string, string> = {};
  const next: SandboxRecord = { ...record };
  for (const [key, value] of Object.entries(body.value)) {
    const problem = key.startsWith('custom.')
      ? writeCustom(next, key, value)
      : write(next, key, value, behaviour.unknownKeys);
    if (problem !== undefined) errors[key] = problem;
  }
  if (Object.keys(errors).length > 0) return { status: 400, body: { errors: [], 'field-errors': errors } };
  settleStatus(record, next, body.value, headers['x-tz-offset']);
  if ('note' in body.value && !('note_html' in body.value)) next['note_html'] = null;
  next['date_updated'] = new Date().toISOString();
  records.put(id, next);
  return { status: 200, body: shown(next), applied: true };
}

const text = 'A string was expected.';
const integer = 'An integer was expected.';

/** What a field takes, and what is said of everything else. */
const writable: Readonly<Record<string, readonly [Judge, string]>> = {
  status_id: [(value) => statuses.some(({ id }) => id === value), 'No such status.'],
  value: [isInteger, integer],
  value_period: [textOf(/^(one_time|monthly|annual)$/), 'Not among the choices.'],
  confidence: [isInteger, integer],
  note: [isText, text],
  note_html: [orNull(isText), text],
  user_id: [orNull(textOf(/^user_/)), 'No such user.'],
  contact_id: [orNull(isText), text],
  date_won: [orNull(textOf(/^\d{4}-\d{2}-\d{2}(T.*)?$/)), 'Not an ISO 8601 date.'],
};

function write(
  record: SandboxRecord,
  key: string,
  value: unknown,
  unknownKeys: 'reject' | 'ignore',
): string | undefined {
  const [fits, problem] = writable[key] ?? [];
  if (fits === undefined) return unknownKeys === 'ignore' ? undefined : 'This field cannot be written.';
  if (!fits(value)) return problem;
  record[key] = value;
  return undefined;
}

function writeCustom(record: SandboxRecord, key: string, value: unknown): string | undefined {
  const [, name = '', how] = /^(custom\.cf_\w+?)(?:\.(add|remove))?$/.exec(key) ?? [];
  if (name === '') return 'No such custom field.';
  if (isObject(value)) return 'An object is not a value.';
  const before = record[name];
  const list: unknown[] = Array.isArray(before) ? [...(before as unknown[])] : before === undefined ? [] : [before];
  if (how === 'add') record[name] = [...list, value];
  else if (how === 'remove') record[name] = list.filter((one) => one !== value);
  else if (value === null) delete record[name];
  else record[name] = value;
  return undefined;
}

/** A won status fills date_won with today where it is neither stored nor sent; going back does not clear it. */
function settleStatus(
  before: SandboxRecord,
  next: SandboxRecord,
  sent: Record<string, unknown>,
  offset: string | undefined,
): void {
  if (!('status_id' in sent)) return;
  const type = statuses.find(({ id }) => id === next['status_id'])?.type;
  const today = new Date(Date.now() + Number(offset ?? 0) * 3_600_000).toISOString().slice(0, 10);
  if (type === 'won' && before['date_won'] === null && !('date_won' in sent)) next['date_won'] = today;
  if (type === 'lost') next['date_lost'] = new Date().toISOString();
}

function shown(record: SandboxRecord): SandboxRecord {
  const value = Number(record['value'] ?? 0);
  const annual = record['value_period'] === 'monthly' ? value * 12 : value;
  const confidence = Number(record['confidence'] ?? 0);
  const status = statuses.find(({ id }) => id === record['status_id']);
  return {
    ...record,
    status_label: status?.label,
    status_type: status?.type,
    pipeline_id: status?.pipeline_id,
    annualized_value: annual,
    expected_value: Math.floor((value * confidence) / 100),
    annualized_expected_value: Math.floor((annual * confidence) / 100),
    value_formatted: `$${(value / 100).toLocaleString('en')}`,
  };
}

function picked(record: SandboxRecord, fields: string | null): SandboxRecord {
  if (fields === null) return record;
  const names = fields.split(',');
  const wanted = (name: string): boolean =>
    names.includes(name) || (names.includes('custom') && name.startsWith('custom.'));
  return Object.fromEntries(Object.entries(record).filter(([name]) => wanted(name)));
}

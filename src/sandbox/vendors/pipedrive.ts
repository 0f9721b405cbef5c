import { isBoolean, isDay, isInteger, isNumber, isText, orNull, textOf, type Judge } from '../judges.ts';
import type { QuotaState, SandboxCall, SandboxRequest, SandboxResponse, VendorServer } from '../vendor-server.ts';
import type { SandboxRecord } from '../records.ts';
import { idIn, isObject, objectBodyOf } from '../wire.ts';
import {
  customFields,
  info,
  labelIds,
  page,
  pipedriveMetadata,
  schemaFault,
  stages,
  users,
} from './pipedrive-metadata.ts';

/** Pipedrive's API v2 as its documentation and public notes of its users describe it. */

const apiToken = 'sandbox0pipedrive0token0of0forty0letters';
const dealPath = /^\/v2\/deals\/([^/]+)$/;

export const pipedriveServer: VendorServer = {
  name: 'pipedrive',
  basePath: '/pipedrive/api',
  credentials: { apiToken },
  quota: [
    { count: 20, windowMs: 2_000 },
    { count: 90_000, windowMs: 86_400_000, unit: 'tokens' },
  ],
  price,
  sample: (number) => ({
    ...blank(String(4_700 + number)),
    title: `Northwind, ${number * 10} seats`,
    value: number * 1_000,
  }),
  blank,
  writtenId: ({ method, path }) => (method === 'PATCH' ? idIn(path, dealPath) : undefined),
  handle,
  unauthorised: ({ headers }) =>
    headers['x-api-token'] === apiToken || headers['authorization'] === 'Bearer sandbox-access-token'
      ? undefined
      : {
          status: 401,
          headers: { 'x-401-by-gw': 'true' },
          body: { success: false, error: 'unauthorized access', errorCode: 401, error_info: info },
        },
  throttled: (quota) => {
    const [error, headers] =
      quota.unit === undefined
        ? ['too many requests', callHeaders({ ...quota, remaining: 0 })]
        : ['daily request budget exceeded', spentTokens(quota)];
    return { status: 429, headers, body: { success: false, error, errorCode: 429, error_info: info } };
  },
  overreach: (record) => ({ ...record, probability: 1 }),
  refused: (code = 'ERR_SCHEMA_VALIDATION_FAILED', message = 'Validation failed: value: not valid here') => ({
    status: 400,
    body: { success: false, error: message, code },
  }),
  failed: () => ({ status: 500, body: { success: false, error: 'Internal error', error_info: info } }),
  quotaHeaders: (_tightest, all) =>
    Object.assign(
      {},
      ...all.map((quota) =>
        quota.unit === undefined
          ? callHeaders(quota)
          : {
              'x-daily-ratelimit-token-limit': String(quota.limit),
              'x-daily-ratelimit-token-remaining': String(quota.remaining),
            },
      ),
    ) as Record<string, string>,
};

function callHeaders({ limit, remaining, resetMs }: QuotaState): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(Math.ceil(resetMs / 1_000)),
  };
}

function spentTokens({ resetMs }: QuotaState): Record<string, string> {
  return { 'retry-after': String(Math.ceil(resetMs / 1_000)), 'x-daily-ratelimit-token-remaining': '0' };
}

/** The published prices, in tokens. */
function price({ method, path }: SandboxRequest): number {
  if (method === 'PATCH') return 5;
  if (dealPath.test(path)) return 1;
  if (path === '/v2/pipelines' || path === '/v2/stages') return 5;
  if (path === '/v1/users/me') return 2;
  return path.startsWith('/v1/') ? 20 : 10;
}

function blank(id: string): SandboxRecord & { readonly id: string } {
  return {
    // Kept as text for the sandbox; a reply shows a number.
    id,
    title: 'A deal',
    creator_user_id: 9,
    owner_id: 9,
    value: 1_000,
    currency: 'EUR',
    person_id: 5,
    org_id: null,
    stage_id: 31,
    pipeline_id: 3,
    add_time: '2026-03-02T09:15:00Z',
    update_time: '2026-03-02T09:15:00Z',
    stage_change_time: null,
    archive_time: null,
    status: 'open',
    is_archived: false,
    is_deleted: false,
    probability: null,
    lost_reason: null,
    visible_to: 3,
    close_time: null,
    won_time: null,
    lost_time: null,
    expected_close_date: null,
    label_ids: [],
    origin: 'ManuallyCreated',
    origin_id: null,
    custom_fields: Object.fromEntries(customFields.map(({ key }) => [key, null])),
  };
}

function handle(call: SandboxCall): SandboxResponse {
  const { method, path, query, records } = call;
  const id = idIn(path, dealPath);
  if (id !== undefined && method === 'PATCH') return update(id, call);
  if (method !== 'GET') return { status: 404, body: notFoundBody('Unknown method'), violation: `${method} ${path}` };
  if (id !== undefined) {
    const record = records.get(id);
    return record === undefined ? notFound : { status: 200, body: { success: true, data: shown(record, query) } };
  }
  if (path === '/v2/deals') return list(call);
  return pipedriveMetadata(call) ?? notFound;
}

const notFound: SandboxResponse = { status: 404, body: notFoundBody('Deal not found') };

function notFoundBody(error: string) {
  return { success: false, error, error_info: info, data: null, additional_data: null };
}

/** Empty dates are left out of an open deal; products are counted only where that is asked for. */
function shown(record: SandboxRecord, query: URLSearchParams): SandboxRecord {
  const copy: SandboxRecord = { ...record, id: Number(record['id']) };
  for (const name of ['won_time', 'lost_time', 'close_time', 'expected_close_date'])
    if (copy[name] === null) delete copy[name];
  const keys = query.get('custom_fields')?.split(',');
  const custom = copy['custom_fields'];
  if (keys !== undefined && isObject(custom))
    copy['custom_fields'] = Object.fromEntries(keys.flatMap((key) => (key in custom ? [[key, custom[key]]] : [])));
  const included = query.get('include_fields')?.split(',') ?? [];
  if (included.includes('products_count')) copy['products_count'] ??= 0;
  else delete copy['products_count'];
  return copy;
}

function list({ query, records }: SandboxCall): SandboxResponse {
  const ids = query.get('ids')?.split(',');
  if (ids !== undefined && ids.length > 100) return schemaFault('ids: at most 100', 'more than 100 ids');
  if ((query.get('custom_fields')?.split(',').length ?? 0) > 15)
    return schemaFault('custom_fields: at most 15', 'more than 15 keys');
  const chosen =
    ids === undefined ? records.all() : ids.map((id) => records.get(id)).filter((one) => one !== undefined);
  const matching = chosen
    .filter((record) => record['is_archived'] !== true && record['status'] !== 'deleted')
    .filter((record) =>
      ['owner_id', 'person_id', 'org_id', 'pipeline_id', 'stage_id', 'status'].every(
        (name) => !query.has(name) || String(record[name]) === query.get(name),
      ),
    )
    .toSorted((a, b) => Number(a['id']) - Number(b['id']))
    .map((record) => shown(record, query));
  return page(matching, query, 500);
}

const isEmptyOrDay: Judge = (value) => value === '' || isDay(value);
const isMoment = textOf(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/);
const isUser: Judge = (value) => users.some(({ id }) => id === value);

const writable: Readonly<Record<string, Judge>> = {
  title: (value) => isText(value) && value.length <= 255,
  value: isNumber,
  currency: textOf(/^[A-Z]{3}$/),
  expected_close_date: isEmptyOrDay,
  stage_id: (value) => stages.some(({ id, is_deleted: deleted }) => id === value && !deleted),
  pipeline_id: (value) => stages.some(({ pipeline_id: pipeline }) => pipeline === value),
  status: textOf(/^(open|won|lost)$/),
  owner_id: isUser,
  person_id: orNull(isInteger),
  org_id: orNull(isInteger),
  probability: (value) => isNumber(value) && value >= 0 && value <= 100,
  lost_reason: isText,
  close_time: isMoment,
  won_time: isMoment,
  lost_time: isMoment,
  label_ids: (value) => Array.isArray(value) && value.every((one) => labelIds.has(one)),
  visible_to: (value) => [1, 3, 5, 7].includes(value as number),
  is_archived: isBoolean,
  archive_time: orNull(textOf(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/)),
};

const customJudges: Readonly<Record<string, (value: unknown, options: readonly number[]) => boolean>> = {
  enum: (value, options) => options.includes(value as number),
  set: (value, options) =>
    Array.isArray(value) && value.length > 0 && value.every((one) => options.includes(one as number)),
  double: isNumber,
  time: (value) => isObject(value) && /^\d{2}:\d{2}:\d{2}$/.test(String(value['value'])),
  monetary: (value) => isObject(value) && isNumber(value['value']) && isText(value['currency']),
  date: isEmptyOrDay,
  daterange: (value) => isObject(value) && isEmptyOrDay(value['value']) && isEmptyOrDay(value['until']),
  user: isUser,
  address: (value) => isObject(value) && isText(value['value']),
};

function update(id: string, call: SandboxCall): SandboxResponse {
  const { records } = call;
  const body = objectBodyOf(call);
  if ('problem' in body) return schemaFault('body: Expected object', body.problem);
  const record = records.get(id);
  if (record === undefined) return notFound;
  const faults = faultsOf(body.value);
  if (faults.length > 0) return schemaFault(faults.join('; '));
  const archived = record['is_archived'] === true && body.value['is_archived'] !== false;
  if (archived || record['status'] === 'deleted')
    return { status: 403, body: { success: false, error: 'Forbidden', data: null, additional_data: null } };
  const { custom_fields: custom, ...standard } = body.value;
  const next: SandboxRecord = {
    ...record,
    ...standard,
    ...(isObject(custom) ? { custom_fields: mergedCustom(record['custom_fields'], custom) } : {}),
  };
  if (next['expected_close_date'] === '') next['expected_close_date'] = '0000-00-00';
  follow(record, next, standard);
  next['update_time'] = new Date().toISOString().replace(/\.\d+/, '');
  records.put(id, next);
  return { status: 200, body: { success: true, data: shown(next, new URLSearchParams()) }, applied: true };
}

function faultsOf(body: Readonly<Record<string, unknown>>): string[] {
  const faults: string[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (name === 'custom_fields') {
      for (const [key, one] of Object.entries(isObject(value) ? value : {})) {
        const field = customFields.find((custom) => custom.key === key);
        if (field === undefined) faults.push(`custom_fields: Unknown key '${key}'`);
        else if (
          one !== null &&
          customJudges[field.type]?.(one, field.options?.map((option) => option.id) ?? []) === false
        )
          faults.push(`custom_fields.${key}: The value is not a valid '${field.type}'`);
      }
      continue;
    }
    const judge = writable[name];
    if (judge === undefined) faults.push(`${name}: Parameter '${name}' is not allowed for this request`);
    else if (!judge(value)) faults.push(`${name}: The value is not a valid '${value === null ? 'string' : name}'`);
  }
  const status = body['status'];
  if (body['lost_reason'] !== undefined && body['lost_reason'] !== '' && status !== undefined && status !== 'lost')
    faults.push("lost_reason: only for status 'lost'");
  return faults;
}

/** Keys that are not named stay; an object of none empties them all. Parts of an address that are left out become null. */
function mergedCustom(held: unknown, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = isObject(held) ? held : {};
  return Object.keys(given).length === 0 ? {} : { ...known, ...given };
}

/** What the vendor changes along. */
function follow(before: SandboxRecord, next: SandboxRecord, asked: Readonly<Record<string, unknown>>): void {
  const now = new Date().toISOString().replace(/\.\d+/, '');
  if (next['stage_id'] !== before['stage_id']) {
    next['pipeline_id'] = stages.find(({ id }) => id === next['stage_id'])?.pipeline_id ?? next['pipeline_id'];
    next['stage_change_time'] = now;
  } else if (next['pipeline_id'] !== before['pipeline_id']) {
    next['stage_id'] =
      stages.find(({ pipeline_id: pipeline }) => pipeline === next['pipeline_id'])?.id ?? next['stage_id'];
    next['stage_change_time'] = now;
  }
  if (next['status'] === before['status']) return;
  if (next['status'] === 'won') next['won_time'] = asked['won_time'] ?? now;
  if (next['status'] === 'lost') next['lost_time'] = asked['lost_time'] ?? now;
  if (next['status'] === 'open') {
    next['won_time'] = null;
    next['lost_time'] = null;
    next['lost_reason'] = null;
    next['close_time'] = null;
  } else next['close_time'] = asked['close_time'] ?? now;
}

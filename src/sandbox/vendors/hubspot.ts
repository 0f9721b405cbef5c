import { randomUUID } from 'node:crypto';
import type { SandboxCall, SandboxRequest, SandboxResponse, VendorServer } from '../vendor-server.ts';
import type { SandboxRecord } from '../records.ts';
import { idIn, isObject, jsonBodyOf } from '../wire.ts';
import { batchRead, batchUpdate, search } from './hubspot/batch.ts';
import { metadataReply } from './hubspot/properties.ts';
import { badRequest, errorBody, invalidBody, notFound, portalId, shown } from './hubspot/replies.ts';
import { written } from './hubspot/write.ts';

/** HubSpot as its documentation, and replies that others recorded, describe it. */

const serviceKey = 'pat-na1-5a4d7b0c-sandbox-4f1e-9b6d-0c1d2e3f4a5b';
const deals = /^\/crm\/objects\/2026-0[39]\/(?:0-3|deals)/;
const dealPath = /^\/crm\/objects\/2026-0[39]\/(?:0-3|deals)\/([^/]+)$/;

export const hubspotServer: VendorServer = {
  name: 'hubspot',
  basePath: '/hubspot',
  credentials: { serviceKey },
  quota: [
    { count: 100, windowMs: 10_000 },
    { count: 5, windowMs: 1_000, group: 'search' },
  ],
  quotaGroup: ({ path }) => (path.endsWith('/search') ? 'search' : undefined),
  sample: (number) => ({
    ...blank(String(71_000_000 + number)),
    dealname: `Deal ${number}`,
    erp_number: `ERP-${number}`,
  }),
  blank,
  writtenId,
  handle,
  unauthorised: ({ headers }) =>
    headers['authorization'] === `Bearer ${serviceKey}` || headers['authorization'] === 'Bearer sandbox-access-token'
      ? undefined
      : {
          status: 401,
          body: errorBody('Authentication credentials not found.', { category: 'INVALID_AUTHENTICATION' }),
        },
  throttled: ({ windowMs }) => ({
    status: 429,
    body: {
      status: 'error',
      message: 'You have reached your limit.',
      errorType: 'RATE_LIMIT',
      correlationId: randomUUID(),
      policyName: windowMs >= 86_400_000 ? 'DAILY' : windowMs <= 1_000 ? 'SECONDLY' : 'TEN_SECONDLY_ROLLING',
      requestId: randomUUID(),
    },
  }),
  overreach: (record) => ({ ...record, amount: '1' }),
  refused: (code = 'INVALID_OPTION', message = 'not one of the allowed options') =>
    code === '423' || code === '477'
      ? { status: Number(code), body: errorBody('Locked', {}) }
      : invalidBody([{ code, message, property: 'amount' }]),
  failed: () => ({ status: 500, body: errorBody('internal error', {}) }),
  quotaHeaders: ({ limit, remaining, windowMs }) => ({
    'x-hubspot-ratelimit-max': String(limit),
    'x-hubspot-ratelimit-remaining': String(remaining),
    'x-hubspot-ratelimit-interval-milliseconds': String(windowMs),
  }),
};

function blank(id: string): SandboxRecord & { readonly id: string } {
  return {
    id,
    dealname: 'Deal',
    amount: '1000',
    deal_currency_code: 'USD',
    closedate: null,
    pipeline: 'default',
    dealstage: 'appointmentscheduled',
    hubspot_owner_id: '880011',
    dealtype: null,
    description: null,
    closed_lost_reason: null,
    sales_regions: null,
    hs_is_closed: 'false',
    createdate: '2026-03-02T08:00:00.000Z',
    hs_lastmodifieddate: '2026-03-02T08:00:00.000Z',
  };
}

function writtenId({ method, path, body }: SandboxRequest): string | undefined {
  if (method === 'PATCH') return idIn(path, dealPath);
  return method === 'POST' && path.endsWith('/batch/update') ? /"id"\s*:\s*"([^"]*)"/.exec(body)?.[1] : undefined;
}

function handle(call: SandboxCall): SandboxResponse {
  const { method, path, query } = call;
  const operation = deals.test(path) ? path.replace(deals, '') : '';
  if (method === 'POST' && operation === '/batch/update') return batchUpdate(call);
  if (method === 'POST' && operation === '/batch/read') return batchRead(call);
  if (method === 'POST' && operation === '/search') return search(call);
  const id = idIn(path, dealPath);
  if (id !== undefined && method === 'PATCH') return update(id, call);
  if (id !== undefined && method === 'GET') return readOne(id, call);
  const metadata = method === 'GET' ? metadataReply(path, query) : undefined;
  if (metadata !== undefined) return metadataAnswer(metadata, call);
  if (method === 'GET' && /^\/account-info\/2026-0[39]\/details$/.test(path)) return { status: 200, body: account };
  // A wrong path has no category.
  return { status: 404, body: errorBody('No such route', {}), violation: `${method} ${path}` };
}

const account = {
  portalId,
  accountType: 'STANDARD',
  timeZone: 'US/Eastern',
  companyCurrency: 'USD',
  additionalCurrencies: ['EUR'],
  utcOffset: '-05:00',
  utcOffsetMilliseconds: -18_000_000,
  uiDomain: 'app.hubspot.com',
  dataHostingLocation: 'na1',
};

function metadataAnswer(body: unknown, { behaviour: { metadata } }: SandboxCall): SandboxResponse {
  if (metadata === 'open') return { status: 200, body };
  if (metadata === 'odd') return { status: 200, body: { status: 'ok' } };
  const context = { requiredGranularScopes: ['crm.objects.deals.read'] };
  const errors = [{ message: 'One or more of the following scopes are required.', context }];
  return { status: 403, body: errorBody('This app lacks scopes.', { errors, category: 'MISSING_SCOPES' }) };
}

/** An id that was merged into another deal leads there; in batches it does not. */
function survivor(id: string, { records }: SandboxCall): string {
  const into = records.all().find(({ hs_merged_object_ids: merged }) => {
    return typeof merged === 'string' && merged.split(';').includes(id);
  });
  return into === undefined ? id : String(into['id']);
}

function update(asked: string, call: SandboxCall): SandboxResponse {
  const { records } = call;
  const body = jsonBodyOf(call);
  if ('problem' in body) return badRequest(body.problem);
  if (!isObject(body.value) || !isObject(body.value['properties'])) return badRequest('there are no properties');
  const { properties, ...others } = body.value;
  if (Object.keys(others).length > 0) return badRequest(`unknown members ${Object.keys(others).join(', ')}`);
  const id = survivor(asked, call);
  const record = records.get(id);
  if (record === undefined) return notFound(asked);
  const { record: next, errors, warnings } = written(record, properties);
  if (errors.length > 0) return invalidBody(errors);
  records.put(id, next);
  const reply = { ...shown(next, Object.keys(properties), 'null'), ...(warnings.length === 0 ? {} : { warnings }) };
  return { status: 200, body: reply, applied: true };
}

function readOne(asked: string, call: SandboxCall): SandboxResponse {
  const record = call.records.shown(survivor(asked, call), call.behaviour.readLagMs);
  if (record === undefined) return notFound(asked);
  const names = call.query.getAll('properties').flatMap((list) => list.split(','));
  return { status: 200, body: shown(record, names, 'null') };
}

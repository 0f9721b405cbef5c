import { randomUUID } from 'node:crypto';
import type { SandboxCall, SandboxRequest, SandboxResponse, VendorServer } from '../vendor-server.ts';
import type { SandboxRecord } from '../records.ts';
import { jobRequest, jobStep, workOnJobs } from './salesforce-jobs.ts';
import { describeResponse } from './salesforce-metadata.ts';
import { page, query } from './salesforce-query.ts';
import { readMany, readOne, updateMany, updateOne } from './salesforce-records.ts';
import { failure, unknownResource } from './salesforce-replies.ts';
import { fullId } from './salesforce-write.ts';

/** Salesforce as its documentation, its published WSDL and the live tests of its own clients describe it. */

const accessToken = '00D5e0000001abc!AQsandbox.SalesforceToken_4f6d2a9c81';
const clientId = '3MVG9sandbox.ConsumerKey';
const clientSecret = 'sandboxConsumerSecret0123456789';
const refreshToken = '5Aep861sandboxRefreshToken0123456789';
const dayMs = 86_400_000;

export const salesforceServer: VendorServer = {
  name: 'salesforce',
  basePath: '/salesforce',
  credentials: { accessToken },
  quota: [{ count: 15_000, windowMs: dayMs, countRefused: true, group: 'api' }],
  quotaGroup: ({ path }) => (path.startsWith('/services/data/v') ? 'api' : undefined),
  sample: (number) =>
    blank(
      fullId(
        `0065e00000${number
          .toString(36)
          .padStart(5, 'Q')
          .replace(/[a-m]/g, (letter) => letter.toUpperCase())}`,
      ),
      number,
    ),
  blank,
  writtenId: (request) =>
    jobStep(request) ??
    (request.method === 'PATCH'
      ? (singleId(request.path) ?? /"id"\s*:\s*"(006[^"]*)"/i.exec(request.body)?.[1])
      : undefined),
  handle: (call) => {
    const done = workOnJobs(call, Date.now());
    const response = handle(call);
    if (done.length === 0) return response;
    return { ...response, applied: true, appliedIds: [...(response.appliedIds ?? []), ...done] };
  },
  unauthorised: ({ headers, path }) =>
    tokenPath.test(path) ||
    path === '/services/data/' ||
    (headers['authorization'] ?? '').startsWith(`Bearer ${accessToken}`)
      ? undefined
      : failure(401, 'INVALID_SESSION_ID', 'Session expired or invalid'),
  throttled: ({ windowMs }) =>
    failure(
      403,
      'REQUEST_LIMIT_EXCEEDED',
      windowMs >= dayMs
        ? 'TotalRequests Limit exceeded.'
        : 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.',
    ),
  overreach: (record) => ({ ...record, NextStep: 'overwritten by a flow' }),
  refused: (code = 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message = 'A rule of this org refuses it.') =>
    failure(400, code, message),
  failed: () =>
    failure(
      500,
      'UNKNOWN_EXCEPTION',
      'An unexpected error occurred. Please include this ErrorId if you contact support: 1234567890-12345 (123456789)',
    ),
  quotaHeaders: ({ limit, remaining }) => ({ 'sforce-limit-info': `api-usage=${limit - remaining}/${limit}` }),
};

function blank(id: string, number = 0): SandboxRecord & { readonly id: string } {
  return {
    id,
    Id: fullId(id),
    IsDeleted: false,
    AccountId: '0015e00000ZzZzZAAV',
    RecordTypeId: '0125e0000001aBCAAY',
    IsPrivate: false,
    Name: number === 0 ? 'Opportunity' : `Northwind, ${number * 100} seats`,
    Description: null,
    StageName: 'Prospecting',
    Amount: 1_000,
    Probability: 10,
    ExpectedRevenue: 100,
    CloseDate: '2026-12-31',
    Type: 'New Business',
    CurrencyIsoCode: 'EUR',
    IsClosed: false,
    IsWon: false,
    ForecastCategory: 'Pipeline',
    ForecastCategoryName: 'Pipeline',
    HasOpportunityLineItem: false,
    OwnerId: '0055e0000012xyzAAA',
    Strategic__c: false,
    Key__c: number === 0 ? null : `NW-${number}`,
    CreatedDate: '2026-03-02T09:15:00.000+0000',
    LastModifiedDate: '2026-03-02T09:15:00.000+0000',
    SystemModstamp: '2026-03-02T09:15:00.000+0000',
  };
}

const tokenPath = /^\/services\/oauth2\/token$/;
const versioned = /^\/services\/data\/v(\d+)\.0(\/.*)$/;

function singleId(path: string): string | undefined {
  return /\/sobjects\/Opportunity\/(?!describe$)([^/]+)$/.exec(path)?.[1];
}

function handle(call: SandboxCall): SandboxResponse {
  const { method, path } = call;
  if (tokenPath.test(path) && method === 'POST') return token(call);
  if (path === '/services/data/')
    return { status: 200, body: [{ label: "Spring '26", url: '/services/data/v66.0', version: '66.0' }] };
  const [, version = '', below = ''] = versioned.exec(path) ?? [];
  if (version === '') return unknownResource(`${method} ${path}`);
  if (Number(version) < 41)
    return failure(410, 'UNSUPPORTED_API_VERSION', `API version ${version}.0 is no longer supported`);
  if (Number(version) > 68) return unknownResource();
  if (below.startsWith('/jobs/ingest')) return jobRequest(call, below);
  const id = singleId(path);
  switch (`${method} ${id === undefined ? below : '/one'}`) {
    case 'GET /sobjects/Opportunity/describe':
      return describe(call);
    case 'GET /one':
      return readOne(decodeURIComponent(id ?? ''), call);
    case 'PATCH /one':
      return updateOne(decodeURIComponent(id ?? ''), call);
    case 'PATCH /composite/sobjects':
      return updateMany(call);
    case 'POST /composite/sobjects/Opportunity':
      return readMany(call);
    case 'GET /query':
      return query(call, version);
    default: {
      const locator = /^\/query\/([\w-]+)$/.exec(below)?.[1];
      return method === 'GET' && locator !== undefined ? page(locator, version) : unknownResource(`${method} ${path}`);
    }
  }
}

function describe({ behaviour: { metadata } }: SandboxCall): SandboxResponse {
  if (metadata === 'forbidden') return failure(403, 'INSUFFICIENT_ACCESS', 'insufficient access rights on object id');
  return metadata === 'odd' ? { status: 200, body: { fields: 'none' } } : describeResponse;
}

/** Of a token request the reply has no `expires_in`. */
function token({ body, headers }: SandboxRequest): SandboxResponse {
  const form = new URLSearchParams(body);
  const [type] = (headers['content-type'] ?? '').split(';');
  if (type !== 'application/x-www-form-urlencoded') return tokenRefusal('invalid_request', 'the body is not a form');
  if (form.get('client_id') !== clientId) return tokenRefusal('invalid_client_id', 'client identifier invalid');
  const grant = form.get('grant_type');
  const isKnown =
    (grant === 'client_credentials' && form.get('client_secret') === clientSecret) ||
    (grant === 'refresh_token' && form.get('refresh_token') === refreshToken);
  if (!isKnown) return tokenRefusal('invalid_grant', 'expired access/refresh token');
  return {
    status: 200,
    body: {
      access_token: `${accessToken}.${randomUUID()}`,
      signature: 'c2ln',
      token_format: 'opaque',
      scope: 'api',
      instance_url: 'https://northwind.my.salesforce.com',
      token_type: 'Bearer',
      issued_at: String(Date.now()),
      id: 'https://login.salesforce.com/id/00D5e0000001abcEAA/0055e0000012xyzAAA',
    },
  };
}

function tokenRefusal(error: string, description: string): SandboxResponse {
  return { status: 400, body: { error, error_description: description } };
}

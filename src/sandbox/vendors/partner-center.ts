import { randomUUID } from 'node:crypto';
import type { SandboxCall, SandboxResponse, VendorServer } from '../vendor-server.ts';
import type { SandboxRecord } from '../records.ts';
import { at, parts as partsOf } from '../described/values.ts';
import { idIn, isObject, jsonBodyOf } from '../wire.ts';

/** Partner Center's referrals as their documentation describes them. */

const accessToken = 'eyJhbGciOiJub25lIn0.eyJhbXIiOlsicHdkIiwibWZhIl0sInN1YiI6InNhbmRib3gifQ.c2FuZGJveA';
const referralPath = /^\/engagements\/referrals\/([^/]+)$/;

export const partnerCenterServer: VendorServer = {
  name: 'partner-center',
  basePath: '/partner-center/v1.0',
  credentials: { accessToken },
  quota: [{ count: 60, windowMs: 60_000, countRefused: true }],
  sample: (number) => blank(`9f8bed52-e4df-4d0c-9ca6-${String(number).padStart(12, '0')}`),
  blank,
  writtenId: ({ method, path }) => (method === 'PATCH' ? idIn(path, referralPath) : undefined),
  handle,
  unauthorised: ({ headers }) =>
    headers['authorization'] === `Bearer ${accessToken}` ||
    headers['authorization']?.startsWith('Bearer sandbox-token-') === true
      ? undefined
      : answered(401, error('unauthenticated', 'The access token is missing or invalid.'), {
          headers: { 'www-authenticate': 'Bearer error="invalid_token"', ...requestId() },
        }),
  throttled: ({ resetMs }, _behaviour, number) => {
    const seconds = Math.max(1, Math.ceil(resetMs / 1000));
    const told = number % 2 === 0 ? { headers: { 'retry-after': String(seconds) } } : {};
    return {
      status: 429,
      ...told,
      body: { statusCode: 429, message: `Rate limit is exceeded. Try again in ${seconds} seconds.` },
    };
  },
  overreach: (record) => ({ ...record, externalReferenceId: 'overwritten' }),
  refused: (code = 'invalidRequest', message = 'The value is not valid.') => answered(400, error(code, message)),
  failed: () => answered(500, error('generalException', 'An internal error occurred.')),
};

function answered(status: number, body?: unknown, more: Partial<SandboxResponse> = {}): SandboxResponse {
  return { status, headers: requestId(), body, ...more };
}

function requestId(): Record<string, string> {
  return { 'request-id': randomUUID() };
}

function error(code: string, message: string, inner?: Record<string, unknown>): Record<string, unknown> {
  return { error: { code, message, target: 'referral', ...(inner === undefined ? {} : { innerError: inner }) } };
}

function blank(id: string): SandboxRecord & { readonly id: string } {
  return {
    id,
    engagementId: '00000000-0000-4000-8000-000000000001',
    organizationName: 'Northwind (sandbox)',
    name: 'Referral',
    externalReferenceId: null,
    campaignId: null,
    status: 'Active',
    substatus: 'Accepted',
    statusReason: null,
    salesStage: null,
    details: {
      notes: null,
      dealValue: 1000,
      currency: 'USD',
      closingDateTime: '2026-12-31T00:00:00Z',
      requirements: { solutions: [] },
    },
    team: [],
    consent: { consentToShareReferralWithMicrosoftSellers: false },
    eTag: '"00000000-0000-4000-8000-000000000000"',
  };
}

function handle(call: SandboxCall): SandboxResponse {
  const { method, path, query, records } = call;
  const id = idIn(path, referralPath);
  if (id !== undefined && method === 'PATCH') return patch(id, call);
  if (id !== undefined && method === 'GET') {
    const record = records.get(id);
    return record === undefined ? notFound() : answered(200, record);
  }
  if (method === 'GET' && path === '/engagements/referrals') {
    const page = referralPage(query, records.all());
    return page === undefined ? bad('Invalid filter clause.') : answered(200, page);
  }
  return answered(404, error('itemNotFound', 'No such resource.'), { violation: `${method} ${path}` });
}

const pageLength = 100;

/** The reply to a list of referrals: `$filter` of equalities joined by `and`, pages with `$skiptoken`. Undefined for a filter that is not understood. */
function referralPage(query: URLSearchParams, records: readonly SandboxRecord[]): Record<string, unknown> | undefined {
  const matches = filterOf(query.get('$filter'));
  if (matches === undefined) return undefined;
  const matching = records.filter(matches);
  const begin = Number(query.get('$skiptoken') ?? 0);
  const end = begin + Number(query.get('$top') ?? pageLength);
  const next = new URLSearchParams(query);
  next.set('$skiptoken', String(end));
  return {
    '@odata.count': matching.length,
    value: matching.slice(begin, end),
    // As the documented example writes it: another scheme, and a part of the path is missing.
    ...(end < matching.length
      ? { '@odata.nextLink': `http://api.partner.microsoft.com/v1.0/referrals?${next.toString()}` }
      : {}),
  };
}

const equality = /^\(?([A-Za-z][\w/]*) eq ('(?:[^']|'')*'|\d+|true|false)\)?$/;

function filterOf(text: string | null): ((record: SandboxRecord) => boolean) | undefined {
  if (text === null) return () => true;
  const conditions = text.split(/ and (?=\(?[A-Za-z][\w/]* eq )/).map((part) => equality.exec(part.trim()));
  const parsed = conditions.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const]));
  if (parsed.length < conditions.length) return undefined;
  return (record) =>
    parsed.every(([path, literal]) => {
      const held = at(record, `/${path}`);
      return literal.startsWith("'") ? held === literal.slice(1, -1).replaceAll("''", "'") : String(held) === literal;
    });
}

function notFound(): SandboxResponse {
  return answered(404, error('itemNotFound', 'The referral does not exist or is not visible.'));
}

function bad(message: string, violation?: string): SandboxResponse {
  return answered(400, error('invalidRequest', message), violation === undefined ? {} : { violation });
}

function patch(id: string, call: SandboxCall): SandboxResponse {
  const { headers, records } = call;
  const body = jsonBodyOf(call);
  if ('problem' in body) return bad('Malformed request.', body.problem);
  if (!Array.isArray(body.value) || body.value.length === 0)
    return bad('A JSON Patch is an array.', 'the body is not JSON Patch');
  const record = records.get(id);
  if (record === undefined) return notFound();
  const condition = headers['if-match'];
  if (condition !== undefined && condition !== record['eTag']) {
    const inner = { code: '99918', message: 'eTag did not match' };
    return answered(412, error('preconditionFailed', 'eTag did not match', inner));
  }
  if (record['status'] === 'Closed') return bad('A closed referral cannot be edited.');
  const next = structuredClone(record);
  for (const operation of body.value as readonly unknown[]) {
    const problem = applyOperation(next, operation);
    if (problem !== undefined) return bad(problem, problem);
  }
  const problem = statusProblem(record, next);
  if (problem !== undefined) return bad(problem);
  next['eTag'] = `"${randomUUID()}"`;
  records.put(id, next);
  return headers['prefer'] === 'return=representation'
    ? answered(200, next, { applied: true })
    : answered(204, undefined, { applied: true });
}

const roots = new Set([
  'name',
  'externalReferenceId',
  'campaignId',
  'status',
  'substatus',
  'statusReason',
  'salesStage',
  'details',
  'team',
  'consent',
  'inviteContext',
  'registrations',
]);

function applyOperation(record: SandboxRecord, operation: unknown): string | undefined {
  if (!isObject(operation)) return 'an operation is not an object';
  const { op, path, value } = operation;
  if (op !== 'replace' && op !== 'add') return `the operation ${String(op)} is not supported`;
  if (typeof path !== 'string' || !path.startsWith('/') || !('value' in operation))
    return 'an operation needs a path and a value';
  const parts = [...partsOf(path)];
  const last = parts.pop() ?? '';
  if (!roots.has(parts[0] ?? last)) return `${path} cannot be written`;
  let target: unknown = record;
  for (const part of parts) {
    const inner: unknown = isObject(target)
      ? target[part]
      : Array.isArray(target)
        ? (target as unknown[])[Number(part)]
        : undefined;
    if (inner === undefined || inner === null) return `${path} does not exist`;
    target = inner;
  }
  if (Array.isArray(target)) {
    if (op === 'add' && last === '-') target.push(value);
    else if (op === 'replace' && Number(last) < target.length) target[Number(last)] = value;
    else return `${path} does not exist`;
    return undefined;
  }
  if (!isObject(target)) return `${path} does not exist`;
  if (path === '/details/dealValue') {
    const amount = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    if (typeof amount !== 'number') return 'dealValue is not a number';
    target[last] = amount;
  } else if (path === '/details/closingDateTime' && !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(String(value)))
    return 'closingDateTime is not a UTC time';
  else target[last] = value;
  return undefined;
}

const pairs: Readonly<Record<string, readonly string[]>> = {
  New: ['Pending', 'Received'],
  Active: ['Accepted'],
  Closed: ['Won', 'Lost', 'Declined', 'Expired'],
};
const order = ['New', 'Active', 'Closed'];

function statusProblem(before: SandboxRecord, next: SandboxRecord): string | undefined {
  const [status, substatus] = [String(next['status']), String(next['substatus'])];
  if (!(pairs[status] ?? []).includes(substatus)) return `${substatus} is not a substatus of ${status}`;
  return order.indexOf(status) < order.indexOf(String(before['status']))
    ? `${String(before['status'])} can't become ${status}`
    : undefined;
}

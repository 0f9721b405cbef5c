import { bad, bulkRead, bulkUpdate, failure, fault, type Changed } from './leadsquared-bulk.ts';
import type { SandboxCall, SandboxRequest, SandboxResponse, VendorServer } from '../vendor-server.ts';
import { leadsquaredMetadata } from './leadsquared-metadata.ts';
import type { SandboxRecord } from '../records.ts';
import { isObject, jsonBodyOf } from '../wire.ts';

/** LeadSquared as its documentation and the notes of its users describe it. */

const accessKey = 'u$r0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const secretKey = '0123456789abcdef0123456789abcdef01234567';
const service = '/OpportunityManagement.svc';
const bulkUpdatePath = `${service}/Bulk/Update/ByOpportunityId`;
const bulkReadPath = `${service}/GetOpportunitiesById`;

export const leadsquaredServer: VendorServer = {
  name: 'leadsquared',
  basePath: '/leadsquared/v2',
  credentials: { accessKey, secretKey },
  quota: [
    { count: 25, windowMs: 5_000 },
    { count: 5, windowMs: 5_000, group: 'bulk' },
  ],
  quotaGroup: ({ path }) => (path === bulkUpdatePath || path === bulkReadPath ? 'bulk' : undefined),
  sample: (number) => ({
    ...blank(`5ca5b042-51ea-4699-b6f0-${String(number).padStart(12, '0')}`),
    mx_Custom_1: `Opportunity ${number}`,
  }),
  blank,
  writtenId: (request) =>
    request.path === `${service}/Update` || request.path === bulkUpdatePath ? sentId(request) : undefined,
  handle,
  unauthorised,
  throttled: (quota, { refusalForm }, number) => {
    const text = `API calls exceeded the limit of ${quota.limit} in ${quota.windowMs / 1000} second(s)`;
    const forms = ['429', '403', '200'] as const;
    const form = refusalForm === 'rotate' ? (forms[number % 3] ?? '429') : refusalForm;
    return {
      status: Number(form),
      body:
        form === '200' ? fault('MXAPIRateLimitExceededException', text) : { Status: 'Error', ExceptionMessage: text },
    };
  },
  refused: (
    code = 'MXInvalidDataTypeException',
    message = "Field name : 'mx_Custom_8' of datatype : 'DateTime' has an invalid value",
  ) => failure(500, code, message),
  failed: () => ({ status: 500, body: 'The service is not available.' }),
};

function blank(id: string): SandboxRecord & { readonly id: string } {
  return {
    id,
    Status: 'Open',
    Owner: '11111111-2222-4333-8444-555555555555',
    OpportunityNote: '',
    mx_Custom_1: 'Opportunity',
    mx_Custom_2: 'Prospecting',
    mx_Custom_6: '0',
    ModifiedOn: '2026-01-25 10:00:00',
  };
}

function unauthorised(
  { headers, query }: SandboxRequest,
  { keysIn }: SandboxCall['behaviour'],
): SandboxResponse | undefined {
  const inHeaders = headers['x-lsq-accesskey'] === accessKey && headers['x-lsq-secretkey'] === secretKey;
  const inQuery = query.get('accessKey') === accessKey && query.get('secretKey') === secretKey;
  if ((inHeaders && keysIn !== 'query') || (inQuery && keysIn !== 'headers')) return undefined;
  return failure(401, 'MXUnAuthorizedAccessException', 'Unauthorized access: check the keys');
}

function sentId({ body }: SandboxRequest): string | undefined {
  return /"ProspectOpportunityId"\s*:\s*"([^"]*)"/.exec(body)?.[1];
}

function handle(call: SandboxCall): SandboxResponse {
  const { method, path } = call;
  if (method !== 'GET' && method !== 'POST')
    return { ...failure(405, 'MXException', 'Method not allowed'), violation: `${method} ${path}` };
  const metadata = method === 'GET' ? leadsquaredMetadata(call) : undefined;
  if (metadata !== undefined) return metadata;
  return (
    routes[`${method} ${path}`]?.(call) ?? {
      ...failure(404, 'MXException', 'The API could not be found'),
      violation: `${method} ${path}`,
    }
  );
}

const routes: Readonly<Record<string, (call: SandboxCall) => SandboxResponse>> = {
  [`POST ${service}/Update`]: update,
  [`POST ${bulkUpdatePath}`]: (call) => bulkUpdate(call, changed),
  [`POST ${bulkReadPath}`]: bulkRead,
  [`GET ${service}/GetOpportunityDetails`]: readOne,
  'GET /Authentication.svc/UserByAccessKey.Get': () => ({ status: 200, body: ownUser }),
};

const ownUser = {
  Id: '11111111-2222-4333-8444-555555555555',
  Name: 'Ada Kern',
  EmailAddress: 'ada@northwind.example',
  Role: 'Administrator',
  OrgShortCode: 'SANDBOX',
};

const unknownOpportunity = failure(500, 'MXInvalidInputException', 'Opportunity does not exist');

const writableName = /^(Status|Owner|CreatedOn|ActivityEvent_Note|mx_Custom_\d{1,3}(~mx_CustomObject_\d+)?)$/;

function update(call: SandboxCall): SandboxResponse {
  const { records } = call;
  const body = jsonBodyOf(call);
  if ('problem' in body) return bad(body.problem);
  if (!isObject(body.value)) return bad('the body is not a flat object');
  const { ProspectOpportunityId: id, OpportunityNote: note, Fields: fields, ...others } = body.value;
  if (typeof id !== 'string' || id === '') return bad('ProspectOpportunityId is missing');
  if (!Array.isArray(fields) || Object.keys(others).length > 0) {
    const violation = Array.isArray(fields)
      ? `unknown members ${Object.keys(others).join(', ')}`
      : 'Fields is not an array';
    return { ...failure(500, 'ArgumentNullException', 'Value cannot be null. Parameter name: source'), violation };
  }
  const record = records.get(id);
  if (record === undefined) return unknownOpportunity;
  const next = changed(record, fields as readonly unknown[]);
  if ('refusal' in next) return next.refusal;
  if (note !== undefined && typeof note !== 'string') return bad('OpportunityNote is not text');
  const noted = note === undefined ? {} : { OpportunityNote: note, notes_sent: Number(record['notes_sent'] ?? 0) + 1 };
  records.put(id, { ...next.record, ...noted });
  return { status: 200, body: { Status: 'Success', Message: { Id: record['id'] } }, applied: true };
}

/** The record with the fields changed, or the refusal. */
function changed(record: SandboxRecord, fields: readonly unknown[]): Changed {
  const next: SandboxRecord = { ...record };
  for (const entry of fields) {
    if (!isObject(entry) || typeof entry['SchemaName'] !== 'string' || typeof entry['Value'] !== 'string') {
      return { refusal: bad('a field is not of the form {SchemaName, Value} with text values') };
    }
    const { SchemaName: name, Value: value } = entry;
    if (!writableName.test(name))
      return { refusal: failure(500, 'MXInvalidActivityFieldsException', `Field name : '${name}' does not exist`) };
    if (/mx_Custom_8$|^CreatedOn$/.test(name) && value !== '' && !/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(value))
      return {
        refusal: failure(
          500,
          'MXInvalidDataTypeException',
          `Field name : '${name}' of datatype : 'DateTime' has an invalid value`,
        ),
      };
    next[name] = value;
  }
  next['ModifiedOn'] = new Date().toISOString().slice(0, 19).replace('T', ' ');
  return { record: next };
}

function readOne({ query, records, behaviour }: SandboxCall): SandboxResponse {
  const id = query.get('OpportunityId') ?? '';
  const record = records.shown(id, behaviour.readLagMs);
  if (record === undefined) return unknownOpportunity;
  const { id: _id, OpportunityNote: note, ...fields } = record;
  return {
    status: 200,
    body: {
      ID: id,
      OpportunityNote: note,
      Fields: Object.entries(fields).map(([SchemaName, Value]) => ({ SchemaName, Value: String(Value) })),
    },
  };
}

import type { SandboxRequest, SandboxResponse } from '../vendor-server.ts';
import type { VendorBehaviour } from '../options.ts';
import type { Records } from '../records.ts';
import { isObject, jsonBodyOf } from '../wire.ts';
import { failure, fieldNames, find, idForm, shown, unknownColumn } from './salesforce-replies.ts';
import { fullId, malformed, written, type Refusal } from './salesforce-write.ts';

/** Salesforce's calls for one opportunity and for many. */

const mostWritten = 200;
const mostRead = 2_000;

function refusedWith(refusals: readonly Refusal[]): SandboxResponse {
  return {
    status: 400,
    body: refusals.map(({ statusCode, message, fields: named }) => ({ message, errorCode: statusCode, fields: named })),
  };
}

export function readOne(id: string, { query: asked }: SandboxRequest, records: Records): SandboxResponse {
  if (!idForm.test(id)) return failure(400, 'MALFORMED_ID', `Opportunity ID: id value of incorrect type: ${id}`);
  const names = asked.get('fields')?.split(',') ?? [...fieldNames];
  const wrong = unknownColumn(names);
  if (wrong !== undefined) return wrong;
  const record = find(id, records);
  if (record === undefined) return failure(404, 'NOT_FOUND', 'The requested resource does not exist');
  return { status: 200, body: shown(record, ['Id', ...names]) };
}

export function updateOne(id: string, request: SandboxRequest, records: Records): SandboxResponse {
  const body = jsonBodyOf(request);
  if ('problem' in body || !isObject(body.value))
    return failure(400, 'JSON_PARSER_ERROR', 'The body is not an object', { violation: 'body' });
  const wrong = malformed(body.value);
  if (wrong !== undefined) return failure(400, 'JSON_PARSER_ERROR', wrong, { violation: wrong });
  if (!idForm.test(id)) return failure(400, 'MALFORMED_ID', `Opportunity ID: id value of incorrect type: ${id}`);
  const record = find(id, records);
  if (record === undefined)
    return failure(404, 'NOT_FOUND', 'Provided external ID field does not exist or is not accessible');
  if (record['sandbox_poison'] === true)
    return failure(400, 'JSON_PARSER_ERROR', 'Cannot deserialize instance of currency');
  const since = request.headers['if-unmodified-since'];
  if (since !== undefined) {
    const sinceMs = Date.parse(since);
    if (Number.isNaN(sinceMs)) return failure(400, 'INVALID_HEADER', 'If-Unmodified-Since', { violation: since });
    // Seconds are all that the header holds.
    if (Math.floor(Date.parse(String(record['LastModifiedDate'])) / 1000) * 1000 > sinceMs) return { status: 412 };
  }
  const result = written(record, body.value, new Date());
  if ('refusals' in result) return refusedWith(result.refusals);
  records.put(fullId(id), result.record);
  return { status: 204, applied: true, appliedIds: [fullId(id)] };
}

interface SaveResult {
  readonly id?: string;
  readonly success: boolean;
  readonly errors: readonly Refusal[];
}

/** 200 whenever the request is well formed; rows are independent of each other without `allOrNone`. */
export function updateMany(request: SandboxRequest, records: Records, { bulk }: VendorBehaviour): SandboxResponse {
  if (bulk.reply === 'none') return failure(404, 'NOT_FOUND', 'The requested resource does not exist');
  const body = jsonBodyOf(request);
  const sent = 'value' in body && isObject(body.value) ? body.value['records'] : undefined;
  if (!Array.isArray(sent)) return failure(400, 'JSON_PARSER_ERROR', 'records is missing', { violation: 'records' });
  if (sent.length > mostWritten)
    return failure(
      400,
      'EXCEEDED_MAX_SIZE_REQUEST',
      `record limit reached, cannot submit more than ${mostWritten} records into this call`,
      { violation: 'too many' },
    );
  const rows = (sent as readonly unknown[]).filter(isObject);
  // Whether one value may refuse a whole call is not confirmed: a practice record that is marked so does it.
  if (rows.some(({ id }) => records.get(fullId(String(id)))?.['sandbox_poison'] === true))
    return failure(400, 'JSON_PARSER_ERROR', 'Cannot deserialize instance of currency');
  for (const { attributes, id: _id, ...members } of rows) {
    if (!isObject(attributes) || attributes['type'] !== 'Opportunity')
      return failure(400, 'INVALID_INPUT', 'Include an entity type with your request', { violation: 'attributes' });
    const wrong = malformed(members);
    if (wrong !== undefined) return failure(400, 'JSON_PARSER_ERROR', wrong, { violation: wrong });
  }
  const seen = new Set<string>();
  const now = new Date();
  const results = rows.map(({ attributes: _attributes, id, ...members }): SaveResult => {
    const key = fullId(String(id));
    if (!idForm.test(String(id)))
      return refusedRow('MALFORMED_ID', `Opportunity ID: id value of incorrect type: ${String(id)}`, 'Id');
    if (seen.has(key)) return refusedRow('DUPLICATE_VALUE', `duplicate id specified: ${key}`);
    seen.add(key);
    const record = find(String(id), records);
    if (record === undefined) return refusedRow('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
    const result = written(record, members, now);
    if ('refusals' in result) return { success: false, errors: result.refusals };
    records.put(key, result.record);
    return { id: key, success: true, errors: [] };
  });
  const appliedIds = results.flatMap(({ id }) => id ?? []);
  return { status: 200, body: replied(results, bulk.reply), applied: appliedIds.length > 0, appliedIds };
}

function refusedRow(statusCode: string, message: string, ...named: string[]): SaveResult {
  return { success: false, errors: [{ statusCode, message, fields: named }] };
}

/** `named`: in the order of the request, as documented; `failures`: those that failed come last; `bare`: without any id. */
function replied(results: readonly SaveResult[], reply: VendorBehaviour['bulk']['reply']): unknown {
  if (reply === 'failures')
    return [...results.filter(({ success }) => success).toReversed(), ...results.filter(({ success }) => !success)];
  return reply === 'bare' ? results.map(({ success, errors }) => ({ success, errors })) : results;
}

export function readMany(request: SandboxRequest, records: Records): SandboxResponse {
  const body = jsonBodyOf(request);
  const { ids, fields: names } = 'value' in body && isObject(body.value) ? body.value : {};
  if (!Array.isArray(ids) || !Array.isArray(names))
    return failure(400, 'JSON_PARSER_ERROR', 'ids and fields', { violation: 'ids' });
  if (ids.length > mostRead)
    return failure(400, 'EXCEEDED_MAX_SIZE_REQUEST', `cannot retrieve more than ${mostRead} records`, {
      violation: 'too many',
    });
  const wrong = unknownColumn(names.map(String));
  if (wrong !== undefined) return wrong;
  return {
    status: 200,
    body: ids.map((id) => {
      const record = find(String(id), records);
      return record === undefined ? null : shown(record, names.map(String));
    }),
  };
}

import type { SandboxCall, SandboxResponse } from '../vendor-server.ts';
import type { BulkReply } from '../options.ts';
import { bodyMembers, isObject, objectBodyOf } from '../wire.ts';
import { failure, fieldNames, find, idForm, shown, unknownColumn, unknownResource } from './salesforce-replies.ts';
import { fullId, malformed, refused, written, type Refusal } from './salesforce-write.ts';

/** Salesforce's calls for one opportunity and for many. */

const mostWritten = 200;
const mostRead = 2_000;

function refusedWith(refusals: readonly Refusal[]): SandboxResponse {
  return {
    status: 400,
    body: refusals.map(({ statusCode, message, fields: named }) => ({ message, errorCode: statusCode, fields: named })),
  };
}

export function readOne(id: string, { query: asked, records }: SandboxCall): SandboxResponse {
  if (!idForm.test(id)) return failure(400, 'MALFORMED_ID', `Opportunity ID: id value of incorrect type: ${id}`);
  const names = asked.get('fields')?.split(',') ?? [...fieldNames];
  const wrong = unknownColumn(names);
  if (wrong !== undefined) return wrong;
  const record = find(id, records);
  if (record === undefined) return unknownResource();
  return { status: 200, body: shown(record, ['Id', ...names]) };
}

export function updateOne(id: string, call: SandboxCall): SandboxResponse {
  const { headers, records } = call;
  const body = objectBodyOf(call);
  if ('problem' in body) return failure(400, 'JSON_PARSER_ERROR', 'The body is not an object', 'body');
  const wrong = malformed(body.value);
  if (wrong !== undefined) return failure(400, 'JSON_PARSER_ERROR', wrong, wrong);
  if (!idForm.test(id)) return failure(400, 'MALFORMED_ID', `Opportunity ID: id value of incorrect type: ${id}`);
  const record = find(id, records);
  if (record === undefined)
    return failure(404, 'NOT_FOUND', 'Provided external ID field does not exist or is not accessible');
  if (record['sandbox_poison'] === true)
    return failure(400, 'JSON_PARSER_ERROR', 'Cannot deserialize instance of currency');
  const since = headers['if-unmodified-since'];
  if (since !== undefined) {
    const sinceMs = Date.parse(since);
    if (Number.isNaN(sinceMs)) return failure(400, 'INVALID_HEADER', 'If-Unmodified-Since', since);
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
export function updateMany(call: SandboxCall): SandboxResponse {
  const { records } = call;
  const { reply } = call.behaviour.bulk;
  if (reply === 'none') return unknownResource();
  const { records: sent } = bodyMembers(call);
  if (!Array.isArray(sent)) return failure(400, 'JSON_PARSER_ERROR', 'records is missing', 'records');
  if (sent.length > mostWritten)
    return failure(
      400,
      'EXCEEDED_MAX_SIZE_REQUEST',
      `record limit reached, cannot submit more than ${mostWritten} records into this call`,
      'too many',
    );
  const rows = (sent as readonly unknown[]).filter(isObject);
  // Whether one value may refuse a whole call is not confirmed: a practice record that is marked so does it.
  if (rows.some(({ id }) => records.get(fullId(String(id)))?.['sandbox_poison'] === true))
    return failure(400, 'JSON_PARSER_ERROR', 'Cannot deserialize instance of currency');
  for (const { attributes, id: _id, ...members } of rows) {
    if (!isObject(attributes) || attributes['type'] !== 'Opportunity')
      return failure(400, 'INVALID_INPUT', 'Include an entity type with your request', 'attributes');
    const wrong = malformed(members);
    if (wrong !== undefined) return failure(400, 'JSON_PARSER_ERROR', wrong, wrong);
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
  return { status: 200, body: replied(results, reply), applied: appliedIds.length > 0, appliedIds };
}

function refusedRow(statusCode: string, message: string, ...named: string[]): SaveResult {
  return { success: false, errors: refused(statusCode, message, ...named).refusals };
}

/** `named`: in the order of the request, as documented; `failures`: those that failed come last; `bare`: without any id. */
function replied(results: readonly SaveResult[], reply: BulkReply): unknown {
  if (reply === 'failures')
    return [...results.filter(({ success }) => success).toReversed(), ...results.filter(({ success }) => !success)];
  return reply === 'bare' ? results.map(({ success, errors }) => ({ success, errors })) : results;
}

export function readMany(call: SandboxCall): SandboxResponse {
  const { ids, fields: names } = bodyMembers(call);
  if (!Array.isArray(ids) || !Array.isArray(names)) return failure(400, 'JSON_PARSER_ERROR', 'ids and fields', 'ids');
  if (ids.length > mostRead)
    return failure(400, 'EXCEEDED_MAX_SIZE_REQUEST', `cannot retrieve more than ${mostRead} records`, 'too many');
  const wrong = unknownColumn(names.map(String));
  if (wrong !== undefined) return wrong;
  return {
    status: 200,
    body: ids.map((id) => {
      const record = find(String(id), call.records);
      return record === undefined ? null : shown(record, names.map(String));
    }),
  };
}

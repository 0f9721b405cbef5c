import type { SandboxCall, SandboxResponse } from '../vendor-server.ts';
import { eventCode } from './leadsquared-metadata.ts';
import type { Records, SandboxRecord } from '../records.ts';
import { bodyMembers, isObject, jsonBodyOf } from '../wire.ts';

/** LeadSquared's calls for several opportunities. What the update answers is not documented: it answers in any of the plausible ways, on order. */

const mostWritten = 25;
const mostRead = 2_000;

interface Row {
  readonly id: string;
  readonly next?: SandboxRecord;
  readonly reason?: string;
  readonly type?: string;
}

/** What becomes of a record. */
export type Changed = { readonly record: SandboxRecord } | { readonly refusal: SandboxResponse };

/** The record with the fields changed, or the refusal as the single call words it. */
type Change = (record: SandboxRecord, fields: readonly unknown[]) => Changed;

export function bulkUpdate(call: SandboxCall, changed: Change): SandboxResponse {
  const { records } = call;
  const { reply, atomic } = call.behaviour.bulk;
  if (reply === 'none') return failure(404, 'MXException', 'The API could not be found');
  const body = jsonBodyOf(call);
  if ('problem' in body) return bad(body.problem);
  if (!Array.isArray(body.value) || body.value.length === 0) return bad('the body is not a list of opportunities');
  if (body.value.length > mostWritten) return bad(`more than ${mostWritten} opportunities`);
  const rows: Row[] = [];
  for (const entry of body.value as readonly unknown[]) {
    if (!isObject(entry) || typeof entry['ProspectOpportunityId'] !== 'string' || !Array.isArray(entry['Fields']))
      return bad('an opportunity is not of the form {ProspectOpportunityId, OpportunityEventCode, Fields}');
    const { ProspectOpportunityId: id, OpportunityEventCode: code, Fields: fields, ...others } = entry;
    if (typeof code !== 'number' || Object.keys(others).length > 0) return bad(`the members of ${id}`);
    rows.push(judged(id, code === eventCode ? (fields as readonly unknown[]) : undefined, records, changed));
  }
  if (new Set(rows.map(({ id }) => id.toLowerCase())).size < rows.length)
    return bad('an opportunity stands there twice');
  const refused = rows.find(({ reason }) => reason !== undefined);
  if (atomic && refused !== undefined) return failure(500, refused.type ?? '', refused.reason ?? '');
  const applied = rows.filter(({ next }) => next !== undefined);
  for (const { id, next = {} } of applied) records.put(id, next);
  const appliedIds = applied.map(({ id }) => id);
  return { status: 200, body: answer(reply, rows), applied: applied.length > 0, appliedIds };
}

function judged(id: string, fields: readonly unknown[] | undefined, records: Records, changed: Change): Row {
  const record = records.get(id);
  if (record === undefined) return { id, type: 'MXInvalidInputException', reason: 'Opportunity does not exist' };
  if (fields === undefined) return { id, type: 'MXInvalidInputException', reason: 'Opportunity is of another type' };
  const next = changed(record, fields);
  if ('record' in next) return { id, next: next.record };
  const { body } = next.refusal;
  const { ExceptionType: type = '', ExceptionMessage: reason = '' } = isObject(body) ? body : {};
  return { id, type: String(type), reason: String(reason) };
}

/** Shapes of the sibling calls: bulk activities name what was done, bulk leads count and name what was not. */
function answer(reply: 'named' | 'failures' | 'bare', rows: readonly Row[]): unknown {
  const done = rows.filter(({ reason }) => reason === undefined);
  const refused = rows.filter(({ reason }) => reason !== undefined);
  switch (reply) {
    case 'named':
      return {
        Status: 'Success',
        Response: rows.map(({ id, type, reason }) =>
          reason === undefined
            ? { ProspectOpportunityId: id }
            : { ProspectOpportunityId: id, ExceptionType: type, ErrorMessage: reason },
        ),
      };
    case 'failures':
      return {
        Status: {
          TotalCount: rows.length,
          SuccessCount: done.length,
          FailureCount: refused.length,
          UnProcessedCount: 0,
          Message: 'Success',
        },
        Details: {
          FailedOpportunities: refused.map(({ id, reason }) => ({
            Identifier: 'ProspectOpportunityId',
            IdentifierValue: id,
            Reason: reason,
          })),
        },
      };
    case 'bare':
      return { Status: 'Success' };
  }
}

export function bulkRead(call: SandboxCall): SandboxResponse {
  const { SearchParameters: parameters } = bodyMembers(call);
  const first: unknown = Array.isArray(parameters) ? (parameters as readonly unknown[])[0] : undefined;
  if (!isObject(first)) return bad('SearchParameters');
  const { ProspectActivityId: ids, Columns: columns, EventCode: code } = first;
  if (!Array.isArray(ids) || ids.length > mostRead) return bad('ProspectActivityId');
  if (!isObject(columns) || typeof columns['Include_CSV'] !== 'string') return bad('Columns');
  const asked = columns['Include_CSV'].split(',');
  const found = (code === eventCode ? (ids as readonly unknown[]) : []).flatMap((id) => {
    const record = call.records.shown(String(id), call.behaviour.readLagMs);
    if (record === undefined) return [];
    const members = asked.map((name) => [name, record[name] ?? ''] as const);
    return [{ ProspectId: 'lead', ProspectActivityId: id, ...Object.fromEntries(members) }];
  });
  return { status: 200, body: [{ EventCode: code, RecordCount: found.length, Opportunities: found }] };
}

export function fault(type: string, message: string): Record<string, string> {
  return { Status: 'Error', ExceptionType: type, ExceptionMessage: message };
}

export function failure(status: number, type: string, message: string): SandboxResponse {
  return { status, body: fault(type, message) };
}

export function bad(violation: string): SandboxResponse {
  return { ...failure(400, 'MXException', violation), violation };
}

import type { SandboxRequest, SandboxResponse } from '../vendor-server.ts';
import type { VendorBehaviour } from '../options.ts';
import type { Records, SandboxRecord } from '../records.ts';
import { isObject, jsonBodyOf } from '../wire.ts';

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

/** `changed`: the record with the fields changed, or the refusal as the single call words it. */
export function bulkUpdate(
  request: SandboxRequest,
  records: Records,
  { bulk: { reply, atomic } }: VendorBehaviour,
  eventCode: number,
  changed: (record: SandboxRecord, fields: readonly unknown[]) => Changed,
): SandboxResponse {
  if (reply === 'none') return { status: 404, body: fault('MXException', 'The API could not be found') };
  const body = jsonBodyOf(request);
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
  if (atomic && refused !== undefined) return { status: 500, body: fault(refused.type ?? '', refused.reason ?? '') };
  const applied = rows.filter(({ next }) => next !== undefined);
  for (const { id, next = {} } of applied) records.put(id, next);
  const appliedIds = applied.map(({ id }) => id);
  return { status: 200, body: answer(reply, rows), applied: applied.length > 0, appliedIds };
}

function judged(
  id: string,
  fields: readonly unknown[] | undefined,
  records: Records,
  changed: (record: SandboxRecord, fields: readonly unknown[]) => Changed,
): Row {
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

export function bulkRead(
  request: SandboxRequest,
  records: Records,
  { readLagMs }: VendorBehaviour,
  eventCode: number,
): SandboxResponse {
  const body = jsonBodyOf(request);
  const parameters = 'value' in body && isObject(body.value) ? body.value['SearchParameters'] : undefined;
  const first: unknown = Array.isArray(parameters) ? (parameters as readonly unknown[])[0] : undefined;
  if (!isObject(first)) return bad('SearchParameters');
  const { ProspectActivityId: ids, Columns: columns, EventCode: code } = first;
  if (!Array.isArray(ids) || ids.length > mostRead) return bad('ProspectActivityId');
  if (!isObject(columns) || typeof columns['Include_CSV'] !== 'string') return bad('Columns');
  const asked = columns['Include_CSV'].split(',');
  const found = (code === eventCode ? (ids as readonly unknown[]) : []).flatMap((id) => {
    const record = records.shown(String(id), readLagMs);
    if (record === undefined) return [];
    const members = asked.map((name) => [name, record[name] ?? ''] as const);
    return [{ ProspectId: 'lead', ProspectActivityId: id, ...Object.fromEntries(members) }];
  });
  return { status: 200, body: [{ EventCode: code, RecordCount: found.length, Opportunities: found }] };
}

function fault(type: string, message: string): Record<string, string> {
  return { Status: 'Error', ExceptionType: type, ExceptionMessage: message };
}

function bad(violation: string): SandboxResponse {
  return { status: 400, body: fault('MXException', violation), violation };
}

import type { Answer, Call, Verdict } from '../../core/call.ts';
import type { Edit } from '../../core/edit.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import { excerpt } from '../../core/printable.ts';
import type { BatchWrites, BulkReads, FieldValue, Settings, Snapshot } from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { sortedDate } from './date.ts';
import { guidForm } from './fields.ts';

/*
 * Calls for several opportunities at LeadSquared. https://apidocs.leadsquared.com/bulk-update-opportunities/ and
 * https://apidocs.leadsquared.com/get-opportunities-in-bulk-by-ids/, as of 2026-10. What the update answers is not documented.
 */

/** The column that says of which opportunity type a row is. */
export const eventCodeField = 'OpportunityEventCode';

/** The opportunity type of an edit: the row's own, else the profile's; undefined where nobody says. */
export function eventCodeOf({ changes }: Edit, settings: Settings): string | undefined {
  const own = changes.find(({ field }) => field === eventCodeField);
  return scalarText(own?.value ?? null) ?? (settings['event-code'] || undefined);
}

/** Up to 25 rows a call. A row with a note goes by itself: notes in bulk are not documented, and a note may not be safe to send twice. */
export const leadsquaredBatches: BatchWrites = {
  most: 25,
  keyField: eventCodeField,
  key: (edit, settings) =>
    edit.changes.some(({ field }) => field === 'OpportunityNote') ? undefined : eventCodeOf(edit, settings),
  call: (code, edits) => ({
    method: 'POST',
    path: '/OpportunityManagement.svc/Bulk/Update/ByOpportunityId',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: edits.map(({ id, changes }) => ({
      ProspectOpportunityId: id,
      OpportunityEventCode: Number(code),
      Fields: changes
        .filter(({ field }) => field !== eventCodeField)
        .map(({ field, value }) => ({ SchemaName: field, Value: value })),
    })),
    edits,
    step: 'bulk update',
    repeatable: true,
    quotaGroup: 'bulk',
  }),
  // Reads follow writes after some seconds.
  waitsMs: [0, 3_000, 5_000, 10_000],
};

const entryIds = ['ProspectOpportunityId', 'OpportunityId', 'ProspectActivityId', 'Id', 'ID', 'IdentifierValue'];
const entryReasons = ['Reason', 'ErrorMessage', 'ExceptionMessage', 'Error', 'FailureReason', 'ExceptionType'];

/**
 * Each row's verdict as far as the reply names it, whatever its shape: an entry of any list that holds the row's id. It is refused where the
 * entry gives a reason or stands in a list of failures, and applied where it does neither; a row without an entry is `unnamed`. Undefined for
 * other calls, and for a reply that says that all is refused.
 */
export function bulkAnswer(body: Json | undefined, call: Call): Answer | undefined {
  if (call.step === 'look at many') {
    return Array.isArray(body) ? { kind: 'settled', verdicts: call.edits.map(() => ({ kind: 'applied' })) } : undefined;
  }
  if (call.step !== 'bulk update' || (!Array.isArray(body) && !isJsonObject(body))) return undefined;
  if (isJsonObject(body) && body['Status'] === 'Error') return undefined;
  const named = new Map<string, Verdict>();
  collect(body, false, 0, named);
  return {
    kind: 'settled',
    verdicts: call.edits.map(({ id }) => named.get(id.toLowerCase()) ?? { kind: 'unnamed' }),
  };
}

const deepest = 5;

/** The verdicts of all entries in `value`; where several entries name a row, a refusal counts. */
function collect(value: Json | undefined, failures: boolean, depth: number, into: Map<string, Verdict>): void {
  if (depth > deepest || value === undefined) return;
  if (Array.isArray(value)) {
    for (const entry of value as readonly Json[]) {
      if (isJsonObject(entry)) note(entry, failures, into);
      collect(entry, failures, depth + 1, into);
    }
  } else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value))
      collect(member, failures || /fail|error|unprocess|reject|invalid/i.test(name), depth + 1, into);
  }
}

function note(entry: JsonObject, failures: boolean, into: Map<string, Verdict>): void {
  const id = entryIds.map((name) => entry[name]).find((text) => typeof text === 'string' && text !== '');
  if (typeof id !== 'string') return;
  const reason = entryReasons.map((name) => entry[name]).find((text) => typeof text === 'string' && text !== '');
  const status = entry['Status'] ?? entry['IsSuccess'] ?? entry['Success'];
  const key = id.toLowerCase();
  if (typeof reason === 'string' || failures || isFailure(status)) {
    const code = entry['ExceptionType'];
    into.set(key, {
      kind: 'rejected',
      code: typeof code === 'string' && code !== '' ? code : 'refused-in-bulk',
      message: typeof reason === 'string' ? excerpt(reason, 500) : 'LeadSquared lists it among the failures',
    });
  } else if (!into.has(key)) into.set(key, { kind: 'applied' });
}

function isFailure(status: Json | undefined): boolean {
  return status === false || (typeof status === 'string' && !/^(success|succeeded|ok|true)$/i.test(status));
}

/** Up to 2,000 opportunities a read. What an entry leaves out of the asked columns is looked up by itself. */
export const leadsquaredBulkReads: BulkReads = {
  most: 2_000,
  key: (edit, settings) =>
    guidForm.test(edit.id) && edit.changes.length > 0 ? eventCodeOf(edit, settings) : undefined,
  call: (code, edits) => ({
    method: 'POST',
    path: '/OpportunityManagement.svc/GetOpportunitiesById',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: {
      SearchParameters: [
        {
          EventCode: Number(code),
          ProspectActivityId: [...new Set(edits.map(({ id }) => id))],
          Columns: { Include_CSV: [...new Set(edits.flatMap(columnsOf))].join(',') },
        },
      ],
    },
    edits,
    step: 'look at many',
    repeatable: true,
    quotaGroup: 'bulk',
  }),
  read: (reply, { edits }) => {
    const groups = jsonBody(reply);
    const records = new Map<string, JsonObject>();
    for (const group of Array.isArray(groups) ? (groups as readonly Json[]) : []) {
      const list = isJsonObject(group) ? group['Opportunities'] : undefined;
      for (const record of Array.isArray(list) ? (list as readonly Json[]) : []) {
        if (!isJsonObject(record)) continue;
        const id = record['ProspectActivityId'];
        if (typeof id === 'string') records.set(id.toLowerCase(), record);
      }
    }
    return edits.map((edit) => seen(edit, records.get(edit.id.toLowerCase())));
  },
};

function columnsOf({ changes }: Edit): readonly string[] {
  return changes.map(({ field }) => field).filter((field) => field !== eventCodeField);
}

const momentForm = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;

function seen(edit: Edit, record: JsonObject | undefined): Snapshot | undefined {
  if (record === undefined) return undefined;
  const values = new Map<string, FieldValue>();
  for (const { field, value: asked } of edit.changes) {
    if (field === eventCodeField) continue;
    const value = record[field];
    if (value === undefined) return undefined;
    // The entry does not tell which of its texts are moments; the form of what is to be written does.
    const moment = typeof value === 'string' && typeof asked === 'string' && momentForm.test(asked);
    values.set(field, { value: moment ? sortedDate(value) : value });
  }
  return { kind: 'found', values };
}

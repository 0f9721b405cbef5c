import type { Reply } from '../../core/call.ts';
import type { Change, Edit } from '../../core/edit.ts';
import type { FieldType } from '../../core/field.ts';
import { isJsonObject, scalarText, type Json, type JsonObject } from '../../core/json.ts';
import type { Audit, CurrentReads, FieldValue, FieldValues, Snapshot } from '../../core/vendor.ts';
import { jsonBody, statusMessage } from './http-status.ts';
import { leadsquaredBulkReads } from '../leadsquared/bulk.ts';
import { sortedDate } from '../leadsquared/date.ts';
import { guidForm } from '../leadsquared/fields.ts';
import { transitionProblem, unusualStep } from '../partner-center/status.ts';
import { readCall } from './settlements.ts';

/** How each vendor's record is read, and what it shows of the fields that changes write. */

/** Besides the fields of an edit, those that anybody would miss: what else a write changes of them is told. */
const closeWatched = [
  'status_id',
  'value',
  'value_currency',
  'value_period',
  'confidence',
  'user_id',
  'contact_id',
  'date_won',
];

/** Close: one GET, narrowed to the fields of the edit and those that are watched. https://developer.close.com/api/resources/opportunities/list, 2026-10. */
export const closeCurrent: CurrentReads = {
  call: (edit) => {
    const asked = [...edit.changes.map(({ field }) => field), ...closeMoved(edit.changes)];
    const names = [...new Set([...asked, ...closeWatched])];
    const query = asked.length === 0 ? [] : [['_fields', ['id', ...names].join(',')] as const];
    return readCall({ edits: [edit] }, `/opportunity/${encodeURIComponent(edit.id)}/`, 'GET /opportunity', query);
  },
  read: (reply, call) => {
    const record = recordOf(reply);
    if (record === undefined) return failed(reply, 'Close');
    const values = new Map(recordValues(record));
    // A custom field without a value is left out of the record.
    for (const { field } of call.edits[0]?.changes ?? [])
      if (field.startsWith('custom.') && !values.has(field)) values.set(field, { value: null });
    return { kind: 'found', values };
  },
  // A won status fills date_won with today, and going back leaves it there.
  together: [['status_id', 'date_won']],
  moved: closeMoved,
  echoed: recordValues,
  // Close keeps both forms of the note.
  coupled: (changes) =>
    changes.some(({ field }) => field === 'note' || field === 'note_html') ? ['note', 'note_html'] : [],
};

/** A record whose members are its fields. */
function recordValues(record: Json): FieldValues {
  const values = new Map<string, FieldValue>();
  if (isJsonObject(record))
    for (const [name, value] of Object.entries(record)) if (value !== undefined) values.set(name, { value });
  return values;
}

function closeMoved(changes: readonly Change[]): readonly string[] {
  const fields = new Set(changes.map(({ field }) => field));
  return fields.has('status_id') && !fields.has('date_won') ? ['date_won'] : [];
}

/** LeadSquared: one GET; the record says of each field what type it is. https://apidocs.leadsquared.com/get-an-opportunity-by-id/, 2026-10. */
export const leadsquaredCurrent: CurrentReads = {
  call: (edit) =>
    readCall({ edits: [edit] }, '/OpportunityManagement.svc/GetOpportunityDetails', 'calls', [
      ['OpportunityId', edit.id],
    ]),
  read: (reply, { edits: [edit] }) => {
    const record = recordOf(reply);
    if (record === undefined || typeof record['ID'] !== 'string') {
      // Whether the AutoId value is understood by the read is not documented.
      return edit !== undefined && guidForm.test(edit.id)
        ? failed(reply, 'LeadSquared')
        : { kind: 'unknown', message: 'LeadSquared does not show an opportunity by this AutoId value' };
    }
    const values = new Map<string, FieldValue>();
    const fields = Array.isArray(record['Fields']) ? (record['Fields'] as readonly Json[]) : [];
    for (const field of fields.filter(isJsonObject)) {
      const name = field['SchemaName'];
      if (typeof name === 'string') values.set(name, leadsquaredValue(field));
    }
    const note = record['OpportunityNote'];
    if (note !== undefined) values.set('OpportunityNote', { value: note });
    return { kind: 'found', values };
  },
  bulk: leadsquaredBulkReads,
  // Its reply shows nothing of the record, and reads follow writes after some seconds.
  proofWaitsMs: [1_000, 4_000, 5_000, 10_000, 20_000, 30_000],
  // A stage has to be valid under its status.
  together: [['Status', 'mx_Custom_2']],
};

const leadsquaredTypes: Readonly<Record<string, FieldType>> = { Number: 'decimal', DateTime: 'date-time' };

function leadsquaredValue({ Value: value = null, DataType: type }: JsonObject): FieldValue {
  const known = typeof type === 'string' ? leadsquaredTypes[type] : undefined;
  if (known === undefined) return { value };
  return { value: known === 'date-time' && typeof value === 'string' ? sortedDate(value) : value, type: known };
}

/** Partner Center: one GET, whose eTag guards the patch. https://learn.microsoft.com/en-us/partner-center/developer/get-a-referral-by-id, 2026-10. */
export const partnerCenterCurrent: CurrentReads = {
  call: (edit) => readCall({ edits: [edit] }, `/engagements/referrals/${encodeURIComponent(edit.id)}`, 'calls'),
  read: (reply) => {
    const record = recordOf(reply);
    if (record === undefined) return failed(reply, 'Partner Center');
    const values = pointerValues(record);
    const eTag = record['eTag'];
    return { kind: 'found', values, ...(typeof eTag === 'string' && eTag !== '' ? { eTag } : {}) };
  },
  echoed: pointerValues,
  together: [['/status', '/substatus']],
  audit: (edit, values) => referralAudit(edit, values),
  lasting: ({ field }) => {
    if (field.endsWith('/-')) return 'Partner Center offers no way to take a member of a list away';
    if (/^\/(consent|inviteContext)\//.test(field)) return 'Partner Center does not take it back';
    if (field === '/status' || field === '/substatus') return "a referral's status does not go back";
    return undefined;
  },
};

function pointerValues(record: Json): FieldValues {
  const values = new Map<string, FieldValue>();
  pointers(record, '', values);
  return values;
}

/** Every member of the record by its JSON Pointer (RFC 6901); lists as a whole, and the objects in them by their place. */
function pointers(value: Json, path: string, into: Map<string, FieldValue>): void {
  if (path !== '' && !isJsonObject(value)) into.set(path, { value });
  const members = Array.isArray(value)
    ? (value as readonly Json[]).entries()
    : isJsonObject(value)
      ? Object.entries(value)
      : [];
  for (const [name, member] of members) {
    const part = String(name).replaceAll('~', '~0').replaceAll('/', '~1');
    if (member !== undefined) pointers(member, `${path}/${part}`, into);
  }
}

function referralAudit(edit: Edit, values: FieldValues): readonly Audit[] {
  const held = (field: string): string => scalarText(values.get(field)?.value ?? '') ?? '';
  const asked = (field: string): string => {
    const change = edit.changes.find((one) => one.field === field);
    return change === undefined ? held(field) : (scalarText(change.value) ?? '');
  };
  const current = { status: held('/status'), substatus: held('/substatus') };
  const next = { status: asked('/status'), substatus: asked('/substatus') };
  if (current.status === 'Closed') {
    const message = `The referral is closed (${current.substatus}), which is final.`;
    return [{ severity: 'error', code: 'closed-referral', message }];
  }
  if (current.status === next.status && current.substatus === next.substatus) return [];
  const problem = transitionProblem(current, next);
  if (problem !== undefined) return [{ severity: 'error', code: 'bad-transition', message: `${problem}.` }];
  return unusualStep(current, next)
    ? [
        {
          severity: 'warning',
          code: 'unusual-step',
          message: 'A status change that Partner Center itself does not offer',
        },
      ]
    : [];
}

/**
 * Raze: GET /opportunities/:id, by analogy with its contacts; no page of Raze shows it. A refusal for want of the permission, or of the method, says
 * that this account can't read; a 404 may mean either.
 */
export const razeCurrent: CurrentReads = {
  call: (edit) => readCall({ edits: [edit] }, `/opportunities/${encodeURIComponent(edit.id)}`, 'calls'),
  read: (reply) => {
    const body = recordOf(reply);
    const data = body?.['data'];
    if (isJsonObject(data)) return { kind: 'found', values: recordValues(data) };
    if (reply.status === 404)
      return { kind: 'unknown', message: 'Raze does not show this opportunity', absentIf: 'another-read-succeeded' };
    if (reply.status === 403 || reply.status === 405 || reply.status === 200)
      return { kind: 'unsupported', message: `Raze does not let this key read opportunities (HTTP ${reply.status})` };
    return failed(reply, 'Raze');
  },
  echoed: recordValues,
};

function recordOf(reply: Reply): JsonObject | undefined {
  const body = reply.status === 200 ? jsonBody(reply) : undefined;
  return isJsonObject(body) ? body : undefined;
}

function failed(reply: Reply, title: string): Snapshot {
  const hint = 'Check the id and that this account may see it; --blind sends without looking.';
  if (reply.status === 404 || reply.status === 410 || title === 'LeadSquared') {
    return {
      kind: 'absent',
      code: 'not-found',
      message: `${title} shows no such opportunity (HTTP ${reply.status}).`,
      hint,
    };
  }
  return {
    kind: 'absent',
    code: 'not-readable',
    message: `${title} does not show the opportunity: ${statusMessage(reply)}.`,
    hint,
  };
}

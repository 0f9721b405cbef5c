import type { Call } from '../../core/call.ts';
import type { Change, Edit } from '../../core/edit.ts';
import { scalarText, type JsonObject } from '../../core/json.ts';
import type { BatchWrites, Settings } from '../../core/vendor.ts';
import { jsonCall, jsonHeaders } from '../shared/json-call.ts';

/*
 * Edits to calls: one POST for each opportunity, or for up to 25 of one type. https://apidocs.leadsquared.com/update-an-opportunity/ and
 * https://apidocs.leadsquared.com/bulk-update-opportunities/, as of 2026-10.
 */

/** The column that says of which opportunity type a row is. */
export const eventCodeField = 'OpportunityEventCode';

/** The opportunity type of an edit: the row's own, else the profile's; undefined where nobody says. */
export function eventCodeOf({ changes }: Edit, settings: Settings): string | undefined {
  const own = changes.find(({ field }) => field === eventCodeField);
  return scalarText(own?.value ?? null) ?? (settings['event-code'] || undefined);
}

/** None where the row says nothing but of which type it is. */
export function leadsquaredCalls(edit: Edit, settings: Settings): readonly Call[] {
  return edit.changes.some(({ field }) => field !== eventCodeField) ? [updateCall(edit, settings)] : [];
}

function updateCall(edit: Edit, settings: Settings): Call {
  const note = edit.changes.find(isNote);
  const fields = edit.changes.filter((change) => !isNote(change) && change.field !== eventCodeField);
  return {
    method: 'POST',
    path: '/OpportunityManagement.svc/Update',
    headers: jsonHeaders,
    body: {
      ProspectOpportunityId: edit.id,
      ...(note === undefined ? {} : { OpportunityNote: note.value }),
      Fields: valuesOf(fields),
    },
    edits: [edit],
    step: 'update',
    repeatable: note === undefined || settings['note-repeats'] === 'safe',
    quotaGroup: 'calls',
  };
}

function valuesOf(changes: readonly Change[]): JsonObject[] {
  return changes.map(({ field, value }) => ({ SchemaName: field, Value: value }));
}

function isNote(change: Change): boolean {
  return change.field === 'OpportunityNote';
}

/** Up to 25 rows a call. A row with a note goes by itself: notes in bulk are not documented, and a note may not be safe to send twice. */
export function leadsquaredBatches(settings: Settings): BatchWrites {
  return {
    most: 25,
    keyField: eventCodeField,
    key: (edit) => (edit.changes.some(isNote) ? undefined : eventCodeOf(edit, settings)),
    call: (code, edits) =>
      jsonCall({
        method: 'POST',
        path: '/OpportunityManagement.svc/Bulk/Update/ByOpportunityId',
        body: edits.map(({ id, changes }) => ({
          ProspectOpportunityId: id,
          OpportunityEventCode: Number(code),
          Fields: valuesOf(changes.filter(({ field }) => field !== eventCodeField)),
        })),
        edits,
        step: 'batch',
        quotaGroup: 'bulk',
      }),
  };
}

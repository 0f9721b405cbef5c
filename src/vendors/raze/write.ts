import type { Call } from '../../core/call.ts';
import type { Change, Edit } from '../../core/edit.ts';
import { jsonHeaders } from '../shared/json-call.ts';
import { stageField } from './fields.ts';

/*
 * Edits to calls: a PUT for the fields, which acts as a patch, and a PATCH for the stage.
 * https://developer.getraze.co/api-reference/opportunities/update and …/update-stage, as of 2026-10.
 */

/** The fields first, so that a `won` is stamped when the values are right. Each call carries its own half of the edit. */
export function razeCalls(edit: Edit): readonly Call[] {
  const stage = edit.changes.find(({ field }) => field === stageField);
  const fields = edit.changes.filter(({ field }) => field !== stageField);
  const calls: Call[] = [];
  if (fields.length > 0) calls.push(fieldsCall(edit, fields));
  if (stage !== undefined) calls.push(stageCall(edit, stage));
  return calls;
}

function fieldsCall(edit: Edit, changes: readonly Change[]): Call {
  return {
    method: 'PUT',
    path: `/opportunities/${encodeURIComponent(edit.id)}`,
    headers: jsonHeaders,
    body: Object.fromEntries(changes.map(({ field, value }) => [field, value])),
    edits: [{ ...edit, changes }],
    step: 'fields',
    repeatable: true,
    quotaGroup: 'calls',
  };
}

function stageCall(edit: Edit, change: Change): Call {
  const { value } = change;
  return {
    method: 'PATCH',
    path: `/opportunities/${encodeURIComponent(edit.id)}/stage`,
    headers: jsonHeaders,
    body: { status: value },
    edits: [{ ...edit, changes: [change] }],
    step: 'stage',
    // `won` and `lost` stamp won_at and lost_at; a second one at worst moves the stamp of the first by seconds.
    repeatable: value === 'won' || value === 'lost' ? 'when-absent' : true,
    quotaGroup: 'calls',
  };
}

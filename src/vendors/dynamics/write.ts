import type { Call, CallStep } from '../../core/call.ts';
import type { Change, Edit } from '../../core/edit.ts';
import { scalarText, type Json } from '../../core/json.ts';
import { jsonCall } from '../shared/json-call.ts';
import { boundId } from './forms.ts';
import type { DynamicsNames } from './names.ts';
import { changeOf, wantedState } from './states.ts';

/*
 * Edits to calls: reopen, then fields, then won or lost. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/
 * update-delete-entities-using-web-api, …/associate-disassociate-entities-using-web-api, and for WinOpportunity and LoseOpportunity
 * https://learn.microsoft.com/previous-versions/dynamicscrm-2016/developers-guide/mt607971(v=crm.8), as of 2026-10.
 */

const odata = { accept: 'application/json', 'odata-maxversion': '4.0', 'odata-version': '4.0' };

/** A read. All calls of a user share one quota. */
export function dynamicsGet(
  path: string,
  step: CallStep,
  query: Call['query'] = [],
  edits: readonly Edit[] = [],
  headers: Readonly<Record<string, string>> = {},
): Call {
  return jsonCall({ path, query, headers: { ...odata, ...headers }, edits, step, quotaGroup: 'api' });
}

/** The annotation that names the table of the record that a lookup points at, and how it is asked for. */
export const lookupTarget = 'Microsoft.Dynamics.CRM.lookuplogicalname';
export const annotated = `odata.include-annotations="${lookupTarget}"`;

/** The properties that show these columns: a lookup is read as `_column_value`. */
export function selected(columns: readonly string[], { isLookup }: Pick<DynamicsNames, 'isLookup'>): string {
  return [...new Set(columns.map((column) => (isLookup(column) ? `_${column}_value` : column)))].join(',');
}

/** The calls of a row: reopened, then its fields, then won or lost. */
export function dynamicsCalls(edit: Edit, names: DynamicsNames): readonly Call[] {
  const state = wantedState(edit.changes, names.stateOf) ?? 0;
  const closes = state === 1 || state === 2;
  const states = edit.changes.filter(({ field }) => field === 'statecode' || field === 'statuscode');
  const outcomes = closes ? edit.changes.filter(goesAlong) : [];
  const fields = edit.changes.filter((change) => !states.includes(change) && !outcomes.includes(change));
  const calls: Call[] = [];
  if (states.length > 0 && !closes) calls.push(reopenCall({ ...edit, changes: states }, names));
  if (fields.length > 0) calls.push(fieldsCall({ ...edit, changes: fields }, names));
  if (closes) calls.push(closeCall({ ...edit, changes: [...states, ...outcomes] }, state));
  return calls;
}

/** What winning and losing take along; to empty it is a change of its own. */
function goesAlong({ field, action }: Change): boolean {
  return action !== 'clear' && (field === 'actualvalue' || field === 'actualclosedate');
}

/** `If-Match: *` updates only: the record's own tag takes its place where it was read. */
function patch(edit: Edit, step: CallStep, body: Readonly<Record<string, Json>>, names: DynamicsNames): Call {
  const shown = selected(
    edit.changes.map(({ field }) => field),
    names,
  );
  return {
    method: 'PATCH',
    path: `/opportunities(${encodeURIComponent(edit.id)})`,
    query: [['$select', shown]],
    headers: {
      ...odata,
      'content-type': 'application/json',
      prefer: `return=representation,${annotated}`,
      'if-match': '*',
    },
    body,
    edits: [edit],
    step,
    // Values are absolute: the second call leaves what the first one did.
    repeatable: true,
    quotaGroup: 'api',
  };
}

/** The state is always sent with its reason; 1 is In Progress. */
function reopenCall(edit: Edit, names: DynamicsNames): Call {
  const reason = changeOf(edit.changes, 'statuscode')?.value ?? 1;
  return patch(edit, 'reopen', { statecode: 0, statuscode: reason }, names);
}

function fieldsCall(edit: Edit, names: DynamicsNames): Call {
  const members = edit.changes.map((change): [string, Json] => member(change, names));
  return patch(edit, 'fields', Object.fromEntries(members), names);
}

/** A lookup is bound by its navigation name, and emptied by null under the same name. Several choices are one text, which replaces them all. */
function member({ field, value, action }: Change, names: DynamicsNames): [string, Json] {
  if (names.isLookup(field)) {
    const text = action === 'clear' ? '' : (scalarText(value) ?? '');
    const [, entitySet] = boundId.exec(text) ?? [];
    const name = names.navigation(field, entitySet);
    return entitySet === undefined ? [name, null] : [`${name}@odata.bind`, text];
  }
  if (action === 'clear') return [field, null];
  return [field, Array.isArray(value) ? (value as readonly Json[]).map((one) => scalarText(one)).join(',') : value];
}

/** Winning and losing make an activity each time, so the call goes again only when the record is still open. It takes no condition. */
function closeCall(edit: Edit, state: 1 | 2): Call {
  const value = (field: string): Json | undefined => changeOf(edit.changes, field)?.value;
  const [revenue, end] = [value('actualvalue'), scalarText(value('actualclosedate') ?? null)];
  return {
    method: 'POST',
    path: state === 1 ? '/WinOpportunity' : '/LoseOpportunity',
    headers: { ...odata, 'content-type': 'application/json' },
    body: {
      // -1: the reason that the state has by default.
      Status: value('statuscode') ?? -1,
      OpportunityClose: {
        'opportunityid@odata.bind': `/opportunities(${encodeURIComponent(edit.id)})`,
        subject: state === 1 ? 'Won' : 'Lost',
        // Noon, so that it is the same day in all time zones but the outermost.
        ...(end === undefined ? {} : { actualend: `${end}T12:00:00Z` }),
        ...(revenue === undefined ? {} : { actualrevenue: revenue }),
      },
    },
    edits: [edit],
    step: 'close',
    repeatable: 'when-absent',
    unguarded: true,
    quotaGroup: 'api',
  };
}

import type { Call, CallStep } from '../../core/call.ts';
import type { Change, Edit } from '../../core/edit.ts';
import type { Json } from '../../core/json.ts';
import { jsonCall } from '../shared/json-call.ts';

/* Edits to calls. https://developers.pipedrive.com/docs/api/v1/Deals#updateDeal, as of 2026-09. */

/** The key of a custom field, which is a field of `custom_fields` on the wire. */
export const customKey = /^[0-9a-f]{40}$/;

export function changeOf({ changes }: Edit, name: string): Change | undefined {
  return changes.find(({ field }) => field === name);
}

/** All calls share one quota and one price list, so they are one group. Values are absolute: a second call leaves what the first one did. `cost`: in tokens. */
export function pipedriveCall(
  path: string,
  parts: Partial<Call> & { readonly step: CallStep; readonly cost: number },
): Call {
  return jsonCall({ path, quotaGroup: 'api', ...parts });
}

/** One PATCH: fields that are not named stay, inside `custom_fields` too. An empty `custom_fields` is never sent: it may empty them all. */
export function pipedriveUpdate(edit: Edit): Call {
  const standard: [string, Json][] = [];
  const custom: [string, Json][] = [];
  for (const { field, value } of edit.changes) (customKey.test(field) ? custom : standard).push([field, value]);
  const body = {
    ...Object.fromEntries(standard),
    ...(custom.length === 0 ? {} : { custom_fields: Object.fromEntries(custom) }),
  };
  return pipedriveCall(`/v2/deals/${encodeURIComponent(edit.id)}`, {
    method: 'PATCH',
    body,
    edits: [edit],
    step: 'update',
    cost: 5,
  });
}

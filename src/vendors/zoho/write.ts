import type { Call, CallStep } from '../../core/call.ts';
import type { Edit } from '../../core/edit.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { BatchWrites, Settings } from '../../core/vendor.ts';
import { jsonCall, jsonHeaders } from '../shared/json-call.ts';

/* Edits to calls. https://www.zoho.com/crm/developer/docs/api/v8/update-records.html, as of 2026-10. */

/** A read costs one credit; all calls share the organisation's credits. */
export function zohoRead(path: string, step: CallStep, query: Call['query'] = [], edits: readonly Edit[] = []): Call {
  return jsonCall({ path, query, edits, step, quotaGroup: 'api', cost: 1 });
}

/** One PUT for one deal. */
export function zohoUpdate(edit: Edit, settings: Settings): Call {
  return {
    method: 'PUT',
    path: `/Deals/${encodeURIComponent(edit.id)}`,
    headers: jsonHeaders,
    body: { data: [membersOf(edit)], ...trigger(settings) },
    edits: [edit],
    step: 'update',
    // Values are absolute: the second call leaves what the first one did, though automations run again.
    repeatable: true,
    quotaGroup: 'api',
    cost: 1,
  };
}

/** Up to 100 deals a call. One credit for each ten that are begun. */
export function zohoBatches(settings: Settings): BatchWrites {
  return {
    most: 100,
    key: () => 'deals',
    call: (_key, edits) =>
      jsonCall({
        method: 'PUT',
        path: '/Deals',
        body: { data: edits.map((edit) => ({ id: edit.id, ...membersOf(edit) })), ...trigger(settings) },
        edits,
        step: 'batch',
        quotaGroup: 'api',
        cost: Math.ceil(edits.length / 10),
      }),
  };
}

function membersOf({ changes }: Edit): JsonObject {
  return Object.fromEntries(changes.map(({ field, value }): [string, Json] => [field, value]));
}

/** Without the member, all automations run. https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html, 2026-10. */
function trigger(settings: Settings): { readonly trigger?: readonly string[] } {
  return settings['automations'] === 'none' ? { trigger: [] } : {};
}

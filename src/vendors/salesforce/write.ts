import type { Call } from '../../core/call.ts';
import type { Change, Edit } from '../../core/edit.ts';
import type { JsonObject } from '../../core/json.ts';
import type { BatchWrites, Settings } from '../../core/vendor.ts';
import { jsonCall, jsonHeaders } from '../shared/json-call.ts';
import { longId } from './ids.ts';

/* Edits to calls. https://developer.salesforce.com/docs/platform/api-rest/guide/, as of 2026-11. */

/** `/services/data/v66.0`: what all paths of this version begin with. */
export function dataPath(settings: Settings): string {
  return `/services/data/v${settings['api-version'] ?? ''}`;
}

/** The path of one opportunity. */
export function recordPath(settings: Settings, id: string): string {
  return `${dataPath(settings)}/sobjects/Opportunity/${encodeURIComponent(longId(id))}`;
}

/** All calls count alike. https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-api.html, 2026-11. */
export const allCalls = 'calls';

function members(changes: readonly Change[]): JsonObject {
  return Object.fromEntries(changes.map(({ field, value }) => [field, value]));
}

/**
 * One PATCH; omitted fields stay. Its values are absolute, but triggers, flows and e-mail alerts run at each write, so that it goes again only where a
 * read shows that it is not there. https://developer.salesforce.com/docs/platform/api-rest/guide/resources-sobject-retrieve-patch.html, 2026-11.
 */
export function salesforceUpdate(edit: Edit, settings: Settings): Call {
  return {
    method: 'PATCH',
    path: recordPath(settings, edit.id),
    headers: jsonHeaders,
    body: members(edit.changes),
    edits: [edit],
    step: 'update',
    repeatable: 'when-absent',
    quotaGroup: allCalls,
  };
}

/**
 * Up to 200 rows a call, each judged by itself. There is no condition on a row here: with `lock=each` rows go one by one.
 * https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-sobjects-collections-update.html, 2026-11.
 */
export function salesforceBatches(settings: Settings): BatchWrites {
  return {
    most: 200,
    key: () => (settings['lock'] === 'each' ? undefined : 'Opportunity'),
    call: (_key, edits) =>
      jsonCall({
        method: 'PATCH',
        path: `${dataPath(settings)}/composite/sobjects`,
        body: {
          allOrNone: false,
          records: edits.map(({ id, changes }) => ({
            attributes: { type: 'Opportunity' },
            id: longId(id),
            ...members(changes),
          })),
        },
        edits,
        step: 'batch',
        repeatable: 'when-absent',
        quotaGroup: allCalls,
      }),
  };
}

import type { Call } from '../../core/call.ts';
import type { Edit } from '../../core/edit.ts';
import type { Json } from '../../core/json.ts';
import type { Settings } from '../../core/vendor.ts';
import { isReplacing } from './fields.ts';

/* Edits to calls. https://developer.close.com/api/resources/opportunities/update, as of 2026-10. */

const jsonHeaders = { 'content-type': 'application/json', accept: 'application/json' };

/** One PUT, which acts as a patch. Adding and removing depend on what is there, and nothing guards them. */
export function closeUpdate(edit: Edit, settings: Settings): Call {
  const timezone = settings['tz-offset'] ?? '';
  const members: [string, Json][] = [];
  let repeatable = true;
  for (const { field, action, value } of edit.changes) {
    const replaces = isReplacing(action);
    repeatable &&= replaces;
    members.push([replaces ? field : `${field}.${action}`, value]);
  }
  return {
    method: 'PUT',
    // Without the trailing slash Close answers with a redirect. https://github.com/closeio/closeio-api/issues/107
    path: `/opportunity/${encodeURIComponent(edit.id)}/`,
    headers: timezone === '' ? jsonHeaders : { ...jsonHeaders, 'x-tz-offset': timezone },
    body: Object.fromEntries(members),
    edits: [edit],
    step: 'update',
    repeatable,
    quotaGroup: 'PUT /opportunity',
  };
}

import type { Call } from '../../core/call.ts';
import type { Edit } from '../../core/edit.ts';
import type { Json } from '../../core/json.ts';
import type { Settings } from '../../core/vendor.ts';
import { jsonHeaders } from '../shared/json-call.ts';
import { isReplacing } from './fields.ts';

/* Edits to calls. https://developer.close.com/api/resources/opportunities/update, as of 2026-10. */

/** One PUT, which acts as a patch. Adding and removing depend on what is there, and nothing guards them. */
export function closeUpdate(edit: Edit, settings: Settings): Call {
  const timezone = settings['tz-offset'] ?? '';
  // An object from the start: this stands in the way of every row. Names are those of fields, never `__proto__`.
  const body: Record<string, Json> = {};
  let repeatable = true;
  for (const { field, action, value } of edit.changes) {
    const replaces = isReplacing(action);
    repeatable &&= replaces;
    body[replaces ? field : `${field}.${action}`] = value;
  }
  return {
    method: 'PUT',
    // Without the trailing slash Close answers with a redirect. https://github.com/closeio/closeio-api/issues/107
    path: `/opportunity/${encodeURIComponent(edit.id)}/`,
    headers: timezone === '' ? jsonHeaders : { ...jsonHeaders, 'x-tz-offset': timezone },
    body,
    edits: [edit],
    step: 'update',
    repeatable,
    quotaGroup: 'PUT /opportunity',
  };
}

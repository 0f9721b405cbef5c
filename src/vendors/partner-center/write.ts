import type { Call } from '../../core/call.ts';
import type { Change, Edit } from '../../core/edit.ts';
import type { Json } from '../../core/json.ts';
import type { Settings } from '../../core/vendor.ts';
import { jsonHeaders } from '../shared/json-call.ts';

/* Edits to calls. https://learn.microsoft.com/en-us/partner-center/developer/patch-a-referral, as of 2026-10. */

/** One JSON Patch (RFC 6902), which is applied whole or not at all. */
export function partnerCenterUpdate(edit: Edit, settings: Settings): Call {
  return {
    method: 'PATCH',
    path: `/engagements/referrals/${encodeURIComponent(edit.id)}`,
    headers: settings['prefer'] === 'minimal' ? jsonHeaders : representationHeaders,
    body: edit.changes.flatMap(operations),
    edits: [edit],
    step: 'update',
    // An `add` to the end of an array appends each time it is sent.
    repeatable: edit.changes.every(({ field }) => !field.endsWith('/-')),
    quotaGroup: 'calls',
  };
}

const representationHeaders = { ...jsonHeaders, prefer: 'return=representation' };

/** What every referral has: of the vendor's own examples of `replace`. Others may be missing, and `add` sets a member whether it is there or not. */
const everPresent: ReadonlySet<string> = new Set([
  '/status',
  '/substatus',
  '/name',
  '/details/dealValue',
  '/details/currency',
  '/details/closingDateTime',
  '/details/notes',
]);

function operations({ field, action, value }: Change): Json[] {
  if (action !== 'add') return [{ op: everPresent.has(field) ? 'replace' : 'add', path: field, value }];
  const values = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return values.map((one) => ({ op: 'add', path: field, value: one }));
}

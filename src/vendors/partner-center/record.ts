import type { Edit } from '../../core/edit.ts';
import { isJsonObject, scalarText, type Json } from '../../core/json.ts';
import type { Audit, FieldValue, FieldValues, FoundRecord, RecordReads } from '../../core/vendor.ts';
import { idIn, notShown, objectBody, recordCall, titleIn } from '../shared/record-reads.ts';
import { transitionProblem, unusualStep } from './audit.ts';

/** One GET, whose eTag guards the patch. https://learn.microsoft.com/en-us/partner-center/developer/get-a-referral-by-id, 2026-10. */
export const partnerCenterRecords: RecordReads = {
  call: (edit) => recordCall(edit, `/engagements/referrals/${encodeURIComponent(edit.id)}`, 'calls'),
  read: (reply) => {
    const record = referral(objectBody(reply) ?? null);
    return record === undefined ? notShown(reply, 'Partner Center') : { kind: 'found', record };
  },
  echoed: referral,
  waitsMs: [0, 2_000],
  sentTogether: [['/status', '/substatus']],
  audit: referralAudit,
  irreversibleReason: ({ field }) => {
    if (field.endsWith('/-')) return 'Partner Center offers no way to take a member of a list away';
    if (/^\/(consent|inviteContext)\//.test(field)) return 'Partner Center does not take it back';
    if (field === '/status' || field === '/substatus') return "a referral's status does not go back";
    return undefined;
  },
};

export function referral(record: Json): FoundRecord | undefined {
  const id = isJsonObject(record) ? idIn(record, 'id') : undefined;
  if (!isJsonObject(record) || id === undefined) return undefined;
  const eTag = record['eTag'];
  const guard =
    typeof eTag === 'string' && eTag !== '' ? { guard: { in: 'header', name: 'if-match', value: eTag } as const } : {};
  return { id, values: pointerValues(record), ...titleIn(record, 'name'), ...guard };
}

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
  const message = 'A status change that Partner Center itself does not offer';
  return unusualStep(current, next) ? [{ severity: 'warning', code: 'unusual-step', message }] : [];
}

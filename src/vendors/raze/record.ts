import type { Reply } from '../../core/call.ts';
import { isJsonObject } from '../../core/json.ts';
import type { RecordReads } from '../../core/vendor.ts';
import { jsonBody } from '../shared/http-status.ts';
import { memberRecord, notShown, objectBody, recordCall } from '../shared/record-reads.ts';

/** An opportunity bears the name of the person. */
const echoed = memberRecord('id', 'name');

/**
 * GET /opportunities/:id, by analogy with its contacts; no page of Raze shows it. A refusal for want of the permission, or of the method, says
 * that this account can't read; a 404 may mean either.
 */
export const razeRecords: RecordReads = {
  call: (edit) => recordCall(edit, `/opportunities/${encodeURIComponent(edit.id)}`, 'calls'),
  read: (reply) => {
    const record = echoed(objectBody(reply)?.['data'] ?? null);
    if (record !== undefined) return { kind: 'found', record };
    // What is known not to be there: Raze's own code. A bare 404 may mean that there is no such read.
    if (reply.status === 404 && isNotFound(reply)) return notShown(reply, 'Raze');
    if (reply.status === 404)
      return { kind: 'unknown', message: 'Raze does not show this opportunity', absentIf: 'another-read-succeeded' };
    if (reply.status === 403 || reply.status === 405 || reply.status === 200)
      return { kind: 'unsupported', message: `Raze does not let this key read opportunities (HTTP ${reply.status})` };
    return notShown(reply, 'Raze');
  },
  echoed,
  waitsMs: [0, 2_000],
};

function isNotFound(reply: Reply): boolean {
  const body = jsonBody(reply);
  const error = isJsonObject(body) ? body['error'] : undefined;
  return isJsonObject(error) && error['code'] === 'NOT_FOUND';
}

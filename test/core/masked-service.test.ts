import { describe, expect, it } from 'vitest';
import type { Call, Reply } from '../../src/core/call.ts';
import { maskedService } from '../../src/core/masked-service.ts';
import { SecretMask } from '../../src/core/redact.ts';
import { close } from '../../src/vendors/close/vendor.ts';
import { salesforce } from '../../src/vendors/salesforce/vendor.ts';

/** The record in the reply to a write, as what follows sees it. */

const secret = 'gr8-s3cret-value';
const service = maskedService(close.open({}), new SecretMask([secret]));
const call: Call = service.plan({
  row: 1,
  line: 2,
  id: 'oppo_1',
  changes: [{ field: 'note', action: 'set', value: 'x', column: 'note' }],
})[0] as Call;

function echoOf(note: string): ReturnType<NonNullable<NonNullable<typeof service.records>['echoed']>> {
  const reply: Reply = { status: 200, headers: {}, body: JSON.stringify({ id: 'oppo_1', note }), receivedAtMs: 0 };
  const reading = service.read(reply, call);
  const [verdict] = reading.kind === 'settled' ? reading.verdicts : [];
  return verdict?.kind === 'applied' ? service.records?.echoed?.(verdict.echo ?? null) : undefined;
}

describe('the record in the reply to a write', () => {
  it.each([
    ['as it is', secret],
    ['within a text', `before ${secret} after`],
    ['escaped as JSON does it', `"\\${secret}`],
  ])('carries what may be shown of a value that holds a secret: %s', (_how, note) => {
    const held = echoOf(note)?.values.get('note');
    expect(held?.value).toBe(note);
    expect(held?.masked).toBe(note.replace(secret, '***'));
  });

  it('carries no mask where it holds no secret, also after a reply that held one', () => {
    echoOf(secret);
    expect(echoOf('plain')?.values.get('note')).toEqual({ value: 'plain' });
  });
});

describe('the results of a job', () => {
  const { jobs } = maskedService(salesforce.open({ 'api-version': '66.0' }), new SecretMask([secret]));
  const id = '0065e00000AbCdEAAV';

  it('judge each row as they came, and tell no secret', () => {
    const rows = [
      `"${id}","FIELD_CUSTOM_VALIDATION_EXCEPTION:not ${secret}:--","${id}"`,
      `"","DUPLICATE_VALUE:x:--","${id}"`,
    ];
    const body = `"sf__Id","sf__Error","Id"\n${rows.join('\n')}\n`;
    const [, failed] = jobs?.results('7505e0000000001AAA') ?? [];
    const read = jobs?.readResults({ status: 200, headers: {}, body, receivedAtMs: 0 }, failed as Call);
    expect(read).toMatchObject([
      { id, verdict: { kind: 'rejected', code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'not ***' } },
      { id, verdict: { kind: 'rejected', code: 'DUPLICATE_VALUE', message: 'x' } },
    ]);
  });

  it('name no secret where the whole job failed', () => {
    const body = JSON.stringify({ id: '7505e0000000001AAA', state: 'Failed', errorMessage: `no ${secret}` });
    const state = jobs?.readState({ status: 200, headers: {}, body, receivedAtMs: 0 }, '7505e0000000001AAA');
    expect(state).toEqual({ kind: 'ended', failed: 'no ***' });
  });
});

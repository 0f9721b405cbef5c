import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/core/call.ts';
import { decimalText, parseDecimal } from '../../../src/core/decimal.ts';
import { stringifyJson, type Json } from '../../../src/core/json.ts';
import type { Settings, Vendor } from '../../../src/core/vendor.ts';
import { raze as declared } from '../../../src/vendors/raze/vendor.ts';
import { fieldOf, receivedAtMs, serviceOf, settingsOf, toEdit, toReply } from '../../contract/fixtures.ts';

const raze: Vendor = declared;
const settings = settingsOf(raze);
const id = 'opp_abc123def456';

function encoded(column: string, input: Json): unknown {
  return fieldOf(raze, column)?.form.encode(input);
}

function callsOf(input: Readonly<Record<string, Json>>, own: Settings = {}): readonly Call[] {
  const changed = settingsOf(raze, own);
  return serviceOf(raze, changed).plan(toEdit(raze, id, input, changed));
}

describe('values that Raze would refuse or misread', () => {
  it.each<[string, Json, RegExp]>([
    ['email', 'john', /not an e-mail/],
    ['email', 'john@example', /not an e-mail/],
    ['deal_value', '1.234,56', /ambiguous/],
    ['amount', '1,250', /ambiguous/],
    ['deal_value', 'R$ 100', /not a number/],
    ['deal_value', true, /not a number/],
    ['deal_currency', 'R$', /three letters/],
    ['deal_currency', 'EURO', /three letters/],
    ['currency', 'ßa', /three letters/],
    ['responsible_user_id', 'John Doe', /blanks/],
    ['status', 'closed', /new, contacted, qualified, proposal, negotiation, won, lost/],
    ['stage', 'Closed won', /none of/],
    ['notes', { text: 'x' }, /not a text/],
  ])('%s %j', (column, input, text) => {
    expect(encoded(column, input)).toMatchObject({ problem: expect.stringMatching(text) as unknown });
  });

  it('a currency and a stage are sent as Raze spells them', () => {
    expect(encoded('deal_currency', ' brl ')).toEqual({ value: 'BRL' });
    expect(encoded('stage', ' Negotiation ')).toEqual({ value: 'negotiation' });
  });

  it('a deal value goes onto the wire as a JSON number with the digits of the file', () => {
    const digits = fc.tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.integer({ min: 0, max: 8 }));
    fc.assert(
      fc.property(digits, ([whole, scale]) => {
        const text = decimalText({ digits: whole, scale });
        const [call] = callsOf({ deal_value: text });
        expect(stringifyJson(call?.body ?? null)).toBe(`{"deal_value":${text}}`);
        expect(parseDecimal(text)).toBeDefined();
      }),
    );
  });
});

describe('clearing, which Raze does not document', () => {
  it('is refused, with what to type instead', () => {
    for (const field of serviceOf(raze, settings).fields) {
      if (field.readOnly !== undefined) continue;
      expect(field.cleared).toBeUndefined();
      if (field.name !== 'status') expect(field.clearingHint).toContain('--setting clear=null');
    }
  });

  it.each([
    ['null', null],
    ['empty', ''],
  ])('with the setting %s sends %j, and never clears the stage', (how, value) => {
    for (const field of serviceOf(raze, settingsOf(raze, { clear: how })).fields) {
      if (field.readOnly !== undefined) continue;
      if (field.name === 'status') expect(field).toMatchObject({ clearingHint: 'An opportunity always has a stage.' });
      else expect(field.cleared).toEqual({ value });
    }
  });
});

describe('names', () => {
  it.each(['won_at', 'lost_at', 'created_at', 'updated_at', 'tags', 'custom_fields'])('%s is read-only', (name) => {
    expect(fieldOf(raze, name)?.readOnly).toMatch(/^[A-Z].*\.$/);
  });

  it.each(['Deal_Value', 'stage_id', 'pipeline', 'linkedin_url', 'close_date'])('%s is not a field', (name) => {
    expect(fieldOf(raze, name)).toBeUndefined();
  });

  it('a user who is not named by id has a hint', () => {
    for (const name of ['owner_email', 'OwnerEmail', 'responsible_user']) {
      expect(serviceOf(raze).unknownFieldHint?.(name)).toContain('responsible_user_id');
    }
    expect(serviceOf(raze).unknownFieldHint?.('pipeline')).toBeUndefined();
  });

  it('two columns for one field are an error', () => {
    const audits = serviceOf(raze, settings).audit?.(toEdit(raze, id, { deal_value: '1', amount: '2' })) ?? [];
    expect(audits).toMatchObject([{ severity: 'error', code: 'field-twice', column: 'amount' }]);
  });
});

describe('the two calls of a row', () => {
  it('only a stage that stamps a moment must not be repeated unless it is absent', () => {
    const stages = fieldOf(raze, 'status')?.form.options ?? [];
    expect(stages).toHaveLength(7);
    for (const stage of stages) {
      const [fields, move] = callsOf({ status: stage, notes: 'x' });
      expect(fields).toMatchObject({ method: 'PUT', step: 'fields', repeatable: true, body: { notes: 'x' } });
      expect(move).toMatchObject({ method: 'PATCH', step: 'stage', body: { status: stage } });
      expect(move?.repeatable).toBe(['won', 'lost'].includes(stage) ? 'when-absent' : true);
    }
  });

  it('an edit without changes is not a call', () => {
    expect(callsOf({})).toEqual([]);
  });
});

describe('the quota that the headers tell', () => {
  const [call] = callsOf({ notes: 'x' });
  const quota = (headers: Readonly<Record<string, string>>): unknown =>
    call && serviceOf(raze).read(toReply(200, { success: true, data: { id } }, headers), call).quota?.[0];
  const resetSeconds = receivedAtMs / 1000 + 90;

  it.each<[Readonly<Record<string, string>>, unknown]>([
    [{}, undefined],
    [{ 'x-ratelimit-limit': 'many' }, undefined],
    [{ 'x-ratelimit-limit': '5000' }, { limit: 5000 }],
    [{ 'x-ratelimit-remaining': ' 0 ' }, { remaining: 0 }],
    [{ 'x-ratelimit-reset': String(resetSeconds) }, { resetMs: 90_000 }],
    [{ 'x-ratelimit-reset': String(resetSeconds - 500) }, { resetMs: 0 }],
    [{ 'x-ratelimit-reset': '3600' }, { resetMs: 3_600_000 }],
    [{ 'x-ratelimit-reset': '200000' }, { resetMs: 86_400_000 }],
    [{ 'x-ratelimit-reset': '0.25' }, { resetMs: 250 }],
    [{ 'x-ratelimit-reset': '999999999999' }, { resetMs: 86_400_000 }],
    [{ 'x-ratelimit-reset': String(resetSeconds), date: 'Fri, 20 Nov 2026 04:10:30 GMT' }, { resetMs: 60_000 }],
    [{ 'x-ratelimit-reset': String(resetSeconds), date: 'today' }, { resetMs: 90_000 }],
    [{ 'x-ratelimit-reset': String(resetSeconds), date: 'Xyz, 99 Abc 2026 04:10:30 GMT' }, { resetMs: 90_000 }],
  ])('%j', (headers, notice) => {
    expect(quota(headers)).toEqual(notice);
  });
});

describe('a reply without measure', () => {
  const [call] = callsOf({ notes: 'x' });
  const reading = (status: number, error: Json): unknown =>
    call && serviceOf(raze).read(toReply(status, { success: false, error }), call);

  it('is waited for a day at most, however long it says', () => {
    const waits = [200_000, '999999999999', -5, '', null].map(
      (seconds) => (reading(429, { code: 'RATE_LIMIT_EXCEEDED', retry_after: seconds }) as { waitMs: number }).waitMs,
    );
    expect(waits).toEqual([86_400_000, 86_400_000, 60_000, 60_000, 60_000]);
  });

  it('is told in its first words', () => {
    const fields = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`field_${index}`, 'inválido']));
    const { verdicts } = reading(400, {
      code: 'VALIDATION_ERROR',
      message: 'Dados inválidos',
      details: { fields },
    }) as {
      verdicts: readonly { message: string }[];
    };
    expect(verdicts[0]?.message).toMatch(/^Dados inválidos; field_0: inválido; .*…$/);
    expect(verdicts[0]?.message).toHaveLength(500);
  });
});

describe('the check of a key', () => {
  const check = serviceOf(raze, settings).check;
  const refusal = { success: false, error: { code: 'INSUFFICIENT_PERMISSIONS', message: 'Insufficient permissions' } };

  it.each<[number, Json, boolean]>([
    [200, { success: true, data: [] }, true],
    [403, refusal, true],
    [200, '<html><title>Sign in to the network</title></html>', false],
    [200, { success: false }, false],
    [200, refusal, false],
    [401, { success: false, error: { code: 'INVALID_API_KEY', message: 'Invalid API key' } }, false],
    [403, { success: false, error: { code: 'FORBIDDEN', message: 'Forbidden' } }, false],
    [403, '', false],
    [404, refusal, false],
    [500, '', false],
  ])('%i %j proves it: %s', (status, body, proven) => {
    expect(check.proves?.(toReply(status, body))).toBe(proven);
    expect(check.account(toReply(status, body))).toBeUndefined();
  });

  it('a key that may write but not read does not stop a run by what it may not read', () => {
    expect(serviceOf(raze).read(toReply(403, refusal), check.call)).toMatchObject({
      kind: 'settled',
      verdicts: [{ kind: 'rejected', hint: expect.stringContaining(':read') as unknown }],
    });
    const [write] = callsOf({ notes: 'x' });
    expect(write && serviceOf(raze).read(toReply(403, refusal), write)).toMatchObject({ kind: 'unauthorised' });
  });

  it('a key of another form is doubted, not refused', () => {
    const doubt = raze.credentials[0]?.fields[0]?.doubt;
    expect(doubt?.('gr_live_sample0123')).toBeUndefined();
    expect(doubt?.('sample0123')).toContain('gr_live_');
  });
});

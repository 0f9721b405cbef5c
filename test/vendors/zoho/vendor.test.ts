import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Edit } from '../../../src/core/edit.ts';
import { parseJson, stringifyJson, type Json } from '../../../src/core/json.ts';
import { bigIntegerForm, lookupForm, numberForm, offsetForm } from '../../../src/vendors/zoho/forms.ts';
import { zohoRecords } from '../../../src/vendors/zoho/record.ts';
import { zoho } from '../../../src/vendors/zoho/vendor.ts';

const settings = { 'data-centre': 'eu', environment: 'production', automations: 'run', lock: 'none' };
const service = zoho.open(settings);
const ids = Array.from({ length: 12 }, (_, index) => String(7_123_400_000_005_501_001n + BigInt(index)));

function edit(id: string, changes: Readonly<Record<string, Json>> = { Amount: 7 }): Edit {
  const list = Object.entries(changes).map(([field, value]) => ({
    field,
    column: field,
    action: 'set' as const,
    value,
  }));
  return { row: 1, line: 2, id, changes: list };
}

/** The credits of a batch of so many deals. */
function cost(count: number): number | undefined {
  return service.batches?.call(
    'deals',
    ids.slice(0, count).map((id) => edit(id)),
  ).cost;
}

function reply(status: number, body: Json) {
  return { status, headers: {}, body: body === null ? '' : stringifyJson(body), receivedAtMs: 0 };
}

function outcome(id: string, refused: boolean, index: number, named: boolean): Json {
  return refused
    ? {
        code: 'INVALID_DATA',
        details: { api_name: 'Amount', json_path: `$.data[${index}].Amount` },
        message: 'invalid data',
        status: 'error',
      }
    : { code: 'SUCCESS', details: named ? { id } : {}, message: 'record updated', status: 'success' };
}

/** What a 429 with this text and these headers is taken for. */
function refusalKind(message: string, headers: Readonly<Record<string, string>> = {}): string {
  const body = stringifyJson({ code: 'TOO_MANY_REQUESTS', details: {}, message, status: 'error' });
  const [id = ''] = ids;
  const [call] = service.plan(edit(id));
  if (call === undefined) throw new Error('no call');
  return service.read({ status: 429, headers, body, receivedAtMs: 0 }, call).kind;
}

describe('the addresses of Zoho', () => {
  it('are those of the data centre and the environment', () => {
    const at = (centre: string, environment: string) =>
      zoho.baseUrl({ ...settings, 'data-centre': centre, environment });
    expect(at('com', 'production')).toBe('https://www.zohoapis.com/crm/v8');
    expect(at('com.au', 'sandbox')).toBe('https://sandbox.zohoapis.com.au/crm/v8');
    expect(zoho.oauth.tokenUrl({}, { ...settings, 'data-centre': 'ca' })).toBe(
      'https://accounts.zohocloud.ca/oauth/v2/token',
    );
  });

  it('take a refusal of the token server in a 200 as one', () => {
    expect(zoho.oauth.refusal?.({ error: 'invalid_code' })?.code).toBe('invalid_code');
    expect(zoho.oauth.refusal?.({ error: 'Access Denied' })?.code).toBe('access-denied');
    expect(zoho.oauth.refusal?.({ access_token: 'x' })).toBeUndefined();
  });
});

describe('the forms of Zoho', () => {
  it('keep every digit of a number and of a long whole number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), (whole) => {
        expect(bigIntegerForm().encode(whole.toString())).toEqual({ value: whole.toString() });
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.integer({ min: 1, max: 9 }), (digits, scale) => {
        const text = digits.toString().padStart(scale + 1, '0');
        const decimal = `${text.slice(0, -scale)}.${text.slice(-scale)}`;
        const encoded = numberForm(9).encode(parseJson(`"${decimal}"`));
        if (!('value' in encoded)) throw new Error(decimal);
        expect(Number(stringifyJson(encoded.value))).toBe(Number(decimal));
      }),
    );
  });

  it('call a number ambiguous whose point may group its digits', () => {
    expect(numberForm(9).encode('1.250,00')).toMatchObject({ problem: 'is an ambiguous number' });
    expect(numberForm(9).encode('much')).toMatchObject({ problem: 'is not a number' });
  });

  it('write moments with an offset and without milliseconds', () => {
    expect(offsetForm().encode('2026-11-30T14:05:00.250Z')).toEqual({ value: '2026-11-30T14:05:00+00:00' });
    expect(offsetForm().encode('2026-11-30T14:05:00+05:30')).toEqual({ value: '2026-11-30T08:35:00+00:00' });
  });

  it('show a lookup by what they take', () => {
    const form = lookupForm('user', [{ id: '7123400000000301001', names: ['Ada Kern', 'ada@northwind.example'] }]);
    const encoded = form.encode('ADA@northwind.example');
    expect(encoded).toEqual({ value: { id: '7123400000000301001' } });
    if ('value' in encoded) {
      expect(form.encode(form.show?.(encoded.value) ?? '')).toEqual(encoded);
      expect(form.nameOf?.(encoded.value)).toBe('ada@northwind.example');
    }
  });
});

describe('the outcomes of a batch', () => {
  it('go to the edits that they are of, named or by place, and to no other one', () => {
    const count = 12;
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: count, maxLength: count }),
        fc.boolean(),
        fc.array(fc.integer({ min: 0, max: count - 1 }), { maxLength: 6 }),
        (refused, named, swaps) => {
          const edits = ids.map((id) => edit(id));
          const call = service.batches?.call('deals', edits);
          if (call === undefined) throw new Error('no batches');
          const entries = ids.map((id, index) => outcome(id, refused[index] === true, index, named));
          for (const at of swaps) {
            const other = (at + 5) % count;
            const [one, two] = [entries[at], entries[other]];
            if (one !== undefined && two !== undefined) [entries[at], entries[other]] = [two, one];
          }
          const reading = service.read(reply(207, { data: entries }), call);
          if (reading.kind !== 'settled') throw new Error(reading.kind);
          for (const [index, verdict] of reading.verdicts.entries()) {
            // What is not sure is read again; what is said is true.
            if (verdict.kind === 'applied') expect(refused[index]).toBe(false);
            if (verdict.kind === 'rejected') expect(refused[index]).toBe(true);
          }
          if (swaps.length === 0 && named)
            expect(reading.verdicts.map(({ kind }) => kind)).toEqual(
              refused.map((bad) => (bad ? 'rejected' : 'applied')),
            );
        },
      ),
    );
  });

  it('cost a credit for ten deals that are begun', () => {
    expect([1, 10, 11].map(cost)).toEqual([1, 1, 2]);
  });
});

describe('a refusal for quota', () => {
  it('is of the day where the header or the text says so, and else of the calls in flight', () => {
    expect(refusalKind('too many requests')).toBe('throttled');
    expect(refusalKind('too many requests', { 'x-api-credits-remaining': '0' })).toBe('quota-exhausted');
    expect(refusalKind('daily limit of credits', { 'x-api-credits-remaining': '70' })).toBe('throttled');
    for (const text of ['API credits exhausted', 'limit for the day', 'used up in the last 24 hours'])
      expect(refusalKind(text)).toBe('quota-exhausted');
  });
});

describe('a read of Zoho', () => {
  it('of many stays within fifty fields and 1,024 characters of ids', () => {
    const many = Array.from({ length: 46 }, (_, index) => String(7_123_400_000_005_501_001n + BigInt(index)));
    const call = service.records?.bulk?.call(
      'deals',
      many.map((id) => edit(id)),
    );
    const query = new Map(call?.query);
    expect(encodeURIComponent(query.get('ids') ?? '').length).toBeLessThanOrEqual(1_024);
    expect(query.get('fields')?.split(',').length).toBeLessThanOrEqual(50);
    expect(service.records?.bulk?.most).toBe(46);
    const [id = ''] = many;
    expect(service.records?.call(edit(id))).toMatchObject({ path: `/Deals/${id}`, query: [] });
  });

  it('does not take the null of a restricted field for empty', () => {
    const records = zohoRecords({ guarded: false, restricted: new Set(['Health']) });
    const [id = ''] = ids;
    const read = records.read(reply(200, { data: [{ id, Health: null, Region: null }] }), records.call(edit(id)));
    if (read.kind !== 'found') throw new Error(read.kind);
    expect([...read.record.values.keys()]).toEqual(['Region']);
  });

  it('does not take a text that may be cut for the whole', () => {
    const [id = ''] = ids;
    const [short, cut, long] = [499, 500, 501].map((length) => 'x'.repeat(length));
    const held = (rich: readonly string[], Description: string | undefined): string[] => {
      const records = zohoRecords({ guarded: false, rich: new Set(rich) });
      const read = records.read(reply(200, { data: [{ id, Description: Description ?? '' }] }), records.call(edit(id)));
      if (read.kind !== 'found') throw new Error(read.kind);
      return [...read.record.values.keys()];
    };
    for (const rich of [[], ['Description']]) {
      expect(held(rich, short)).toEqual(['Description']);
      expect(held(rich, cut)).toEqual([]);
    }
    expect(held(['Description'], long)).toEqual([]);
    expect(held([], long)).toEqual(['Description']);
  });

  it('knows which texts may be cut by the list of fields as Zoho sends it', () => {
    const [id = ''] = ids;
    const fields = [
      {
        api_name: 'Notes',
        data_type: 'textarea',
        operation_type: { api_update: true },
        textarea: { type: 'rich_text' },
      },
    ];
    const [read] = service.metadata?.reads ?? [];
    const listed = read?.items(reply(200, { fields })) ?? [];
    const organisation = zoho.open(settings, { fields: listed });
    const call = organisation.records?.call(edit(id, { Notes: 'x' }));
    if (call === undefined) throw new Error('no reads');
    const shown = organisation.records?.read(reply(200, { data: [{ id, Notes: 'x'.repeat(600) }] }), call);
    expect(shown?.kind === 'found' && shown.record.values.has('Notes')).toBe(false);
  });

  it('without a deal is absent in all three forms', () => {
    const [id = ''] = ids;
    const records = service.records;
    const call = records?.call(edit(id));
    if (records === undefined || call === undefined) throw new Error('no reads');
    const named = {
      code: 'INVALID_DATA',
      details: { api_name: 'id' },
      message: 'the id given seems to be invalid',
      status: 'error',
    };
    for (const one of [reply(204, null), reply(400, { data: [named] }), reply(404, { code: 'X', status: 'error' })])
      expect(records.read(one, call).kind).toBe('absent');
  });
});

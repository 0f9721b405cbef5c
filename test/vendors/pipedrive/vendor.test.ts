import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Edit } from '../../../src/core/edit.ts';
import { parseJson, stringifyJson, type Json } from '../../../src/core/json.ts';
import type { FieldValues } from '../../../src/core/vendor.ts';
import { dayRangeForm, monetaryForm, partsForm, timesForm } from '../../../src/vendors/pipedrive/forms.ts';
import { jsonNumberForm } from '../../../src/vendors/shared/value-forms.ts';
import { pipedriveRecord } from '../../../src/vendors/pipedrive/record.ts';
import { pipedrive } from '../../../src/vendors/pipedrive/vendor.ts';

const service = pipedrive.open({ 'company-domain': 'api' });
const key = '3b71d5b6cea10e23f3f433d248add2020d4aff2e';

function edit(...changes: readonly (readonly [string, Json])[]): Edit {
  return {
    row: 1,
    line: 2,
    id: '4711',
    changes: changes.map(([field, value]) => ({
      field,
      column: field,
      action: value === null ? 'clear' : 'set',
      value,
    })),
  };
}

function values(record: Record<string, Json>): FieldValues {
  return pipedriveRecord({ id: 4711, ...record })?.values ?? new Map();
}

/** So many custom fields, each with a value. */
function keys(count: number): readonly (readonly [string, Json])[] {
  return Array.from({ length: count }, (_, index) => [index.toString(16).padStart(40, '0'), 1]);
}

/** The custom fields that a read of an edit with so many of them asks for. */
function asked(count: number): string | undefined {
  return service.records?.call(edit(...keys(count))).query?.find(([name]) => name === 'custom_fields')?.[1];
}

function reply(body: Json) {
  return { status: 200, headers: {}, body: stringifyJson(body), receivedAtMs: 0 };
}

describe('the forms of Pipedrive', () => {
  it('send every decimal as the JSON number it is', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        fc.integer({ min: 0, max: 6 }),
        (digits, scale) => {
          const sign = digits < 0n ? '-' : '';
          const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
          const decimal = scale === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
          const encoded = jsonNumberForm().encode(parseJson(decimal));
          if (!('value' in encoded)) throw new Error(decimal);
          expect(Number(stringifyJson(encoded.value))).toBe(Number(decimal));
        },
      ),
    );
  });

  it('read back what they show', () => {
    for (const [form, text] of [
      [monetaryForm(), '1250.5 EUR'],
      [dayRangeForm(), '2026-01-01/2026-02-01'],
      [timesForm(['value']), '09:00:00'],
      [timesForm(['value']), '09:00:00 Europe/London'],
      [timesForm(['value', 'until']), '09:00:00/10:30:00 Europe/London'],
    ] as const) {
      const encoded = form.encode(text);
      if (!('value' in encoded)) throw new Error(text);
      expect(form.show?.(encoded.value)).toBe(text);
      expect(form.encode(encoded.value)).toEqual(encoded);
    }
  });

  it('take a time as people write it, or as the object that goes on the wire', () => {
    const [time, range] = [timesForm(['value']), timesForm(['value', 'until'])];
    expect(time.encode(' 09:00 ')).toEqual({ value: { value: '09:00:00' } });
    const zoned = { value: '09:00:00', timezone_name: 'Europe/London' };
    expect(time.encode('09:00:00 Europe/London')).toEqual({ value: zoned });
    expect(time.encode(JSON.stringify(zoned))).toEqual({ value: zoned });
    expect(time.show?.('09:00:00')).toBe('09:00:00');
    for (const wrong of ['9', '24:00', '09:60', '09:00 Europe/Nowhere', '09:00 Europe/London now', '09:00/10:00', '{}'])
      expect(time.encode(wrong), wrong).toHaveProperty('problem');
    for (const wrong of ['09:00', '09:00/', '09:00/10:00/11:00', '{"value":"09:00:00"}'])
      expect(range.encode(wrong), wrong).toHaveProperty('problem');
  });

  it('want both halves of an amount with its currency, and the parts of an address by their names', () => {
    for (const half of ['1250.50', 'EUR', '{"value":1}', '1.250,50 EUR'])
      expect(monetaryForm().encode(half)).toHaveProperty('problem');
    const address = partsForm(['value'], ['value', 'country'], '{"value":"…"}');
    expect(address.encode('{"value":"530 Fifth Ave","country":"US"}')).toHaveProperty('value');
    expect(address.encode('{"value":"530 Fifth Ave","street":"x"}')).toHaveProperty('problem');
  });
});

describe('an update of Pipedrive', () => {
  it('never holds an empty object of custom fields, and costs five tokens', () => {
    const [plain] = service.plan(edit(['title', 'x']));
    const [custom] = service.plan(edit([key, 107]));
    expect(plain?.body).toEqual({ title: 'x' });
    expect(custom?.body).toEqual({ custom_fields: { [key]: 107 } });
    expect([plain?.cost, custom?.cost]).toEqual([5, 5]);
  });

  it('is refused here where the deal is archived, deleted, or of another status', () => {
    const audit = service.records?.audit;
    const codes = (record: Record<string, Json>, ...changes: readonly (readonly [string, Json])[]) =>
      audit?.(edit(...changes), values(record)).map(({ code, severity }) => `${severity} ${code}`);
    expect(codes({ is_archived: true, status: 'open' }, ['title', 'x'])).toEqual(['error deal-archived']);
    expect(codes({ is_archived: true, status: 'open' }, ['is_archived', false])).toEqual([]);
    expect(codes({ status: 'deleted' }, ['title', 'x'])).toEqual(['error deal-deleted']);
    expect(codes({ status: 'open' }, ['lost_reason', 'Price'])).toEqual(['error other-status']);
    expect(codes({ status: 'open' }, ['status', 'lost'], ['lost_reason', 'Price'])).toEqual([]);
    expect(codes({ status: 'open', products_count: 2 }, ['value', 7])).toEqual(['warning value-follows-products']);
  });

  it('says what cannot be cleared', () => {
    const field = service.fields.find(({ name }) => name === 'expected_close_date');
    expect(field?.cleared).toBeUndefined();
    expect(field?.clearingHint).toContain('0000-00-00');
  });
});

describe('a read of Pipedrive', () => {
  it('asks for at most fifteen custom fields, and for all where there are more', () => {
    expect(asked(15)?.split(',').length).toBe(15);
    expect(asked(16)).toBeUndefined();
    expect(asked(0)).toBeUndefined();
  });

  it('takes a time that is a bare text for the object that would be written', () => {
    const fields = [{ field_code: key, field_name: 'Call at', field_type: 'time', is_custom_field: true }];
    const company = pipedrive.open({ 'company-domain': 'api' }, { fields });
    const data = { id: 4711, custom_fields: { [key]: '09:00:00' } };
    const written = company.fields.find(({ name }) => name === key)?.form.encode('09:00');
    expect(company.records?.echoed?.(data)?.values.get(key)).toEqual(written);
    expect(service.records?.echoed?.(data)?.values.get(key)).toEqual({ value: '09:00:00' });
  });

  it('leaves a deal that a list does not show to a read of its own', () => {
    const bulk = service.records?.bulk;
    const call = bulk?.call('deals', [edit(['title', 'x'])]);
    if (bulk === undefined || call === undefined) throw new Error('no bulk reads');
    expect(bulk.read(reply({ success: true, data: [] }), call)).toEqual({ found: [], absent: [] });
    expect(bulk.read(reply({ success: true, data: [{ id: 4711, title: 'x' }] }), call)?.found[0]?.id).toBe('4711');
    expect(bulk.read(reply({ success: false, data: [{ id: 4711 }] }), call)).toBeUndefined();
  });
});

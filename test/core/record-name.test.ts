import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../src/core/printable.ts';
import { recordName, recordText } from '../../src/core/record-name.ts';

describe('the name of a record', () => {
  it('is short and printable, whatever the vendor calls it', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 400 }), (title) => {
        const { title: kept } = recordName({ title });
        if (kept === undefined) expect(printable(title).slice(0, 100).trim()).toBe('');
        else expect([printable(kept), [...kept].length <= 100]).toEqual([kept, true]);
      }),
    );
    expect(recordText({ id: 'opp_1', ...recordName({ title: 'Northwind,\n500 seats' }) })).toBe(
      'Northwind, 500 seats (opp_1)',
    );
    expect(recordText({ id: 'opp_1', ...recordName({ title: ' ' }) })).toBe('opp_1');
  });

  it.each([
    ['https://crm.example/deals/7', true],
    ['http://crm.example/deals/7', false],
    ['javascript:alert(1)', false],
    ['https://crm.example/a b', false],
    [`https://crm.example/${'a'.repeat(500)}`, false],
  ])('has the address %s: %s', (link, kept) => {
    expect(recordName({ link })).toEqual(kept ? { link } : {});
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactNumber, type Json } from '../../src/core/json.ts';
import { holds, sameValue } from '../../src/core/same-value.ts';
import type { FieldType } from '../../src/core/field.ts';

function sorted(list: readonly string[]): string {
  return list.toSorted().join('\n');
}

describe('sameValue', () => {
  it.each([
    ['1250.50', exactNumber('1250.5'), 'decimal', true],
    ['42000.0000000', '42000', 'decimal', true],
    [exactNumber('12345678901234567890.1'), '12345678901234567890.2', 'decimal', false],
    ['0042', '42', 'text', false],
    [1, exactNumber('1.0'), 'any', true],
    ['1.0', '1', 'any', false],
    ['2026-11-30', '2026-11-30T14:05:00Z', 'date', true],
    ['2026-11-30', '2026-11-30T14:05:00Z', 'date-time', false],
    ['2026-11-30 14:05:00', '2026-11-30T16:05:00.0000000+02:00', 'date-time', true],
    ['Won', 'won', 'choice', false],
    [['a', 'b'], ['b', 'a'], 'any', true],
    [['a', 'a'], ['a', 'b'], 'any', false],
    [['a'], 'a', 'any', true],
    ['', null, 'text', true],
    [[], null, 'any', true],
    ['', 0, 'decimal', false],
    [true, 'TRUE', 'boolean', true],
    [{ a: 1 }, { a: 1, b: 2 }, 'object', false],
    [{ a: 1, b: null }, { a: 1 }, 'object', true],
  ] as const)('%j and %j as %s: %s', (left, right, type, expected) => {
    expect(sameValue(left as Json, right as Json, type as FieldType)).toBe(expected);
    expect(sameValue(right as Json, left as Json, type as FieldType)).toBe(expected);
  });

  it('is the same for any order of a list, and never for another count of a member', () => {
    const lists = fc.array(fc.constantFrom('a', 'b', 'c', '1', '1.0'), { maxLength: 6 });
    fc.assert(
      fc.property(lists, lists, (left, right) => {
        expect(sameValue(left, right, 'any')).toBe(sorted(left) === sorted(right));
      }),
    );
  });
});

describe('holds', () => {
  it('asks only for the members that are named', () => {
    expect(holds({ email: 'a@b.c', phone: '', role: 'x' }, { email: 'a@b.c', phone: null })).toBe(true);
    expect(holds({ email: 'a@b.c' }, { email: 'a@b.c', phone: '1' })).toBe(false);
    expect(holds('a@b.c', { email: 'a@b.c' })).toBe(false);
  });
});

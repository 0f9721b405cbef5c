import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestName } from '../../src/core/nearest.ts';

const names = ['amount', 'close_date', 'status', 'stage', 'owner', 'currency'];
const identifiers = fc.stringMatching(/^[a-z]{4,12}$/);

describe('nearestName', () => {
  it.each([
    ['amuont', 'amount'],
    ['AMOUNT', 'amount'],
    ['Close-Date', 'close_date'],
    ['closedate', 'close_date'],
    ['statsu', 'status'],
    ['stag', 'stage'],
    ['curency', 'currency'],
    ['probability', undefined],
    ['zz', undefined],
    ['', undefined],
  ])('for %j is %s', (typed, expected) => {
    expect(nearestName(typed, names)).toBe(expected);
  });

  it('finds nothing among no names', () => {
    expect(nearestName('amount', [])).toBeUndefined();
  });

  it('takes an exact name before all others, whatever the order, case and separators', () => {
    fc.assert(
      fc.property(fc.uniqueArray(identifiers, { minLength: 1, maxLength: 8 }), fc.nat(), (list, pick) => {
        const name = list[pick % list.length] ?? '';
        for (const typed of [name, name.toUpperCase(), [...name].join('_'), ` ${name}-`])
          expect(nearestName(typed, list)).toBe(name);
      }),
    );
  });

  it('forgives one wrong letter', () => {
    fc.assert(
      fc.property(identifiers, fc.nat(), (name, at) => {
        const place = at % name.length;
        const typed = `${name.slice(0, place)}#${name.slice(place + 1)}`;
        expect(nearestName(typed, [name])).toBe(name);
      }),
    );
  });

  it('is one of the names or nothing', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (typed, list) => {
        const found = nearestName(typed, new Set(list));
        expect(found === undefined || list.includes(found)).toBe(true);
      }),
    );
  });
});

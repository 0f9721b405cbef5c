import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { lookUp, placed, pointerProblem, pointerTo } from '../../../src/vendors/described/pointers.ts';
import { at, put } from '../../../src/sandbox/described/values.ts';

/** JSON Pointers, as the adapter and the sandbox each read them. */

const name = fc.string({ minLength: 1 }).filter((text) => !['__proto__', 'constructor', 'prototype'].includes(text));
const pointer = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.map(pointerTo).join(''));

it('what is placed is found again, by both', () => {
  fc.assert(
    fc.property(pointer, fc.jsonValue(), (path, value) => {
      expect(pointerProblem(path)).toBeUndefined();
      const whole = placed({}, path, value);
      expect(lookUp(whole, path)).toEqual(value);
      expect(put({}, path, value)).toEqual(whole);
      expect(at(whole, path)).toEqual(value);
    }),
  );
});

it('a list of one entry is made where its first entry is meant', () => {
  const whole = placed(placed({}, '/data/0/Amount', 7), '/data/0/id', '12');
  expect(whole).toEqual({ data: [{ Amount: 7, id: '12' }] });
  expect(put(put({}, '/data/0/Amount', 7), '/data/0/id', '12')).toEqual(whole);
  expect(lookUp(whole, '/data/0/id')).toBe('12');
});

it('below a null stands null, and nothing is inherited', () => {
  expect(lookUp({ owner: null }, '/owner/id')).toBeNull();
  expect(lookUp({ owner: {} }, '/owner/toString')).toBeUndefined();
  expect(lookUp([1], '/length')).toBeUndefined();
});

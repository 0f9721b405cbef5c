import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationText, parseDurationMs, parseRate, rateText } from '../../src/core/duration.ts';

const day = 86_400_000;
const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: day } as const;
const units = fc.constantFrom('ms', 's', 'm', 'h', 'd');
const parts = fc.array(fc.tuple(fc.integer({ min: 0, max: 99 }), units), { minLength: 1, maxLength: 5 });

describe('durations', () => {
  it('add their parts', () => {
    fc.assert(
      fc.property(parts, (list) => {
        const sum = list.reduce((total, [count, unit]) => total + count * unitMs[unit], 0);
        const text = list.map(([count, unit]) => `${count}${unit}`).join('');
        expect(parseDurationMs(text)).toBe(sum === 0 ? undefined : sum);
      }),
    );
  });

  it('take fractions of a second as exact milliseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (ms) => {
        expect(parseDurationMs(`${(ms / 1000).toFixed(3)}s`)).toBe(ms);
      }),
    );
  });

  it.each([
    ['16.1s', 16_100],
    ['0.1ms', 1],
    ['0.00001ms', 1],
    ['1.5ms', 2],
    ['1d12h', 1.5 * day],
    ['3650d', 3650 * day],
  ])('read %s as %d ms', (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });

  it.each([' 5s', '5s ', '5S', '.5s', '5.s', '1,5s', '+5s', '５s', '0x5s', 'NaNs', 'Infinitys', '0ms0s', '3650d1ms'])(
    'refuse %j',
    (text) => {
      expect(parseDurationMs(text)).toBeUndefined();
    },
  );

  it.each([
    [-5, '0ms'],
    [0.4, '0ms'],
    [999, '999ms'],
    [999.6, '1s'],
    [1000, '1s'],
    [59_499, '59s'],
    [59_500, '1m'],
    [3_600_000, '1h'],
    [3_605_000, '1h'],
    [day + 60_000, '1d'],
    [400 * day, '400d'],
  ])('of %d ms are written %s', (ms, expected) => {
    expect(durationText(ms)).toBe(expected);
  });

  it('are written in at most two units, never more than they are, and read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3600 * day }), (ms) => {
        const text = durationText(ms);
        expect(text).toMatch(/^[1-9]\d*(ms|s|m|h|d)( [1-9]\d*[smh])?$/);
        const back = parseDurationMs(text.replace(' ', '')) ?? Number.NaN;
        expect(back).toBeLessThanOrEqual(ms + 500);
        expect(back).toBeGreaterThan(ms < day ? ms - 60_500 : ms - 3_600_500);
      }),
    );
  });
});

describe('rates', () => {
  it('written with a window that a person typed read back the same', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999_999 }),
        fc.integer({ min: 1, max: 99 }),
        units,
        (count, n, unit) => {
          const rate = parseRate(`${count}/${n}${unit}`);
          expect(rate).toEqual({ count, windowMs: n * unitMs[unit] });
          if (rate !== undefined) expect(parseRate(rateText(rate))).toEqual(rate);
        },
      ),
    );
  });

  it.each([
    ['10000/1d', '10000/1d'],
    ['10/s', '10/1s'],
    ['5/24h', '5/1d'],
    ['5/90s', '5/90s'],
    ['7/1500ms', '7/1500ms'],
    [' 7/m ', '7/1m'],
    ['1/1h30m', '1/90m'],
  ])('%j is %s', (text, expected) => {
    const rate = parseRate(text);
    expect(rate === undefined ? undefined : rateText(rate)).toBe(expected);
  });

  it.each([
    '',
    '/',
    '10',
    '10/',
    '10/5',
    '10//s',
    '-1/s',
    '1e3/s',
    '1.5/s',
    '1,000/s',
    '1000000000/s',
    '10 / s',
    '1/ß',
  ])('refuse %j', (text) => {
    expect(parseRate(text)).toBeUndefined();
  });
});

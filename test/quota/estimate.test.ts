import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseRate, type Rate } from '../../src/core/duration.ts';
import { estimateMs } from '../../src/quota/estimate.ts';

function rates(...texts: string[]): Rate[] {
  return texts.map((text) => parseRate(text) ?? { count: 0, windowMs: 0 });
}

const dayMs = 86_400_000;

it.each([
  ['nothing to send', ['25/5s'], 0, 0],
  ['one call', ['25/5s'], 1, 100],
  ['one window', ['25/5s'], 25, 100],
  ['one call more than a window', ['25/5s'], 26, 5_200],
  ['120 calls at 25 per 5 s', ['25/5s'], 120, 4 * 5_100 + 100],
  ['no rate at all', [], 1_000, 100],
  ['a day’s budget that is not reached', ['25/5s', '10000/1d'], 100, 3 * 5_100 + 100],
  [
    'four days’ budgets, the last of them at the rate of seconds',
    ['25/5s', '10000/1d'],
    40_000,
    3 * (dayMs + 100) + 399 * 5_100 + 100,
  ],
  ['a long window that the short one never fills', ['25/5s', '20000/1h'], 40_001, 1_600 * 5_100 + 100],
])('%s', (_name, texts, calls, expectedMs) => {
  expect(estimateMs(rates(...texts), calls)).toBe(expectedMs);
});

it('is never shorter for more calls, nor for one rate more', () => {
  const rate = fc.record({ count: fc.integer({ min: 1, max: 50 }), windowMs: fc.integer({ min: 1, max: 100_000 }) });
  fc.assert(
    fc.property(
      fc.array(rate, { maxLength: 3 }),
      rate,
      fc.nat({ max: 5_000 }),
      fc.nat({ max: 50 }),
      (some, one, calls, more) => {
        const shortMs = estimateMs(some, calls);
        expect(estimateMs(some, calls + more)).toBeGreaterThanOrEqual(shortMs);
        expect(estimateMs([...some, one], calls)).toBeGreaterThanOrEqual(estimateMs([one], calls));
      },
    ),
  );
});

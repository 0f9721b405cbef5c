import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRate, type Rate } from '../../src/core/duration.ts';
import { forecastOf, metersForAll } from '../../src/quota/forecast.ts';
import type { MeterUsage } from '../../src/quota/permit-store.ts';

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
  expect(forecastOf(rates(...texts), calls)).toEqual({ durationMs: expectedMs, stops: 0 });
});

const smallMeter = fc.record({
  count: fc.integer({ min: 1, max: 12 }),
  windowMs: fc.integer({ min: 1, max: 2_000 }),
  back: fc.array(fc.tuple(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 9 })), { maxLength: 4 }),
});

/** Sends one call after the other, each at the first moment at which no meter objects; looks at every call anew. */
function simulated(meters: readonly MeterUsage[], calls: number, concurrency: number, longestWaitMs: number) {
  const roundTripMs = 100;
  const used = meters.map(({ back = [] }) => back.flatMap(([inMs, some]) => Array.from({ length: some }, () => inMs)));
  const sentAtMs: number[] = [];
  let stops = 0;
  let nowMs = 0;
  for (let call = 0; call < calls; call += 1) {
    const objects = (timeMs: number): boolean =>
      sentAtMs.filter((atMs) => atMs + roundTripMs > timeMs).length >= concurrency ||
      meters.some(({ count, windowMs }, index) => {
        const before = (used[index] ?? []).filter((untilMs) => untilMs > timeMs).length;
        return before + sentAtMs.filter((atMs) => atMs + windowMs + roundTripMs > timeMs).length >= count;
      });
    const askedMs = nowMs;
    while (objects(nowMs)) nowMs += 1;
    if (nowMs - askedMs > longestWaitMs) stops += 1;
    sentAtMs.push(nowMs);
  }
  return { durationMs: nowMs + roundTripMs, stops };
}

describe('the forecast', () => {
  it('is what a simulation of the windows comes to, call by call', () => {
    fc.assert(
      fc.property(
        fc.array(smallMeter, { maxLength: 3 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 2_500 }),
        (meters, calls, concurrency, longestWaitMs) => {
          const { durationMs, stops } = forecastOf(meters, calls, { concurrency, longestWaitMs });
          expect({ durationMs, stops }).toEqual(simulated(meters, calls, concurrency, longestWaitMs));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is never shorter for more calls, for one rate more, nor for more that is used', () => {
    fc.assert(
      fc.property(
        fc.array(smallMeter, { maxLength: 3 }),
        smallMeter,
        fc.nat({ max: 2_000 }),
        fc.nat({ max: 50 }),
        (some, one, calls, more) => {
          const { durationMs } = forecastOf(some, calls);
          expect(forecastOf(some, calls + more).durationMs).toBeGreaterThanOrEqual(durationMs);
          expect(forecastOf([...some, one], calls).durationMs).toBeGreaterThanOrEqual(durationMs);
          const unused = some.map(({ count, windowMs }) => ({ count, windowMs }));
          expect(forecastOf(unused, calls).durationMs).toBeLessThanOrEqual(durationMs);
        },
      ),
    );
  });

  it('counts the stops at a budget that is not waited for', () => {
    const longestWaitMs = 65 * 60_000;
    const budgets = rates('25/5s', '10000/1d');
    expect(forecastOf(budgets, 40_000, { longestWaitMs })).toMatchObject({
      stops: 3,
      firstStop: {
        rate: { count: 10_000, windowMs: dayMs },
        calls: 10_000,
        atMs: 399 * 5_100,
        backInMs: dayMs + 100 - 399 * 5_100,
      },
    });
    expect(forecastOf(budgets, 10_000, { longestWaitMs }).stops).toBe(0);
    expect(forecastOf(rates('100/1h'), 1_000, { longestWaitMs })).toEqual({
      durationMs: 9 * 3_600_100 + 100,
      stops: 0,
    });
  });

  it('knows what others have used, and when it comes back', () => {
    const back: [number, number][] = [[3_600_000 * 2, 10_000]];
    const used = [{ count: 10_000, windowMs: dayMs, back }];
    expect(forecastOf(used, 5, { longestWaitMs: 3_900_000 })).toMatchObject({
      durationMs: 7_200_100,
      stops: 1,
      firstStop: { calls: 0, atMs: 0, backInMs: 7_200_000 },
    });
  });

  it('of a file of any length takes no time, and goes on as it went', () => {
    const slow = rates('5/5s', '10000/1d');
    const few = forecastOf(slow, 40_000, { concurrency: 1, longestWaitMs: 3_900_000 });
    const many = forecastOf(slow, 40_000_000, { concurrency: 1, longestWaitMs: 3_900_000 });
    expect(many.durationMs / few.durationMs).toBeGreaterThan(900);
    expect(many.durationMs / few.durationMs).toBeLessThan(1_400);
    expect(many.stops).toBeGreaterThan(3_800);
    expect(many.stops).toBeLessThan(4_100);
  });

  it('counts a call only where a meter counts its group', () => {
    const meters = [
      { count: 8, windowMs: 1_000, group: 'writes' },
      { count: 100, windowMs: 60_000 },
    ];
    const half = new Map([
      ['writes', 50],
      ['looks', 50],
    ]);
    expect(metersForAll(meters, half)).toMatchObject([
      { count: 16, stated: { count: 8, windowMs: 1_000 } },
      { count: 100 },
    ]);
    expect(metersForAll(meters, new Map([['looks', 50]]))).toMatchObject([{ count: 100 }]);
  });
});

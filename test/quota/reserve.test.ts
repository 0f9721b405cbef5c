import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutReserve } from '../../src/quota/reserve.ts';
import { propertyRuns } from '../property-runs.ts';
import { meter } from './meters.ts';
import { simulated } from './simulated-gate.ts';
import { StrictCounter } from './strict-counter.ts';

const percent = fc.integer({ min: 0, max: 99 });

describe('the reserve', () => {
  it('is at least its share of the limit, less than one call more, and never all of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), percent, (count, reservePercent) => {
        const left = withoutReserve(count, reservePercent);
        expect(Number.isInteger(left)).toBe(true);
        expect(left).toBeGreaterThanOrEqual(1);
        const exact = BigInt(count) * BigInt(100 - reservePercent);
        if (left > 1) expect(BigInt(left) * 100n <= exact).toBe(true);
        expect(BigInt(left + 1) * 100n > exact).toBe(true);
      }),
    );
    expect(withoutReserve(Number.POSITIVE_INFINITY, 20)).toBe(Number.POSITIVE_INFINITY);
  });

  it('is left by the gate whatever the latencies are, of learnt limits too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        percent,
        fc.array(fc.tuple(fc.nat({ max: 300 }), fc.nat({ max: 300 })), { minLength: 1, maxLength: 40 }),
        async (count, learnt, reservePercent, latencies) => {
          const counters = [
            new StrictCounter({ count: withoutReserve(count, reservePercent), windowMs: 1_000 }),
            new StrictCounter({ count: withoutReserve(learnt, reservePercent), windowMs: 3_000 }),
          ];
          const meters = [meter({ count, windowMs: 1_000 })];
          const { clock, gate } = simulated(meters, { timeoutMs: 900, reservePercent });
          gate.learn('calls', { count: learnt, windowMs: 3_000 });
          const send = async ([thereMs, backMs]: readonly [number, number]): Promise<void> => {
            const permit = await gate.acquire('calls');
            await clock.wait(thereMs);
            for (const counter of counters) counter.arrive(clock.nowMs());
            await clock.wait(backMs);
            permit.replied();
          };
          for (const ways of latencies) void send(ways);
          await clock.run();
          expect(counters.map(({ refused }) => refused)).toEqual([0, 0]);
        },
      ),
      { numRuns: propertyRuns(100) },
    );
  });
});

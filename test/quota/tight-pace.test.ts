import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGate } from '../../src/quota/gate.ts';
import type { Pace } from '../../src/core/pace.ts';
import { RoundTrips } from '../../src/quota/round-trips.ts';
import { meter } from './meters.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { StrictCounter } from './strict-counter.ts';

interface Ways {
  readonly thereMs: number;
  readonly backMs: number;
}

interface Sent {
  readonly refused: number;
  /** Moments of arrival, ascending. */
  readonly arrivedAtMs: readonly number[];
}

const rate = { count: 20, windowMs: 2_000 };

async function send(pace: Pace, calls: number, waysOf: (call: number) => Ways, kind?: 'fixed'): Promise<Sent> {
  const clock = new SimulatedClock();
  const counter = new StrictCounter(rate, kind);
  const meters = [meter(rate, kind === undefined ? {} : { window: kind })];
  const gate = createGate({ meters, userSet: true, timeoutMs: 30_000, clock, pace });
  const arrivedAtMs: number[] = [];
  const sendOne = async (call: number): Promise<void> => {
    const permit = await gate.acquire('calls');
    const { thereMs, backMs } = waysOf(call);
    await clock.wait(thereMs);
    counter.arrive(clock.nowMs());
    arrivedAtMs.push(clock.nowMs());
    const { limit, resetMs } = counter.header(clock.nowMs());
    await clock.wait(backMs);
    permit.replied();
    if (kind === 'fixed') gate.notice(permit, { limit, resetMs });
  };
  for (let call = 0; call < calls; call += 1) void sendOne(call);
  await clock.run();
  return { refused: counter.refused, arrivedAtMs };
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Of the limit, over the 20 windows after the first 200 calls. */
function shareOf({ arrivedAtMs }: Sent): number {
  return (20 * rate.windowMs) / ((arrivedAtMs[600] ?? Number.NaN) - (arrivedAtMs[200] ?? Number.NaN));
}

describe('the tight pace', () => {
  it('reaches 99 % of the limit with steady latency, where the steady pace pays the round trip', async () => {
    const ways = { thereMs: 60, backMs: 40 };
    const tight = await send('tight', 601, () => ways);
    expect(tight.refused).toBe(0);
    expect(shareOf(tight)).toBeGreaterThan(0.99);
    expect(shareOf(tight)).toBeLessThanOrEqual(1);
    expect(shareOf(await send('steady', 601, () => ways))).toBeLessThan(0.96);
  });

  it('breaks no limit while no way is shorter than the shortest that were seen together, whatever delays come on top', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ thereMs: fc.integer({ min: 0, max: 400 }), backMs: fc.integer({ min: 0, max: 400 }) }),
        fc.array(fc.tuple(fc.nat({ max: 900 }), fc.nat({ max: 900 })), { maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(undefined, 'fixed' as const),
        async (shortest, delays, every, kind) => {
          const waysOf = (call: number): Ways => {
            const [there = 0, back = 0] = call % every === 0 ? [] : (delays[call % 7] ?? []);
            const ways = { thereMs: shortest.thereMs + there, backMs: shortest.backMs + back };
            // The told end of a fixed window must be heard of within its margin, at either pace.
            return kind === undefined ? ways : { thereMs: ways.thereMs, backMs: ways.backMs % 200 };
          };
          const { refused, arrivedAtMs } = await send('tight', 260, waysOf, kind);
          expect(arrivedAtMs).toHaveLength(260);
          expect(refused).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    { fromMs: 90, toMs: 110 },
    { fromMs: 60, toMs: 140 },
    { fromMs: 20, toMs: 300 },
  ])('meets next to no refusal where each way takes $fromMs to $toMs ms at random', async ({ fromMs, toMs }) => {
    const calls = 4_000;
    let refused = 0;
    for (const seed of [1, 2, 3]) {
      const random = randomOf(seed);
      const way = (): number => fromMs + random() * (toMs - fromMs);
      refused += (await send('tight', calls, () => ({ thereMs: way(), backMs: way() }))).refused;
    }
    console.log(`${refused} refusals in ${3 * calls} calls, ${fromMs} to ${toMs} ms each way`);
    expect(refused / (3 * calls)).toBeLessThanOrEqual(0.001);
  });

  it('pays at most one window of refusals when all calls are suddenly faster than any before', async () => {
    const { refused } = await send('tight', 600, (call) =>
      call < 210 ? { thereMs: 100, backMs: 100 } : { thereMs: 20, backMs: 20 },
    );
    console.log(`${refused} refusals when both ways fall from 100 ms to 20 ms`);
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(rate.count);
  });
});

describe('round trips', () => {
  it('give no credit before a hundred calls, and then never more than the shortest of them', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 60_000, noNaN: true }), { maxLength: 300 }), (all) => {
        const roundTrips = new RoundTrips();
        for (const roundTripMs of all) roundTrips.add(roundTripMs);
        expect(roundTrips.creditMs).toBeGreaterThanOrEqual(0);
        expect(roundTrips.creditMs).toBeLessThanOrEqual(all.length < 100 ? 0 : Math.min(...all));
      }),
    );
  });

  it('give less at once when a shorter one comes, and none where they vary as much as they are long', () => {
    const steady = new RoundTrips();
    for (let call = 0; call < 200; call += 1) steady.add(100);
    expect(steady.creditMs).toBe(100);
    steady.add(70);
    expect(steady.creditMs).toBe(40);
    const varying = new RoundTrips();
    for (let call = 0; call < 200; call += 1) varying.add(40 + call * 3);
    expect(varying.creditMs).toBe(0);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Permit } from '../../src/core/gate.ts';
import { propertyRuns } from '../property-runs.ts';
import { meter } from './meters.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import { simulated } from './simulated-gate.ts';
import { StrictCounter } from './strict-counter.ts';

const timeoutMs = 900;

/** What becomes of one call: how long it is on its way there and back, and how it ends. */
const call = fc.record({
  askGapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
  thereMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 800 })),
  backMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 5_000 })),
  end: fc.constantFrom(
    'reply',
    'reply',
    'reply',
    'reply',
    'lost on the way back',
    'lost on the way there',
    'unused',
    'aborted',
  ),
  /** When a lost call is given up, of the timeout; it may be counted after that. */
  noticedAfter: fc.double({ min: 0, max: 1, noNaN: true }),
  patienceMs: fc.integer({ min: 0, max: 2_000 }),
});

const rate = fc.record({ count: fc.integer({ min: 1, max: 8 }), windowMs: fc.integer({ min: 1, max: 2_000 }) });

const isRefused = (counters: readonly StrictCounter[]): boolean => counters.some(({ refused }) => refused > 0);

async function send(permit: Permit, { thereMs, backMs, end, noticedAfter }: CallFate, world: World): Promise<void> {
  const { clock, counters } = world;
  if (end === 'unused') {
    await clock.wait(backMs % 50);
    permit.unused();
    return;
  }
  const arrive = (): void => {
    for (const counter of counters) counter.arrive(clock.nowMs());
  };
  if (end === 'reply') {
    await clock.wait(thereMs);
    arrive();
    await clock.wait(backMs);
    permit.replied();
    return;
  }
  clock.at(clock.nowMs() + noticedAfter * timeoutMs, () => permit.lost());
  if (end === 'lost on the way back') clock.at(clock.nowMs() + thereMs, arrive);
}

interface CallFate {
  readonly askGapMs: number;
  readonly thereMs: number;
  readonly backMs: number;
  readonly end: string;
  readonly noticedAfter: number;
  readonly patienceMs: number;
}

interface World {
  readonly clock: SimulatedClock;
  readonly counters: readonly StrictCounter[];
}

describe('the gate, against vendors that count strictly on arrival', () => {
  it('lets no history of latencies, losses and aborts break a limit, and loses no permit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rate, { minLength: 1, maxLength: 3 }),
        fc.array(call, { maxLength: 50 }),
        async (rates, calls) => {
          const counters = rates.flatMap((one) => [new StrictCounter(one), new StrictCounter(one, 'fixed')]);
          const { clock, gate } = simulated(
            rates.map((one) => meter(one)),
            { userSet: true, timeoutMs },
          );
          let served = 0;
          let atMs = 0;
          for (const fate of calls) {
            atMs += fate.askGapMs;
            clock.at(atMs, () => {
              const patience = new AbortController();
              if (fate.end === 'aborted') clock.at(clock.nowMs() + fate.patienceMs, () => patience.abort());
              gate
                .acquire('calls', patience.signal)
                .then((permit) => {
                  served += 1;
                  return send(
                    permit,
                    { ...fate, end: fate.end === 'aborted' ? 'reply' : fate.end },
                    { clock, counters },
                  );
                })
                .catch(() => {
                  served += 1;
                });
            });
          }
          await clock.run();
          expect(served).toBe(calls.length);
          expect(isRefused(counters)).toBe(false);

          // Everything has come back: a whole burst goes at once.
          await clock.run(clock.nowMs() + 20_000);
          const least = Math.min(...rates.map(({ count }) => count));
          const burst = Array.from({ length: least }, () => gate.acquire('calls'));
          const begunMs = clock.nowMs();
          await Promise.all(burst);
          expect(clock.nowMs()).toBe(begunMs);
        },
      ),
      { numRuns: propertyRuns(300) },
    );
  });

  it.each([
    { count: 25, windowMs: 5_000, thereMs: 50, backMs: 50, turns: 40 },
    { count: 8, windowMs: 1_000, thereMs: 5, backMs: 120, turns: 40 },
    { count: 1, windowMs: 1_000, thereMs: 0, backMs: 0, turns: 40 },
    { count: 300, windowMs: 60_000, thereMs: 200, backMs: 300, turns: 5 },
  ])(
    'is never idle: $count per $windowMs ms at $thereMs + $backMs ms',
    async ({ count, windowMs, thereMs, backMs, turns }) => {
      const counter = new StrictCounter({ count, windowMs });
      const { clock, gate } = simulated([meter({ count, windowMs })], { userSet: true, timeoutMs });
      const sendOne = async (): Promise<void> => {
        const permit = await gate.acquire('calls');
        await clock.wait(thereMs);
        counter.arrive(clock.nowMs());
        await clock.wait(backMs);
        permit.replied();
      };
      for (let index = 0; index < count * turns; index += 1) void sendOne();
      await clock.run();
      const idealMs = (turns - 1) * (windowMs + thereMs + backMs) + thereMs + backMs;
      expect(counter.refused).toBe(0);
      expect(idealMs / clock.nowMs()).toBeGreaterThan(0.99);
      expect(idealMs / clock.nowMs()).toBeLessThanOrEqual(1);
    },
  );

  it('follows the windows that a vendor tells, whatever the latencies, and uses them up', async () => {
    const latency = fc.integer({ min: 0, max: 200 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 6_000, max: 60_000 }),
        fc.array(fc.tuple(latency, latency), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(0.1, 1, 10),
        fc.boolean(),
        async (count, windowMs, latencies, concurrency, guess, tellsRemaining) => {
          const counter = new StrictCounter({ count, windowMs }, 'fixed');
          const assumed = { count: Math.max(1, Math.floor(count * Math.min(1, guess))), windowMs };
          const { clock, gate } = simulated([meter(assumed, { window: 'fixed', mostCount: count })], { timeoutMs });
          const turns = 6;
          let left = count * turns;
          const worker = async (): Promise<void> => {
            while (left > 0) {
              left -= 1;
              const [thereMs, backMs] = latencies[left % latencies.length] ?? [0, 0];
              const permit = await gate.acquire('calls');
              await clock.wait(thereMs);
              counter.arrive(clock.nowMs());
              const { remaining, ...told } = counter.header(clock.nowMs());
              await clock.wait(backMs);
              permit.replied();
              gate.notice(permit, tellsRemaining ? { ...told, remaining } : told);
            }
          };
          for (let index = 0; index < concurrency; index += 1) void worker();
          await clock.run();
          expect(counter.refused).toBe(0);
          // Its windows are full: no more of them are needed than the last begun one and one for the start.
          expect(clock.nowMs()).toBeLessThan((turns + 1) * windowMs);
        },
      ),
      { numRuns: propertyRuns(100) },
    );
  });
});

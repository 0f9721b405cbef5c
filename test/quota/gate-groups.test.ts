import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Permit } from '../../src/core/gate.ts';
import { propertyRuns } from '../property-runs.ts';
import { meter } from './meters.ts';
import { simulated } from './simulated-gate.ts';
import { StrictCounter } from './strict-counter.ts';

const timeoutMs = 10_000;
const rate = fc.record({ count: fc.integer({ min: 1, max: 8 }), windowMs: fc.integer({ min: 1, max: 2_000 }) });
const latencyMs = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 3_000 }));
const groups = ['reads', 'writes', 'others'];

it('groups with limits of their own and one in common break none of them, and each is served in order', async () => {
  const call = fc.record({
    group: fc.constantFrom(...groups),
    askGapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 })),
    thereMs: latencyMs,
    backMs: latencyMs,
    /** Gives up waiting after so long; never where absent. */
    patienceMs: fc.option(fc.integer({ min: 0, max: 3_000 })),
  });
  await fc.assert(
    fc.asyncProperty(rate, rate, rate, fc.array(call, { maxLength: 60 }), async (common, reads, writes, calls) => {
      const limits = [
        { rate: common, of: groups, counter: new StrictCounter(common) },
        { rate: reads, of: ['reads'], counter: new StrictCounter(reads) },
        { rate: writes, of: ['writes'], counter: new StrictCounter(writes) },
      ];
      const meters = limits.map(({ rate, of: [group = '', ...more] }) => meter(rate, more.length > 0 ? {} : { group }));
      const { clock, gate } = simulated(meters, { userSet: true, timeoutMs });
      const served = new Map(groups.map((group) => [group, [] as number[]]));
      let over = 0;
      let atMs = 0;
      for (const [index, { group, askGapMs, thereMs, backMs, patienceMs }] of calls.entries()) {
        atMs += askGapMs;
        const send = async (permit: Permit): Promise<void> => {
          served.get(group)?.push(index);
          await clock.wait(thereMs);
          for (const { of, counter } of limits) if (of.includes(group)) counter.arrive(clock.nowMs());
          await clock.wait(backMs);
          permit.replied();
        };
        clock.at(atMs, () => {
          const patience = new AbortController();
          if (patienceMs !== null) clock.at(clock.nowMs() + patienceMs, () => patience.abort());
          void gate
            .acquire(group, patience.signal)
            .then(send, () => undefined)
            .finally(() => {
              over += 1;
            });
        });
      }
      await clock.run();
      expect(over).toBe(calls.length);
      expect(limits.map(({ counter }) => counter.refused)).toEqual([0, 0, 0]);
      for (const order of served.values()) expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(gate.status()).toMatchObject({ waitMs: 0 });
    }),
    { numRuns: propertyRuns(150) },
  );
});

it('once a header has told what remains, no call is sent that the vendor refuses before the window ends', async () => {
  const windowMs = 10_000;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.tuple(latencyMs, latencyMs), { minLength: 1, maxLength: 30 }),
      async (count, concurrency, latencies) => {
        const counter = new StrictCounter({ count, windowMs }, 'fixed');
        // The vendor allows less than what is assumed, and in windows that begin when it likes.
        const { clock, gate } = simulated([meter({ count: 40, windowMs: 5_000 })], { timeoutMs });
        const firstToldMs = new Map<number, number>();
        const refused: { readonly sentAtMs: number; readonly startMs: number }[] = [];
        let left = count * 4;
        const worker = async (): Promise<void> => {
          while (left > 0) {
            left -= 1;
            const [thereMs, backMs] = latencies[left % latencies.length] ?? [0, 0];
            const permit = await gate.acquire('calls');
            const sentAtMs = clock.nowMs();
            await clock.wait(thereMs);
            const startMs = counter.startMs(clock.nowMs());
            if (!counter.arrive(clock.nowMs())) refused.push({ sentAtMs, startMs });
            const header = counter.header(clock.nowMs());
            await clock.wait(backMs);
            permit.replied();
            gate.notice(permit, header);
            if (!firstToldMs.has(startMs)) firstToldMs.set(startMs, clock.nowMs());
          }
        };
        for (let index = 0; index < concurrency; index += 1) void worker();
        await clock.run();
        expect(left).toBe(0);
        for (const { sentAtMs, startMs } of refused)
          expect(sentAtMs).toBeLessThanOrEqual(firstToldMs.get(startMs) ?? Number.POSITIVE_INFINITY);
      },
    ),
    { numRuns: propertyRuns(150) },
  );
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate, Permit } from '../../src/core/gate.ts';
import type { Meter } from '../../src/core/vendor.ts';
import { PermitGate } from '../../src/quota/gate.ts';
import { SharedPermits } from '../../src/quota/shared-permits.ts';
import { propertyRuns } from '../property-runs.ts';
import { LedgerStore } from './ledger-store.ts';
import { meter } from './meters.ts';
import { SimulatedClock, settled } from './simulated-clock.ts';
import { StrictCounter } from './strict-counter.ts';

const timeoutMs = 900;
const graceMs = 300;

interface Holder {
  readonly gate: Gate;
  readonly permits: SharedPermits;
  readonly store: LedgerStore;
}

/** Processes that share an account, each with a gate of its own, on one simulated clock. */
function holders(
  count: number,
  meters: readonly Meter[],
  more: { answerMs?: () => number; userSet?: boolean; longestWaitMs?: number } = {},
): { clock: SimulatedClock; all: readonly Holder[]; first: Holder } {
  // Endings reach the store in the next turn.
  const clock = new SimulatedClock(3);
  const { userSet = true, answerMs = () => 0, longestWaitMs } = more;
  const shared = LedgerStore.newAccount();
  const all = Array.from({ length: count }, () => {
    const store = new LedgerStore(shared, { meters, userSet, clock, answerMs });
    const rates = meters.map(({ count: calls, windowMs }) => ({ count: calls, windowMs }));
    const permits = new SharedPermits({ store, rates, timeoutMs, graceMs, clock, random: () => 0 });
    const options = { clock, permits };
    const gate = new PermitGate(longestWaitMs === undefined ? options : { ...options, longestWaitMs });
    return { gate, permits, store };
  });
  const [first] = all;
  if (first === undefined) throw new Error('no holder');
  return { clock, all, first };
}

const fate = fc.record({
  askGapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
  preparesMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 600 })),
  thereMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 899 })),
  backMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 5_000 })),
  end: fc.constantFrom('reply', 'reply', 'reply', 'reply', 'lost', 'killed', 'unused'),
  holder: fc.nat({ max: 3 }),
});

const rate = fc.record({ count: fc.integer({ min: 1, max: 8 }), windowMs: fc.integer({ min: 1, max: 2_000 }) });

describe('permits that several processes share', () => {
  it('let no history of latencies, delays, losses and kills break a limit, and none is lost for good', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rate, { minLength: 1, maxLength: 3 }),
        fc.array(fate, { maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 7 }),
        async (rates, fates, answersMs) => {
          let answer = 0;
          const answerMs = (): number => answersMs[(answer += 1) % answersMs.length] ?? 0;
          const { clock, all } = holders(
            4,
            rates.map((one) => meter(one)),
            { answerMs },
          );
          const counters = rates.map((one) => new StrictCounter(one));
          const arrive = (): void => {
            for (const counter of counters) counter.arrive(clock.nowMs());
          };
          const send = async (gate: Gate, { preparesMs, thereMs, backMs, end }: Fate): Promise<void> => {
            let permit = await gate.acquire('calls');
            await clock.wait(preparesMs);
            while (permit.expired()) {
              permit.unused();
              permit = await gate.acquire('calls');
            }
            if (end === 'unused') return permit.unused();
            clock.at(clock.nowMs() + thereMs, arrive);
            if (end === 'killed') return;
            if (end === 'lost') {
              clock.at(clock.nowMs() + (backMs % timeoutMs), () => permit.lost());
              return;
            }
            // What comes after the time-out is given up.
            await clock.wait(Math.min(thereMs + backMs, timeoutMs));
            if (thereMs + backMs > timeoutMs) permit.lost();
            else permit.replied();
          };
          let over = 0;
          let atMs = 0;
          for (const one of fates) {
            atMs += one.askGapMs;
            clock.at(atMs, () => {
              const { gate } = all[one.holder] ?? all[0] ?? { gate: undefined };
              if (gate !== undefined) void send(gate, one).then(() => (over += 1));
            });
          }
          await clock.run();
          expect(over).toBe(fates.length);
          expect(counters.map(({ refused }) => refused)).toEqual(counters.map(() => 0));

          await clock.run(clock.nowMs() + 20_000);
          const least = Math.min(...rates.map(({ count }) => count));
          const begunMs = clock.nowMs();
          const burst: Permit[] = [];
          for (let index = 0; index < least; index += 1) {
            void all[index % 4]?.gate.acquire('calls').then((permit) => burst.push(permit));
          }
          await clock.run(begunMs + 2_500);
          expect(burst).toHaveLength(least);
        },
      ),
      { numRuns: propertyRuns(200) },
    );
  });

  it('are used fully by four processes together', async () => {
    const one = { count: 25, windowMs: 5_000 };
    const { clock, all } = holders(4, [meter(one)]);
    const counter = new StrictCounter(one);
    const turns = 20;
    let left = one.count * turns;
    const work = async ({ gate }: Holder): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const permit = await gate.acquire('calls');
        await clock.wait(50);
        counter.arrive(clock.nowMs());
        await clock.wait(50);
        permit.replied();
      }
    };
    for (let index = 0; index < 100; index += 1) void work(all[index % 4] ?? all[0] ?? unreachable());
    await clock.run();
    expect(counter.refused).toBe(0);
    expect(((turns - 1) * (one.windowMs + 100) + 100) / clock.nowMs()).toBeGreaterThan(0.98);
  });

  it('give a one-off its turn within two windows of a bulk run by others', async () => {
    const one = { count: 10, windowMs: 5_000 };
    const { clock, all } = holders(4, [meter(one)]);
    const [single, ...bulk] = all;
    for (const { gate } of bulk) {
      for (let worker = 0; worker < 20; worker += 1) {
        void (async () => {
          for (let call = 0; call < 30; call += 1) {
            const permit = await gate.acquire('calls');
            await clock.wait(80);
            permit.replied();
          }
        })();
      }
    }
    for (const askAtMs of [20_300, 41_900, 63_777]) {
      await clock.run(askAtMs);
      let servedAtMs = Number.POSITIVE_INFINITY;
      void single?.gate.acquire('calls').then((permit) => {
        servedAtMs = clock.nowMs();
        return permit.replied();
      });
      await clock.run(askAtMs + 2 * one.windowMs);
      expect(servedAtMs - askAtMs).toBeLessThanOrEqual(one.windowMs + 100);
    }
  });

  it('end the wait of an exhausted budget with exit code 6, though others share it', async () => {
    const { clock, all } = holders(2, [meter({ count: 1, windowMs: 86_400_000 })]);
    const [a, b] = all;
    void a?.gate.acquire('calls').then((permit) => permit.replied());
    await clock.run(10);
    const refused = b?.gate.acquire('calls');
    const expected = expect(refused).rejects.toMatchObject({ code: 'quota-exhausted', exitCode: 6 });
    await clock.run(20);
    await expected;
  });

  it('tell how long a wait is while they ask again and again, and find what others hand back', async () => {
    const { clock, all } = holders(2, [meter({ count: 1, windowMs: 60_000 })]);
    const [a, b] = all;
    const permit = a?.gate.acquire('calls');
    await clock.run(0);
    let servedAtMs = 0;
    void b?.gate.acquire('calls').then(() => (servedAtMs = clock.nowMs()));
    await clock.run(1_000);
    expect(b?.gate.status()).toMatchObject({ reason: 'quota 1/1m' });
    expect(b?.gate.status().waitMs).toBeGreaterThan(58_000);
    (await permit)?.unused();
    await clock.run(20_000);
    expect(servedAtMs).toBeGreaterThan(1_000);
    expect(servedAtMs).toBeLessThan(8_000);
    expect(b?.store.asked).toBe(2);
  });

  it('ask the store once for all that wait, and settle what ends in one turn in one step', async () => {
    const { clock, first } = holders(1, [meter({ count: 5, windowMs: 60_000 })]);
    const permits: Permit[] = [];
    for (let call = 0; call < 20; call += 1) void first.gate.acquire('calls').then((permit) => permits.push(permit));
    await clock.run(100);
    expect(permits).toHaveLength(5);
    // The first one alone, then all that wait, then in vain.
    expect(first.store.asked).toBe(3);
    for (const permit of permits) permit.replied();
    await settled();
    await settled();
    expect(first.store.settled.map(({ length }) => length)).toEqual([5]);
    expect(first.store.asked).toBe(3);
  });

  it('are taken several at a time where the rate is high, and go back quickly when nobody takes them', async () => {
    const { clock, first } = holders(1, [meter({ count: 1_000, windowMs: 1_000 })]);
    let served = 0;
    const work = async (calls: number): Promise<void> => {
      for (let call = 0; call < calls; call += 1) {
        const permit = await first.gate.acquire('calls');
        served += 1;
        permit.replied();
      }
    };
    await Promise.all([clock.run(100), work(400)]);
    expect(served).toBe(400);
    expect(first.store.asked).toBeLessThan(60);
    await clock.run(clock.nowMs() + 200);
    const free = await first.store.take({ holder: 'x', group: 'calls', most: 1_000, graceMs, timeoutMs });
    expect(free).toMatchObject({ kind: 'granted' });
    expect((free as { ids: readonly string[] }).ids).toHaveLength(600);
  });

  it('take few steps of the store where the rate is no limit, though a lease outlives its use', async () => {
    const { clock, first } = holders(1, [meter({ count: 1_000_000, windowMs: 1_000 })]);
    let served = 0;
    const work = async (): Promise<void> => {
      while (clock.nowMs() < 2_000) {
        const permit = await first.gate.acquire('calls');
        served += 1;
        await clock.wait(12);
        permit.replied();
      }
    };
    await Promise.all([clock.run(3_000), ...Array.from({ length: 32 }, work)]);
    expect(served).toBeGreaterThan(5_000);
    // Some twenty a second for the leases, and hardly more for what was not taken of them and for the endings.
    expect(first.store.asked).toBeLessThan(served / 80);
    expect(first.store.settled.length).toBeLessThan(served / 80);
  });

  it('are not leased where the rate is low', async () => {
    const { clock, first } = holders(1, [meter({ count: 25, windowMs: 5_000 })]);
    await Promise.all([clock.run(100), first.gate.acquire('calls'), first.gate.acquire('calls')]);
    const free = await first.store.take({ holder: 'x', group: 'calls', most: 1_000, graceMs, timeoutMs });
    expect((free as { ids: readonly string[] }).ids).toHaveLength(23);
  });

  it('are too old to be sent with after the grace', async () => {
    const { clock, first } = holders(1, [meter({ count: 2, windowMs: 5_000 })], { answerMs: () => 100 });
    let permit: Permit | undefined;
    void first.gate.acquire('calls').then((given) => (permit = given));
    await clock.run(graceMs);
    expect(permit?.expired()).toBe(false);
    await clock.run(graceMs + 1);
    expect(permit?.expired()).toBe(true);
  });

  it('refuse the call, not the whole gate, while the store fails; what it did not hear is told later', async () => {
    const { clock, first } = holders(1, [meter({ count: 2, windowMs: 60_000 })]);
    const given = first.gate.acquire('calls');
    await clock.run(10);
    first.store.broken = true;
    const refused = expect(first.gate.acquire('calls')).rejects.toThrow('the store is gone');
    (await given).unused();
    await clock.run(20);
    await refused;
    first.store.broken = false;
    const again = first.gate.acquire('calls');
    await clock.run(30);
    (await again).unused();
    await clock.run(40);
    const both = Promise.all([first.gate.acquire('calls'), first.gate.acquire('calls')]);
    await clock.run(50);
    await expect(both).resolves.toHaveLength(2);
  });

  it('tell the store all endings before they are closed, and hand back what nobody took', async () => {
    const { clock, all, first } = holders(2, [meter({ count: 1_000, windowMs: 1_000 })]);
    const permits = Array.from({ length: 40 }, () => first.gate.acquire('calls'));
    await clock.run(5);
    for (const permit of await Promise.all(permits)) permit.unused();
    const closing = first.permits.close();
    await clock.run(10);
    await closing;
    const free = await all[1]?.store.take({ holder: 'x', group: 'calls', most: 2_000, graceMs, timeoutMs });
    expect((free as { ids: readonly string[] }).ids).toHaveLength(1_000);
  });
});

type Fate = typeof fate extends fc.Arbitrary<infer Value> ? Value : never;

function unreachable(): never {
  throw new Error('no holder');
}

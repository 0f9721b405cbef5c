import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Meter } from '../../src/core/vendor.ts';
import type { Declaration } from '../../src/quota/meter-book.ts';
import type { Ask, Grant, PermitStore } from '../../src/quota/permit-store.ts';
import { meter } from './meters.ts';
import { StrictCounter } from './strict-counter.ts';

/** An account of its own, as its users reach it: every `open` is another process or machine. */
export interface StoredAccount {
  readonly open: (limits: Declaration) => Promise<PermitStore>;
  readonly remove: () => Promise<void> | void;
}

const graceMs = 100;
const timeoutMs = 200;

/** What every store of permits owes, whatever it is made of. On the real clock. */
export function describePermitStore(name: string, newAccount: () => Promise<StoredAccount> | StoredAccount): void {
  describe(name, () => {
    let account: StoredAccount;
    let stores: PermitStore[] = [];

    beforeEach(async () => {
      account = await newAccount();
    });

    afterEach(async () => {
      for (const store of stores) await store.close();
      stores = [];
      await account.remove();
    });

    async function open(meters: readonly Meter[], userSet = true, reservePercent = 0): Promise<PermitStore> {
      const store = await account.open({ meters, userSet, reservePercent });
      stores.push(store);
      return store;
    }

    it('hands out the permits of a window once, whoever asks, and again a window after the reply', async () => {
      const meters = [meter({ count: 3, windowMs: 700 })];
      const [here, there] = [await open(meters), await open(meters)];
      // Two stay in flight, for as long as a slow machine may take.
      for (const store of [here, there]) await takeForLong(store, 'c');
      const id = await take(here, 'a');
      await expect(ask(there, 'b')).resolves.toMatchObject({ kind: 'wait', reason: 'quota 3/700ms' });
      await here.release([{ id, how: 'replied' }]);
      const repliedAtMs = performance.now();
      const next = await ask(there, 'b');
      expect(next).toMatchObject({ kind: 'wait' });
      const { waitMs } = next as Grant & { kind: 'wait' };
      expect(waitMs).toBeGreaterThan(700 - (performance.now() - repliedAtMs) - 10);
      expect(waitMs).toBeLessThanOrEqual(702);
      await wait(waitMs + 2);
      await take(there, 'b');
      expect(performance.now() - repliedAtMs).toBeGreaterThan(695);
      await expect(ask(here, 'a')).resolves.toMatchObject({ kind: 'wait' });
    });

    it('leaves the largest reserve of its users free of every limit, learnt ones included, for as long as they are there', async () => {
      const meters = [meter({ count: 9, windowMs: 60_000 }, { mostCount: 20 })];
      const modest = await open(meters, false, 50);
      const greedy = await open(meters, false);
      await modest.rates();
      await expect(greedy.rates()).resolves.toEqual([{ count: 4, windowMs: 60_000 }]);
      for (const store of [greedy, modest, greedy, modest]) await take(store, 'a');
      await expect(ask(greedy, 'b')).resolves.toMatchObject({ kind: 'wait', reason: 'quota 4/1m' });
      await greedy.learn('calls', { count: 13, windowMs: 60_000 });
      await expect(modest.rates()).resolves.toEqual([{ count: 6, windowMs: 60_000 }]);
      await take(modest, 'b');
      stores = stores.filter((store) => store !== modest);
      await modest.close();
      await expect(greedy.rates()).resolves.toEqual([{ count: 13, windowMs: 60_000 }]);
      const single = await open([meter({ count: 1, windowMs: 30_000 })], true, 99);
      await expect(single.rates()).resolves.toContainEqual({ count: 1, windowMs: 30_000 });
    });

    it('has what was not used back at once', async () => {
      const meters = [meter({ count: 1, windowMs: 60_000 })];
      const [here, there] = [await open(meters), await open(meters)];
      const id = await take(here, 'a');
      await expect(ask(there, 'b')).resolves.toMatchObject({ kind: 'wait' });
      await here.release([{ id, how: 'unused' }]);
      await take(there, 'b');
    });

    it.each(['never heard of again', 'lost'] as const)(
      'has a permit %s back when its call can no longer be counted, and not before',
      async (fate) => {
        const store = await open([meter({ count: 1, windowMs: 200 })]);
        const askedAtMs = performance.now();
        const id = await take(store, 'a');
        if (fate === 'lost') await store.release([{ id, how: 'lost' }]);
        const backAfterMs = graceMs + timeoutMs + 200;
        let grant = await ask(store, 'b');
        while (grant.kind === 'wait') {
          await wait(Math.min(grant.waitMs, 20));
          grant = await ask(store, 'b');
        }
        const tookMs = performance.now() - askedAtMs;
        expect(tookMs).toBeGreaterThanOrEqual(backAfterMs);
        expect(tookMs).toBeLessThan(backAfterMs + 2_000);
        // Too late to be heard: it must not free a permit of somebody else.
        await store.release([{ id, how: 'unused' }]);
        await expect(ask(store, 'a')).resolves.toMatchObject({ kind: 'wait' });
      },
    );

    it('holds all meters at once, and those of a group for that group only', async () => {
      const store = await open([
        meter({ count: 3, windowMs: 60_000 }),
        meter({ count: 1, windowMs: 30_000 }, { group: 'reads' }),
      ]);
      await take(store, 'a', 'reads');
      await expect(ask(store, 'a', 'reads')).resolves.toMatchObject({ kind: 'wait', reason: 'quota 1/30s' });
      await take(store, 'a', 'writes');
      await take(store, 'a', 'writes');
      await expect(ask(store, 'a', 'writes')).resolves.toMatchObject({ kind: 'wait', reason: 'quota 3/1m' });
    });

    it('gives a lease no larger than what is free', async () => {
      const store = await open([meter({ count: 5, windowMs: 60_000 })]);
      const first = await ask(store, 'a', 'calls', 3);
      expect(first).toMatchObject({ kind: 'granted' });
      expect((first as Grant & { kind: 'granted' }).ids).toHaveLength(3);
      const second = await ask(store, 'a', 'calls', 3);
      expect((second as Grant & { kind: 'granted' }).ids).toHaveLength(2);
      expect(new Set([first, second].flatMap((grant) => (grant.kind === 'granted' ? grant.ids : []))).size).toBe(5);
    });

    it('keeps the strictest of what its users want, from calls of both', async () => {
      const lax = await open([meter({ count: 4, windowMs: 60_000 })]);
      const strict = await open([meter({ count: 2, windowMs: 60_000 })]);
      await take(strict, 'b');
      await take(lax, 'a');
      await expect(ask(lax, 'a')).resolves.toMatchObject({ kind: 'wait' });
      await expect(ask(strict, 'b')).resolves.toMatchObject({ kind: 'wait' });
    });

    it('pauses the group for all after a refusal, and other groups not', async () => {
      const meters = [meter({ count: 50, windowMs: 1_000 })];
      const [here, there] = [await open(meters), await open(meters)];
      await here.release([{ id: await take(here, 'a'), how: 'replied' }]);
      const fromMs = performance.now();
      await here.pause('calls', 1_500, 0);
      const paused = await ask(there, 'b');
      expect(paused).toMatchObject({ kind: 'wait', reason: 'paused by the vendor' });
      const { waitMs } = paused as Grant & { kind: 'wait' };
      expect(waitMs).toBeGreaterThan(1_490 - (performance.now() - fromMs));
      expect(waitMs).toBeLessThanOrEqual(1_500);
      await take(there, 'b', 'others');
      await wait(waitMs + 5);
      await take(there, 'b');
    });

    it('pauses longer after each round of refusals alone, in which a success makes an end of it', async () => {
      const store = await open([meter({ count: 50, windowMs: 100 })]);
      const refused = async (): Promise<number> => {
        await store.release([{ id: await take(store, 'a'), how: 'replied' }]);
        await store.pause('calls', 50, 0);
        const paused = await ask(store, 'a');
        const { waitMs } = paused as Grant & { kind: 'wait' };
        return waitMs;
      };
      expect(await refused()).toBeLessThanOrEqual(50);
      await wait(55);
      // A second, less what a slow machine takes to ask.
      expect(await refused()).toBeGreaterThan(300);
    });

    it('learns the limit of a group for that group, where it has one of its own', async () => {
      const meters = [
        meter({ count: 25, windowMs: 60_000 }),
        meter({ count: 5, windowMs: 60_000 }, { name: 'bulk calls', group: 'bulk' }),
      ];
      const store = await open(meters);
      await store.learn('bulk', { count: 1, windowMs: 60_000 });
      const counts = (await store.rates()).map(({ count }) => count).sort((a, b) => a - b);
      expect(counts).toEqual([1, 25]);
      await store.learn('calls', { count: 10, windowMs: 60_000 });
      expect((await store.rates()).map(({ count }) => count).sort((a, b) => a - b)).toEqual([1, 10]);
    });

    it('learns a limit of an unknown window, which is full then, for all and for those who come later', async () => {
      const meters = [meter({ count: 50, windowMs: 1_000 })];
      const here = await open(meters);
      const there = await open(meters);
      const flying = await take(there, 'b');
      await here.learn('calls', { count: 2, windowMs: 700 });
      await expect(ask(there, 'b')).resolves.toMatchObject({ kind: 'wait', reason: 'quota 2/700ms' });
      await here.release([{ id: flying, how: 'unused' }]);
      await wait(710);
      await takeForLong(here, 'a');
      await takeForLong(there, 'b');
      await expect(ask(there, 'b')).resolves.toMatchObject({ kind: 'wait' });
      const later = await open(meters);
      await expect(later.rates()).resolves.toContainEqual({ count: 2, windowMs: 700 });
    });

    it('tells what is used of a meter, by whomever, and when it comes back', async () => {
      const meters = [
        meter({ count: 5, windowMs: 60_000 }),
        { ...meter({ count: 400, windowMs: 86_400_000 }), group: 'calls' },
      ];
      const [here, there] = [await open(meters), await open(meters)];
      for (const one of await here.usage()) expect(one.back ?? []).toEqual([]);
      const first = await take(here, 'a');
      await take(there, 'b');
      await here.release([{ id: first, how: 'replied' }]);
      const usage = await there.usage();
      expect(usage).toHaveLength(2);
      for (const { windowMs, group, count, back = [] } of usage) {
        expect({ count, group }).toEqual(windowMs === 60_000 ? { count: 5 } : { count: 400, group: 'calls' });
        expect(back.reduce((sum, [, calls]) => sum + calls, 0)).toBe(2);
        for (const [inMs] of back) {
          expect(inMs).toBeGreaterThan(windowMs - 10_000);
          expect(inMs).toBeLessThan(windowMs * 1.01 + 1_000);
        }
      }
    });

    it('lets the vendor lower what a user set, and never raise it', async () => {
      const store = await open([meter({ count: 10, windowMs: 60_000 })]);
      await store.learn('calls', { count: 40, windowMs: 60_000 });
      await expect(store.rates()).resolves.toEqual([{ count: 10, windowMs: 60_000 }]);
      await store.learn('calls', { count: 2, windowMs: 60_000 });
      await expect(store.rates()).resolves.toEqual([{ count: 2, windowMs: 60_000 }]);
    });

    it('lets the vendor raise a meter as far as that says, and no other', async () => {
      const fixed = await open(
        [meter({ count: 3, windowMs: 30_000 }), meter({ count: 5, windowMs: 20_000 }, { window: 'fixed' })],
        false,
      );
      await fixed.learn('calls', { count: 5_000, windowMs: 30_000 });
      const told = await take(fixed, 'a');
      await fixed.notice(told, 'calls', { limit: 5_000, resetMs: 20_000 });
      await fixed.release([{ id: told, how: 'unused' }]);
      await expect(fixed.rates()).resolves.toEqual([
        { count: 3, windowMs: 30_000 },
        { count: 5, windowMs: 20_000 },
      ]);
      await fixed.close();
      stores = [];
      const store = await open([meter({ count: 1, windowMs: 60_000 }, { mostCount: 2 })], false);
      await take(store, 'a');
      await expect(ask(store, 'a')).resolves.toMatchObject({ kind: 'wait' });
      await store.learn('calls', { count: 9, windowMs: 60_000 });
      await take(store, 'a');
      await expect(ask(store, 'a')).resolves.toMatchObject({ kind: 'wait' });
    });

    it('sends no more than what a header says remains, whoever heard of it', async () => {
      const meters = [meter({ count: 50, windowMs: 60_000 })];
      const [here, there] = [await open(meters), await open(meters)];
      const told = await take(here, 'a');
      await here.release([{ id: told, how: 'replied' }]);
      const fromMs = performance.now();
      await here.notice(told, 'calls', { remaining: 2, resetMs: 700 });
      await take(there, 'b');
      await take(here, 'a');
      const used = await ask(there, 'b');
      expect(used).toMatchObject({ kind: 'wait', reason: 'the vendor says that the quota is used up' });
      const { waitMs } = used as Grant & { kind: 'wait' };
      expect(waitMs).toBeGreaterThan(690 - (performance.now() - fromMs));
      await wait(waitMs + 5);
      await take(there, 'b');
    });

    it('follows the end that the vendor tells of a fixed window', async () => {
      const store = await open([meter({ count: 2, windowMs: 60_000 }, { window: 'fixed', mostCount: 3 })], false);
      const ids = [await take(store, 'a'), await take(store, 'a')];
      await store.release(ids.map((id) => ({ id, how: 'replied' as const })));
      await store.notice(ids[1] ?? '', 'calls', { limit: 3, resetMs: 1_500 });
      // Within the margin before its end (1.2 s of a minute) a window may be over or not.
      await take(store, 'a');
      const next = await ask(store, 'a');
      expect(next).toMatchObject({ kind: 'wait' });
      const { waitMs } = next as Grant & { kind: 'wait' };
      expect(waitMs).toBeGreaterThan(2_000);
      expect(waitMs).toBeLessThan(3_000);
    });

    it('serves first who was served least lately, as long as it keeps asking', async () => {
      const meters = [meter({ count: 2, windowMs: 700 })];
      const [bulk, single] = [await open(meters), await open(meters)];
      await takeForLong(bulk, 'bulk');
      await bulk.release([{ id: await take(bulk, 'bulk'), how: 'replied' }]);
      await expect(ask(bulk, 'bulk')).resolves.toMatchObject({ kind: 'wait' });
      await expect(ask(single, 'single')).resolves.toMatchObject({ kind: 'wait' });
      await wait(705);
      // One permit is free, and the bulk run asks first.
      await expect(ask(bulk, 'bulk')).resolves.toMatchObject({ kind: 'wait' });
      await take(single, 'single');
    });

    it('keeps a place in the line for those only who ask again', async () => {
      const store = await open([meter({ count: 1, windowMs: 100 })]);
      await store.release([{ id: await take(store, 'bulk'), how: 'replied' }]);
      await expect(ask(store, 'gone')).resolves.toMatchObject({ kind: 'wait' });
      const fromMs = performance.now();
      let grant = await ask(store, 'bulk');
      while (grant.kind === 'wait') {
        await wait(Math.min(grant.waitMs, 50));
        grant = await ask(store, 'bulk');
      }
      expect(performance.now() - fromMs).toBeLessThan(3_500);
    });

    it('forgets on demand what the vendor stated', async () => {
      const store = await open([meter({ count: 10, windowMs: 60_000 })]);
      await store.learn('calls', { count: 2, windowMs: 60_000 });
      await store.learn('calls', { count: 7, windowMs: 30_000 });
      await store.forgetTold();
      await expect(store.rates()).resolves.toEqual([{ count: 10, windowMs: 60_000 }]);
    });

    it('takes no window over that is longer than any that is known', async () => {
      const store = await open([meter({ count: 10, windowMs: 60_000 })]);
      await store.learn('calls', { count: 1, windowMs: 30 * 86_400_000 });
      await expect(store.rates()).resolves.toEqual([{ count: 10, windowMs: 60_000 }]);
    });

    it('counts what calls cost where a meter has a unit, and calls in the others', async () => {
      const store = await open([
        meter({ count: 10, windowMs: 60_000 }, { unit: 'tokens' }),
        meter({ count: 3, windowMs: 30_000 }),
      ]);
      const wanted: Ask = { holder: 'a', group: 'calls', most: 1, graceMs, timeoutMs };
      const six = await store.take({ ...wanted, cost: 6 });
      expect(six.kind).toBe('granted');
      await expect(store.take({ ...wanted, cost: 5 })).resolves.toMatchObject({ reason: 'quota 10/1m tokens' });
      expect((await store.take({ ...wanted, cost: 4 })).kind).toBe('granted');
      await expect(store.usage()).resolves.toMatchObject([{ unit: 'tokens' }, { count: 3 }]);
      await store.release(six.kind === 'granted' ? [{ id: six.ids[0], how: 'unused' }] : []);
      // More than there is at all: it goes when all is free.
      await expect(store.take({ ...wanted, cost: 40 })).resolves.toMatchObject({ kind: 'wait' });
      const lease = await store.take({ ...wanted, most: 9, cost: 3 });
      expect(lease.kind === 'granted' ? lease.ids : []).toHaveLength(2);
    });

    it('follows notices of several meters by their names, each in its own unit', async () => {
      const store = await open(
        [
          meter({ count: 20, windowMs: 2_000 }, { name: 'burst', mostCount: 40 }),
          meter({ count: 1_000, windowMs: 86_400_000 }, { name: 'day', unit: 'tokens', window: 'fixed' }),
        ],
        false,
      );
      const wanted: Ask = { holder: 'a', group: 'calls', most: 1, graceMs, timeoutMs, cost: 5 };
      const first = await store.take(wanted);
      const id = first.kind === 'granted' ? first.ids[0] : '';
      await store.release([{ id, how: 'replied' }]);
      await store.notice(id, 'calls', { meter: 'burst', limit: 30, remaining: 29, resetMs: 2_000 });
      await store.notice(id, 'calls', { meter: 'day', limit: 500, remaining: 12, resetMs: 40_000_000 });
      await expect(store.rates()).resolves.toEqual([
        { count: 30, windowMs: 2_000 },
        { count: 500, windowMs: 86_400_000 },
      ]);
      const lease = await store.take({ ...wanted, most: 9 });
      expect(lease.kind === 'granted' ? lease.ids : []).toHaveLength(2);
      const used = await store.take(wanted);
      expect(used).toMatchObject({ kind: 'wait', reason: 'the vendor says that the quota of day is used up' });
      expect((used as Grant & { kind: 'wait' }).waitMs).toBeGreaterThan(39_000_000);
    });

    it('tells long waits as they are', async () => {
      const store = await open([meter({ count: 1, windowMs: 86_400_000 })]);
      await store.release([{ id: await take(store, 'a'), how: 'replied' }]);
      const next = (await ask(store, 'b')) as Grant & { kind: 'wait' };
      expect(next.kind).toBe('wait');
      expect(next.waitMs).toBeGreaterThan(86_300_000);
      expect(next.waitMs).toBeLessThan(86_500_000);
    });

    it('lets no more arrive than the limits allow: random latencies, losses and deaths of four holders', async () => {
      const rates = [
        { count: 10, windowMs: 250 },
        { count: 25, windowMs: 1_000 },
      ];
      const counters = rates.map((rate) => new StrictCounter(rate));
      const meters = rates.map((rate) => meter(rate));
      const endAtMs = performance.now() + 3_000;
      const arrive = (): void => {
        for (const counter of counters) counter.arrive(performance.now());
      };
      const tally = { sent: 0 };
      const send = async (store: PermitStore, id: string): Promise<void> => {
        const fate = Math.random();
        tally.sent += 1;
        const sentAtMs = performance.now();
        await wait(Math.random() * 60);
        if (fate < 0.05) {
          tally.sent -= 1;
          await store.release([{ id, how: 'unused' }]);
          return;
        }
        // Whoever sends gives a call up after its timeout; on a busy machine this process may wake up later than that.
        if (fate > 0.1 && performance.now() - sentAtMs < timeoutMs) arrive();
        await wait(Math.random() * 60);
        // Some die before they hear of the reply, or never hear of it.
        if (fate > 0.2) await store.release([{ id, how: 'replied' }]);
        else if (fate > 0.15) await store.release([{ id, how: 'lost' }]);
      };
      const calls: Promise<void>[] = [];
      const hold = async (holder: string): Promise<void> => {
        const store = await open(meters);
        while (performance.now() < endAtMs || tally.sent <= 30) {
          const grant = await ask(store, holder, 'calls', 1 + Math.floor(Math.random() * 3));
          if (grant.kind === 'granted') calls.push(...grant.ids.map((id) => send(store, id)));
          else await wait(Math.min(grant.waitMs, 100));
        }
      };
      await Promise.all(['a', 'b', 'c', 'd'].map(hold));
      await Promise.all(calls);
      expect(counters.map(({ refused }) => refused)).toEqual([0, 0]);
      // They were busy all the time, though one call in six holds its permit for long.
      expect(tally.sent).toBeGreaterThan(30);
    });
  });
}

function ask(store: PermitStore, holder: string, group = 'calls', most = 1): Promise<Grant> {
  const wanted: Ask = { holder, group, most, graceMs, timeoutMs };
  return store.take(wanted);
}

/** A permit that stays out, however slow the machine. */
async function takeForLong(store: PermitStore, holder: string): Promise<void> {
  const grant = await store.take({ holder, group: 'calls', most: 1, graceMs: 60_000, timeoutMs });
  expect(grant.kind).toBe('granted');
}

async function take(store: PermitStore, holder: string, group = 'calls'): Promise<string> {
  const grant = await ask(store, holder, group);
  if (grant.kind === 'wait')
    throw new Error(`no permit for ${holder}, but a wait of ${grant.waitMs} ms: ${grant.reason}`);
  return grant.ids[0];
}

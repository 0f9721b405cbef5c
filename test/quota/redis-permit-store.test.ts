import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Meter } from '../../src/core/vendor.ts';
import type { Ask, Ending, Grant, PermitStore } from '../../src/quota/permit-store.ts';
import { keptText } from '../../src/quota/kept-ledger.ts';
import { PermitLedger } from '../../src/quota/permit-ledger.ts';
import { parseRedisAddress } from '../../src/quota/redis-address.ts';
import { RedisConnection } from '../../src/quota/redis-connection.ts';
import { openRedisPermitStore, redisKey } from '../../src/quota/redis-permit-store.ts';
import { meter } from './meters.ts';
import { describePermitStore } from './permit-store-contract.ts';
import { RedisServer } from './redis-server.ts';
import { StrictCounter } from './strict-counter.ts';

let server: RedisServer;
let redis: RedisConnection;
const stores: PermitStore[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
  redis = new RedisConnection(parseRedisAddress(server.url));
});

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
});

afterAll(async () => {
  await redis.close();
  await server.stop();
});

/** An account that the server has known for long, so that none of its calls is in doubt. */
async function account(): Promise<string> {
  const accountKey = randomBytes(6).toString('hex');
  const clock = { storeMs: 1, monotonicMs: 0, uptimeMs: 0, wallMs: 1, boot: '' };
  const ledger = new PermitLedger({ epoch: randomBytes(6).toString('hex') }).snapshot();
  const text = keptText({ step: 1, begunAtMs: 1, clock, ledger });
  await redis.send([
    'EVAL',
    "return tostring(redis.call('HSET', KEYS[1], 'stamp', 'first', 'text', ARGV[1]))",
    '1',
    redisKey(accountKey),
    text,
  ]);
  return accountKey;
}

async function open(accountKey: string, meters: readonly Meter[], userSet = false): Promise<PermitStore> {
  const store = await openRedisPermitStore(server.url, { accountKey, meters, userSet });
  stores.push(store);
  return store;
}

function ask(more: Partial<Ask> = {}): Ask {
  return { holder: 'one', group: 'edits', most: 1, graceMs: 200, timeoutMs: 300, ...more };
}

function idsOf(grant: Grant): readonly string[] {
  return grant.kind === 'granted' ? grant.ids : [];
}

function waitOf(grant: Grant): number {
  return grant.kind === 'wait' ? grant.waitMs : 0;
}

function all(grant: Grant, how: Ending['how']): Ending[] {
  return idsOf(grant).map((id) => ({ id, how }));
}

/** Asks until it is granted. */
async function patientTake(store: PermitStore, wanted: Ask): Promise<readonly string[]> {
  for (;;) {
    const grant = await store.take(wanted);
    if (grant.kind === 'granted') return grant.ids;
    await delay(Math.min(grant.waitMs, 1_000));
  }
}

describePermitStore('permits on a Redis server, as permits anywhere,', async () => {
  const accountKey = await account();
  return {
    open: (limits) => openRedisPermitStore(server.url, { accountKey, ...limits }),
    remove: () => undefined,
  };
});

describe('permits on a Redis server', () => {
  it('are granted up to the count, and come back one window after the reply', async () => {
    const store = await open(await account(), [meter({ count: 3, windowMs: 300 })]);
    const grant = await store.take(ask({ most: 10 }));
    expect(idsOf(grant)).toHaveLength(3);
    expect((await store.take(ask())).kind).toBe('wait');
    const repliedAtMs = performance.now();
    await store.release(all(grant, 'replied'));
    const refused = await store.take(ask());
    expect(refused).toMatchObject({ kind: 'wait', reason: 'quota 3/300ms' });
    expect(waitOf(refused)).toBeGreaterThan(250);
    expect(await patientTake(store, ask())).toHaveLength(1);
    expect(performance.now() - repliedAtMs).toBeGreaterThanOrEqual(300);
    expect(performance.now() - repliedAtMs).toBeLessThan(1_300);
  });

  it('come back at once where they were not used, and settling twice changes nothing', async () => {
    const store = await open(await account(), [meter({ count: 2, windowMs: 60_000 })]);
    const grant = await store.take(ask({ most: 2 }));
    const [first = ''] = idsOf(grant);
    await store.release([{ id: first, how: 'unused' }]);
    await store.release([
      { id: first, how: 'unused' },
      { id: 'unheard of', how: 'replied' },
    ]);
    const again = await store.take(ask({ most: 2 }));
    expect(idsOf(again)).toHaveLength(1);
    await store.release([...all(again, 'replied'), ...all(again, 'unused')]);
    expect((await store.take(ask())).kind).toBe('wait');
  });

  it('are counted in every window, those of a group only for the group', async () => {
    const store = await open(await account(), [
      meter({ count: 5, windowMs: 60_000 }),
      meter({ count: 100_000, windowMs: 86_400_000 }),
      meter({ count: 2, windowMs: 60_000 }, { group: 'edits' }),
    ]);
    const edits = await store.take(ask({ most: 9 }));
    expect(idsOf(edits)).toHaveLength(2);
    await store.release(all(edits, 'replied'));
    expect(idsOf(await store.take(ask({ group: 'reads', most: 9 })))).toHaveLength(3);
    expect(await store.take(ask({ group: 'reads' }))).toMatchObject({ kind: 'wait', reason: 'quota 5/1m' });
  });

  it('of users with different rates are counted together, and the strictest rate holds until its user leaves', async () => {
    const accountKey = await account();
    const wide = await open(accountKey, [meter({ count: 10, windowMs: 60_000 })]);
    await wide.release(all(await wide.take(ask({ most: 4 })), 'replied'));
    const narrow = await open(accountKey, [meter({ count: 5, windowMs: 30_000 })], true);
    expect(idsOf(await narrow.take(ask({ holder: 'two', most: 9 })))).toHaveLength(1);
    expect((await wide.take(ask())).kind).toBe('wait');
    await narrow.close();
    expect(idsOf(await wide.take(ask({ most: 9 })))).toHaveLength(5);
  });

  it('go to the holder that was served least lately', async () => {
    const store = await open(await account(), [meter({ count: 1, windowMs: 60_000 })]);
    const bulk = ask({ holder: 'bulk' });
    const single = ask({ holder: 'single' });
    const grant = await store.take(bulk);
    expect((await store.take(bulk)).kind).toBe('wait');
    expect((await store.take(single)).kind).toBe('wait');
    await store.release(all(grant, 'unused'));
    expect(await store.take(bulk)).toMatchObject({ kind: 'wait', reason: 'quota 1/1m' });
    const turn = await store.take(single);
    expect(turn.kind).toBe('granted');
    await store.release(all(turn, 'unused'));
    expect((await store.take(bulk)).kind).toBe('granted');
  });

  it('leave nothing behind that lasts for ever, under one hash tag', async () => {
    const accountKey = await account();
    const meters = [meter({ count: 9, windowMs: 200 }), meter({ count: 9, windowMs: 3_600_000 }, { window: 'fixed' })];
    const store = await open(accountKey, meters);
    const grant = await store.take(ask({ most: 3 }));
    await store.pause('edits', 10, 0);
    await store.learn('edits', { count: 4, windowMs: 100 });
    await store.notice(idsOf(grant)[0] ?? '', 'edits', { limit: 8, remaining: 3, resetMs: 900_000 });
    await store.release(all(grant, 'replied'));
    await store.take(ask({ most: 3 }));
    const report = await redis.send([
      'EVAL',
      `local lasting, names = {}, redis.call('KEYS', '*' .. ARGV[1] .. '*')
       for _, name in ipairs(names) do if redis.call('PTTL', name) < 0 then lasting[#lasting + 1] = name end end
       return #names .. ' keys, lasting: ' .. table.concat(lasting, ' ')`,
      '0',
      `oppatch:{${accountKey}}`,
    ]);
    expect(report).toBe('1 keys, lasting: ');
  });
});

describe('what the vendor says', () => {
  it('is remembered as a limit by those who come later', async () => {
    const accountKey = await account();
    const meters = [meter({ count: 25, windowMs: 5_000 })];
    const first = await open(accountKey, meters);
    await first.learn('edits', { count: 10, windowMs: 5_000 });
    await first.learn('edits', { count: 3, windowMs: 60_000 });
    await first.close();
    const second = await open(accountKey, meters);
    expect(await second.rates()).toEqual([
      { count: 10, windowMs: 5_000 },
      { count: 3, windowMs: 60_000 },
    ]);
    expect(await second.take(ask())).toMatchObject({ kind: 'wait', reason: 'quota 3/1m' });
    expect(idsOf(await second.take(ask({ group: 'reads', most: 50 })))).toHaveLength(10);
  });

  it('lets no more go than are said to remain, until the end that was told', async () => {
    const store = await open(await account(), [meter({ count: 100, windowMs: 1_000 })]);
    const grant = await store.take(ask({ most: 2 }));
    const [first = ''] = idsOf(grant);
    const toldAtMs = performance.now();
    await store.notice(first, 'edits', { remaining: 3, resetMs: 401 });
    await store.release(all(grant, 'replied'));
    // The second call's reply said nothing, so that it may be missing in what the first one's said.
    expect(idsOf(await store.take(ask({ most: 9 })))).toHaveLength(2);
    expect(await store.take(ask())).toMatchObject({ reason: 'the vendor says that the quota is used up' });
    await patientTake(store, ask());
    expect(performance.now() - toldAtMs).toBeGreaterThanOrEqual(450);
    expect(performance.now() - toldAtMs).toBeLessThan(1_400);
  });

  it('ends a fixed window early for calls that were answered well before its end', async () => {
    const store = await open(await account(), [meter({ count: 2, windowMs: 10_000 }, { window: 'fixed' })]);
    const grant = await store.take(ask({ most: 2 }));
    await store.release(all(grant, 'replied'));
    const toldAtMs = performance.now();
    await store.notice(idsOf(grant)[0] ?? '', 'edits', { limit: 1, resetMs: 500 });
    expect(await store.rates()).toEqual([{ count: 1, windowMs: 10_000 }]);
    expect(waitOf(await store.take(ask()))).toBeLessThan(800);
    const ids = await patientTake(store, ask({ most: 9 }));
    expect(ids).toHaveLength(1);
    // The server counts whole milliseconds.
    expect(performance.now() - toldAtMs).toBeGreaterThanOrEqual(749);
    await store.release([{ id: ids[0] ?? '', how: 'replied' }]);
    expect(waitOf(await store.take(ask()))).toBeGreaterThan(9_000);
  });
});

describe('many holders', () => {
  it('never exceed the count in any window, whatever becomes of their calls', async () => {
    const call = fc.record({
      toArriveMs: fc.integer({ min: 0, max: 40 }),
      toReplyMs: fc.integer({ min: 0, max: 40 }),
      fate: fc.constantFrom('replied', 'replied', 'replied', 'lost', 'unused', 'killed'),
      most: fc.integer({ min: 1, max: 4 }),
    } as const);
    const holders = fc.array(fc.array(call, { minLength: 8, maxLength: 8 }), { minLength: 2, maxLength: 5 });
    const rate = fc.record({ count: fc.integer({ min: 1, max: 8 }), windowMs: fc.integer({ min: 30, max: 150 }) });
    let arrivals = 0;
    await fc.assert(
      fc.asyncProperty(rate, holders, async (limit, plans) => {
        const accountKey = await account();
        const counter = new StrictCounter(limit);
        const untilMs = performance.now() + 600;
        await Promise.all(
          plans.map(async (calls, number) => {
            const store = await openRedisPermitStore(server.url, {
              accountKey,
              meters: [meter(limit)],
              userSet: false,
            });
            const underWay: Promise<void>[] = [];
            for (const { toArriveMs, toReplyMs, fate, most } of calls) {
              const wanted = ask({ holder: String(number), most, graceMs: 60, timeoutMs: 40 });
              let askedAtMs = performance.now();
              let grant = await store.take(wanted);
              while (grant.kind === 'wait' && performance.now() < untilMs) {
                await delay(Math.min(50, grant.waitMs));
                askedAtMs = performance.now();
                grant = await store.take(wanted);
              }
              for (const id of idsOf(grant)) {
                underWay.push(
                  (async () => {
                    if (fate !== 'unused') {
                      await delay(toArriveMs);
                      // On a busy machine it may be too late to be assumed any more.
                      const atMs = performance.now();
                      if (atMs < askedAtMs + wanted.graceMs + wanted.timeoutMs) {
                        counter.arrive(atMs);
                        arrivals += 1;
                      }
                      await delay(toReplyMs);
                    }
                    if (fate !== 'killed') await store.release([{ id, how: fate }]);
                  })(),
                );
              }
            }
            await Promise.all(underWay);
            await store.close();
          }),
        );
        expect(counter.refused).toBe(0);
      }),
      { numRuns: 8, seed: 4, endOnFailure: true },
    );
    // Several a run, however slow the machine: 8 runs with nothing to count would prove nothing.
    expect(arrivals).toBeGreaterThan(40);
  });

  it('share alike and use all that there is', async () => {
    const accountKey = await account();
    const limit = { count: 10, windowMs: 400 };
    const served = [0, 0, 0];
    const counter = new StrictCounter(limit);
    // Connected first: who comes late has fewer windows to share in.
    const stores = await Promise.all(served.map(() => open(accountKey, [meter(limit)])));
    const startMs = performance.now();
    await Promise.all(
      stores.map(async (store, number) => {
        while (performance.now() - startMs < 2_400) {
          const grant = await store.take(ask({ holder: String(number), most: 2 }));
          if (grant.kind === 'wait') {
            await delay(Math.min(grant.waitMs, 1_000));
            continue;
          }
          for (const _id of grant.ids) counter.arrive(performance.now());
          served[number] = (served[number] ?? 0) + grant.ids.length;
          await store.release(all(grant, 'replied'));
        }
      }),
    );
    const sum = served.reduce((total, count) => total + count, 0);
    expect(counter.refused).toBe(0);
    // Six windows of ten, less what waking up late on a busy machine costs.
    expect(sum).toBeGreaterThanOrEqual(40);
    for (const count of served) expect(count).toBeGreaterThanOrEqual(sum / 3 - 8);
  });
});

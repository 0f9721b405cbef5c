import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { inspect, promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { OppatchError } from '../../src/core/errors.ts';
import type { Ask, PermitStore } from '../../src/quota/permit-store.ts';
import { parseRedisAddress } from '../../src/quota/redis-address.ts';
import { RedisConnection } from '../../src/quota/redis-connection.ts';
import type { StoredQuota } from '../../src/quota/open-permit-store.ts';
import { openRedisPermitStore } from '../../src/quota/redis-permit-store.ts';
import { meter } from './meters.ts';
import { RedisServer, type RedisServerOptions } from './redis-server.ts';
import { StrictCounter } from './strict-counter.ts';

const wanted: Ask = { holder: 'one', group: 'edits', most: 1, graceMs: 100, timeoutMs: 200 };
const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).toReversed()) await cleanUp();
});

async function start(options?: RedisServerOptions): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  cleanups.push(() => server.stop());
  return server;
}

async function open(url: string, options: Partial<StoredQuota> = {}): Promise<PermitStore> {
  const meters = [meter({ count: 2, windowMs: 86_400_000 })];
  const store = await openRedisPermitStore(url, { accountKey: 'account', meters, userSet: false, ...options });
  cleanups.push(() => store.close());
  return store;
}

/** Asks until it is granted; what it was told meanwhile. */
async function untilGranted(
  store: PermitStore,
  ask = wanted,
): Promise<{ readonly id: string; readonly reasons: Set<string> }> {
  const reasons = new Set<string>();
  for (;;) {
    const grant = await store.take(ask);
    if (grant.kind === 'granted') return { id: grant.ids[0], reasons };
    reasons.add(grant.reason);
    await delay(Math.min(grant.waitMs, 100));
  }
}

async function failureOf(promise: Promise<unknown>): Promise<OppatchError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OppatchError)) throw new Error(`no OppatchError but ${String(error)}`);
  return error;
}

describe('a lost server', () => {
  it('pauses sending with a message, and ends the run where it does not come back', async () => {
    const server = await start();
    const store = await open(server.url, { patienceMs: 1_000 });
    await untilGranted(store);
    await server.kill();
    const startMs = performance.now();
    expect(await store.take(wanted)).toEqual({
      kind: 'wait',
      waitMs: 250,
      reason: expect.stringMatching(/^the quota store at 127\.0\.0\.1:\d+ is lost: /) as string,
    });
    const waiting = (async (): Promise<void> => {
      for (;;) {
        const grant = await store.take(wanted);
        if (grant.kind === 'granted') throw new Error('granted without a server');
        await delay(grant.waitMs);
      }
    })();
    const [taking, settling] = await Promise.all([
      failureOf(waiting),
      failureOf(store.release([{ id: '1', how: 'replied' }])),
    ]);
    expect(performance.now() - startMs).toBeGreaterThan(900);
    expect(taking).toMatchObject({ code: 'quota-store-unreachable', exitCode: 6, place: `127.0.0.1:${server.port}` });
    expect(settling).toMatchObject({ code: 'quota-store-unreachable', exitCode: 6 });
  });

  it('that keeps its data goes on where it was', async () => {
    const server = await start({ persistent: true });
    const store = await open(server.url);
    // A permit that nobody hears of counts as used after its time: it has to outlive the restart, however long that takes here.
    const { id } = await untilGranted(store, { ...wanted, graceMs: 60_000 });
    await server.kill();
    const settling = store.release([{ id, how: 'unused' }]);
    await server.start();
    await settling;
    await untilGranted(store);
    await untilGranted(store);
    expect(await store.take(wanted)).toMatchObject({ kind: 'wait', reason: 'quota 2/1d' });
  });

  it('that lost its data counts all windows as full, once, until calls in flight are over', async () => {
    const server = await start();
    const meters = [meter({ count: 2, windowMs: 400 })];
    const store = await open(server.url, { meters });
    const other = await open(server.url, { meters });
    await untilGranted(other);
    const { id } = await untilGranted(store);
    await server.kill();
    await server.start();
    const startMs = performance.now();
    const { reasons } = await untilGranted(store);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(300 + 400);
    expect(performance.now() - startMs).toBeLessThan(4_000);
    expect([...reasons]).toContain('quota 2/400ms, taken as used up because its record was lost');
    // The other one knew of the loss, too, but it is over; and what it does not know any more is passed over.
    await other.release([{ id, how: 'replied' }]);
    expect((await other.take(wanted)).kind).toBe('granted');
  });

  it('that was up for less than a window may have forgotten calls of those who are gone', async () => {
    const server = await start();
    const store = await open(server.url, {
      meters: [meter({ count: 2, windowMs: 1_500 }), meter({ count: 9, windowMs: 3_600_000 })],
    });
    expect(await store.take(wanted)).toMatchObject({
      kind: 'wait',
      reason: 'quota 2/1500ms, taken as used up because its record was lost',
    });
    await untilGranted(store);
    await untilGranted(store);
    // It has been up for longer now.
    const later = await open(server.url, { accountKey: 'later', meters: [meter({ count: 2, windowMs: 400 })] });
    expect((await later.take(wanted)).kind).toBe('granted');
  });

  it('that hangs costs seconds, and no permit', async () => {
    const server = await start();
    const store = await open(server.url, { meters: [meter({ count: 1, windowMs: 300 })] });
    const { id } = await untilGranted(store);
    await store.release([{ id, how: 'unused' }]);
    server.suspend();
    const startMs = performance.now();
    const grant = await store.take(wanted);
    expect(performance.now() - startMs).toBeLessThan(4_000);
    expect(grant).toMatchObject({ kind: 'wait', reason: expect.stringContaining('no answer within') as string });
    server.resume();
    const backMs = performance.now();
    await untilGranted(store);
    expect(performance.now() - backMs).toBeLessThan(3_000);
    expect(await store.take(wanted)).toMatchObject({ kind: 'wait', reason: 'quota 1/300ms' });
  });

  it('is told of once more what its scripts are', async () => {
    const server = await start();
    const store = await open(server.url);
    await untilGranted(store);
    const redis = new RedisConnection(parseRedisAddress(server.url));
    await redis.send(['SCRIPT', 'FLUSH']);
    await redis.close();
    expect((await store.take(wanted)).kind).toBe('granted');
  });
});

describe('the address', () => {
  const secret = 'pass/w0rd@%';

  it('brings user and password, of which nothing shows', async () => {
    const server = await start({ password: secret });
    const store = await open(server.url);
    await untilGranted(store);
    const wrong = await failureOf(open(server.url.replace('w0rd', 'w1rd')));
    expect(wrong).toMatchObject({ code: 'quota-store-refused', exitCode: 4, place: `127.0.0.1:${server.port}` });
    const missing = await failureOf(open(`redis://127.0.0.1:${server.port}`));
    expect(missing).toMatchObject({ code: 'quota-store-refused', exitCode: 4 });
    expect(inspect(wrong, { depth: 9 })).not.toContain('w1rd');
    await server.kill();
    const lost = await failureOf(open(server.url, { patienceMs: 1_000 }));
    expect(lost).toMatchObject({ code: 'quota-store-unreachable', exitCode: 6 });
    expect(inspect(lost, { depth: 9 })).not.toContain('w0rd');
  });

  it('with TLS reaches a server whose certificate is trusted, and no other', async () => {
    const directory = join(import.meta.dirname, '..', 'fixtures', 'tls');
    const certificate = join(directory, 'redis-certificate.pem');
    const server = await start({ password: secret, tls: { certificate, key: join(directory, 'redis-key.pem') } });
    const error = await failureOf(open(server.url));
    expect(error).toMatchObject({ code: 'quota-store-refused', exitCode: 2 });
    expect(error.message).toContain('its certificate is not trusted');
    const program = `
      import { openRedisPermitStore } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, '..', '..', 'dist', 'quota', 'redis-permit-store.js')).href)};
      const meters = [{ count: 7, windowMs: 5000, window: 'sliding' }];
      const store = await openRedisPermitStore(process.argv[1], { accountKey: 'account', meters, userSet: false });
      console.log(JSON.stringify(await store.rates()));
      await store.close();`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, server.url], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
    });
    expect(JSON.parse(stdout)).toEqual([{ count: 7, windowMs: 5_000 }]);
  });

  it('with TLS is refused by a server without it', async () => {
    const server = await start();
    const error = await failureOf(
      open(`rediss://user:${encodeURIComponent(secret)}@127.0.0.1:${server.port}`, { patienceMs: 1_000 }),
    );
    expect(error.code).toMatch(/^quota-store-/);
    expect(error.hint).toContain('TLS');
    expect(inspect(error, { depth: 9 })).not.toContain('w0rd');
  });

  it.each([
    'redis:',
    'http://host:6379',
    `redis://user:${secret}@host`,
    'redis://host:99999',
    'redis://host/name',
    'redis://host?db=1',
    'host:6379',
  ])('is refused without being repeated: %s', async (text) => {
    const error = await failureOf(open(text));
    expect(error).toMatchObject({ code: 'quota-store-url', exitCode: 2 });
    expect(inspect(error, { depth: 9 })).not.toContain('w0rd');
  });

  it('is read in all its parts', () => {
    expect(parseRedisAddress('rediss://some%40one:p%25@[::1]:7000/3')).toEqual({
      host: '::1',
      port: 7000,
      tls: true,
      username: 'some@one',
      password: 'p%',
      database: 3,
    });
    expect(parseRedisAddress('redis://cache.example')).toMatchObject({ port: 6379, tls: false, database: 0 });
  });
});

describe('a cluster', () => {
  it('keeps each account on one of its servers, which is found from any of them', async () => {
    const servers = [await start({ cluster: true }), await start({ cluster: true })] as const;
    const [first, second] = servers;
    const links = servers.map(({ url }) => new RedisConnection(parseRedisAddress(url)));
    cleanups.push(...links.map((link) => () => link.close()));
    const [here, there] = links;
    await here?.send(['CLUSTER', 'ADDSLOTSRANGE', '0', '8191']);
    await there?.send(['CLUSTER', 'ADDSLOTSRANGE', '8192', '16383']);
    await here?.send(['CLUSTER', 'MEET', '127.0.0.1', String(second.port), String(second.busPort)]);
    for (const link of links) {
      while (!/cluster_state:ok[^]*cluster_slots_ok:16384/.test(await link.send(['CLUSTER', 'INFO']))) await delay(20);
    }
    for (const accountKey of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const stores = [await open(first.url, { accountKey }), await open(second.url, { accountKey })] as const;
      await untilGranted(stores[0]);
      await untilGranted(stores[1]);
      expect((await stores[0].take(wanted)).kind).toBe('wait');
    }
    const sizes = await Promise.all(
      links.map((link) => link.send(['EVAL', "return tostring(redis.call('DBSIZE'))", '0'])),
    );
    expect(sizes.map(Number).every((size) => size > 0)).toBe(true);
  });
});

describe('two machines', () => {
  it('share one quota, and what a killed one held comes back', async () => {
    const server = await start();
    const limit = { count: 20, windowMs: 500 };
    const counter = new StrictCounter(limit);
    let arrived = 0;
    let onArrival: (() => void) | undefined;
    const vendor: Server = createServer((_, response) => {
      counter.arrive(performance.now());
      arrived += 1;
      onArrival?.();
      setTimeout(() => response.end('ok'), Math.random() * 60);
    }).listen(0, '127.0.0.1');
    await once(vendor, 'listening');
    cleanups.push(() => {
      vendor.closeAllConnections();
      vendor.close();
    });
    const vendorUrl = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
    const accountKey = randomBytes(4).toString('hex');
    const machine = (home: string): ChildProcess => {
      const words = [server.url, accountKey, vendorUrl, String(limit.count), String(limit.windowMs)];
      const child = spawn(process.execPath, [join(import.meta.dirname, 'redis-holder.js'), ...words], {
        env: { ...process.env, OPPATCH_HOME: home },
        stdio: 'inherit',
      });
      cleanups.push(() => void child.kill('SIGKILL'));
      return child;
    };
    const arrivals = (count: number): Promise<void> => {
      const until = arrived + count;
      return new Promise((resolve) => {
        onArrival = () => {
          if (arrived >= until) resolve();
        };
      });
    };
    const first = machine('/nowhere/one');
    machine('/nowhere/two');
    await arrivals(80);
    first.kill('SIGKILL');
    await once(first, 'exit');
    // What it held is back after its grace, its timeout and a window.
    await delay(500 + 500 + limit.windowMs);
    const startMs = performance.now();
    await arrivals(60);
    expect(performance.now() - startMs).toBeLessThan(3 * (limit.windowMs + 60) + 700);
    expect(counter.refused).toBe(0);
  });
});

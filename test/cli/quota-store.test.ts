import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { RedisServer } from '../quota/redis-server.ts';
import {
  accountWords,
  environmentOf,
  newPlace,
  newSandbox,
  run,
  runProcess,
  start,
  summaryOf,
  type Place,
} from './oppatch.ts';

const password = 'cormorant-77';

function edits(from: number, rows: number): string {
  const lines = Array.from({ length: rows }, (_, index) => `opp-${from + index},Stage ${index + 1}`);
  return `id,mx_Custom_2\n${lines.join('\n')}\n`;
}

/** Everything that the tool has written. */
function written(place: Place): string {
  return readdirSync(place.home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

async function addProfile(
  place: Place,
  sandbox: Awaited<ReturnType<typeof newSandbox>>,
  ...words: readonly string[]
): Promise<void> {
  const account = ['--vendor', 'leadsquared', '--base-url', sandbox.baseUrls['leadsquared'] ?? ''];
  const added = await run(['profile', 'add', 'team', ...account, '--from-env', ...words], { home: place.home });
  expect(added.stderr).toBe('');
  expect(added.code).toBe(0);
}

describe('a quota store on a Redis server', () => {
  let open: RedisServer;
  let locked: RedisServer;

  beforeAll(async () => {
    open = await RedisServer.start();
    locked = await RedisServer.start({ password, persistent: true });
  }, 120_000);

  afterAll(async () => {
    await open.stop();
    await locked.stop();
  });

  it('that refuses is asked once a command, though the account, the forecast and the run each want it', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    let connections = 0;
    const refusing = createServer((socket) => {
      connections += 1;
      socket.on('data', () => socket.write('-ERR not here\r\n')).on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(refusing, 'listening');
    try {
      const { port } = refusing.address() as AddressInfo;
      const account = [...accountWords(sandbox, 'hubspot'), '--quota-store', `redis://127.0.0.1:${port}`];
      const words = ['apply', place.file('edits.csv', 'id,amount\n9001,12.50\n'), '--yes', ...account];
      const { stderr, code } = await run(words, { home: place.home, env: environmentOf(sandbox, 'hubspot') });
      expect(stderr).toContain('not here');
      expect(code).not.toBe(0);
      expect(connections).toBe(1);
    } finally {
      refusing.close();
    }
  });

  it('of the profile is shared by two machines: no refusal, and what the reserve says is left', async () => {
    const sandbox = await newSandbox({
      quota: [{ count: 8, windowMs: 1_000 }],
      latency: { requestMs: [5, 40], replyMs: [5, 40] },
    });
    const machines = [newPlace(), newPlace()];
    const env = environmentOf(sandbox, 'leadsquared');
    for (const place of machines)
      await addProfile(place, sandbox, '--rate', '10/1s', '--quota-store', open.url, '--reserve', '20%');
    const ended = await Promise.all(
      machines.map((place, index) =>
        runProcess(['apply', place.file('edits.csv', edits(1 + 100 * index, 16)), '--yes', '--json', '--blind'], {
          home: place.home,
          env,
        }),
      ),
    );
    for (const one of ended) expect(summaryOf(one)).toMatchObject({ rows: { applied: 16 }, calls: { throttled: 0 } });
    expect(sandbox.world('leadsquared').statistics).toMatchObject({ arrivals: 32, throttled: 0 });
    for (const place of machines) expect(existsSync(join(place.home, 'quota'))).toBe(false);
    const shown = await run(['profile', 'show', 'team', '--json'], { home: machines[0]?.home ?? '' });
    expect(JSON.parse(shown.stdout)).toMatchObject({ quota_store: open.url, reserve: '20%' });
  });

  it('is opened once by a command, and so is the way to the vendor, whatever it asks first', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const target = new URL(sandbox.baseUrls['hubspot'] ?? '');
    const vendorPort = Number(target.port);
    const sockets: Socket[] = [];
    const relay = createServer((socket) => {
      const onward = connect(vendorPort, target.hostname);
      sockets.push(socket);
      for (const end of [socket, onward]) end.on('error', () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(relay, 'listening');
    try {
      target.port = String((relay.address() as AddressInfo).port);
      const account = ['--vendor', 'hubspot', '--base-url', target.href, '--quota-store', open.url];
      const words = [
        'apply',
        place.file('edits.csv', 'id,amount\n9001,12.50\n'),
        '--yes',
        '--concurrency',
        '1',
        ...account,
      ];
      const opened = open.connectionsReceived();
      const { code, stderr } = await run(words, { home: place.home, env: environmentOf(sandbox, 'hubspot') });
      expect(stderr).toContain('HubSpot');
      expect(code).toBe(0);
      expect(sandbox.world('hubspot').statistics.arrivals).toBe(3);
      expect(sockets).toHaveLength(1);
      expect(open.connectionsReceived() - opened - 1).toBe(1);
    } finally {
      relay.close();
      for (const socket of sockets) socket.destroy();
    }
  });

  it('of the environment goes before that of the profile, and the flag before both', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const nowhere = 'redis://127.0.0.1:1';
    await addProfile(place, sandbox, '--quota-store', nowhere);
    const env = environmentOf(sandbox, 'leadsquared');
    const check = (words: readonly string[], store?: string) =>
      run(['profile', 'check', 'team', ...words], {
        home: place.home,
        env: { ...env, ...(store === undefined ? {} : { OPPATCH_QUOTA_STORE: store }) },
      });
    const checks = [check([]), check([], locked.url), check(['--quota-store', nowhere], locked.url)];
    const codes = await Promise.all([...checks, check(['--quota-store', open.url], nowhere)]);
    expect(codes.map(({ code }) => code)).toEqual([6, 0, 6, 0]);
  });

  it('with a password is refused in a profile, with the way that is open, and nothing of it is shown or kept', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const words = ['profile', 'add', 'team', '--vendor', 'leadsquared', '--from-env', '--quota-store', locked.url];
    const refused = await run(words, { home: place.home });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('OPPATCH_QUOTA_STORE');
    await addProfile(place, sandbox);
    const env = { ...environmentOf(sandbox, 'leadsquared'), OPPATCH_QUOTA_STORE: locked.url };
    const file = place.file('edits.csv', edits(1, 3));
    const sent = await run(['apply', file, '--yes', '--json', '--blind', '--verbose'], { home: place.home, env });
    expect(sent.code).toBe(0);
    const wrong = locked.url.replace(password, 'heron-4711');
    const kept = await run(['apply', file, '--yes', '--blind'], {
      home: place.home,
      env: { ...env, OPPATCH_QUOTA_STORE: wrong },
    });
    expect(kept.code).not.toBe(0);
    for (const text of [refused, sent, kept].flatMap(({ stdout, stderr }) => [stdout, stderr]).concat(written(place))) {
      expect(text).not.toContain(password);
      expect(text).not.toContain('heron-4711');
    }
  });

  it('that is lost in the middle of a run pauses it, says so, and the run can be resumed', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    await addProfile(place, sandbox, '--rate', '4/1s');
    const options = {
      home: place.home,
      env: { ...environmentOf(sandbox, 'leadsquared'), OPPATCH_QUOTA_STORE: locked.url },
    };
    const file = place.file('edits.csv', edits(1, 40));
    const running = start(['apply', file, '--yes', '--json', '--blind'], options);
    await expect
      .poll(() => sandbox.world('leadsquared').statistics.arrivals, { timeout: 30_000 })
      .toBeGreaterThanOrEqual(8);
    await locked.kill();
    const stopped = await running.ended;
    expect(stopped.code).toBe(6);
    expect(stopped.stderr).toContain(`127.0.0.1:${locked.port}`);
    expect(stopped.stderr).toContain('resume');
    const atStop = summaryOf(stopped);
    expect(atStop.status).toBe('stopped');
    expect(atStop.rows.unprocessed).toBeGreaterThan(0);
    // Nothing goes out without the store: those it had given permits for, and no more.
    expect(sandbox.world('leadsquared').statistics.arrivals).toBeLessThanOrEqual(16);
    await locked.start();
    const resumed = await run(['resume', '--json', '--rate', '1000/1s'], options);
    expect(resumed.code).toBe(0);
    expect(summaryOf(resumed).rows).toMatchObject({ read: 40, applied: 40 });
    expect(sandbox.world('leadsquared').statistics.arrivals).toBe(40);
  }, 120_000);
});

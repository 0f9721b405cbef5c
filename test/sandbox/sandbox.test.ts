import { describe, expect, it } from 'vitest';
import { sandboxGreeting } from '../../src/sandbox/greeting.ts';
import { createRandom } from '../../src/sandbox/random.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import {
  firstCall,
  firstId,
  practice,
  sampleIds,
  vendorNames,
  write,
  writtenText,
  throttledStatus,
  unknownId,
} from './practice.ts';

function draws(seed: number): number[] {
  return Array.from({ length: 1_000 }, createRandom(seed));
}

describe('the sandbox', () => {
  it('serves all vendors on one loopback port, each with practice records and its own quota', async () => {
    const sandbox = await startSandbox();
    try {
      expect(sandbox.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(Object.keys(sandbox.baseUrls).sort()).toEqual([...vendorNames].sort());
      for (const vendor of vendorNames) {
        expect(sandbox.baseUrls[vendor]?.startsWith(`${sandbox.origin}/`)).toBe(true);
        expect(sampleIds(sandbox, vendor)).toHaveLength(20);
        expect((await write(sandbox, vendor, firstId(sandbox, vendor), 'x')).status).toBeLessThan(300);
      }
      const quotas = vendorNames.map((vendor) => sandbox.world(vendor).behaviour.quota.length);
      for (const count of quotas) expect(count).toBeGreaterThanOrEqual(1);
      expect(() => sandbox.world('nobody')).toThrow('nobody');
    } finally {
      await sandbox.close();
    }
  });

  it.each(vendorNames)('makes unknown records of %s only where it is told to', async (vendor) => {
    const unknown = unknownId(vendor);
    const sandbox = await practice();
    expect((await write(sandbox, vendor, unknown, 'x')).status).toBeGreaterThanOrEqual(400);
    const world = sandbox.world(vendor);
    world.configure({ ...world.behaviour, autoCreate: true });
    expect((await write(sandbox, vendor, unknown, 'x')).status).toBeLessThan(300);
    expect(writtenText(sandbox, vendor, unknown)).toBe('x');
    expect(world.statistics.appliedById).toEqual({ [unknown]: 1 });
  });

  it.each(vendorNames)('judges writes to %s without keeping them, for load tests', async (vendor) => {
    const sandbox = await practice({ samples: 0, behaviour: { autoCreate: true, keepState: false, logged: 0 } });
    expect((await write(sandbox, vendor, unknownId(vendor), 'x')).status).toBeLessThan(300);
    const { records, log, statistics } = sandbox.world(vendor);
    expect(records.all()).toEqual([]);
    expect(log).toEqual([]);
    expect(statistics).toMatchObject({ arrivals: 1, applied: 1, appliedById: {} });
  });

  it('counts a refused call without judging it', async () => {
    const sandbox = await practice({ behaviour: { quota: [{ count: 1, windowMs: 60_000 }] } });
    for (const vendor of vendorNames) {
      const id = firstId(sandbox, vendor);
      await write(sandbox, vendor, id, 'first');
      expect((await write(sandbox, vendor, id, 'second', { authorised: false })).status).toBe(throttledStatus(vendor));
      expect(writtenText(sandbox, vendor, id)).toBe('first');
      expect(sandbox.world(vendor).statistics).toMatchObject({
        arrivals: 2,
        throttled: 1,
        applied: 1,
        mostInWindow: 2,
      });
    }
  });

  it('obeys the tightest of several quotas', async () => {
    const quota = [
      { count: 5, windowMs: 60_000 },
      { count: 2, windowMs: 3_600_000 },
    ];
    const sandbox = await practice({ behaviour: { quota } });
    const id = firstId(sandbox, 'close');
    const replies = [];
    for (let call = 0; call < 3; call += 1) replies.push(await write(sandbox, 'close', id, 'x'));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(Number(replies[2]?.headers.get('retry-after'))).toBeGreaterThan(3_000);
  });

  it('takes its time on the way there and back, so that calls arrive in another order', async () => {
    const latency = { requestMs: [0, 80] as const, replyMs: [20, 20] as const };
    const sandbox = await practice({ vendors: { close: { latency } } });
    const id = firstId(sandbox, 'close');
    const texts = Array.from({ length: 20 }, (_, index) => String(index));
    const startedAt = performance.now();
    await Promise.all(texts.map((text) => write(sandbox, 'close', id, text)));
    expect(performance.now() - startedAt).toBeGreaterThan(20);
    const { log } = sandbox.world('close');
    const arrived = log.map(({ body }) => (JSON.parse(body) as { note: string }).note);
    expect([...arrived].sort()).toEqual([...texts].sort());
    expect(arrived).not.toEqual(texts);
    expect(writtenText(sandbox, 'close', id)).toBe(arrived.at(-1));
    expect(log.map(({ arrivedAtMs }) => arrivedAtMs)).toEqual(
      log.map(({ arrivedAtMs }) => arrivedAtMs).sort((a, b) => a - b),
    );
  });

  it('lets a share of the calls take longer each way', async () => {
    const latency = { requestMs: [0, 0] as const, replyMs: [0, 0] as const, spike: { share: 1, ms: 60 } };
    const sandbox = await practice({ vendors: { raze: { latency } } });
    const startedAt = performance.now();
    await write(sandbox, 'raze', firstId(sandbox, 'raze'), 'x');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(118);
  });

  it('remembers the latest calls only', async () => {
    const sandbox = await practice({ behaviour: { logged: 10 } });
    const id = firstId(sandbox, 'close');
    for (let call = 0; call < 25; call += 1) await write(sandbox, 'close', id, String(call));
    const { log } = sandbox.world('close');
    expect(log.length).toBeLessThanOrEqual(10);
    expect(log.at(-1)?.body).toContain('24');
    expect(log.at(-1)).toMatchObject({ vendor: 'close', method: 'PUT', path: `/opportunity/${id}/`, status: 200 });
  });

  it('ends at once, whoever still waits for an answer', async () => {
    const sandbox = await startSandbox({ behaviour: { faults: [{ kind: 'never-answers' }] } });
    const waiting = write(sandbox, 'close', firstId(sandbox, 'close'), 'x').then(
      () => 'answered',
      () => 'cut',
    );
    await firstCall(sandbox, 'close');
    await sandbox.close();
    expect(await waiting).toBe('cut');
  });

  it('says so where its port is taken', async () => {
    const sandbox = await practice();
    await expect(startSandbox({ port: Number(new URL(sandbox.origin).port) })).rejects.toThrow('EADDRINUSE');
  });

  it('draws the same chances for the same seed, evenly', () => {
    expect(draws(5)).toEqual(draws(5));
    expect(draws(5)).not.toEqual(draws(6));
    expect(Math.min(...draws(5))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws(5))).toBeLessThan(1);
    expect(draws(5).reduce((sum, draw) => sum + draw, 0) / 1_000).toBeCloseTo(0.5, 1);
  });

  it('greets with addresses, credentials and a first command for each vendor', async () => {
    const sandbox = await practice();
    const greeting = sandboxGreeting(sandbox, (vendor) => `field=${vendor}`);
    for (const vendor of vendorNames) {
      expect(greeting).toContain(`--vendor ${vendor} --base-url ${sandbox.baseUrls[vendor]}`);
      expect(greeting).toContain(`oppatch set ${firstId(sandbox, vendor)} field=${vendor} `);
    }
    expect(greeting).toContain("export LEADSQUARED_ACCESS_KEY='u$r");
    expect(greeting).toContain('export PARTNER_CENTER_ACCESS_TOKEN=');
    expect(greeting).not.toContain('undefined');
    // Also where there is nothing to practise on.
    const empty = await practice({ samples: 0 });
    expect(sandboxGreeting(empty, () => undefined)).toContain('oppatch set ID ');
  });
});

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDiskPermitStore } from '../../src/quota/disk-permit-store.ts';
import type { ClockReading } from '../../src/quota/machine-clock.ts';
import { openPermitStore } from '../../src/quota/open-permit-store.ts';
import type { Ask, PermitStore } from '../../src/quota/permit-store.ts';
import { openDatabase } from '../../src/state/database.ts';
import { describePermitStore } from './permit-store-contract.ts';
import { meter } from './meters.ts';

describePermitStore('permits on disk', () => {
  const directory = mkdtempSync(join(tmpdir(), 'oppatch-permits-'));
  return {
    open: (limits) => openDiskPermitStore(join(directory, 'quota', 'account.db'), limits),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
});

const ask: Ask = { holder: 'a', group: 'calls', most: 1, graceMs: 1_000, timeoutMs: 2_000 };

async function send(store: PermitStore): Promise<void> {
  const grant = await store.take(ask);
  if (grant.kind === 'wait') throw new Error(`no permit: ${grant.reason}`);
  await store.release(grant.ids.map((id) => ({ id, how: 'replied' })));
}

describe('the file of an account', () => {
  let directory: string;
  let path: string;
  const opened: PermitStore[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'oppatch-permits-'));
    path = join(directory, 'account.db');
  });

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function open(
    reading?: () => ClockReading,
    meters = [meter({ count: 2, windowMs: 86_400_000 })],
  ): Promise<PermitStore> {
    const options = { meters, userSet: true, ...(reading === undefined ? {} : { readClock: reading }) };
    const store = await openDiskPermitStore(path, options);
    opened.push(store);
    return store;
  }

  it("keeps a day's budget over a restart of the machine, by the wall clock", async () => {
    const hourMs = 3_600_000;
    let reading: ClockReading = { monotonicMs: 9 * hourMs, uptimeMs: 9 * hourMs, wallMs: 1e12, boot: 'first' };
    const before = await open(() => reading);
    await send(before);
    await send(before);
    reading = { monotonicMs: 1_000, uptimeMs: 1_000, wallMs: 1e12 + 10 * hourMs, boot: 'second' };
    const after = await open(() => reading);
    const grant = await after.take(ask);
    expect(grant).toMatchObject({ kind: 'wait', reason: 'quota 2/1d' });
    const { waitMs } = grant as { waitMs: number };
    expect(waitMs).toBeGreaterThanOrEqual(14 * hourMs);
    expect(waitMs).toBeLessThan(14 * hourMs + 60_000);
    reading = { ...reading, monotonicMs: 1_000 + waitMs, uptimeMs: 1_000 + waitMs, wallMs: 1e12 };
    await send(after);
  });

  it('counts a million calls a day in steps that stay short', async () => {
    let nowMs = 0;
    const reading = (): ClockReading => ({ monotonicMs: nowMs, uptimeMs: nowMs, wallMs: nowMs, boot: 'one' });
    const store = await open(reading, [meter({ count: 1_000_000, windowMs: 86_400_000 })]);
    const other = await open(reading, [meter({ count: 1_000_000, windowMs: 86_400_000 })]);
    for (let sent = 0; sent < 600; sent += 1) {
      nowMs += 140_000;
      const lease = await store.take({ ...ask, most: 256 });
      if (lease.kind === 'granted') await store.release(lease.ids.map((id) => ({ id, how: 'replied' })));
    }
    const steps = 200;
    const before = process.cpuUsage();
    for (let step = 0; step < steps; step += 1) await (step % 2 === 0 ? store : other).rates();
    const { user, system } = process.cpuUsage(before);
    // A step that has to read what another process wrote takes a fraction of a millisecond.
    expect((user + system) / 1000 / steps).toBeLessThan(5);
    const database = await openDatabase(path, '');
    const state = await database.transaction((sql) => sql.get('SELECT text FROM ledger_2')?.['text']);
    database.close();
    expect(String(state).length).toBeLessThan(32_000);
  });

  it('is written once for all that is asked in one turn', async () => {
    let steps = 0;
    const reading = (): ClockReading => {
      steps += 1;
      return { monotonicMs: 1, uptimeMs: 1, wallMs: 1, boot: 'one' };
    };
    const store = await open(reading, [meter({ count: 10, windowMs: 1_000 })]);
    const grant = await store.take({ ...ask, most: 3 });
    const before = steps;
    const endings = (grant as { ids: readonly string[] }).ids.map((id) => ({ id, how: 'replied' as const }));
    const [, next] = await Promise.all([store.release(endings), store.take({ ...ask, most: 10 })]);
    expect(steps).toBe(before + 1);
    expect((next as { ids: readonly string[] }).ids).toHaveLength(7);
  });

  it('forgets what a rate once counted only when its window has passed', async () => {
    const first = await open(undefined, [meter({ count: 2, windowMs: 86_400_000 })]);
    await send(first);
    await first.close();
    opened.length = 0;
    const second = await open(undefined, [meter({ count: 100, windowMs: 1_000 })]);
    await send(second);
    const third = await open();
    await expect(third.take(ask)).resolves.toMatchObject({ kind: 'wait', reason: 'quota 2/1d' });
    await expect(second.take(ask)).resolves.toMatchObject({ kind: 'wait', reason: 'quota 2/1d' });
  });

  it('gives a rate that is new the calls that the others counted', async () => {
    const store = await open(undefined, [meter({ count: 5, windowMs: 60_000 })]);
    await send(store);
    await send(store);
    const other = await open(undefined, [meter({ count: 2, windowMs: 30_000 })]);
    await expect(other.take(ask)).resolves.toMatchObject({ kind: 'wait', reason: 'quota 2/30s' });
  });

  it('frees the others of the rate of a process that has closed it', async () => {
    const strict = await open(undefined, [meter({ count: 1, windowMs: 60_000 })]);
    const lax = await open(undefined, [meter({ count: 9, windowMs: 60_000 })]);
    await send(strict);
    await expect(lax.take(ask)).resolves.toMatchObject({ kind: 'wait' });
    await strict.close();
    opened.splice(opened.indexOf(strict), 1);
    await send(lax);
  });

  it('keeps no place for those who are held up by a limit of their own', async () => {
    const day = 86_400_000;
    const meters = [meter({ count: 2, windowMs: 60_000 }), meter({ count: 1, windowMs: day }, { group: 'reads' })];
    const store = await open(undefined, meters);
    const other = await open(undefined, meters);
    await expect(store.take({ ...ask, group: 'reads' })).resolves.toMatchObject({ kind: 'granted' });
    await expect(other.take({ ...ask, holder: 'b', group: 'reads' })).resolves.toMatchObject({ kind: 'wait' });
    await send(store);
  });

  it('is private, and named by the account', async () => {
    const quota = { accountKey: 'abc123', meters: [meter({ count: 1, windowMs: 1_000 })], userSet: false };
    const store = await openPermitStore(undefined, directory, quota);
    await store.close();
    const file = join(directory, 'quota', 'abc123.db');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'quota')).mode & 0o777).toBe(0o700);
  });

  it('stops everything where it cannot be made', async () => {
    writeFileSync(join(directory, 'quota'), '');
    const quota = { accountKey: 'abc', meters: [], userSet: false };
    await expect(openPermitStore(undefined, directory, quota)).rejects.toMatchObject({
      code: 'state-not-writable',
      exitCode: 2,
    });
    await expect(openPermitStore('mysql://somewhere', directory, quota)).rejects.toMatchObject({
      code: 'quota-store-unknown',
      exitCode: 2,
    });
  });
});

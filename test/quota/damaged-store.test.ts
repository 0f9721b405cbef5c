import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDiskPermitStore } from '../../src/quota/disk-permit-store.ts';
import type { LedgerPermitStoreOptions } from '../../src/quota/ledger-permit-store.ts';
import type { Ask, PermitStore } from '../../src/quota/permit-store.ts';
import { openDatabase } from '../../src/state/database.ts';
import { meter } from './meters.ts';
import { StrictCounter } from './strict-counter.ts';

const limit = { count: 4, windowMs: 300 };
const ask: Ask = { holder: 'a', group: 'calls', most: 1, graceMs: 50, timeoutMs: 50 };

let directory: string;
let path: string;
let told: string[] = [];
let stores: PermitStore[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'oppatch-damaged-'));
  path = join(directory, 'account.db');
  told = [];
});

afterEach(async () => {
  for (const store of stores) await store.close();
  stores = [];
  rmSync(directory, { recursive: true, force: true });
});

async function open(more: Partial<LedgerPermitStoreOptions> = {}): Promise<PermitStore> {
  const callMs = ask.graceMs + ask.timeoutMs;
  const options = {
    meters: [meter(limit)],
    userSet: true,
    callMs,
    onLoss: (message: string) => told.push(message),
    ...more,
  };
  const store = await openDiskPermitStore(path, options);
  stores.push(store);
  return store;
}

async function sql(text: string): Promise<void> {
  const database = await openDatabase(path, '');
  await database.transaction((statements) => statements.run(text));
  database.close();
}

/** What is done to the file while two processes work with it. */
const attacks: Readonly<Record<string, () => void | Promise<void>>> = {
  emptied: () => truncateSync(path, 0),
  'cut off': () => truncateSync(path, 5_000),
  'cut within its head': () => truncateSync(path, 60),
  removed: () => rmSync(path),
  'overwritten with noise': () => writeFileSync(path, randomBytes(9_000)),
  'replaced by a directory': () => {
    rmSync(path);
    mkdirSync(path);
  },
  'put back as it was': () => copyFileSync(`${path}.old`, path),
  'robbed of its row': () => sql('DELETE FROM ledger_2'),
  'robbed of its table': () => sql('DROP TABLE ledger_2'),
  'given numbers for texts': () => sql('UPDATE ledger_2 SET stamp = 0, text = 0'),
  'given an empty ledger': () => sql("UPDATE ledger_2 SET stamp = 'x', text = '{}'"),
  'given null': () => sql("UPDATE ledger_2 SET stamp = 'x', text = 'null'"),
  'given a changed number': () =>
    sql("UPDATE ledger_2 SET stamp = 'x', text = replace(text, '\"open\":', '\"open\":-9')"),
};

describe('the file of a quota that is damaged in the middle of the work', () => {
  it.each(Object.keys(attacks))('lets no more through than the limit in any window: %s', async (name) => {
    const counter = new StrictCounter(limit);
    const endAtMs = performance.now() + 1_800;
    let sent = 0;
    const work = async (holder: string, more: Partial<LedgerPermitStoreOptions> = {}): Promise<void> => {
      const store = await open(more);
      // A full window and more follow the attack, however slow the machine.
      while (performance.now() < endAtMs || sent <= 8) {
        const askedAtMs = performance.now();
        const grant = await store.take({ ...ask, holder });
        if (grant.kind === 'wait') {
          await delay(Math.min(grant.waitMs, 40));
          continue;
        }
        // On a busy machine it may be too late to be sent.
        if (performance.now() - askedAtMs < ask.graceMs) {
          counter.arrive(performance.now());
          sent += 1;
        }
        await store.release([{ id: grant.ids[0], how: 'replied' }]);
      }
    };
    await (await open()).rates();
    const workers = Promise.all([work('a'), work('b')]);
    await delay(200);
    copyFileSync(path, `${path}.old`);
    await delay(450);
    await attacks[name]?.();
    // Whoever comes later can't know an old copy from a new one: those who can have noticed by then.
    await delay(name === 'put back as it was' ? 150 : 10);
    // It knows of the runs of the others.
    const third = work('c', { lastUsedMs: () => Promise.resolve(Date.now()) });
    await Promise.all([workers, third]);
    expect(counter.refused).toBe(0);
    // Where the file is cut off behind its row, the next step of one that knows the row puts it right: nothing was lost.
    if (name !== 'cut off') expect(told.length).toBeGreaterThan(0);
    // The work went on after a full window.
    expect(sent).toBeGreaterThan(8);
    expect(readdirSync(directory)).toContain('account.db');
  });
});

describe('the place of a quota', () => {
  it('that is new although the account was used a moment ago counts as used up, and is told', async () => {
    const store = await open({ lastUsedMs: () => Promise.resolve(Date.now()) });
    expect(await store.take(ask)).toMatchObject({
      kind: 'wait',
      reason: 'quota 4/300ms, taken as used up because its record was lost',
    });
    expect(told).toEqual([expect.stringContaining('kept in a new place')]);
  });

  it('that is new counts only what the last run may have sent', async () => {
    const store = await open({ lastUsedMs: () => Promise.resolve(Date.now() - 3_600_000) });
    expect((await store.take(ask)).kind).toBe('granted');
    expect(told).toHaveLength(1);
    const known = await open({ lastUsedMs: () => Promise.reject(new Error('asked again')) });
    expect((await known.take(ask)).kind).toBe('granted');
  });

  it('that was cut off between two runs is started again, told once, and gives after a full window', async () => {
    await (await open()).take(ask);
    for (const store of stores.splice(0)) await store.close();
    truncateSync(path, 5_000);
    const store = await open();
    const beganAtMs = performance.now();
    for (;;) {
      const grant = await store.take(ask);
      if (grant.kind === 'granted') break;
      await delay(Math.min(grant.waitMs, 40));
    }
    expect(performance.now() - beganAtMs).toBeGreaterThan(limit.windowMs);
    expect(told).toEqual([expect.stringContaining('counts as used up')]);
  });

  it('that another process holds is waited for, and then ends what can be resumed', async () => {
    const store = await open({ patienceMs: 100 });
    await store.rates();
    const { default: Libsql } = await import('libsql');
    const holder = new Libsql(path, { timeout: 0 });
    holder.exec('BEGIN EXCLUSIVE');
    expect(await store.take(ask)).toMatchObject({
      kind: 'wait',
      reason: expect.stringContaining('another process holds') as string,
    });
    await expect(
      (async () => {
        for (;;) await store.take(ask);
      })(),
    ).rejects.toMatchObject({ code: 'state-busy', exitCode: 6, place: path });
    holder.exec('ROLLBACK');
    holder.close();
    expect((await store.take(ask)).kind).toBe('granted');
  });
});

import { randomUUID } from 'node:crypto';
import { OppatchError } from '../core/errors.ts';
import { openDatabase } from '../state/database.ts';
import { readMachineClock, storeTime, type ClockNote, type ClockReading } from './machine-clock.ts';
import type { Declaration } from './meter-book.ts';
import { PermitLedger, type LedgerState } from './permit-ledger.ts';
import type { PermitStore } from './permit-store.ts';

/** The limits that this process works with. */
export interface DiskPermitStoreOptions extends Declaration {
  readonly readClock?: () => ClockReading;
}

/** One row: the whole ledger. `stamp` tells whether it is still as this process left it. */
const schema = `
  CREATE TABLE IF NOT EXISTS ledger_1 (
    row INTEGER PRIMARY KEY CHECK (row = 1),
    stamp TEXT NOT NULL,
    state TEXT NOT NULL
  )`;

interface Kept {
  readonly clock: ClockNote;
  readonly ledger: LedgerState;
}

/**
 * The permits of one account in a file that the processes of this machine share. Each step is one transaction, so that a process that is
 * killed has done it or not; what it held comes back by time.
 *
 * Rejects with an `OppatchError` (exit code 2) where the file can't be made or written.
 */
export async function openDiskPermitStore(path: string, options: DiskPermitStoreOptions): Promise<PermitStore> {
  const { readClock = readMachineClock } = options;
  const database = await openDatabase(path, schema);
  const user = randomUUID();
  const holders = new Set<string>();
  let steps = 0;
  /** As this process wrote it last. */
  let known: { readonly stamp: string; readonly clock: ClockNote; readonly ledger: PermitLedger } | undefined;

  const step = <T>(work: (ledger: PermitLedger, nowMs: number) => T): Promise<T> =>
    database.transaction((sql) => {
      const stamp = sql.get('SELECT stamp FROM ledger_1')?.['stamp'];
      let before = known !== undefined && known.stamp === stamp ? known : undefined;
      known = undefined;
      if (before === undefined && typeof stamp === 'string') {
        const kept = parse(sql.get('SELECT state FROM ledger_1')?.['state'], path);
        before = { stamp, clock: kept.clock, ledger: new PermitLedger(kept.ledger) };
      }
      const ledger = before?.ledger ?? new PermitLedger();
      const reading = readClock();
      const nowMs = storeTime(before?.clock, reading);
      ledger.enter(user, options, nowMs);
      const result = work(ledger, nowMs);
      steps += 1;
      const next = { stamp: `${user} ${steps}`, clock: { ...reading, storeMs: nowMs }, ledger };
      const kept: Kept = { clock: next.clock, ledger: ledger.snapshot() };
      sql.run('INSERT OR REPLACE INTO ledger_1 VALUES (1, ?, ?)', next.stamp, JSON.stringify(kept));
      // Where the transaction fails after this, the stamp is not found again.
      known = next;
      return result;
    });

  return {
    take: (ask) => {
      holders.add(ask.holder);
      return step((ledger, nowMs) => ledger.take(ask, nowMs));
    },
    settle: (endings) => step((ledger, nowMs) => ledger.settle(endings, nowMs)),
    pause: (group, waitMs, random) => step((ledger, nowMs) => ledger.pause(group, waitMs, random, nowMs)),
    learn: (group, rate) => step((ledger, nowMs) => ledger.learn(group, rate, nowMs)),
    notice: (id, group, notice) => step((ledger, nowMs) => ledger.notice(id, group, notice, nowMs)),
    rates: () => step((ledger) => ledger.rates()),
    usage: () => step((ledger, nowMs) => ledger.usage(nowMs)),
    close: async () => {
      try {
        await step((ledger) => ledger.leave(user, holders));
      } finally {
        database.close();
      }
    },
  };
}

function parse(text: unknown, path: string): Kept {
  try {
    return JSON.parse(String(text)) as Kept;
  } catch (error) {
    throw new OppatchError('state-damaged', 'This file, which keeps the quota, is damaged.', {
      place: path,
      hint: 'Move it away while no oppatch runs; it is made anew.',
      cause: error,
    });
  }
}

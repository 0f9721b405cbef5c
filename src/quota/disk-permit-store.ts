import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { linkSync, lstatSync, renameSync, rmSync, type Stats } from 'node:fs';
import { OppatchError } from '../core/errors.ts';
import { isDamage, openDatabase, type Database } from '../state/database.ts';
import {
  LedgerPermitStore,
  Unavailable,
  type Found,
  type LedgerPermitStoreOptions,
  type LedgerPlace,
  type ReadClock,
  type Written,
} from './ledger-permit-store.ts';
import { readMachineClock, storeTime, type ClockReading } from './machine-clock.ts';
import type { PermitStore } from './permit-store.ts';

/**
 * The permits of one account in a file that the processes of this machine share. Each step is one transaction, so that a process that is
 * killed has done it or not; what it held comes back by time. A file that is damaged is set aside.
 *
 * Rejects with an `OppatchError` where the file can't be made or written (exit code 2) or another process does not let go of it (6).
 */
export function openDiskPermitStore(
  path: string,
  options: LedgerPermitStoreOptions & { readonly readClock?: () => ClockReading },
): Promise<PermitStore> {
  return new LedgerPermitStore(new DiskLedgerPlace(path, options.readClock ?? readMachineClock), options).open();
}

/** One row. Its stamp says whether the text is still as this process left it; `new` and `lost` stand for a file without a ledger yet. */
const schema = `
  CREATE TABLE ledger_2 (
    row INTEGER PRIMARY KEY CHECK (row = 1),
    stamp TEXT NOT NULL,
    text TEXT NOT NULL
  );
  INSERT INTO ledger_2 VALUES (1, '%', '')`;

/** Another process may hold the file for so long before the attempt counts as failed; see `patienceMs`. */
const busyMs = 2_000;

/** A file that is damaged or replaced more often than that within one step has an enemy. */
const mostTries = 10;

class DiskLedgerPlace implements LedgerPlace {
  readonly name: string;
  readonly #readClock: () => ClockReading;
  /** The file that is open, and which one of that name it is. */
  #open: { readonly database: Database; readonly id: string } | undefined;
  /** A file was seen here. */
  #known = false;
  /** Which one it was that was opened last, well or not. */
  #tried = '';

  constructor(path: string, readClock: () => ClockReading) {
    this.name = path;
    this.#readClock = readClock;
  }

  async step<Result>(
    knownStamp: string | undefined,
    work: (found: Found, readClock: ReadClock) => Written<Result>,
  ): Promise<Result> {
    const readClock: ReadClock = (before) => {
      const reading = this.#readClock();
      return { ...reading, storeMs: storeTime(before, reading) };
    };
    for (let tries = 0; ; tries += 1) {
      try {
        const { database, id } = await this.#file();
        return await database.transaction((sql) => {
          // Whoever opens the file of that name later would not see what is written into another one.
          if (identityOf(this.name) !== id) throw new Replaced();
          const stamp = sql.get('SELECT stamp FROM ledger_2')?.['stamp'];
          // A file that was cut may accept a row and then not show it: an account without a row starts with full windows.
          if (typeof stamp !== 'string') throw new Rowless();
          const found: Found =
            stamp === knownStamp ? { kind: 'same' } : foundIn(stamp, sql.get('SELECT text FROM ledger_2')?.['text']);
          const written = work(found, readClock);
          sql.run('INSERT OR REPLACE INTO ledger_2 VALUES (1, ?, ?)', written.stamp, written.text);
          return written.result;
        });
      } catch (error) {
        const damage = isDamage(error) || error instanceof Rowless;
        if (damage || error instanceof Replaced) {
          this.close();
          if (damage) this.#setAside();
          // At once, several processes would set aside what the others begin.
          await delay(Math.random() * 20);
          if (tries < mostTries) continue;
          throw new Unavailable('the file of the quota is damaged again and again', false, damaged(this.name, error));
        }
        if (!(error instanceof OppatchError)) throw error;
        const passing = error.code === 'state-busy';
        throw new Unavailable(
          passing ? `another process holds the quota's file ${this.name}` : error.message,
          passing,
          error,
        );
      }
    }
  }

  close(): void {
    this.#open?.database.close();
    this.#open = undefined;
  }

  async #file(): Promise<{ readonly database: Database; readonly id: string }> {
    if (this.#open !== undefined) return this.#open;
    const found = statOf(this.name);
    this.#tried = birthOf(this.name);
    if (found?.isFile() === false) this.#setAside();
    if (found?.isFile() !== true) await this.#create(this.#known || found !== undefined ? 'lost' : 'new');
    const id = identityOf(this.name);
    // Set aside by another process a moment ago.
    if (id === '') throw new Replaced();
    this.#tried = birthOf(this.name);
    const database = await openDatabase(this.name, '', { waitMs: busyMs }).catch((error: unknown) => {
      throw identityOf(this.name) === id ? error : new Replaced();
    });
    this.#known = true;
    this.#open = { database, id };
    return this.#open;
  }

  /** A file that is there has its row: one without was damaged. */
  async #create(stamp: 'new' | 'lost'): Promise<void> {
    const made = `${this.name}.${randomUUID()}`;
    const database = await openDatabase(made, schema.replace('%', stamp));
    database.close();
    try {
      linkSync(made, this.name);
    } catch (error) {
      // Another process was faster, or the file system has no links.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') renameSync(made, this.name);
    } finally {
      for (const file of [made, `${made}-journal`]) rmSync(file, { force: true });
    }
  }

  #setAside(): void {
    this.#known = true;
    // Another process has done it, and has begun a new one.
    if (birthOf(this.name) !== this.#tried) return;
    try {
      renameSync(this.name, `${this.name}.damaged`);
      rmSync(`${this.name}-journal`, { force: true });
    } catch {
      // It is gone already.
    }
  }
}

/** The file is not the one of that name any more. */
class Replaced extends Error {}

/** The file has lost its row. */
class Rowless extends Error {}

function foundIn(stamp: string, text: unknown): Found {
  if (stamp === 'new' && text === '') return { kind: 'nothing' };
  if (stamp === 'lost') return { kind: 'damaged', why: 'was damaged or is gone' };
  if (typeof text !== 'string') return { kind: 'damaged', why: 'is damaged' };
  return { kind: 'text', stamp, text };
}

function damaged(path: string, cause: unknown): OppatchError {
  return new OppatchError('state-damaged', 'The file that keeps the quota is damaged or replaced again and again.', {
    place: path,
    hint: 'Find out which program changes it.',
    cause,
  });
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** The same, and not that of a later file in the same place on the disk. */
function birthOf(path: string): string {
  return `${identityOf(path)} ${statOf(path)?.birthtimeMs ?? ''}`;
}

/** Of a file that somebody has open. Empty where there is none. */
function identityOf(path: string): string {
  const found = statOf(path);
  return found === undefined ? '' : `${found.dev} ${found.ino}`;
}

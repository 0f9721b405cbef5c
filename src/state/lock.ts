import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { OppatchError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';
import { commandName, isAlive, pid } from '../core/own-process.ts';
import { connect, explained, isBusy, type Connection } from './database.ts';

/** Who holds a lock, as it says itself. */
export interface LockHolder {
  readonly pid: number;
  /** Program and command without their options: `oppatch apply`. */
  readonly command: string;
  /** What it holds the lock for: `apply edits.csv`. */
  readonly purpose: string;
  /** Since when it holds the lock. ISO 8601, UTC. */
  readonly startedAt: string;
}

export interface Lock {
  /** Gives it back; a second time does nothing. */
  readonly release: () => void;
}

/** Connections whose transaction is a lock: a connection that is collected as garbage would let go of it. */
const held = new Set<Connection>();

/**
 * Takes the lock `path` at once, or says who holds it (undefined where that can't be told). The lock is an exclusive transaction on a
 * small SQLite file, `path.lock`: the system frees it when its process ends, by kill -9 too. The file stays; were it removed, two processes could
 * hold locks on two files of one name. Taking a lock twice in one process is refused like in two.
 */
export async function tryLock(
  path: string,
  { purpose }: { readonly purpose: string },
): Promise<Lock | { readonly heldBy: LockHolder | undefined }> {
  const deadline = performance.now() + 200;
  for (;;) {
    const lock = await acquire(path, purpose);
    if (lock !== undefined) return lock;
    // Between taking a lock and saying so lies a moment in which the file still names a former holder, or none.
    const heldBy = readHolder(path);
    if (heldBy !== undefined || performance.now() > deadline) return { heldBy };
    await delay(5);
  }
}

/**
 * Runs `work` while this process holds the lock `path`; waits for it up to `waitMs` (10 s). Throws `locked`, naming the holder. Not to be
 * nested for one path.
 */
export async function withLock<T>(
  path: string,
  work: () => T | Promise<T>,
  { purpose, waitMs = 10_000 }: { readonly purpose: string; readonly waitMs?: number },
): Promise<T> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lock = await acquire(path, purpose);
    if (lock !== undefined) {
      try {
        return await work();
      } finally {
        lock.release();
      }
    }
    if (performance.now() > deadline) break;
    await delay(2 + Math.random() * 18);
  }
  const heldBy = readHolder(path);
  const holder =
    heldBy === undefined
      ? 'Another process'
      : `Process ${heldBy.pid} (${printable(heldBy.command)}: ${printable(heldBy.purpose)})`;
  throw new OppatchError('locked', `${holder} keeps this process waiting.`, {
    place: path,
    hint: 'Wait until it ends, then try again.',
  });
}

async function acquire(path: string, purpose: string): Promise<Lock | undefined> {
  const file = `${path}.lock`;
  const connection = await connect(file);
  try {
    connection.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    connection.close();
    if (isBusy(error)) return undefined;
    throw explained(error, file, 2);
  }
  held.add(connection);
  writeHolder(path, purpose);
  return {
    release: () => {
      if (!held.delete(connection)) return;
      rmSync(holderFile(path), { force: true });
      try {
        connection.exec('ROLLBACK');
      } finally {
        connection.close();
      }
    },
  };
}

function holderFile(path: string): string {
  return `${path}.holder`;
}

/** Left behind by a killed process; overwritten by the next holder. A disk that is full costs the word, not the lock. */
function writeHolder(path: string, purpose: string): void {
  const holder: LockHolder = { pid: pid, command: commandName(), purpose, startedAt: new Date().toISOString() };
  const file = holderFile(path);
  try {
    writeFileSync(`${file}.tmp`, JSON.stringify(holder), { mode: 0o600 });
    renameSync(`${file}.tmp`, file);
  } catch {
    rmSync(`${file}.tmp`, { force: true });
  }
}

/** The holder that left word, if its process is alive. */
function readHolder(path: string): LockHolder | undefined {
  try {
    const { pid, command, purpose, startedAt } = JSON.parse(readFileSync(holderFile(path), 'utf8')) as LockHolder;
    return isAlive(pid) ? { pid, command, purpose, startedAt } : undefined;
  } catch {
    return undefined;
  }
}

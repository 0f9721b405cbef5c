import { closeSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type Libsql from 'libsql';
import { OppatchError } from '../core/errors.ts';
import type { ExitCode } from '../core/exit-code.ts';
import { withoutFirstReport } from '../core/own-process.ts';

/** What SQLite gives and takes here. Anything else that is bound (boolean, Date, Buffer, bigint, undefined) aborts the process inside libsql. */
export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** Statements inside a transaction. Values stand for the `?` of the text, in their order. */
export interface Sql {
  /** The number of rows changed. */
  readonly run: (text: string, ...values: SqlValue[]) => number;
  readonly get: (text: string, ...values: SqlValue[]) => SqlRow | undefined;
  readonly all: (text: string, ...values: SqlValue[]) => readonly SqlRow[];
}

/**
 * A small database that processes of one user share: a rollback journal, without `fsync` (survives a killed process, not a power cut), and
 * without shared memory, whose pages end the process where another one empties the file (SIGBUS). This module is the only door to libsql.
 */
export interface Database {
  /**
   * Runs `work` in a write transaction; it is rolled back when `work` throws. `work` is synchronous, so nothing of this process comes
   * between its statements. Waits for other processes without blocking the event loop.
   */
  readonly transaction: <T>(work: (sql: Sql) => T) => Promise<T>;
  readonly close: () => void;
}

export type Connection = Libsql.Database;

/** Opens or makes the file, mode 0600 in a directory 0700 where they are new. `schema` must be repeatable (`CREATE TABLE IF NOT EXISTS …`); where it is empty, only a file that is there is opened. */
export async function openDatabase(path: string, schema: string, { waitMs = 10_000 } = {}): Promise<Database> {
  const connection = await connect(path, { make: schema !== '' });
  try {
    // A file of an earlier version has another journal, and changes when nobody else uses it.
    await whenFree(() => connection.pragma('journal_mode = TRUNCATE'), path, waitMs, 2);
    connection.exec('PRAGMA synchronous = OFF; PRAGMA mmap_size = 0');
    if (schema !== '') {
      await whenFree(() => connection.exec('BEGIN EXCLUSIVE'), path, waitMs, 2);
      connection.exec(schema);
      connection.exec('COMMIT');
    }
  } catch (error) {
    connection.close();
    throw explained(error, path, 2);
  }
  const sql = statements(connection);
  return {
    transaction: (work) => {
      const attempt = () => {
        // Whoever only begins to ask would make an immediate transaction's COMMIT fail.
        connection.exec('BEGIN EXCLUSIVE');
        return runInside(connection, work, sql, path);
      };
      return whenFree(attempt, path, waitMs, 1);
    },
    close: () => connection.close(),
  };
}

/** A bare connection that never waits for a lock; for this folder only. Without `make`, rejects where there is no such file. */
export async function connect(path: string, { make = true } = {}): Promise<Connection> {
  const { default: Libsql } = await withoutFirstReport(() => import('libsql'));
  try {
    if (!make) return new Libsql(`${pathToFileURL(path).href}?mode=rw`, { timeout: 0 });
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    createOwnerOnly(path);
    return new Libsql(path, { timeout: 0 });
  } catch (error) {
    throw explained(error, path, 2);
  }
}

export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY');
}

/** The file is not, or not wholly, what this module wrote: no other failure is one of these. */
export function isDamage(error: unknown): boolean {
  // A file that is cut off or moved under SQLite's feet shows as a failure to read or to write it.
  if (error instanceof OppatchError)
    return error.code === 'state-damaged' || /^SQLITE_(IOERR|READONLY_DBMOVED)/.test(codeOf(error.cause));
  return /^SQLITE_(ERROR|SCHEMA|CONSTRAINT|MISMATCH|FORMAT|TOOBIG|RANGE|MISUSE)/.test(codeOf(error));
}

/**
 * Makes the file with its mode before SQLite does. A file that exists is not even opened: closing it again would drop the locks that
 * this process holds on it (POSIX).
 */
function createOwnerOnly(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Repeats the attempt, with the event loop free in between, as long as it fails with BUSY. */
async function whenFree<T>(attempt: () => T, path: string, waitMs: number, exitCode: ExitCode): Promise<T> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw explained(error, path, exitCode);
      await delay(1 + Math.random() * 4);
    }
  }
}

/** The work of a transaction that has begun. What fails in it is explained, so that it is not taken for a busy beginning. */
function runInside<T>(connection: Connection, work: (sql: Sql) => T, sql: Sql, path: string): T {
  try {
    const result = work(sql);
    if (result instanceof Promise) throw new TypeError('The work of a transaction must be synchronous');
    connection.exec('COMMIT');
    return result;
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK');
    throw explained(error, path, 1);
  }
}

function statements(connection: Connection): Sql {
  const prepared = new Map<string, Libsql.Statement>();
  const prepare = (text: string): Libsql.Statement => {
    const known = prepared.get(text);
    if (known !== undefined) return known;
    const made: Libsql.Statement = connection.prepare(text);
    prepared.set(text, made);
    return made;
  };
  // The values always go in as one array: a lone null would be taken for an object of named values.
  return {
    run: (text, ...values) => prepare(text).run(bindable(values)).changes,
    get: (text, ...values) => prepare(text).get(bindable(values)) as SqlRow | undefined,
    all: (text, ...values) => prepare(text).all(bindable(values)) as readonly SqlRow[],
  };
}

/** Throws a TypeError on what libsql would abort on (see {@link SqlValue}), or change silently: text is cut at NUL. Never repeats the value. */
function bindable(values: readonly unknown[]): unknown[] {
  return values.map((value, index) => {
    if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value;
    if (typeof value === 'string' && !value.includes('\0')) return value;
    const kind = typeof value === 'string' ? 'text with NUL' : typeof value;
    throw new TypeError(`Value ${index + 1} can't be bound: ${kind}; only text, finite numbers and null can`);
  });
}

/** A failure of SQLite or of the file system, explained where it is one that a person can fix; for this folder only. */
export function explained(error: unknown, path: string, exitCode: ExitCode): unknown {
  const code = codeOf(error);
  const details = { place: path, exitCode, cause: error };
  if (error instanceof OppatchError || (code === '' && !isOpenFailure(error))) return error;
  if (isBusy(error)) {
    return new OppatchError('state-busy', 'Another process holds this file, and does not let go of it.', {
      ...details,
      exitCode: 6,
      hint: 'Try again; if it stays so, look for a stopped oppatch process.',
    });
  }
  if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT') {
    return new OppatchError('state-damaged', 'This file is damaged.', {
      ...details,
      hint: 'Stop oppatch, then move the file aside; a new one is created.',
    });
  }
  const reason = code === 'SQLITE_FULL' || code === 'ENOSPC' ? 'the disk is full' : `the system says ${code || 'no'}`;
  if (!/^(E[A-Z]+|SQLITE_(FULL|READONLY|CANTOPEN|IOERR|PERM|NOLFS).*|)$/.test(code)) return error;
  return new OppatchError('state-not-writable', `This file can't be written: ${reason}.`, {
    ...details,
    hint: 'Make room or fix the directory, or set OPPATCH_HOME to another one.',
  });
}

function isOpenFailure(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('ConnectionFailed');
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type SqlValue } from '../../src/state/database.ts';
import { compileChild, ended, message, type ChildProgram } from './child-program.ts';

const schema = 'CREATE TABLE IF NOT EXISTS tally (n INTEGER NOT NULL); CREATE TABLE IF NOT EXISTS pair (a, b)';
let directory: string;
let program: ChildProgram;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'oppatch-state-'));
  program = compileChild(join(import.meta.dirname, 'state-child.ts'));
});
afterAll(() => {
  program.remove();
  rmSync(directory, { recursive: true, force: true });
});

describe('the database', () => {
  it('gives back the text and numbers that were put in', async () => {
    const database = await openDatabase(join(directory, 'values.db'), schema);
    const value = fc.oneof(
      fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
      fc.maxSafeInteger(),
      fc.constant(null),
    );
    await fc.assert(
      fc.asyncProperty(value, value, async (a, b) => {
        const row = await database.transaction((sql) => {
          sql.run('DELETE FROM pair');
          expect(sql.run('INSERT INTO pair VALUES (?, ?)', a, b)).toBe(1);
          return sql.get('SELECT a, b FROM pair');
        });
        expect([row?.['a'], row?.['b']]).toEqual([a, b]);
      }),
    );
    expect(await database.transaction((sql) => sql.get('SELECT a FROM pair WHERE a = ?', 'not there'))).toBeUndefined();
    expect(await database.transaction((sql) => sql.all('SELECT a FROM pair'))).toHaveLength(1);
    database.close();
  });

  it.each<[string, unknown]>([
    ['a boolean', true],
    ['nothing', undefined],
    ['a Date', new Date(0)],
    ['bytes', Buffer.from('hidden')],
    ['an object', { hidden: 1 }],
    ['a list', ['hidden']],
    ['a bigint', 1n],
    ['NaN', Number.NaN],
    ['infinity', Infinity],
    ['text with NUL', 'hidden\0text'],
  ])('refuses %s, and the process lives on', async (_name, value) => {
    const database = await openDatabase(join(directory, 'guard.db'), schema);
    const attempt = database.transaction((sql) => sql.run('INSERT INTO pair VALUES (?, ?)', 'x', value as SqlValue));
    await expect(attempt).rejects.toThrow(TypeError);
    await expect(attempt).rejects.not.toThrow(/hidden/);
    await expect(
      database.transaction((sql) => sql.get('SELECT a FROM pair WHERE b = ?', value as SqlValue)),
    ).rejects.toThrow(TypeError);
    expect(await database.transaction((sql) => sql.all('SELECT * FROM pair'))).toEqual([]);
    database.close();
  });

  it('undoes a transaction that fails, and one that is not synchronous', async () => {
    const database = await openDatabase(join(directory, 'undo.db'), schema);
    await expect(
      database.transaction((sql) => {
        sql.run('INSERT INTO tally VALUES (1)');
        throw new Error('on purpose');
      }),
    ).rejects.toThrow('on purpose');
    await expect(
      database.transaction((sql) => {
        sql.run('INSERT INTO tally VALUES (2)');
        return Promise.resolve();
      }),
    ).rejects.toThrow('synchronous');
    expect(await database.transaction((sql) => sql.all('SELECT n FROM tally'))).toEqual([]);
    database.close();
  });

  it('without a schema makes no file, wherever it is to lie', async () => {
    for (const name of ['gone.db', 'a b%20?#é.db']) {
      const path = join(directory, name);
      await expect(openDatabase(path, '')).rejects.toMatchObject({ code: 'state-not-writable', place: path });
      expect(existsSync(path)).toBe(false);
      (await openDatabase(path, schema)).close();
      const database = await openDatabase(path, '');
      expect(await database.transaction((sql) => sql.all('SELECT * FROM tally'))).toEqual([]);
      database.close();
    }
    expect(existsSync(join(directory, 'a b%20'))).toBe(false);
  });

  it('makes the file for its owner only', async () => {
    const path = join(directory, 'new', 'deep', 'mode.db');
    const database = await openDatabase(path, schema);
    await database.transaction((sql) => sql.run('INSERT INTO tally VALUES (1)'));
    for (const file of [path, `${path}-journal`]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'new', 'deep')).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 'new')).mode & 0o777).toBe(0o700);
    database.close();
  });

  it('explains a damaged file and an impossible place', async () => {
    const damaged = join(directory, 'damaged.db');
    writeFileSync(damaged, 'this is not a database. '.repeat(500));
    chmodSync(damaged, 0o600);
    await expect(openDatabase(damaged, schema)).rejects.toMatchObject({ code: 'state-damaged', place: damaged });
    await expect(openDatabase(join(damaged, 'below.db'), schema)).rejects.toMatchObject({ code: 'state-not-writable' });
    const folder = join(directory, 'new');
    await expect(openDatabase(folder, schema)).rejects.toMatchObject({ code: 'state-not-writable', place: folder });
  });

  it('says so when another process never lets go', async () => {
    const path = join(directory, 'busy.db');
    const child = program.start('hang-in-transaction', path);
    expect(await message(child)).toBe('written');
    await expect(openDatabase(path, schema, { waitMs: 50 })).rejects.toMatchObject({ code: 'state-busy' });
    child.kill('SIGKILL');
    await ended(child);
    const database = await openDatabase(path, schema);
    expect(await database.transaction((sql) => sql.all('SELECT n FROM tally'))).toEqual([]);
    database.close();
  });

  it('counts exactly when four processes open it and add at once', async () => {
    const path = join(directory, 'count.db');
    const children = Array.from({ length: 4 }, () => program.start('increment', path, '2000'));
    await Promise.all(children.map(message));
    for (const child of children) child.send('go');
    expect(await Promise.all(children.map(ended))).toEqual([0, 0, 0, 0]);
    const database = await openDatabase(path, schema);
    expect(await database.transaction((sql) => sql.get('SELECT n FROM tally')?.['n'])).toBe(8000);
    database.close();
  });
});

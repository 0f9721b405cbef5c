import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tryLock, withLock, type Lock } from '../../src/state/lock.ts';
import { compileChild, ended, message, type ChildProgram } from './child-program.ts';

let directory: string;
let program: ChildProgram;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'oppatch-lock-'));
  program = compileChild(join(import.meta.dirname, 'state-child.ts'));
});
afterAll(() => {
  program.remove();
  rmSync(directory, { recursive: true, force: true });
});

async function taken(path: string): Promise<Lock> {
  const lock = await tryLock(path, { purpose: 'test' });
  if ('heldBy' in lock) throw new Error('The lock is held');
  return lock;
}

describe('a lock', () => {
  it('is held once, within one process too', async () => {
    const path = join(directory, 'below', 'once');
    const lock = await taken(path);
    const second = await tryLock(path, { purpose: 'second' });
    expect(second).toMatchObject({ heldBy: { pid: process.pid, purpose: 'test' } });
    lock.release();
    lock.release();
    const third = await taken(path);
    third.release();
    expect(statSync(`${path}.lock`).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.holder`)).toBe(false);
  });

  it('names the process that holds it, and is free as soon as that is killed', async () => {
    const path = join(directory, 'killed');
    for (let round = 0; round < 10; round += 1) {
      const child = program.start('hold', path);
      expect(await message(child)).toBe('held');
      const attempt = await tryLock(path, { purpose: 'test' });
      expect(attempt).toMatchObject({
        heldBy: { pid: child.pid, command: 'state-child hold', purpose: 'hold it in a test' },
      });
      if ('heldBy' in attempt) expect(Date.parse(attempt.heldBy?.startedAt ?? '')).toBeLessThanOrEqual(Date.now());
      await expect(withLock(path, () => undefined, { purpose: 'test', waitMs: 30 })).rejects.toMatchObject({
        code: 'locked',
        message: expect.stringContaining(String(child.pid)) as string,
      });
      child.kill('SIGKILL');
      await ended(child);
      expect(existsSync(`${path}.holder`)).toBe(true);
      (await taken(path)).release();
    }
  });

  it('does not take the word that a dead process left for that of a living one', async () => {
    const path = join(directory, 'stale');
    const child = program.start('hold', path);
    await message(child);
    child.kill('SIGKILL');
    await ended(child);
    const word = readFileSync(`${path}.holder`, 'utf8');
    const lock = await taken(path);
    writeFileSync(`${path}.holder`, word);
    expect(await tryLock(path, { purpose: 'second' })).toEqual({ heldBy: undefined });
    lock.release();
  });

  it('lets waiting processes in one after the other: nothing is lost', async () => {
    const path = join(directory, 'sum');
    writeFileSync(`${path}.sum`, '0');
    const children = Array.from({ length: 4 }, () => program.start('add-under-lock', path, '25'));
    expect(await Promise.all(children.map(ended))).toEqual([0, 0, 0, 0]);
    expect(readFileSync(`${path}.sum`, 'utf8')).toBe('100');
  });

  it('waits until the holder is done', async () => {
    const path = join(directory, 'wait');
    const child = program.start('hold', path);
    await message(child);
    const waiting = withLock(path, () => 'mine', { purpose: 'wait' });
    child.send('release');
    expect(await waiting).toBe('mine');
    expect(await ended(child)).toBe(0);
  });

  it('is given back when the work fails', async () => {
    const path = join(directory, 'fails');
    await expect(withLock(path, () => Promise.reject(new Error('on purpose')), { purpose: 'fail' })).rejects.toThrow(
      'on purpose',
    );
    expect(await withLock(path, () => 1, { purpose: 'again', waitMs: 0 })).toBe(1);
  });

  it('explains a place where no lock can be', async () => {
    const path = join(directory, 'sum.sum', 'below');
    await expect(tryLock(path, { purpose: 'test' })).rejects.toMatchObject({ code: 'state-not-writable' });
  });
});

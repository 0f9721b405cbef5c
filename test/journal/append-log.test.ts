import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppendLog } from '../../src/journal/append-log.ts';
import { compileChild, ended } from '../state/child-program.ts';
import { temporaryDirectory } from './temporary.ts';

describe('the append log', () => {
  it('tells exact offsets, with letters of several bytes too, and keeps the order', async () => {
    const path = join(temporaryDirectory(), 'log');
    const log = await AppendLog.open(path, 0);
    const lines = Array.from({ length: 500 }, (_, index) => `${'ä大😀'.repeat(index % 7)} ${index}`);
    const offsets: number[] = [];
    await Promise.all(
      lines.map((line) => {
        offsets.push(log.append(line));
        return log.durable();
      }),
    );
    await log.close();
    const bytes = readFileSync(path);
    expect(bytes.toString('utf8')).toBe(`${lines.join('\n')}\n`);
    for (const [index, line] of lines.entries()) {
      const start = offsets[index] ?? -1;
      expect(bytes.toString('utf8', start, start + Buffer.byteLength(line))).toBe(line);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('has on the disk what durable() said, while more is appended', async () => {
    const path = join(temporaryDirectory(), 'log');
    const log = await AppendLog.open(path, 0);
    for (let round = 0; round < 50; round += 1) {
      log.append(`first ${round}`);
      const durable = log.durable();
      log.append(`second ${round}`);
      await durable;
      expect(readFileSync(path, 'utf8')).toContain(`first ${round}\n`);
    }
    await log.close();
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(101);
  });

  it('cuts what stands behind the good bytes', async () => {
    const path = join(temporaryDirectory(), 'log');
    const first = await AppendLog.open(path, 0);
    first.append('good');
    first.append('torn');
    await first.durable();
    await first.close();
    const second = await AppendLog.open(path, 5);
    expect(second.append('next')).toBe(5);
    await second.close();
    expect(readFileSync(path, 'utf8')).toBe('good\nnext\n');
  });

  it('refuses everything after a failure to write, and nothing hangs', async () => {
    // Writes to a closed file fail as those to a full disk do.
    const path = join(temporaryDirectory(), 'log');
    const log = await AppendLog.open(path, 0);
    log.append('kept');
    await log.durable();
    await log.close();
    log.append('lost');
    await expect(Promise.all([log.durable(), log.durable()])).rejects.toMatchObject({
      code: 'journal-not-writable',
      place: path,
      exitCode: 1,
    });
    expect(() => log.append('more')).toThrow(/journal can't be written/);
    await expect(log.durable()).rejects.toMatchObject({ code: 'journal-not-writable' });
    expect(readFileSync(path, 'utf8')).toBe('kept\n');
  });

  it('has after kill -9 every line that was acknowledged', async () => {
    const child = compileChild(join(import.meta.dirname, 'append-child.ts'));
    let acknowledged = 0;
    for (let round = 0; round < 12; round += 1) {
      const path = join(temporaryDirectory(), 'log');
      const running = child.start(path);
      const told: number[] = [];
      await new Promise<void>((resolve) => {
        running.on('message', (row) => {
          told.push(Number(row));
          if (told.length === 20 + round * 40) {
            running.kill('SIGKILL');
            resolve();
          }
        });
      });
      await ended(running);
      const lines = new Set(readFileSync(path, 'utf8').split('\n'));
      for (const row of told) expect(lines.has(`row ${row}`), `row ${row} of round ${round}`).toBe(true);
      acknowledged += told.length;
    }
    child.remove();
    expect(acknowledged).toBeGreaterThan(2_000);
  });
});

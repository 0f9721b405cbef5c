import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppendLog } from '../../src/journal/append-log.ts';
import { Journal } from '../../src/journal/journal.ts';
import { journalFile, makeRunDirectory } from '../../src/journal/run-directory.ts';
import { RowIndex } from '../../src/journal/row-index.ts';
import { compileChild, ended, type ChildProgram } from '../state/child-program.ts';
import { sampleHeader, temporaryDirectory } from './temporary.ts';

let child: ChildProgram;
beforeAll(() => {
  child = compileChild(join(import.meta.dirname, 'limited-child.ts'));
});
afterAll(() => child.remove());

/** All that the child says under the limit, until it ends by itself. */
async function said(limit: string, task: string, path: string): Promise<unknown[]> {
  const running = child.start(limit, task, path);
  const messages: unknown[] = [];
  running.on('message', (message) => messages.push(message));
  expect(await ended(running)).toBe(0);
  return messages;
}

describe('where the system gives no more', () => {
  it.each([8, 100, 999])(
    'room (%d blocks), the append log refuses all and keeps what it acknowledged',
    async (blocks) => {
      const path = join(temporaryDirectory(), 'log');
      const messages = await said(`-f ${blocks}`, 'fill-disk', path);
      expect(messages.pop()).toEqual({
        refusals: 8,
        same: true,
        code: 'journal-not-writable',
        message: "The journal can't be written: the system says EFBIG. Nothing more was sent.",
        hint: 'Make room (or fix the directory), then type `oppatch resume`.',
      });
      const text = readFileSync(path, 'utf8');
      expect(text.endsWith('\n')).toBe(true);
      const rows = text
        .trimEnd()
        .split('\n')
        .map((line) => Number(/^row (\d+) ä*$/.exec(line)?.[1]));
      expect(rows).toEqual(rows.map((_, index) => index + 1));
      expect(messages).toEqual(rows.map((row) => ({ row })));

      const bytes = readFileSync(path).length;
      const again = await AppendLog.open(path, bytes);
      expect(again.append('next')).toBe(bytes);
      await again.close();
      expect(readFileSync(path, 'utf8')).toBe(`${text}next\n`);
    },
  );

  it('files, all runs are listed nevertheless', async () => {
    const runs = join(temporaryDirectory(), 'runs');
    for (let second = 0; second < 150; second += 1) {
      const { run, directory } = await makeRunDirectory(runs, new Date(Date.UTC(2026, 10, 21, 0, 0, second)));
      const journal = await Journal.create(join(directory, journalFile), sampleHeader(run), new RowIndex());
      await journal.close();
    }
    expect(await said('-n 64', 'list-runs', runs)).toEqual([150]);
  });
});

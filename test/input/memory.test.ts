import { writeFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { expect, it } from 'vitest';

import { openSource } from '../../src/input/source.ts';
import { withFile } from './read-source.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const rowCount = 200_000;
const note = 'x'.repeat(60);
const rows = (write: (index: number) => string, separator: string): string =>
  Array.from({ length: rowCount }, (_, index) => write(index)).join(separator);

it.each([
  ['edits.csv', () => `id,note\n${rows((index) => `${index},"${note}"`, '\n')}`],
  ['edits.ndjson', () => rows((index) => `{"id":${index},"note":"${note}"}`, '\n')],
  ['edits.json', () => `[${rows((index) => `{"id":${index},"note":"${note}"}`, ',\n')}]`],
])('%s: the heap does not grow with the file', async (name, content) => {
  await withFile(name, '', async (path) => {
    await writeFile(path, content());
    const source = await openSource(path, {});
    let batches = 0;
    let read = 0;
    let before = 0;
    let peak = 0;
    for await (const batch of source.rows()) {
      read += batch.length;
      batches += 1;
      if (batches % 40 !== 1) continue;
      collectGarbage();
      const { heapUsed, external, arrayBuffers } = process.memoryUsage();
      const used = heapUsed + external + arrayBuffers;
      before ||= used;
      peak = Math.max(peak, used - before);
    }
    expect(read).toBe(rowCount);
    expect(batches).toBeGreaterThan(80);
    expect(peak).toBeLessThan(5 * 1024 ** 2);
  });
});

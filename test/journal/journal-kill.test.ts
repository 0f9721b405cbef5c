import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/journal/journal.ts';
import { OutcomeReader } from '../../src/journal/outcome-reader.ts';
import { compileChild, ended } from '../state/child-program.ts';
import { sampleHeader, sampleOutcome, temporaryDirectory } from './temporary.ts';

describe('a journal whose process is killed', () => {
  it('knows everything that was acknowledged, and goes on', async () => {
    const child = compileChild(join(import.meta.dirname, 'journal-child.ts'));
    let acknowledged = 0;
    for (let round = 0; round < 12; round += 1) {
      const path = join(temporaryDirectory(), 'journal.ndjson');
      const running = child.start(path, JSON.stringify(sampleHeader(undefined, 100_000)));
      const told: string[] = [];
      running.on('message', (word) => {
        told.push(word as string);
        if (told.length === 1 + round * 18) running.kill('SIGKILL');
      });
      expect(await ended(running)).toBeNull();

      const journal = await Journal.reopen(path);
      const { index } = journal;
      const reader = await OutcomeReader.open(path);
      const settled = new Set(told.filter((word) => word.startsWith('r')).map((word) => Number(word.slice(1))));
      for (const word of told) {
        const row = Number(word.slice(1));
        if (index.settledStatus(row) === undefined) {
          expect(settled.has(row), `${word} of round ${round}`).toBe(false);
          expect(index.inDoubt(row), `${word} of round ${round}`).toBe(true);
        } else {
          const expected = { row, line: row + 1, id: `größe_${row}`, status: 'applied', attempts: 1 };
          expect(await reader.at(index.settledOffset(row))).toEqual(expected);
        }
      }
      await journal.recordOutcome(sampleOutcome(9_999));
      expect(await reader.at(index.settledOffset(9_999))).toEqual(sampleOutcome(9_999));
      await reader.close();
      await journal.close();
      acknowledged += told.length;
    }
    child.remove();
    expect(acknowledged).toBeGreaterThan(1_000);
  });
});

import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutcomeReader } from '../../src/journal/outcome-reader.ts';
import { recordKinds, recordWith, settledRecord } from '../../src/journal/record.ts';
import { sealed } from '../../src/journal/seal.ts';
import { sampleOutcome, temporaryDirectory } from './temporary.ts';

/** Around the sizes at which the reader has to read again, and far beyond. */
const lengths = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 2_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 30_000, max: 34_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 215_000, max: 265_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1_000_000, max: 1_200_000 }) },
);

describe('what was planned, read back', () => {
  it('names the member of an older journal that it can not take', async () => {
    const path = join(temporaryDirectory(), 'journal.ndjson');
    const body = { before: {}, sent: ['note'], eTag: '"7"' };
    writeFileSync(path, `${sealed(recordWith(recordKinds.planned, 1, 0, body), 1)}\n`);
    const reader = await OutcomeReader.open(path);
    await expect(Promise.resolve(reader.plannedAt(0))).rejects.toThrow(/its member "eTag" is not what it should be/);
    await reader.close();
  });
});

describe('outcomes read back', () => {
  it('are what was written, whatever the sizes and the order', async () => {
    const path = join(temporaryDirectory(), 'journal.ndjson');
    await fc.assert(
      fc.asyncProperty(
        fc.array(lengths, { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        fc.boolean(),
        async (sizes, order, sideBySide) => {
          const outcomes = sizes.map((size, row) => sampleOutcome(row + 1, { message: 'ä'.repeat(size / 2) }));
          const offsets: number[] = [];
          let offset = 0;
          writeFileSync(path, '');
          for (const outcome of outcomes) {
            const line = `${sealed(settledRecord(outcome), outcome.row)}\n`;
            offsets.push(offset);
            offset += Buffer.byteLength(line);
            appendFileSync(path, line);
          }
          const reader = await OutcomeReader.open(path);
          const picks = order.map((pick) => pick % outcomes.length);
          const read = (pick: number) => Promise.resolve(reader.at(offsets[pick] ?? -1));
          const found = sideBySide ? await Promise.all(picks.map(read)) : [];
          if (!sideBySide) for (const pick of picks) found.push(await read(pick));
          await reader.close();
          for (const [at, pick] of picks.entries())
            if (!isDeepStrictEqual(found[at], outcomes[pick])) expect.fail(`row ${pick + 1} is another`);
        },
      ),
      { numRuns: 40 },
    );
  });
});

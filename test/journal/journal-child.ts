import { Journal } from '../../src/journal/journal.ts';
import { RowIndex } from '../../src/journal/row-index.ts';
import type { RunHeader } from '../../src/journal/run-header.ts';

/** Writes a journal without end, many rows at once, and sends what is durable: `i7` for the intent of row 7, `r7` for its outcome. */
const [path = '', header = ''] = process.argv.slice(2);
const journal = await Journal.create(path, JSON.parse(header) as RunHeader, new RowIndex());
let last = 0;
const writer = async (): Promise<void> => {
  for (;;) {
    last += 1;
    const row = last;
    const identity = { row, line: row + 1, id: `größe_${row}` };
    await journal.intent(identity, 0);
    process.send?.(`i${row}`);
    await journal.recordOutcome({ ...identity, status: 'applied', attempts: 1 });
    process.send?.(`r${row}`);
  }
};
await Promise.all(Array.from({ length: 12 }, writer));

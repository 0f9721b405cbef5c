import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCsvParser, type CsvParser, type CsvRecord } from '../../src/input/csv-parser.ts';
import { CsvRecords } from '../../src/input/csv-records.ts';
import { CsvScanner } from '../../src/input/csv-scanner.ts';

const runs = Number(process.env['OPPATCH_CSV_RUNS'] ?? 300);

interface Found {
  readonly records: readonly CsvRecord[];
  /** By csv-parse before its end, where it does not know of the last ones yet, and after it, where it counts the end of the file as one. */
  readonly emptyLines: readonly number[];
  /** csv-parse's code of what it refuses, and the line on which that record begins. */
  readonly fault?: string;
}

/** What csv-parse finds by itself. It loses the records of the block that it refuses. */
async function byCsvParse(bytes: Buffer, delimiter: string): Promise<Found> {
  const parser: CsvParser = await createCsvParser(delimiter, false, 1);
  const records: CsvRecord[] = [];
  try {
    records.push(...(await parser.write(bytes)));
    const emptyLines = parser.emptyLines();
    records.push(...(await parser.end()));
    return { records, emptyLines: [emptyLines, parser.emptyLines()] };
  } catch (error) {
    return { records: [], emptyLines: [0], fault: `${(error as { code: string }).code} ${parser.openLine()}` };
  }
}

async function byScanner(blocks: readonly Buffer[], delimiter: string): Promise<Found> {
  const all = new CsvRecords({ delimiter, lineEnd: '\n', skipBytes: 0, skipLines: 0 });
  const records: CsvRecord[] = [];
  try {
    for (const block of blocks) for await (const batch of all.write(block)) records.push(...batch);
    const { emptyLines } = all;
    for await (const batch of all.end()) records.push(...batch);
    return { records, emptyLines: [emptyLines] };
  } catch (error) {
    return { records: [], emptyLines: [0], fault: `${(error as { code: string }).code} ${all.openLine}` };
  }
}

const letters = fc.constantFrom('a', 'b7', ' ', '\t', 'é', '漢', '😀', '\ufeff', '', '\u2028');
/** Cells as they should be, and what makes files hard: bare quotes, lone CRs, text after a closing quote, quotes that stay open. */
const cell = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: letters, maxLength: 6 }) },
  {
    weight: 4,
    arbitrary: fc
      .string({ unit: fc.oneof(letters, fc.constantFrom('""', ',', ';', '\n', '\r\n', '\r')), maxLength: 6 })
      .map((text) => `"${text}"`),
  },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom('a', '"', '\r', ',', '\n', '§'), maxLength: 5 }) },
);
const text = fc
  .array(
    fc.tuple(
      fc.array(cell, { minLength: 1, maxLength: 4 }),
      fc.oneof({ weight: 9, arbitrary: fc.constant('\n') }, fc.constantFrom('\r\n', '\r', '\n\n', '\n\r\n', '')),
    ),
    { maxLength: 6 },
  )
  .chain((rows) =>
    fc.constantFrom(',', ';', '§').map((delimiter) => ({
      delimiter,
      text: rows.map(([cells, end]) => cells.join(delimiter) + end).join(''),
    })),
  );

it('finds what csv-parse finds in any text, well written or not, however it is cut into blocks', async () => {
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(80), { maxLength: 6 }), async ({ text, delimiter }, cuts) => {
      const bytes = Buffer.from(text);
      fc.pre(bytes.length > 0);
      const ends = [...cuts.filter((cut) => cut > 0 && cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
      const blocks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      const { emptyLines, ...found } = await byScanner(blocks, delimiter);
      const { emptyLines: expectedLines, ...expected } = await byCsvParse(bytes, delimiter);
      expect(found).toEqual(expected);
      expect(emptyLines[0]).toBeGreaterThanOrEqual(expectedLines[0] ?? 0);
      expect(emptyLines[0]).toBeLessThanOrEqual(expectedLines.at(-1) ?? 0);
    }),
    { numRuns: runs },
  );
});

it('has no doubt about files that are written as RFC 4180 says, and leaves very long records to csv-parse', () => {
  const scanner = new CsvScanner(',', 3);
  scanner.add(Buffer.from('id,note\r\n1,"a, ""b""\r\nc"\n\n2,é\n3,"ope'));
  expect(scanner.take(2, false)).toEqual([
    { line: 3, cells: ['id', 'note'] },
    { line: 4, cells: ['1', 'a, "b"\r\nc'] },
  ]);
  expect(scanner.take(9, false)).toEqual([{ line: 7, cells: ['2', 'é'] }]);
  scanner.add(Buffer.from('n"'));
  expect(scanner.take(9, true)).toEqual([{ line: 8, cells: ['3', 'open'] }]);
  expect([scanner.isInDoubt, scanner.emptyLines, scanner.rest.length]).toEqual([false, 1, 0]);
  scanner.add(Buffer.from(`4,${'x'.repeat(70_000)}\n`));
  expect([scanner.take(9, false), scanner.isInDoubt, scanner.rest.length, scanner.line]).toEqual([[], true, 70_003, 9]);
});

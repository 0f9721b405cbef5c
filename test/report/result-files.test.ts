import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rowStatuses, type RowOutcome } from '../../src/core/outcome.ts';
import type { CsvRow, JsonRow, SourceLayout, SourceRow } from '../../src/core/source-row.ts';
import { openSource } from '../../src/input/source.ts';
import { harmless } from '../../src/report/csv-result.ts';
import { createResultFiles, type ResultPaths } from '../../src/report/result-files.ts';
import { ownColumns } from '../../src/report/result-format.ts';
import { rowsOf } from '../input/read-source.ts';
import { outcome } from './samples.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'oppatch-results-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const csv = (columns: readonly string[], delimiter = ','): SourceLayout => ({ kind: 'csv', delimiter, columns });
const csvRow = (row: number, cells: readonly string[]): CsvRow => ({ kind: 'csv', row, line: row + 1, cells });
const jsonRow = (row: number, text: string): JsonRow => ({
  kind: 'json',
  row,
  line: row,
  members: Object.entries(JSON.parse(text) as Record<string, null>),
  text,
});

async function written(
  layout: SourceLayout,
  rows: readonly (readonly [SourceRow, RowOutcome])[],
): Promise<ResultPaths> {
  const files = createResultFiles(directory, layout);
  for (const [row, one] of rows) await files.write(row, one);
  return files.finish();
}

const text = (name: string): Promise<string> => readFile(join(directory, name), 'utf8');

describe('result files of a CSV', () => {
  it('go by status, with the original columns and then ours', async () => {
    const rows = rowStatuses.map((status, index) => {
      const row = index + 1;
      const reason = status === 'applied' ? {} : { code: 'a-code', message: 'says, "no"', hint: 'do', httpStatus: 400 };
      return [csvRow(row, [`opp_${row}`, ' 1,5 ']), outcome(row, { status, attempts: 2, ...reason })] as const;
    });
    const paths = await written(csv(['id', 'amount']), rows);
    expect(paths).toEqual({
      success: join(directory, 'success.csv'),
      failed: join(directory, 'failed.csv'),
      unprocessed: join(directory, 'unprocessed.csv'),
    });
    expect((await text('success.csv')).split('\n')).toEqual([
      'id,amount,oppatch_row,oppatch_status,oppatch_code,oppatch_message,oppatch_hint,oppatch_http_status,oppatch_attempts',
      'opp_1," 1,5 ",1,applied,,,,,2',
      'opp_2," 1,5 ",2,unchanged,a-code,"says, ""no""",do,400,2',
      '',
    ]);
    const failed = parse<Record<string, string>>(await text('failed.csv'), { columns: true });
    expect(failed.map((row) => [row['id'], row['oppatch_row'], row['oppatch_status'], row['oppatch_message']])).toEqual(
      ['invalid', 'rejected', 'conflict', 'failed', 'in_doubt'].map((status, index) => [
        `opp_${index + 3}`,
        String(index + 3),
        status,
        'says, "no"',
      ]),
    );
    expect(await text('unprocessed.csv')).toContain('opp_8," 1,5 ",8,unprocessed');
  });

  it('are not made without rows, replace those of before, and leave nothing else behind', async () => {
    for (const name of ['success.csv', 'failed.csv', 'unprocessed.csv', 'failed.csv.partial'])
      await writeFile(join(directory, name), 'old');
    const paths = await written(csv(['id']), [[csvRow(1, ['a']), outcome(1, { status: 'failed' })]]);
    expect(paths).toEqual({ failed: join(directory, 'failed.csv') });
    expect(await readdir(directory)).toEqual(['failed.csv']);
    expect(await text('failed.csv')).not.toContain('old');
    expect(await written(csv(['id']), [])).toEqual({});
    expect(await readdir(directory)).toEqual([]);
  });

  it('can be read by their owner only', async () => {
    await written(csv(['id']), [[csvRow(1, ['a']), outcome(1)]]);
    expect((await stat(join(directory, 'success.csv'))).mode & 0o777).toBe(0o600);
  });

  it('are not in place before all is written, and are gone when abandoned', async () => {
    const files = createResultFiles(directory, csv(['id']));
    const line = 'x'.repeat(70_000);
    await files.write(csvRow(1, [line]), outcome(1));
    expect(await readdir(directory)).toEqual(['success.csv.partial']);
    await files.abandon();
    expect(await readdir(directory)).toEqual([]);
    for (let round = 0; round < 20; round += 1) {
      const unopened = createResultFiles(directory, csv(['id']));
      void unopened.write(csvRow(1, ['a']), outcome(1));
      await unopened.abandon();
      expect(await readdir(directory)).toEqual([]);
    }
  });

  it('replace the columns of an earlier run instead of doubling them', async () => {
    const columns = ['oppatch_row', 'id', ' oppatch_status ', 'amount', 'oppatch_later'];
    const cells = ['7', 'a', 'rejected', '5', 'z'];
    await written(csv(columns, ';'), [[csvRow(1, cells), outcome(1, { status: 'rejected', code: 'c' })]]);
    expect(await text('failed.csv')).toBe(`id;amount;${ownColumns.join(';')}\na;5;1;rejected;c;;;;1\n`);
  });

  it('keep a first header that spreadsheets would take for something else', async () => {
    for (const name of ['sep=x', 'SEP=', '', ' id', '\ufeffid']) {
      await written(csv([name, 'b']), [[csvRow(1, ['1', '2']), outcome(1)]]);
      const content = await text('success.csv');
      expect(content.startsWith(`"${name}",b,`), JSON.stringify(name)).toBe(true);
    }
  });

  it('quote what some reader might take apart or strip', async () => {
    const cells = ['a\rb', 'a\nb', 'a,b', 'a"b', ' a', 'a\t', '\u00a0a', 'a\ufeffb', 'a b', '=1+1', ''];
    await written(csv(cells.map((_, index) => `c${index}`)), [[csvRow(1, cells), outcome(1)]]);
    expect((await text('success.csv')).split('oppatch_attempts\n')[1]).toBe(
      '"a\rb","a\nb","a,b","a""b"," a","a\t","\u00a0a","a\ufeffb",a b,=1+1,,1,applied,,,,,1\n',
    );
  });

  it('read back exactly, whatever the cells and the delimiter are', async () => {
    const cell = fc.oneof(
      fc.string({
        unit: fc.constantFrom('a', '"', ',', ';', '\t', '|', '\n', '\r', ' ', '\ufeff', 'é', '日', '=', '^', '\\'),
      }),
      fc.string({ unit: 'grapheme' }),
    );
    const delimiters = fc.constantFrom(',', ';', '\t', '|', '^', '.', '*', '~', '💶');
    const table = fc.integer({ min: 1, max: 5 }).chain((width) =>
      fc.record({
        columns: fc.uniqueArray(cell, { minLength: width, maxLength: width, selector: (name) => name.trim() }),
        rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 }),
        message: cell,
        delimiter: delimiters,
      }),
    );
    await fc.assert(
      fc.asyncProperty(table, async ({ columns, rows, message, delimiter }) => {
        const status = 'rejected';
        await written(
          csv(columns, delimiter),
          rows.map((cells, index) => [
            csvRow(index + 1, cells),
            outcome(index + 1, { status, message, hint: message }),
          ]),
        );
        const records = parse(await text('failed.csv'), {
          delimiter,
          record_delimiter: '\n',
          bom: false,
        });
        expect(records).toEqual([
          [...columns, ...ownColumns],
          ...rows.map((cells, index) => [
            ...cells,
            String(index + 1),
            status,
            '',
            harmless(message),
            harmless(message),
            '',
            '1',
          ]),
        ]);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['@SUM(A1)\r\n\tx', "'@SUM(A1)  x"],
    ['no = sign', 'no = sign'],
  ])('has no formula in a column of ours: %j', (text, written) => {
    expect(harmless(text)).toBe(written);
  });

  it.each(['\n', '\r\n'] as const)('keeps the byte order mark and the line end %j of the input', async (lineEnd) => {
    const layout = { ...csv(['id', 'note'], ';'), lineEnd, byteOrderMark: true } as const;
    await written(layout, [[csvRow(1, ['a', 'Größe']), outcome(1, { status: 'rejected' })]]);
    const whole = await text('failed.csv');
    expect(whole.startsWith('\ufeffid;note;')).toBe(true);
    expect(whole.split(lineEnd)).toHaveLength(3);
    expect(whole.replaceAll(lineEnd, '')).not.toMatch(/[\r\n]/);
  });

  it('feed back through the reader of input files as they are', async () => {
    const columns = ['id', 'Deal, size', ' note '];
    const cells = ['opp_1', '1.250,50', ' line one\r\nline "two"\n'];
    for (const delimiter of [',', ';', '\t', '|']) {
      await written(csv(columns, delimiter), [
        [csvRow(1, cells), outcome(1, { status: 'rejected', message: 'no; not, this | one\t' })],
      ]);
      const path = join(directory, 'failed.csv');
      const source = await openSource(path, { displayName: 'failed.csv' });
      const rows = await rowsOf(source);
      expect(source.layout).toMatchObject({ kind: 'csv', delimiter });
      const again = createResultFiles(directory, source.layout);
      for (const row of rows) await again.write(row, outcome(row.row, { status: 'unprocessed' }));
      await again.finish();
      const records = parse(await text('unprocessed.csv'), { delimiter });
      expect(records).toEqual([
        [...columns, ...ownColumns],
        [...cells, '1', 'unprocessed', '', '', '', '', '1'],
      ]);
    }
  });

  it('take many rows, waiting for the disk now and then only', async () => {
    const files = createResultFiles(directory, csv(['id', 'name']));
    const count = 50_000;
    let waits = 0;
    for (let row = 1; row <= count; row += 1) {
      const full = files.write(csvRow(row, [`opp_${row}`, 'a name of usual length']), outcome(row));
      if (full === undefined) continue;
      waits += 1;
      await full;
    }
    await files.finish();
    expect(waits).toBeGreaterThan(10);
    expect(waits).toBeLessThan(count / 100);
    const lines = (await text('success.csv')).split('\n');
    expect(lines).toHaveLength(count + 2);
    expect(lines[count]).toBe(`opp_${count},a name of usual length,${count},applied,,,,,1`);
  });

  it('explain a disk that fails, and refuse rows of another form', async () => {
    const nowhere = createResultFiles(join(directory, 'missing'), csv(['id']));
    void nowhere.write(csvRow(1, ['a']), outcome(1));
    await expect(nowhere.finish()).rejects.toMatchObject({
      code: 'result-file',
      place: join(directory, 'missing', 'success.csv.partial'),
      exitCode: 1,
    });
    await nowhere.abandon();
    const files = createResultFiles(directory, csv(['id']));
    expect(() => files.write(jsonRow(1, '{}'), outcome(1))).toThrow(TypeError);
    await files.abandon();
  });
});

describe('result files of JSON', () => {
  const layout: SourceLayout = { kind: 'json' };

  it('are NDJSON: the text of each object as it stands, then our members', async () => {
    const original = '{ "id": "a\\u0041", "n":1250.50, "big":12345678901234567890, "e":1E2, "o":{"x":[1,2]} }';
    const told = { status: 'rejected', code: 'c', message: 'a "quoted"\nmessage', httpStatus: 400 } as const;
    const paths = await written(layout, [
      [jsonRow(1, original), outcome(1, told)],
      [jsonRow(2, '{}'), outcome(2, { status: 'failed' })],
    ]);
    expect(paths).toEqual({ failed: join(directory, 'failed.ndjson') });
    const [first, second] = (await text('failed.ndjson')).split('\n');
    expect(first).toBe(
      `{${original.slice(2, -2)},"oppatch_row":1,"oppatch_status":"rejected","oppatch_code":"c",` +
        '"oppatch_message":"a \\"quoted\\"\\nmessage","oppatch_http_status":400,"oppatch_attempts":1}',
    );
    expect(second).toBe('{"oppatch_row":2,"oppatch_status":"failed","oppatch_attempts":1}');
  });

  it('replace the members of an earlier run and touch no other', async () => {
    const before =
      '{"oppatch_row":9, "id":"a", "n":1250.50,"oppatch_message":"x, {\\"y\\"] \\\\","o":{"oppatch_in":1e5,"l":[",",{}]}, "opp\\u0061tch_status":"failed"}';
    await written(layout, [[jsonRow(1, before), outcome(1, { status: 'conflict' })]]);
    expect(await text('failed.ndjson')).toBe(
      '{"id":"a","n":1250.50,"o":{"oppatch_in":1e5,"l":[",",{}]},"oppatch_row":1,"oppatch_status":"conflict","oppatch_attempts":1}\n',
    );
    await written(layout, [[jsonRow(1, '{"oppatch_row":9}'), outcome(1)]]);
    expect(await text('success.ndjson')).toBe('{"oppatch_row":1,"oppatch_status":"applied","oppatch_attempts":1}\n');
  });

  it('hold the same values again after any number of rounds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), async (object) => {
        const original = JSON.stringify(
          Object.fromEntries(Object.entries(object).filter(([name]) => !name.trim().startsWith('oppatch_'))),
        );
        let line = original;
        for (let round = 1; round <= 2; round += 1) {
          await written(layout, [[jsonRow(1, line), outcome(round, { status: 'failed', message: '{"a":[1,2],' })]]);
          line = (await text('failed.ndjson')).trimEnd();
        }
        const own = { oppatch_row: 2, oppatch_status: 'failed', oppatch_message: '{"a":[1,2],', oppatch_attempts: 1 };
        const inside = original.slice(1, -1);
        expect(line).toBe(`{${inside}${inside === '' ? '' : ','}${JSON.stringify(own).slice(1)}`);
      }),
      { numRuns: 60 },
    );
  });
});

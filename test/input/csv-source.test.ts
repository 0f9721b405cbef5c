import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import * as fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';

import { openCsv } from '../../src/input/csv-source.ts';
import { cut, piecewise, readFile, rowsOf, withFile } from './read-source.ts';
import { openSource } from '../../src/input/source.ts';

const cellsOf = async (name: string, content: string | Uint8Array, options = {}): Promise<unknown> => {
  const { source, rows } = await readFile(name, content, options);
  if (source.layout.kind !== 'csv') throw new Error('not CSV');
  return [source.layout.columns, ...rows.map((row) => (row.kind === 'csv' ? row.cells : []))];
};

const objectsOf = async (content: string): Promise<unknown> => {
  const { source, rows } = await readFile('edits.csv', content);
  const { layout } = source;
  if (layout.kind !== 'csv') throw new Error('not CSV');
  return rows.map((row) =>
    row.kind === 'csv' ? Object.fromEntries(layout.columns.map((column, index) => [column, row.cells[index]])) : {},
  );
};

const write = (text: string, delimiter: string, always: boolean): string =>
  always || /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;

describe('csv-spectrum', () => {
  const directory = dirname(createRequire(import.meta.url).resolve('csv-spectrum'));
  const names = readdirSync(join(directory, 'csvs')).map((name) => name.replace('.csv', ''));

  it('is there', () => expect(names.length).toBeGreaterThanOrEqual(12));

  const text = (name: string): string => readFileSync(join(directory, 'csvs', `${name}.csv`), 'utf8');
  const expected = (name: string): unknown =>
    JSON.parse(readFileSync(join(directory, 'json', `${name}.json`), 'utf8')) as unknown;

  it.each(names.filter((name) => name !== 'location_coordinates'))('%s', async (name) => {
    expect(await objectsOf(text(name))).toEqual(expected(name));
  });

  it('location_coordinates: refused for its bare quotes, which RFC 4180 forbids, and read once they are written as it says', async () => {
    const bare = text('location_coordinates');
    await expect(objectsOf(bare)).rejects.toMatchObject({
      code: 'stray-quote',
      place: expect.stringMatching(/:2:\d+$/) as string,
    });
    const [header = '', ...rows] = bare.trimEnd().split(/\r?\n/);
    const quoted = rows.map((row) =>
      row
        .split(',')
        .map((cell) => `"${cell.replaceAll('"', '""')}"`)
        .join(','),
    );
    // The phone number of the referee's JSON is another one than that of its CSV.
    const { 'Contact Phone Number': _, ...rest } = expected('location_coordinates') as Record<string, string>;
    expect(await objectsOf([header, ...quoted].join('\n'))).toMatchObject([rest]);
  });
});

describe('any table reads back the same', () => {
  const cell = fc.string({
    unit: fc.oneof(
      fc.constantFrom('a', ',', ';', '\t', '|', '"', '\n', '\r\n', ' ', 'é', '漢', '😀'),
      fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }),
    ),
    maxLength: 8,
  });
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }));
  it('whatever the delimiter, the quotes, the line ends and the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.array(fc.nat(200), { maxLength: 8 }),
        fc.nat(2),
        async (data, delimiter, lineEnd, quoteAll, offsets, blankLines) => {
          const kept = data.filter((cells) => cells.some((text) => text.trim() !== ''));
          fc.pre(kept.length > 0);
          const header = (data[0] ?? []).map((_, index) => `column ${index}`);
          const lines = [header, ...data].map((cells) =>
            cells.map((text) => write(text, delimiter, quoteAll)).join(delimiter),
          );
          const text = lines.map((line) => line + lineEnd + lineEnd.repeat(blankLines)).join('');
          const source = await openCsv(piecewise(cut(text, offsets)), undefined);
          expect(source.layout.delimiter).toBe(delimiter);
          expect(source.layout.columns).toEqual(header);
          const rows = await rowsOf(source);
          expect(rows.map((row) => (row.kind === 'csv' ? row.cells : []))).toEqual(kept);
          expect(rows.map(({ row }) => row)).toEqual(kept.map((_, index) => index + 1));
          let line = 1;
          const expectedLines = lines.map((written) => {
            const begin = line;
            line += (written + lineEnd.repeat(1 + blankLines)).split('\n').length - 1;
            return begin;
          });
          expect(rows.map((row) => row.line)).toEqual(
            expectedLines.slice(1).filter((_, index) => kept.includes(data[index] ?? [])),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('how files are written', () => {
  it.each([
    ['comma', 'id,a;b\n1,2\n', ','],
    ['semicolon', 'id;amount\n1;2,5\n', ';'],
    ['a tie', 'id;amount, net\n1;a,b\n', ','],
    ['semicolons in the majority', 'id;"a,b,c";d\n1;2;3\n', ';'],
    ['tab', 'id\ta\tb,c\n1\t2\t3\n', '\t'],
    ['pipe', 'id|a|b\n1|2|3\n', '|'],
    ['no delimiter at all', 'id\n1\n', ','],
    ['what Excel says', 'sep=|\r\nid|a;b;c\r\n1|2\r\n', '|'],
  ])('finds the delimiter: %s', async (_, text, delimiter) => {
    const { source } = await readFile('edits.csv', text);
    expect(source.layout).toMatchObject({ delimiter });
  });

  it('takes the delimiter that it is told', async () => {
    expect(await cellsOf('edits.csv', 'id;a,b\n1;2,3\n', { delimiter: 'semicolon' })).toEqual([
      ['id', 'a,b'],
      ['1', '2,3'],
    ]);
    expect(await cellsOf('edits.tsv', 'id\ta,b,c\n1\t2,3,4\n')).toEqual([
      ['id', 'a,b,c'],
      ['1', '2,3,4'],
    ]);
    expect(await cellsOf('edits.csv', 'id~a\n1~2\n', { delimiter: '~' })).toEqual([
      ['id', 'a'],
      ['1', '2'],
    ]);
  });

  it.each([
    ['LF', '\n'],
    ['CR LF', '\r\n'],
    ['CR', '\r'],
  ])('reads lines that end in %s, and counts them', async (_, end) => {
    const text = ['id,note', '1,a', '', '2,"b', 'c"', '3,d'].join(end);
    const { rows } = await readFile('edits.csv', text);
    expect(rows).toMatchObject([
      { row: 1, line: 2, cells: ['1', 'a'] },
      { row: 2, line: 4, cells: ['2', `b${end}c`] },
      { row: 3, line: 6, cells: ['3', 'd'] },
    ]);
  });

  it('leaves out lines and rows without content, also before the header, and counts those behind it', async () => {
    const { rows, source } = await readFile('edits.csv', '\n  \nid,note\n\n1,a\n   \n,\n" ",""\n2,b\n');
    expect(rows).toMatchObject([
      { row: 1, line: 5, cells: ['1', 'a'] },
      { row: 2, line: 9, cells: ['2', 'b'] },
    ]);
    expect(source.blankRows()).toBe(4);
  });

  it('drops surplus cells that are empty, in the header line, too, and refuses those with content', async () => {
    expect(await cellsOf('edits.csv', 'id,note,, \n1,a,,\n2,b\n3,c, \n')).toEqual([
      ['id', 'note'],
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'c'],
    ]);
    await expect(readFile('edits.csv', 'id,note,\n1,a,x\n')).rejects.toMatchObject({
      code: 'ragged-row',
      place: 'edits.csv:2',
      hint: expect.stringMatching(/the comma.*--delimiter/) as string,
    });
  });

  it('skips what stands above the header line, and says how', async () => {
    const text = 'Pipeline "report,,\n\nid,amount,close_date\n1,2,\n';
    const { rows } = await readFile('edits.csv', text, { skipLines: 2 });
    expect(rows).toMatchObject([{ row: 1, line: 4, cells: ['1', '2', ''] }]);
    await expect(readFile('edits.csv', 'Report,,\n\nid,amount,date\n1,2,3\n')).rejects.toMatchObject({
      code: 'ragged-row',
      hint: expect.stringMatching(/--skip-lines 2/) as string,
    });
    await expect(readFile('edits.csv', 'id\n1\n', { skipLines: 9 })).rejects.toMatchObject({ code: 'file-empty' });
    await expect(readFile('edits.json', '[{"id":1}]', { skipLines: 1 })).rejects.toMatchObject({
      place: '--skip-lines',
    });
  });

  it('decides between delimiters that are as frequent by the next line', async () => {
    expect(await cellsOf('edits.csv', 'id;Deal, size\n1;17\n')).toEqual([
      ['id', 'Deal, size'],
      ['1', '17'],
    ]);
  });

  it.each(['\n', '\r\n', '\r'])('knows the line end %j and the mark', async (end) => {
    const { source } = await readFile('edits.csv', `\ufeffid;note${end}1;a${end}`);
    expect(source.layout).toMatchObject({ lineEnd: end, byteOrderMark: true, delimiter: ';' });
  });

  it('keeps cells and names as they stand', async () => {
    expect(await cellsOf('edits.csv', ' id ,__proto__,constructor\n 1 ,"  ",\t\n')).toEqual([
      [' id ', '__proto__', 'constructor'],
      [' 1 ', '  ', '\t'],
    ]);
  });

  it.each([
    ['UTF-8 with a mark', Buffer.from('\ufeffid,note\n1,café 漢 😀\n')],
    ['UTF-16LE with a mark', Buffer.from('\ufeffid,note\n1,café 漢 😀\n', 'utf16le')],
    ['UTF-16BE with a mark', Buffer.from('\ufeffid,note\n1,café 漢 😀\n', 'utf16le').swap16()],
  ])('decodes %s', async (_, content) => {
    expect(await cellsOf('edits.csv', content)).toEqual([
      ['id', 'note'],
      ['1', 'café 漢 😀'],
    ]);
  });

  it('decodes what it is told', async () => {
    const text = 'id,note\n1,"€ é"\n';
    const expected = [
      ['id', 'note'],
      ['1', '€ é'],
    ];
    expect(await cellsOf('edits.csv', iconv.encode(text, 'windows-1252'), { encoding: 'Windows-1252' })).toEqual(
      expected,
    );
    expect(await cellsOf('edits.csv', Buffer.from(text, 'utf16le'), { encoding: 'utf-16le' })).toEqual(expected);
    expect(await cellsOf('edits.csv', Buffer.from('id,note\n1,\ufffd\n'))).toEqual([
      ['id', 'note'],
      ['1', '\ufffd'],
    ]);
  });

  it.each([
    ['UTF-8 as Latin-1', Buffer.from('id,note\n1,Café\n'), 'iso-8859-1'],
    ['a mark of UTF-8', Buffer.from('\ufeffid,note\n1,a\n'), 'windows-1252'],
    ['a mark of UTF-16', Buffer.from('\ufeffid,note\n1,a\n', 'utf16le'), 'utf-8'],
    ['the other order of bytes', Buffer.from('\ufeffid,note\n1,a\n', 'utf16le'), 'utf-16be'],
    ['single bytes as UTF-16', Buffer.from('id,note\n1,a\n'), 'utf-16le'],
  ])('refuses a flag that the bytes contradict: %s', async (_, content, encoding) => {
    await expect(readFile('edits.csv', content, { encoding })).rejects.toMatchObject({ code: 'encoding-contradicted' });
  });

  it.each(['windows-1252', 'iso-8859-1', 'utf-8'])('takes plain ASCII by whatever name: %s', async (encoding) => {
    expect(await cellsOf('edits.csv', 'id,note\n1,a\n', { encoding })).toHaveLength(2);
  });

  it('keeps characters whole that stand across chunks of the file', async () => {
    const rows = Array.from({ length: 30_000 }, (_, index) => `${index},漢字😀é\n`);
    const { rows: read } = await readFile('edits.csv', `id,note\n${rows.join('')}`);
    expect(read).toHaveLength(30_000);
    expect(read.every((row) => row.kind === 'csv' && row.cells[1] === '漢字😀é')).toBe(true);
    expect(read.at(-1)).toMatchObject({ row: 30_000, line: 30_001 });
  });

  it('names the place of a bad byte far into the file', async () => {
    const head = Buffer.from(`id,note\n${'1,漢字 plain text\n'.repeat(20_000)}2,`);
    await expect(
      readFile('edits.csv', Buffer.concat([head, Buffer.from([0xe9]), Buffer.from('\n')])),
    ).rejects.toMatchObject({
      code: 'wrong-encoding',
      place: 'edits.csv:20002:3',
    });
  });
});

it('goes through the rows as often as asked, and stops when no more are wanted', async () => {
  await withFile('edits.csv', `id,note\n${'1,x\n'.repeat(100_000)}`, async (path) => {
    const source = await openSource(path, {});
    for await (const [first] of source.rows()) {
      expect(first).toMatchObject({ row: 1 });
      break;
    }
    expect(await rowsOf(source)).toHaveLength(100_000);
    expect(await rowsOf(source)).toHaveLength(100_000);
  });
});

it.each([
  ['edits.csv', 'id\n1', 'csv'],
  ['EDITS.TSV', 'id\n1', 'tsv'],
  ['edits.json', '[{"id":1}]', 'json'],
  ['edits.ndjson', '{"id":1}', 'ndjson'],
  ['edits.jsonl', '{"id":1}', 'ndjson'],
  ['-', ' [{"id":1}]', 'json'],
  ['-', '{"id":1}', 'ndjson'],
  ['edits.txt', 'id\n1', 'csv'],
])('tells the format of %s', async (displayName, text, format) => {
  const { source } = await withFile('input', text, async (path) => ({
    source: await openSource(path, { displayName }),
  }));
  expect(source.format).toBe(format);
});

it('obeys --format whatever the name', async () => {
  const { source } = await readFile('edits.csv', '{"id":1}\n', { format: 'ndjson' });
  expect(source.layout).toEqual({ kind: 'json' });
});

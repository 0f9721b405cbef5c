import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { exactNumber, stringifyJson } from '../../src/core/json.ts';
import { findJsonFault } from '../../src/input/json-fault.ts';
import { jsonRows } from '../../src/input/json-source.ts';
import { cut, piecewise, readFile, rowsOf } from './read-source.ts';

describe('any objects read back the same', () => {
  const object = fc.dictionary(fc.string({ maxLength: 5, unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3 }), {
    maxKeys: 4,
    minKeys: 1,
  });
  /** Those without any content are left out. */
  const filled = object.filter((value) => Object.values(value).some((member) => typeof member === 'number'));
  const objects = fc.array(filled, { minLength: 1, maxLength: 6 });
  const offsets = fc.array(fc.nat(300), { maxLength: 10 });

  it('from an array, whatever the blanks and the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(objects, offsets, fc.constantFrom(0, 2, '\t'), async (values, at, indent) => {
        const text = `${JSON.stringify(values, undefined, indent)}\n`;
        const rows = await rowsOf({ rows: () => jsonRows(piecewise(cut(text, at)), 'json') });
        const plain = values.map((value) => JSON.stringify(value));
        expect(rows.map((row) => (row.kind === 'json' ? JSON.stringify(JSON.parse(row.text)) : ''))).toEqual(plain);
        expect(
          rows.map((row) =>
            row.kind === 'json' ? (JSON.parse(stringifyJson(Object.fromEntries(row.members))) as unknown) : {},
          ),
        ).toEqual(plain.map((one) => JSON.parse(one) as unknown));
        expect(rows.every((row) => row.kind === 'json' && !/[\r\n]/.test(row.text))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('from NDJSON, whatever the line ends and the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(objects, offsets, fc.constantFrom('\n', '\r\n', '\n\n  \n'), async (values, at, end) => {
        const text = values.map((value) => JSON.stringify(value)).join(end);
        const rows = await rowsOf({ rows: () => jsonRows(piecewise(cut(text, at)), 'ndjson') });
        expect(rows.map((row) => (row.kind === 'json' ? row.text : ''))).toEqual(
          values.map((value) => JSON.stringify(value)),
        );
        const step = end.split('\n').length - 1;
        expect(rows.map(({ line }) => line)).toEqual(values.map((_, index) => 1 + index * step));
      }),
      { numRuns: 300 },
    );
  });
});

it('agrees with JSON.parse on what is well-formed', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"a"',
    '"b"',
    ':',
    ',',
    '1',
    '-0.5e3',
    '01',
    'true',
    'nul',
    ' ',
    '\n',
    '"',
    '\\',
    '\\u00e9',
    '"\\u00e9"',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 9 }).map((parts) => parts.join('')),
        fc.json(),
      ),
      (text) => {
        let wellFormed = true;
        try {
          JSON.parse(text);
        } catch {
          wellFormed = false;
        }
        const fault = findJsonFault(text);
        expect(fault === undefined || (wellFormed && fault.code === 'duplicate-member')).toBe(wellFormed);
        if (fault !== undefined) expect(fault.offset).toBeLessThanOrEqual(text.length);
      },
    ),
    { numRuns: 3000 },
  );
});

it('keeps numbers exact, members in order and the text on one line', async () => {
  const text =
    '[\r\n  {\r\n    "id": 12345678901234567890,\n    "7": 1250.50,\n\t"1": {"b": [1,\n2], "a": "x\\ny  \\" {"},\n "__proto__": null\n  }\n]';
  const { rows } = await readFile('edits.json', text);
  const [row] = rows;
  if (row?.kind !== 'json') throw new Error('no row');
  expect(row.line).toBe(2);
  expect(row.members.map(([name]) => name)).toEqual(['id', '7', '1', '__proto__']);
  expect(row.text).toBe(
    '{"id": 12345678901234567890,"7": 1250.50,"1": {"b": [1,2], "a": "x\\ny  \\" {"},"__proto__": null}',
  );
  const exact = await readFile('edits.ndjson', '{"id":12345678901234567890,"amount":1.10000000000000000001}');
  const [first] = exact.rows;
  expect(first?.kind === 'json' && first.members).toEqual([
    ['id', exactNumber('12345678901234567890')],
    ['amount', exactNumber('1.10000000000000000001')],
  ]);
  expect(first?.kind === 'json' && stringifyJson(Object.fromEntries(first.members))).toBe(
    '{"id":12345678901234567890,"amount":1.10000000000000000001}',
  );
});

it('gives each object the line on which it begins', async () => {
  const { rows } = await readFile('edits.json', '\n[{"id":1}, {"id":2},\n\n{\n"id":3}\n,{"id":4}]');
  expect(rows.map(({ row, line }) => [row, line])).toEqual([
    [1, 2],
    [2, 2],
    [3, 4],
    [4, 6],
  ]);
});

describe('objects that wrap the rows', () => {
  it.each([
    ['edits.json', '{"data":[{"id":"a"}],"has_more":false}', '.data'],
    ['edits.json', '{ "meta": {"n": [{"x":1}]},\n "deals" : [ {"id":"a"} ] }', '.deals'],
    ['reply', '{"data":[{"id":"a"}],"has_more":false}\n', '.data'],
    ['reply.ndjson', '{"the rows":[{"id":"a"}]}\n', '.["the rows"]'],
  ])('are named with the member to take: %s %s', async (name, text, path) => {
    await expect(readFile(name, text)).rejects.toMatchObject({
      code: 'json-not-an-array',
      hint: expect.stringContaining(`jq '${path}' FILE | oppatch apply - --format json`) as string,
    });
  });

  it('are not seen in edits with a list of objects', async () => {
    const { rows } = await readFile('edits.ndjson', '{"id":"a","/team/-":[{"email":"a@b.co"}]}\n{}\n{"id":""}\n');
    expect(rows).toHaveLength(1);
  });
});

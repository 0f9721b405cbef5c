import { describe, expect, it } from 'vitest';
import { tableText } from '../../src/report/table.ts';
import { textWidth } from '../../src/report/text-width.ts';
import { controlsIn, hostile, plain } from './samples.ts';

const wide = { columns: 80, paint: plain };

describe('tableText', () => {
  it('aligns columns with wide characters, numbers to the right', () => {
    const text = tableText(
      [{ title: 'name' }, { title: 'rows' }, { title: 'note' }],
      [
        ['日本語', '1,234', 'x'],
        ['cafe\u0301', '7', '👍 y'],
      ],
      wide,
    );
    expect(text.split('\n')).toEqual(['name     rows  note', '日本語  1,234  x', 'cafe\u0301        7  👍 y']);
  });

  it('aligns to the right only where all is numbers, and never ids that are to be copied', () => {
    const rows = [
      ['12', '12', '1'],
      ['345', 'n/a', '1234'],
    ];
    const text = tableText([{ title: 'a' }, { title: 'b' }, { title: 'c', whole: true }], rows, wide);
    expect(text.split('\n')).toEqual(['  a  b    c', ' 12  12   1', '345  n/a  1234']);
  });

  it('cuts the widest columns to fit, and spares those that are to be copied', () => {
    const id = 'id-'.repeat(10);
    const rows = [[id, 'word '.repeat(30), 'short']];
    const text = tableText([{ title: 'id', whole: true }, { title: 'text' }, { title: 'end' }], rows, {
      columns: 60,
      paint: plain,
    });
    const [, line = ''] = text.split('\n');
    expect(textWidth(line)).toBe(60);
    expect(line).toContain(id);
    expect(line).toMatch(/word word .*… {2}short$/);
  });

  it('cuts nothing where the width is infinite, and gives up below eight columns each', () => {
    const cell = 'x'.repeat(500);
    expect(tableText([{ title: 'a' }], [[cell]], { columns: Number.POSITIVE_INFINITY, paint: plain })).toContain(cell);
    const narrow = tableText([{ title: 'aa' }, { title: 'bb' }], [[cell, cell]], { columns: 5, paint: plain });
    for (const line of narrow.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(18);
  });

  it('takes many rows, missing cells and hostile cells', () => {
    const many = Array.from({ length: 200_000 }, (_, index) => [String(index)]);
    expect(tableText([{ title: 'n' }], many, wide).split('\n')).toHaveLength(200_001);
    expect(tableText([{ title: 'a' }, { title: 'b' }], [['only']], wide)).toBe('a     b\nonly');
    expect(controlsIn(tableText([{ title: hostile }], [[hostile], ['a\nb']], wide))).toEqual([]);
    expect(tableText([{ title: 'a' }], [['x\ny']], wide).split('\n')).toHaveLength(2);
  });
});

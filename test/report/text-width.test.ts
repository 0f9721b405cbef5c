import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, textWidth } from '../../src/report/text-width.ts';
import { wrap } from '../../src/report/wrap.ts';
import { coloured } from './samples.ts';

describe('textWidth', () => {
  it.each([
    ['plain', 5],
    ['', 0],
    ['日本語', 6],
    ['ｱｲｳ', 3],
    ['ＡＢ', 4],
    ['한국', 4],
    ['\u1112\u1161\u11ab', 2],
    ['café', 4],
    ['cafe\u0301', 4],
    ['👍', 2],
    ['👍🏽', 2],
    ['👩‍👩‍👧‍👦', 2],
    ['🇩🇪🇫🇷', 4],
    ['❤️', 2],
    ['❤', 1],
    ['1️⃣', 2],
    ['©', 1],
    ['™', 1],
    ['…', 1],
    ['█░', 2],
    ['नमस्ते', 4],
    ['a\u200bb', 2],
    ['€ 12', 4],
  ])('%s takes %i', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  it('counts no colours', () => {
    expect(textWidth(coloured.bad('日本'))).toBe(4);
  });
});

const texts = fc.string({ unit: 'grapheme', maxLength: 60 });

describe('cut', () => {
  it('keeps what fits, and what is cut is marked and never wider', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 40 }), (text, columns) => {
        const kept = cut(text, columns);
        expect(textWidth(kept)).toBeLessThanOrEqual(columns);
        if (textWidth(text) <= columns) expect(kept).toBe(text);
        else expect(kept.endsWith('…') && text.startsWith(kept.slice(0, -1))).toBe(true);
      }),
    );
  });

  it('never cuts through a character', () => {
    expect(cut('日本語', 4)).toBe('日…');
    expect(cut('👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 3)).toBe('👩‍👩‍👧‍👦…');
    expect(cut('abc', 0)).toBe('');
  });

  it('looks at the beginning only of a text that is much too long', () => {
    const startedAt = performance.now();
    expect(cut('日'.repeat(5_000_000), 10)).toBe('日日日日…');
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe('wrap', () => {
  it('breaks at blanks, indents the rest, and keeps long words whole', () => {
    expect(wrap('one two three', 8, '  ')).toBe('one two\n  three');
    expect(wrap('https://example.com/a/long/path end', 10)).toBe('https://example.com/a/long/path\nend');
    expect(wrap('  → a hint of words', 12, '    ')).toBe('  → a hint\n    of words');
    expect(wrap('anything at all', Number.POSITIVE_INFINITY)).toBe('anything at all');
  });

  it('loses no word, and makes no line wider unless a single word is', () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '日', '-'), minLength: 1, maxLength: 12 }));
    fc.assert(
      fc.property(words, fc.integer({ min: 4, max: 40 }), (list, columns) => {
        const lines = wrap(list.join(' '), columns, '  ').split('\n');
        expect(lines.join(' ').split(/ +/)).toEqual(list.join(' ').split(/ +/));
        for (const line of lines) if (textWidth(line) > columns) expect(line.trim()).not.toContain(' ');
      }),
    );
  });
});

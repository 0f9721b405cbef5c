import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerpt, printable } from '../../src/core/printable.ts';

const unsafe = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u;
const characters = fc.oneof(
  fc.integer({ min: 0, max: 0x10_ff_ff }),
  fc.constantFrom(0x1b, 0x9b, 0x0d, 0x0a, 0x09, 0x7f, 0x2028, 0x2029, 0x202e, 0x2066, 0x2069, 0x061c, 0x1_f6_00),
);
const texts = fc.array(characters, { maxLength: 60 }).map((codes) => String.fromCodePoint(...codes));

describe('printable', () => {
  it('leaves no control, bidi or line separator character of any text, and is settled after once', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const clean = printable(text);
        expect(clean).not.toMatch(unsafe);
        expect(printable(clean)).toBe(clean);
      }),
      { numRuns: 500 },
    );
  });

  it('judges every character of the first plane', () => {
    for (let code = 0; code <= 0xff_ff; code += 1) {
      const text = String.fromCharCode(code);
      const clean = printable(text);
      if (unsafe.test(text)) expect([' ', '\ufffd']).toContain(clean);
      else if (clean !== text) expect.fail(`U+${code.toString(16)} was changed`);
    }
  });

  it.each([
    ['a\r\nb\nc\td', 'a b c d'],
    ['\u001b[2J\u009b1mx', '\ufffd[2J\ufffd1mx'],
    ['abc\u202egpj.exe', 'abc\ufffdgpj.exe'],
    ['Zürich 東京 😀 عربي', 'Zürich 東京 😀 عربي'],
  ])('writes %j as %j', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });
});

describe('excerpt', () => {
  it('is never longer than asked, and says where it cut', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 30 }), (text, length) => {
        const cut = excerpt(text, length);
        const whole = [...printable(text)];
        expect(cut).not.toMatch(unsafe);
        expect([...cut].length).toBe(Math.min(whole.length, length));
        expect(cut).toBe(whole.length <= length ? whole.join('') : `${whole.slice(0, length - 1).join('')}…`);
      }),
      { numRuns: 500 },
    );
  });

  it('splits no character in two and stays quick on a huge text', () => {
    expect(excerpt('😀'.repeat(50), 3)).toBe('😀😀…');
    expect([...excerpt('\r\n'.repeat(5_000_000), 10)].length).toBe(10);
  });
});

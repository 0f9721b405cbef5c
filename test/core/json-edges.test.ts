import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactNumber, isExactNumber, isJsonObject, parseJson, stringifyJson } from '../../src/core/json.ts';

/** A number that a float would change, so that a text with it takes the exact way. */
const long = '12345678901234567890.123456789';
const longTexts = fc
  .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^[1-9][0-9]{15,40}$/), fc.stringMatching(/^(\.[0-9]{1,20})?$/))
  .map((parts) => parts.join(''));

describe('the exact way through JSON', () => {
  it('keeps the letters of a long number at any place', () => {
    fc.assert(
      fc.property(longTexts, fc.integer({ min: -999, max: 999 }), (digits, exponent) => {
        const texts = [digits, `${digits}e${exponent}`, `${digits}E+3`];
        for (const text of [...texts, `[${texts.join()}]`, `{"a":{"b":[[${texts.join()}],{"c":${digits}}]}}`])
          expect(stringifyJson(parseJson(text))).toBe(text);
      }),
    );
  });

  it('agrees with JSON.parse on everything beside the number', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(!JSON.stringify(value).includes('-0'));
        const plain = JSON.stringify(value);
        expect(stringifyJson(parseJson(`[${long},${plain}]`))).toBe(`[${long},${JSON.stringify(JSON.parse(plain))}]`);
        expect(stringifyJson(parseJson(` [ ${JSON.stringify(value, undefined, '\t')} ,\r\n${long} ] `))).toBe(
          `[${JSON.stringify(JSON.parse(plain))},${long}]`,
        );
      }),
    );
  });

  it('agrees with JSON.parse on which texts are JSON', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-',
      '0',
      '.5',
      ' ',
      'null',
      'tru',
      '\\',
      '"',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (list) => {
        const text = `[${long},${list.join('')}]`;
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        if (valid) expect(() => parseJson(text)).not.toThrow();
        else expect(() => parseJson(text)).toThrow(SyntaxError);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([`{"a":1,"a":${long}}`, `{"a":${long},"b":1,"a":2}`])('lets the last of two members count: %s', (text) => {
    const order = Object.keys(JSON.parse(text) as object);
    const parsed = parseJson(text);
    expect(isJsonObject(parsed) && Object.keys(parsed)).toEqual(order);
    expect(stringifyJson(parsed)).toBe(text.endsWith('2}') ? '{"a":2,"b":1}' : `{"a":${long}}`);
  });

  it.each([
    `{"isLosslessNumber":true,"value":"1","n":${long}}`,
    '{"isLosslessNumber":true,"value":"1"}',
    `{"note":"\\"isLosslessNumber\\":true","n":${long}}`,
    '{"note":"\\"isLosslessNumber\\":true and 1234567890123456"}',
    `{"toJSON":"x","__proto__":{"isLosslessNumber":true},"n":${long}}`,
  ])('is not fooled by %s', (text) => {
    const parsed = parseJson(text);
    expect(isExactNumber(parsed)).toBe(false);
    expect(isJsonObject(parsed)).toBe(true);
    expect(stringifyJson(parsed)).toBe(text);
  });

  it('puts nothing on the prototype of any object', () => {
    const parsed = parseJson(`{"__proto__":{"polluted":${long}}}`);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(Object.keys(parsed as object)).toEqual(['__proto__']);
    expect('polluted' in {}).toBe(false);
  });
});

describe('exactNumber', () => {
  it('writes the digits it was given', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,10})?([eE][+-]?[0-9]{1,3})?$/), (text) => {
        expect(stringifyJson(exactNumber(text))).toBe(text);
        expect(stringifyJson([{ n: exactNumber(text) }])).toBe(`[{"n":${text}}]`);
      }),
    );
  });

  it.each(['', ' ', '01', '+1', '.5', '5.', '0x10', 'NaN', 'Infinity', '-Infinity', '1,000', '1 ', '1e', '１', '1n'])(
    'refuses %j',
    (text) => {
      expect(() => exactNumber(text)).toThrow();
    },
  );
});

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('depth', () => {
  it('is bounded, for arrays and objects alike', () => {
    expect(() => parseJson(nested(20_000))).toThrow(SyntaxError);
    expect(() => parseJson(`${'{"a":'.repeat(501)}1${'}'.repeat(501)}`)).toThrow('nested more than 500 levels deep');
    expect(stringifyJson(parseJson(nested(500)))).toBe(nested(500));
  });

  it('is not that of brackets within a string, nor of many side by side', () => {
    const text = JSON.stringify({ a: '['.repeat(2_000), b: '\\"[['.repeat(1_000) });
    expect(stringifyJson(parseJson(text))).toBe(text);
    const wide = `[${Array.from({ length: 2_000 }, () => '[{}]').join(',')}]`;
    expect(stringifyJson(parseJson(wide))).toBe(wide);
  });
});

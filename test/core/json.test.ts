import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exactNumber,
  isJsonObject,
  parseJson,
  parseJsonAsWritten,
  scalarText,
  stringifyJson,
} from '../../src/core/json.ts';

const digits = fc.stringMatching(/^[1-9][0-9]{0,30}$/);
const numberTexts = fc.oneof(
  digits,
  fc.tuple(digits, fc.stringMatching(/^[0-9]{1,30}$/)).map(([whole, fraction]) => `${whole}.${fraction}`),
  fc.tuple(digits, fc.integer({ min: -40, max: 40 })).map(([whole, exponent]) => `-${whole}e${exponent}`),
);

describe('JSON with exact numbers', () => {
  it('keeps the value of every number, however long, at any depth', () => {
    fc.assert(
      fc.property(numberTexts, numberTexts, (first, second) => {
        const text = stringifyJson(parseJson(`{"a":[${first}],"b":{"c":${second}}}`));
        const [, a = '', c = ''] = /^\{"a":\[(.*)\],"b":\{"c":(.*)\}\}$/.exec(text) ?? [];
        expect(asRatio(a)).toEqual(asRatio(first));
        expect(asRatio(c)).toEqual(asRatio(second));
      }),
    );
  });

  it('agrees with JSON elsewhere', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(stringifyJson(parseJson(text)))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('as written keeps the zeros behind a point, and is equal otherwise', () => {
    const text = '{"a":1000.00,"b":[0.50,1.5,7],"c":"1.00"}';
    expect(stringifyJson(parseJsonAsWritten(text))).toBe(text);
    expect(stringifyJson(parseJson(text))).toBe('{"a":1000,"b":[0.5,1.5,7],"c":"1.00"}');
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const plain = JSON.stringify(value);
        expect(JSON.parse(stringifyJson(parseJsonAsWritten(plain)))).toEqual(JSON.parse(plain));
      }),
    );
  });

  it('is not led astray by names', () => {
    expect(stringifyJson({ isLosslessNumber: true, value: 'x' })).toBe('{"isLosslessNumber":true,"value":"x"}');
    const odd = parseJson('{"__proto__":{"n":12345678901234567890},"constructor":1}');
    expect(stringifyJson(odd)).toBe('{"__proto__":{"n":12345678901234567890},"constructor":1}');
    expect(({} as Record<string, unknown>)['n']).toBeUndefined();
  });

  it('refuses what is not JSON', () => {
    for (const text of ['', '{', '[1,]', "{'a':1}", '12345678901234567890x', '{"a":1e}', 'NaN'])
      expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it('writes exact numbers with their digits', () => {
    expect(
      stringifyJson({ a: exactNumber('1250.50'), b: exactNumber('42'), c: exactNumber('12345678901234567890') }),
    ).toBe('{"a":1250.50,"b":42,"c":12345678901234567890}');
    expect(() => exactNumber('x')).toThrow();
  });

  it('tells the text of scalars only', () => {
    expect([1.5, true, 'x', exactNumber('12345678901234567890'), null, [], {}].map(scalarText)).toEqual([
      '1.5',
      'true',
      'x',
      '12345678901234567890',
      undefined,
      undefined,
      undefined,
    ]);
    expect([{}, [], null, exactNumber('12345678901234567890'), 'x'].map(isJsonObject)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

/** Digits without trailing zeros, and the power of ten behind them. */
function asRatio(text: string): readonly [string, number] {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = (whole + fraction).replace(/^0+(?=\d)/, '');
  const short = all.replace(/0+$/, '');
  return [sign + short, Number(exponent) - fraction.length + all.length - short.length];
}

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDecimals, decimalText, parseDecimal } from '../../src/core/decimal.ts';

describe('decimals of exponents', () => {
  it('are exact', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[+-]?[0-9]{1,15}(\.[0-9]{1,15})?$/),
        fc.integer({ min: -60, max: 60 }),
        fc.constantFrom('e', 'E'),
        (text, exponent, letter) => {
          const plain = parseDecimal(text);
          const shifted = parseDecimal(`${text}${letter}${exponent}`);
          if (plain === undefined || shifted === undefined) return expect.fail(text);
          const power = 10n ** BigInt(Math.abs(exponent));
          const expected =
            exponent >= 0
              ? { digits: plain.digits * power, scale: plain.scale }
              : { digits: plain.digits, scale: plain.scale - exponent };
          expect(compareDecimals(shifted, expected)).toBe(0);
          expect(shifted.scale).toBeGreaterThanOrEqual(0);
          expect(decimalText(shifted)).toBe(decimalText(expected));
        },
      ),
    );
  });

  it('agree with Number where that is exact', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 }), (number) => {
        fc.pre(Math.abs(number) > 1e-40 || number === 0);
        const decimal = parseDecimal(String(number));
        expect(decimal === undefined ? undefined : Number(decimalText(decimal))).toBe(number === 0 ? 0 : number);
      }),
    );
  });

  it('are written in one way per value', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[+-]?[0-9]{1,20}(\.[0-9]{1,20})?$/), (text) => {
        const decimal = parseDecimal(text);
        if (decimal === undefined) return expect.fail(text);
        const short = decimalText(decimal);
        expect(short).toMatch(/^(0|-?(0|[1-9]\d*)(\.\d*[1-9])?)$/);
        expect(short).not.toBe('-0');
        const again = parseDecimal(short);
        expect(again === undefined ? undefined : decimalText(again)).toBe(short);
      }),
    );
  });

  it.each([
    '1e61',
    '1e-61',
    '1e999999999',
    '1e1.5',
    'e5',
    '1_000',
    "1'000",
    '1\u00a0000',
    '1 ',
    '\t1',
    '1\n',
    '٣',
    '１.5',
    '−1',
    '1.2.3',
    '-',
    '.',
    '+-1',
    '0b1',
    '0o7',
    '1n',
    '50%',
    '€5',
    '(5)',
    '-Infinity',
    'nan',
    '0xFF',
  ])('are not read from %j', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });

  it('are not read from, nor slow on, a text of a million digits', () => {
    expect(parseDecimal('9'.repeat(1_000_000))).toBeUndefined();
  });
});

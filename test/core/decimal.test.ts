import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDecimals, decimalText, parseDecimal, toMinorUnits } from '../../src/core/decimal.ts';

const wholes = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });
const scales = fc.integer({ min: 0, max: 12 });

/** `digits × 10^-scale` written out in full. */
function written(digits: bigint, scale: number): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const point = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
  return digits < 0n ? `-${point}` : point;
}

describe('decimals', () => {
  it('keep every digit', () => {
    fc.assert(
      fc.property(wholes, scales, (digits, scale) => {
        const decimal = parseDecimal(written(digits, scale));
        expect(decimal).toEqual({ digits, scale });
        const shortest = parseDecimal(decimalText({ digits, scale }));
        expect(shortest === undefined ? undefined : compareDecimals(shortest, { digits, scale })).toBe(0);
        expect(decimalText({ digits, scale })).not.toMatch(/^-0$|\.\d*0$|\.$/);
      }),
    );
  });

  it('become minor units exactly or not at all', () => {
    fc.assert(
      fc.property(wholes, scales, fc.integer({ min: 0, max: 4 }), (digits, scale, places) => {
        const units = toMinorUnits({ digits, scale }, places);
        const exact = digits * 10n ** BigInt(places);
        const unit = 10n ** BigInt(scale);
        expect(units).toBe(exact % unit === 0n ? exact / unit : undefined);
      }),
    );
  });

  it('compare as numbers do', () => {
    fc.assert(
      fc.property(wholes, scales, wholes, scales, (a, aScale, b, bScale) => {
        const difference = a * 10n ** BigInt(bScale) - b * 10n ** BigInt(aScale);
        const sign = Math.sign(compareDecimals({ digits: a, scale: aScale }, { digits: b, scale: bScale }));
        expect(sign).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
      }),
    );
  });

  it.each([
    ['1250.50', '1250.5'],
    ['-0', '0'],
    ['007', '7'],
    ['+3', '3'],
    ['1.25e3', '1250'],
    ['5E-3', '0.005'],
    ['12345678901234567890.123456789', '12345678901234567890.123456789'],
  ])('read %s as %s', (text, expected) => {
    const decimal = parseDecimal(text);
    expect(decimal === undefined ? undefined : decimalText(decimal)).toBe(expected);
  });

  it.each([
    '',
    ' 1',
    '1,250',
    '1.250,00',
    '1 250',
    '.5',
    '5.',
    '0x10',
    'NaN',
    'Infinity',
    '１２',
    '1e999',
    '1e',
    '--1',
    '9'.repeat(61),
    '$5',
  ])('do not read %j', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });
});

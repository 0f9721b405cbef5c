import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellText } from '../../src/core/cell-text.ts';
import { compareDecimals, decimalText, parseDecimal } from '../../src/core/decimal.ts';
import { exactNumber } from '../../src/core/json.ts';
import { numberText } from '../../src/core/number-text.ts';

const decimals = fc.record({
  digits: fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
  scale: fc.integer({ min: 0, max: 8 }),
});

/** In groups from the right: of three, or of two behind the first three. */
function grouped(whole: string, by: string, india: boolean): string {
  const form = india ? /\B(?=(?:\d{2})*\d{3}$)/g : /\B(?=(?:\d{3})+$)/g;
  return whole.replace(form, by);
}

describe('a number of a file', () => {
  it('is read exactly where its mark is declared, grouped or not', () => {
    fc.assert(
      fc.property(decimals, fc.constantFrom(',', '.'), fc.boolean(), fc.nat(4), (decimal, mark, india, separator) => {
        const plain = decimalText(decimal);
        const [whole = '', fraction] = plain.replace('-', '').split('.');
        const by = [mark === ',' ? '.' : ',', "'", '’', ' ', '\u00a0'][separator] ?? ' ';
        const sign = plain.startsWith('-') ? '-' : '';
        const tail = fraction === undefined ? '' : `${mark}${fraction}`;
        for (const text of [
          `${sign}${whole}${tail}`,
          `${sign}${grouped(whole, india && mark === '.' ? ',' : by, india && mark === '.')}${tail}`,
        ])
          expect(numberText(text, mark)).toEqual({ text: plain });
      }),
    );
  });

  it('has one meaning only where nothing is declared: none is read that another country reads otherwise', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[+-]?\d{1,5}([.,]\d{1,4}){0,2}$/), (text) => {
        const read = numberText(text, undefined);
        if (!('text' in read)) return;
        expect(read.text).toBe(text);
        const other = numberText(text, ',');
        if ('text' in other) expect(other.text).toBe(text);
      }),
    );
  });

  it.each([
    '12.500',
    '1.250',
    '999.999',
    '-1.234',
    '1,250',
    '12,5',
    '1.234.567',
    '1 250',
    '1.23E+06',
    '1e3',
    '',
    'x',
    '€ 5',
  ])('refuses %j without a declaration', (text) => {
    expect(numberText(text, undefined)).toHaveProperty('problem');
  });

  it.each([
    ['15,5', ',', '15.5'],
    ['12.500', ',', '12500'],
    ['12.500', '.', '12.500'],
    ['1.23E+06', '.', '1.23E+06'],
    ['12,34,567.80', '.', '1234567.80'],
  ] as const)('reads %s by the mark %s as %s', (text, mark, expected) => {
    expect(numberText(text, mark)).toEqual({ text: expected });
  });

  it.each([
    ['1250.50', ','],
    ['1.23.456', ','],
    ['1,2345', '.'],
    ['1.234,56', '.'],
    ["1'234 567", '.'],
    ['12,', ','],
    [',5', ','],
  ] as const)('refuses %s by the mark %s', (text, mark) => {
    expect(numberText(text, mark)).toHaveProperty('problem');
  });

  it('comes back from the cell that it is written into', () => {
    fc.assert(
      fc.property(decimals, fc.boolean(), (decimal, asNumber) => {
        const plain = decimalText(decimal);
        const read = numberText(cellText(asNumber ? exactNumber(plain) : plain, 'decimal'), undefined);
        const back = 'text' in read ? parseDecimal(read.text) : undefined;
        expect(back === undefined ? undefined : compareDecimals(back, decimal)).toBe(0);
      }),
    );
    expect(cellText(exactNumber('12.125'), 'decimal')).toBe('12.1250');
    expect(cellText(1e21, 'decimal')).toBe('1000000000000000000000');
  });
});

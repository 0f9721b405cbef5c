import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { amountWords, decimalWords } from '../../src/core/decimal-words.ts';
import { counted, countText, momentText, timeOfDayText } from '../../src/report/numbers.ts';

it('groups the digits of counts and says one and many', () => {
  expect(countText(1_234_567)).toBe('1,234,567');
  expect(counted(1, 'row')).toBe('1 row');
  expect(counted(0, 'entry', 'entries')).toBe('0 entries');
});

it.each([
  ['1234567.50', '1,234,567.50'],
  ['-1000', '-1,000'],
  ['999', '999'],
  ['0.1234567', '0.1234567'],
  ['12345678901234567890.10', '12,345,678,901,234,567,890.10'],
  ['1e21', '1e21'],
  ['Won', 'Won'],
  ['', ''],
])('shows the amount %s as %s', (text, shown) => {
  expect(decimalWords(text)).toBe(shown);
});

it('changes no digit of an amount', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^-?\d{1,40}(\.\d{1,20})?$/), (text) => {
      expect(decimalWords(text).replaceAll(',', '')).toBe(text);
      expect(decimalWords(text)).toMatch(/^-?\d{1,3}(,\d{3})*(\.\d+)?$/);
    }),
  );
});

it.each([
  ['42000.5', '42,000.50'],
  ['42000', '42,000'],
  ['-0.125', '-0.125'],
  ['1.50', '1.50'],
])('shows the amount of money %s as %s', (text, shown) => {
  expect(amountWords(text)).toBe(shown);
});

it('shows moments by this machine’s clock', () => {
  const local = new Date(2026, 10, 3, 4, 5);
  expect(timeOfDayText(local.getTime())).toBe('04:05');
  expect(momentText(local.toISOString())).toBe('2026-11-03 04:05');
  expect(momentText('soon')).toBe('soon');
});

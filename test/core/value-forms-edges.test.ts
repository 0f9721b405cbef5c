import { describe, expect, it } from 'vitest';
import type { ValueForm } from '../../src/core/field.ts';
import { exactNumber, stringifyJson, type Json } from '../../src/core/json.ts';
import {
  checkedTextForm,
  choiceForm,
  currencyForm,
  dayForm,
  decimalForm,
  emailForm,
  idForm,
  integerForm,
  minorUnitsForm,
  objectsForm,
  textForm,
  utcForm,
  utcSpaceForm,
} from '../../src/core/value-forms.ts';

function sent(form: ValueForm, input: Json): string {
  const result = form.encode(input);
  return 'value' in result ? stringifyJson(result.value) : `refused: ${result.problem}`;
}

const long = exactNumber('12345678901234567890.10');

describe('what a form takes', () => {
  it.each<[string, ValueForm, Json, string]>([
    ['text', textForm(), long, '"12345678901234567890.10"'],
    ['text', textForm(), '\n', '"\\n"'],
    ['checked text', checkedTextForm('text', () => undefined), ' a b ', '"a b"'],
    ['decimal', decimalForm(), long, '"12345678901234567890.1"'],
    ['decimal', decimalForm(), '-0.00', '"0"'],
    ['decimal', decimalForm(), '1e3', '"1000"'],
    ['cents', minorUnitsForm(2), '1.10', '110'],
    ['cents', minorUnitsForm(2), long, '1234567890123456789010'],
    ['yen', minorUnitsForm(0), '500.00', '500'],
    ['integer', integerForm(), '123456789012345678901', '123456789012345678901'],
    ['integer', integerForm({ smallest: -1n, largest: 1n }), ' -1 ', '-1'],
    ['integer', integerForm({ smallest: -1n, largest: 1n }), '-0', '0'],
    ['day', dayForm(), ' 2024-02-29 ', '"2024-02-29"'],
    ['day', dayForm(), '2026-12-18T05:30+05:30', '"2026-12-18"'],
    ['UTC', utcForm(), '2026-12-31T23:00-02:00', '"2027-01-01T01:00:00Z"'],
    ['UTC with a blank', utcSpaceForm(), '2026-12-18', '"2026-12-18 00:00:00"'],
    ['choice', choiceForm(['1', 'Yes']), 1, '"1"'],
    ['choice', choiceForm(['true']), true, '"true"'],
    ['e-mail', emailForm(), ' a.b+c@x-y.co.uk ', '"a.b+c@x-y.co.uk"'],
    ['currency', currencyForm(), ' eur ', '"EUR"'],
    ['id', idForm(), ' 7f3 ', '"7f3"'],
    ['id', idForm(), 42, '"42"'],
    ['objects', objectsForm(() => undefined), [{}], '[{}]'],
    ['objects', objectsForm(() => undefined), ' {"n":1.0e5} ', '{"n":1.0e5}'],
  ])('%s: %#', (_name, form, input, expected) => {
    expect(sent(form, input)).toBe(expected);
  });
});

describe('what a form refuses', () => {
  it.each<[string, ValueForm, Json]>([
    ['text', textForm(), {}],
    ['checked text', checkedTextForm('text', () => undefined), []],
    ['checked text', checkedTextForm('text', () => 'is bad'), 'a'],
    ...['1,250', '1.250,00', "1'000", '1 000', '$5', '５', '0x1', 'NaN', 'Infinity', '1e999', '', '-', '50%'].map(
      (text): [string, ValueForm, Json] => ['decimal', decimalForm(), text],
    ),
    ['decimal', decimalForm(), false],
    ['cents', minorUnitsForm(2), '0.001'],
    ['yen', minorUnitsForm(0), '0.5'],
    ['integer', integerForm(), '1.5'],
    ['integer', integerForm({ smallest: 0n }), '-1'],
    ['integer', integerForm({ largest: 9n }), '10'],
    ['day', dayForm(), '2026-02-29'],
    ['day', dayForm(), '2026-12-18T00:00+05:30'],
    ['day', dayForm(), true],
    ['UTC', utcForm(), 1_700_000_000],
    ['UTC with a blank', utcSpaceForm(), '18.12.2026'],
    ['choice', choiceForm(['Won']), 'toString'],
    ['choice', choiceForm(['Won']), ['Won']],
    ['e-mail', emailForm(), 'a@b..c'],
    ['e-mail', emailForm(), 'Ada <a@b.c>'],
    ['e-mail', emailForm(), '@b.c'],
    ['currency', currencyForm(), '€'],
    ['currency', currencyForm(), 'EURO'],
    ['currency', currencyForm(), 'ＥＵＲ'],
    ['id', idForm(), ' '],
    ['id', idForm(), 'a b'],
    ['id', idForm('user_'), 'USER_1'],
    ['objects', objectsForm(() => undefined), 'null'],
    ['objects', objectsForm(() => undefined), '[{},1]'],
    ['objects', objectsForm(() => undefined), '{'],
    ['objects', objectsForm(() => undefined), long],
    ['objects', objectsForm(() => 'is bad'), {}],
  ])('%s: %#', (_name, form, input) => {
    expect(sent(form, input)).toMatch(/^refused: (is|has) ./);
  });

  it('is called ambiguous where it looks grouped, and no number elsewhere', () => {
    for (const text of ['1,250', '1.250,00', "1'000", '1 000', '1\u00a0000', '-1,5', '.5', '5.'])
      expect(sent(decimalForm(), text)).toBe('refused: is an ambiguous number');
    for (const text of ['', ',', '. .', 'x', '5 EUR', '-'])
      expect(sent(decimalForm(), text)).toBe('refused: is not a number');
  });

  it('comes with the hint of the form', () => {
    expect(integerForm({ fractionHint: 'Round it.' }).encode('1.5')).toEqual({
      problem: 'is not a whole number',
      hint: 'Round it.',
    });
  });
});

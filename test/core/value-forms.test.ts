import { describe, expect, it } from 'vitest';
import { stringifyJson, type Json } from '../../src/core/json.ts';
import type { ValueForm } from '../../src/core/field.ts';
import {
  choiceForm,
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

const refused = Symbol('refused');

/** The JSON text of the encoded value, or that it is refused with a reason. */
function encoded(form: ValueForm, input: Json): string | symbol {
  const result = form.encode(input);
  if ('value' in result) return stringifyJson(result.value);
  expect(result.problem).not.toBe('');
  return refused;
}

const forms: readonly (readonly [
  name: string,
  form: ValueForm,
  cases: readonly (readonly [Json, string | symbol])[],
])[] = [
  [
    'text',
    textForm({ longest: 5 }),
    [
      ['a b', '"a b"'],
      [' x ', '" x "'],
      [12, '"12"'],
      [true, '"true"'],
      ['123456', refused],
      [[], refused],
    ],
  ],
  [
    'decimal',
    decimalForm(),
    [
      ['1250.50', '"1250.5"'],
      [' 7 ', '"7"'],
      [0.5, '"0.5"'],
      ['1,250', refused],
      [true, refused],
      ['x', refused],
      [{}, refused],
    ],
  ],
  [
    'cents',
    minorUnitsForm(2),
    [
      ['42000.50', '4200050'],
      ['0.01', '1'],
      ['-3', '-300'],
      ['1.239', refused],
      ['99999999999999999999.99', '9999999999999999999999'],
    ],
  ],
  [
    'integer',
    integerForm({ smallest: 0n, largest: 100n }),
    [
      ['80', '80'],
      [100, '100'],
      ['80.0', '80'],
      ['80.5', refused],
      ['-1', refused],
      ['101', refused],
    ],
  ],
  [
    'day',
    dayForm(),
    [
      ['2026-12-18', '"2026-12-18"'],
      ['2026-12-18T00:00:00Z', '"2026-12-18"'],
      ['2026-12-18T10:00Z', refused],
      ['12/18/2026', refused],
      [20261218, refused],
    ],
  ],
  [
    'UTC',
    utcForm(),
    [
      ['2026-12-18', '"2026-12-18T00:00:00Z"'],
      ['2026-12-18 10:00+02:00', '"2026-12-18T08:00:00Z"'],
      ['soon', refused],
    ],
  ],
  [
    'UTC with a blank',
    utcSpaceForm(),
    [
      ['2020-09-16 12:13:44', '"2020-09-16 12:13:44"'],
      ['2026-12-18T10:00:00Z', '"2026-12-18 10:00:00"'],
    ],
  ],
  [
    'choice',
    choiceForm(['Open', 'Won']),
    [
      ['won', '"Won"'],
      [' OPEN ', '"Open"'],
      ['Lost', refused],
      [null, refused],
    ],
  ],
  [
    'e-mail',
    emailForm(),
    [
      ['ada@northwind.example', '"ada@northwind.example"'],
      ['ada', refused],
      ['a@b', refused],
      ['a b@c.de', refused],
      ['a@b.c,d@e.f', refused],
    ],
  ],
  [
    'id',
    idForm('user_'),
    [
      ['user_1', '"user_1"'],
      ['user_', refused],
      ['oppo_1', refused],
      ['user_ 1', refused],
    ],
  ],
  [
    'objects',
    objectsForm(({ a }) => (a === 1 ? undefined : 'has no a')),
    [
      ['{"a":1}', '{"a":1}'],
      [[{ a: 1 }, { a: 1 }], '[{"a":1},{"a":1}]'],
      ['[]', refused],
      ['{"a":2}', refused],
      ['x', refused],
      ['{"a":1,"n":12345678901234567890}', '{"a":1,"n":12345678901234567890}'],
    ],
  ],
];

describe.each(forms)('the form of %s', (_name, form, cases) => {
  it.each(cases)('takes %j as %s', (input, expected) => {
    expect(encoded(form, input)).toBe(expected);
  });
});

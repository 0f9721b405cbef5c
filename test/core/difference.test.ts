import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterChange, differences, fieldTypes } from '../../src/core/difference.ts';
import type { Change } from '../../src/core/edit.ts';
import type { Json } from '../../src/core/json.ts';
import type { FieldValues } from '../../src/core/vendor.ts';
import { close } from '../../src/vendors/close/vendor.ts';

function change(field: string, value: Json, action: Change['action'] = 'set'): Change {
  return { field, value, action, column: field };
}

function values(held: Readonly<Record<string, Json>>): FieldValues {
  return new Map(Object.entries(held).map(([name, value]) => [name, { value }]));
}

const text = () => 'text' as const;

describe('differences', () => {
  it('leaves out what is so already, and keeps what a read does not show', () => {
    const found = differences(
      { changes: [change('a', '1'), change('b', '2'), change('c', '3')] },
      values({ a: '1', b: '1' }),
      text,
    );
    expect(found.map(({ change: { field }, before, after }) => [field, before, after])).toEqual([
      ['b', '1', '2'],
      ['c', undefined, '3'],
    ]);
  });

  it('sends fields that belong together together', () => {
    const edit = { changes: [change('status', 'Closed'), change('substatus', 'Won'), change('note', 'x')] };
    const held = values({ status: 'Closed', substatus: 'Lost', note: 'x' });
    const found = differences(edit, held, text, [['status', 'substatus']]);
    expect(found.map(({ change: { field } }) => field)).toEqual(['status', 'substatus']);
    expect(
      differences(edit, values({ status: 'Closed', substatus: 'Won', note: 'x' }), text, [['status', 'substatus']]),
    ).toEqual([]);
  });

  it('adds only what is not there and removes only what is', () => {
    const held = values({ list: ['a', 'b'], '/team': [{ email: 'a@b.c', role: 'x' }] });
    const done = [
      change('list', 'a', 'add'),
      change('list', 'c', 'remove'),
      change('/team/-', { email: 'a@b.c' }, 'add'),
    ];
    expect(differences({ changes: done }, held, text)).toEqual([]);
    const open = [change('list', 'c', 'add'), change('list', 'a', 'remove')];
    expect(differences({ changes: open }, held, text).map(({ after }) => after)).toEqual([['a', 'b', 'c'], ['b']]);
  });

  it('finds nothing left to do once everything is done', () => {
    const scalars = fc.constantFrom<Json>(null, '', 'a', 'b', 1, '1');
    const lists = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 });
    const changes = fc.oneof(
      scalars.map((value) => change('f', value)),
      fc.constant(change('f', null, 'clear')),
      fc.constantFrom('a', 'b', 'd').map((value) => change('f', value, 'add')),
      fc.constantFrom('a', 'b', 'd').map((value) => change('f', value, 'remove')),
    );
    fc.assert(
      fc.property(changes, fc.oneof(scalars, lists), (one, before) => {
        const after = afterChange(one, before);
        expect(differences({ changes: [one] }, values({ f: after }), text)).toEqual([]);
      }),
    );
  });
});

describe('fieldTypes', () => {
  it("takes the field's own type before that of a common name in other units", () => {
    const typeOf = fieldTypes(close.open({ 'minor-units': '2' }).fields, (name) => close.open({}).openField?.(name));
    expect(typeOf('value')).toBe('integer');
    expect(typeOf('date_won')).toBe('date');
    expect(typeOf('nowhere')).toBe('any');
  });
});

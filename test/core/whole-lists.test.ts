import { array, assert, constantFrom, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/core/edit.ts';
import type { Field, ListForm } from '../../src/core/field.ts';
import type { Json } from '../../src/core/json.ts';
import { arrayList, textForm } from '../../src/core/value-forms.ts';
import { wholeLists, withWholeLists } from '../../src/core/whole-lists.ts';

/** Several values in one text, as some vendors write them. */
const joined: ListForm = {
  items: (value) => (typeof value === 'string' && value !== '' ? value.split(';') : []),
  of: (items) => items.map(String).join(';'),
};

function listFields(form: ListForm): readonly Field[] {
  const common = { description: '', evidence: 'documented' } as const;
  const change = (action: 'add' | 'remove'): Field => ({
    ...common,
    name: `labels.${action}`,
    form: textForm(),
    writes: 'labels',
    action,
    fromCurrent: true,
  });
  return [
    { ...common, name: 'labels', form: { ...textForm(), list: form }, cleared: { value: null } },
    change('add'),
    change('remove'),
  ];
}

const item = constantFrom('a', 'b', 'c', 'd');
const steps = array(record({ action: constantFrom('add' as const, 'remove' as const), value: item }), {
  minLength: 1,
  maxLength: 5,
});

function changesOf(list: readonly { readonly action: 'add' | 'remove'; readonly value: string }[]): readonly Change[] {
  return list.map(({ action, value }) => ({ field: 'labels', action, value, column: `labels.${action}` }));
}

describe.each([
  ['an array', arrayList, (items: readonly string[]): Json => items],
  ['one text', joined, (items: readonly string[]): Json => items.join(';')],
])('a list that is only taken as a whole, as %s', (_name, form, written) => {
  const wholeList = wholeLists({ fields: listFields(form) });

  it('becomes what the additions and removals leave of what the record holds, in turn', () => {
    assert(
      property(array(item, { maxLength: 4 }), steps, (before, list) => {
        let left = before;
        for (const { action, value } of list)
          if (action === 'remove') left = left.filter((one) => one !== value);
          else if (!left.includes(value)) left = [...left, value];
        const done = withWholeLists(changesOf(list), () => written(before), wholeList);
        expect('changes' in done && done.changes).toEqual([
          {
            field: 'labels',
            action: left.length === 0 ? 'clear' : 'set',
            value: left.length === 0 ? null : written(left),
            column: `labels.${list[0]?.action}`,
          },
        ]);
      }),
    );
  });

  it('is not made where what it holds is not known, and other changes stay as they are', () => {
    const other: Change = { field: 'name', action: 'set', value: 'x', column: 'name' };
    expect(withWholeLists([other], () => undefined, wholeList)).toEqual({ changes: [other] });
    const adds = changesOf([{ action: 'add', value: 'a' }]);
    expect(withWholeLists([other, ...adds], () => undefined, wholeList)).toEqual({ unknown: 'labels' });
    expect(withWholeLists([other, ...adds], () => written(['a']), wholeList)).toEqual({
      changes: [other, { field: 'labels', action: 'set', value: written(['a']), column: 'labels.add' }],
    });
  });
});

it('A list to which the vendor adds by itself is left to it', () => {
  const fields = listFields(arrayList).map(({ fromCurrent: _fromCurrent, ...field }) => field);
  const changes = changesOf([{ action: 'add', value: 'a' }]);
  expect(withWholeLists(changes, () => [], wholeLists({ fields }))).toEqual({ changes });
});

import { describe, expect, it } from 'vitest';
import { currenciesOf, named, namesOf } from '../../src/core/names.ts';
import type { Field } from '../../src/core/field.ts';
import type { Service } from '../../src/core/vendor.ts';

const people: Readonly<Record<string, string>> = { user_1: 'Ada Kern', user_2: 'Bo Lund' };

function field(name: string, more: Partial<Field> = {}): Field {
  return {
    name,
    description: name,
    evidence: 'documented',
    form: {
      type: 'id',
      encode: (value) => ({ value }),
      nameOf: (value) => (typeof value === 'string' ? people[value] : undefined),
    },
    ...more,
  };
}

const plainForm: Field['form'] = { type: 'text', encode: (value) => ({ value }) };
const service: Pick<Service, 'fields' | 'openField'> = {
  fields: [
    field('owner', { writes: 'user_id', form: plainForm, label: 'Owner' }),
    field('user_id'),
    field('status', { label: 'Status' }),
  ],
  openField: (name) => (name === 'custom.cf_1' ? field(name, { label: 'Team' }) : undefined),
};

describe('names', () => {
  const names = namesOf(service);

  it('are those of whichever column of the field knows them', () => {
    expect(names.ofValue('user_id', 'user_1')).toBe('Ada Kern');
    expect(names.field('user_id')).toBe('Owner (user_id)');
  });

  it('are those of open fields too', () => {
    expect(names.field('custom.cf_1')).toBe('Team (custom.cf_1)');
    expect(names.ofValue('custom.cf_1', 'user_2')).toBe('Bo Lund');
  });

  it('of a list are those of its members, ids where one has none', () => {
    expect(names.ofValue('custom.cf_1', ['user_2', 'user_1'])).toBe('Bo Lund, Ada Kern');
    expect(names.ofValue('custom.cf_1', ['user_2', 'user_9'])).toBe('Bo Lund, user_9');
    expect(names.ofValue('custom.cf_1', ['user_8', 'user_9'])).toBeUndefined();
    expect(names.ofValue('custom.cf_1', [])).toBeUndefined();
  });

  it('are not told where there is none, or where it is the same', () => {
    expect(names.field('status')).toBe('Status');
    expect(names.field('nothing')).toBe('nothing');
    expect(names.ofValue('nothing', 'user_1')).toBeUndefined();
    expect(names.ofValue('user_id', 'user_9')).toBeUndefined();
    expect(names.ofValue('user_id', null)).toBeUndefined();
  });

  it('stand before what the vendor says', () => {
    expect(named('Won', 'stat_won')).toBe('Won (stat_won)');
    expect(named('Won', 'Won')).toBe('Won');
    expect(named('Euro (EUR)', 'EUR')).toBe('Euro (EUR)');
    expect(named(undefined, 'stat_won')).toBe('stat_won');
  });
});

describe('the currency beside an amount', () => {
  it('is what may be shown of it, where it holds a secret', () => {
    const fields = [
      field('amount', { common: ['amount'], form: plainForm, currencyField: 'currency' }),
      field('currency', { form: plainForm }),
    ];
    const names = namesOf({ fields });
    const values = new Map([['currency', { value: 'Bearer gr8-s3cret', masked: 'Bearer ***' }]]);
    expect(currenciesOf(names, [], values)('amount')).toEqual({ before: 'Bearer ***', after: 'Bearer ***' });
    const changes = [{ field: 'currency', value: 'EUR' }];
    expect(currenciesOf(names, changes, values)('amount')).toEqual({ before: 'Bearer ***', after: 'EUR' });
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactOptionForm, nameForm, plainName, type NamedThing } from '../../../src/vendors/shared/names-to-ids.ts';

const isId = (text: string): boolean => /^stat_\w+$/.test(text);
const formOf = (things: readonly NamedThing[]) =>
  nameForm({ noun: 'status', isId, things, hint: 'Hint.', listed: true });

const things: readonly NamedThing[] = [
  { id: 'stat_a', names: ['Active', 'Sales / Active'] },
  { id: 'stat_w', names: ['Won', 'Sales / Won'] },
  { id: 'stat_r', names: ['Won', 'Renewals / Won'] },
];

describe('a name', () => {
  it.each([
    ['active', 'stat_a'],
    [' ACTIVE ', 'stat_a'],
    ['Sales / Won', 'stat_w'],
    ['renewals/won', 'stat_r'],
    ['stat_w', 'stat_w'],
    ['stat_unknown', 'stat_unknown'],
  ])('%s is %s', (text, id) => {
    expect(formOf(things).encode(text)).toEqual({ value: id });
  });

  it('that several things have is refused with all of them', () => {
    expect(formOf(things).encode('won')).toMatchObject({
      problem: 'may be any of 2: Sales / Won (stat_w), Renewals / Won (stat_r)',
    });
  });

  it('that nothing has is refused with the nearest, never with one that is ambiguous', () => {
    expect(formOf(things).encode('Activ')).toEqual({
      problem: 'names no status of this account; did you mean Active?',
      hint: 'Hint. There are: Active, Sales / Won, Renewals / Won',
    });
    expect(formOf(things).encode('Wom')).toMatchObject({ problem: 'names no status of this account' });
  });

  it('of something that is unfit leads to its id, unless another has it too', () => {
    const gone: NamedThing = { id: 'stat_g', names: ['Gone'], unfit: 'is not in use' };
    expect(formOf([gone]).encode('gone')).toEqual({
      problem: 'is not in use',
      hint: 'Give the id to send it all the same: stat_g',
    });
    expect(formOf([gone, { id: 'stat_n', names: ['Gone'] }]).encode('gone')).toEqual({ value: 'stat_n' });
    expect(formOf([gone, { ...gone, id: 'stat_h' }]).encode('gone')).toMatchObject({ problem: /any of 2/ });
  });

  it('is what an id is shown by', () => {
    const { nameOf, options } = formOf(things);
    expect(nameOf?.('stat_r')).toBe('Renewals / Won');
    expect(nameOf?.('stat_unknown')).toBeUndefined();
    expect(nameOf?.(null)).toBeUndefined();
    expect(options).toEqual(['Active', 'Sales / Won', 'Renewals / Won']);
  });

  const word = fc.constantFrom('Won', 'won', 'WON ', 'Lost', 'Sales', 'Sales / Won', 'sales/won', 'A', 'a/b', 'Straße');
  const anything = fc.oneof(word, fc.string({ maxLength: 8 }));
  const accounts = fc.array(fc.tuple(anything, anything), { maxLength: 12 }).map((pairs) =>
    pairs.map(([label, pipeline], index) => ({
      id: `stat_${index}`,
      names: [label, `${pipeline} / ${label}`],
    })),
  );

  it('never leads to a wrong id, and is never guessed where several have it', () => {
    fc.assert(
      fc.property(accounts, anything, (account, text) => {
        const encoded = formOf(account).encode(text);
        const holders = account.filter(({ names }) => names.some((name) => plainName(name) === plainName(text)));
        if (text.trim() === '') expect(encoded).toHaveProperty('problem');
        else if (isId(text.trim())) expect(encoded).toEqual({ value: text.trim() });
        else if (holders.length === 1) expect(encoded).toEqual({ value: holders[0]?.id });
        else expect(encoded).toHaveProperty('problem');
      }),
    );
  });

  it('that is listed as allowed is understood', () => {
    fc.assert(
      fc.property(accounts, (account) => {
        const { options = [], encode } = formOf(account);
        const ids = new Set(account.map(({ id }) => id));
        for (const option of options) {
          const encoded = encode(option);
          expect('value' in encoded && [...ids].some((id) => id === encoded.value)).toBe(true);
        }
      }),
    );
  });

  it('of something that is listed twice is still its name', () => {
    const [first = { id: '', names: [] }] = things;
    expect(formOf([first, { ...first }]).encode('active')).toEqual({ value: 'stat_a' });
  });
});

describe('an option', () => {
  const form = exactOptionForm(['Web site', 'Fair ', 'fair']);

  it('is taken to the letter only', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom('Web site', 'web site', 'Fair ', 'Fair', 'fair'), fc.string()), (text) => {
        const encoded = form.encode(text);
        if (form.options?.includes(text) === true) expect(encoded).toEqual({ value: text });
        else expect(encoded).toHaveProperty('problem');
      }),
    );
  });

  it('that is none is refused with the nearest', () => {
    expect(form.encode('Website')).toMatchObject({
      problem: 'names no choice of this field; did you mean "Web site"?',
    });
  });
});

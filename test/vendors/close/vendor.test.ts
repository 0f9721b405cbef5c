import { describe, expect, it } from 'vitest';
import { OppatchError } from '../../../src/core/errors.ts';
import type { Json } from '../../../src/core/json.ts';
import type { Settings, Vendor } from '../../../src/core/vendor.ts';
import { close as declared } from '../../../src/vendors/close/vendor.ts';
import { fieldOf, serviceOf, settingsOf, toEdit, toReply } from '../../contract/fixtures.ts';

const close: Vendor = declared;

function refusal(column: string, input: Json, settings: Settings = {}): string {
  const encoded = fieldOf(close, column, settingsOf(close, settings))?.form.encode(input);
  if (encoded === undefined || !('problem' in encoded)) throw new Error(`${column} takes it`);
  return `${encoded.problem}. ${encoded.hint ?? ''}`;
}

function auditCodes(input: Readonly<Record<string, Json>>): readonly string[] {
  return (serviceOf(close, settingsOf(close)).audit?.(toEdit(close, 'oppo_1', input)) ?? []).map(
    ({ severity, code, column }) => `${severity} ${code} ${column}`,
  );
}

describe('values that Close would refuse or misread', () => {
  it.each<[string, Json, RegExp]>([
    ['value', '1250.50', /not a whole number\. .*`amount`/],
    ['value', '1,250', /ambiguous/],
    ['amount', '1250.505', /more than 2 digits/],
    ['amount', '1.250,00', /ambiguous/],
    ['confidence', '101', /more than 100/],
    ['confidence', '-1', /less than 0/],
    ['confidence', '12.5', /whole percent/],
    ['status', 'Won', /begins with stat_\. Give the id/],
    ['stage', 'Proposal sent', /blanks\. Give the id/],
    ['status_id', 'stat_', /begins with stat_/],
    ['owner', 'ada@northwind.example', /begins with user_.*e-mail address is looked up/],
    ['contact_id', 'user_1', /begins with cont_/],
    ['value_period', 'weekly', /one_time, monthly, annual/],
    ['date_won', '11/30/2026', /YYYY-MM-DD/],
    ['close_date', '2026-02-30', /date that exists/],
    ['date_won', '2026-11-30T10:00:00Z', /time of day/],
    ['note_html', '<p>x</p>', /<body>/],
    ['custom.cf_A', { a: 1 }, /not a text/],
    ['custom.cf_A', ['a', null], /holds null/],
    ['custom.cf_A', ['a', ['b']], /not a text/],
    ['custom.cf_A', [], /empty list\. Use null/],
    ['custom.cf_A.add', ['a'], /One value/],
  ])('%s %j', (column, input, text) => {
    expect(refusal(column, input)).toMatch(text);
  });

  it('a custom number field takes numbers only', () => {
    const settings = { 'custom-numbers': 'cf_A' };
    for (const input of ['many', true, { a: 1 }, ['1', 'x'], '']) {
      expect(refusal('custom.cf_A', input, settings)).toMatch(/not a number/);
    }
    expect(refusal('custom.cf_A', '1,000', settings)).toMatch(/an ambiguous number/);
    expect(refusal('custom.cf_A.remove', 'x', settings)).toMatch(/not a number/);
  });

  it.each([
    ['0', '1250', '1250'],
    ['2', '-0.5', '-50'],
    ['3', '1.125', '1125'],
  ])('with %s digits of minor units %s becomes %s', (places, amount, units) => {
    const encoded = fieldOf(close, 'amount', settingsOf(close, { 'minor-units': places }))?.form.encode(amount);
    expect(String((encoded as { value: unknown }).value)).toBe(units);
  });
});

describe('names', () => {
  it.each([
    ['currency', /one currency/],
    ['cf_Reg', /custom\.cf_Reg/],
    ['custom.Region', /by its id/],
    ['custom', /by its id/],
  ])('%s has a hint', (name, hint) => {
    expect(fieldOf(close, name)).toBeUndefined();
    expect(serviceOf(close).unknownFieldHint?.(name)).toMatch(hint);
  });

  it.each(['custom.cf_', 'custom.cf_A.set', 'custom.cf_A.add.add', 'Custom.cf_A', 'custom.cf_A-b', 'amounts'])(
    '%s is not a field',
    (name) => {
      expect(fieldOf(close, name)).toBeUndefined();
    },
  );

  it.each(['lead_id', 'date_lost', 'value_formatted', 'pipeline_id', 'attachments'])('%s is read-only', (name) => {
    expect(fieldOf(close, name)?.readOnly).toMatch(/\.$/);
  });

  it('an id begins with oppo_', () => {
    expect(serviceOf(close).idProblem?.('oppo_A1')).toBeUndefined();
    for (const id of ['lead_A1', 'oppo_', 'oppo_a/b', ' oppo_A1', 'OPPO_A1'])
      expect(serviceOf(close).idProblem?.(id)).toMatch(/oppo_/);
  });
});

describe('rows that Close would not do as written', () => {
  it('amount beside value', () => {
    expect(auditCodes({ value: '5', amount: '1' })).toEqual(['error field-twice amount']);
    expect(auditCodes({ status: 'stat_a', stage: 'stat_b' })).toEqual(['error field-twice stage']);
  });

  it('a custom field set or cleared beside an addition', () => {
    expect(auditCodes({ 'custom.cf_A.add': 'x', 'custom.cf_A': 'y' })).toEqual([
      'error custom-set-and-add custom.cf_A.add',
    ]);
    expect(auditCodes({ 'custom.cf_A': null, 'custom.cf_A.remove': 'x' })).toEqual([
      'error custom-set-and-add custom.cf_A.remove',
    ]);
    expect(auditCodes({ 'custom.cf_A.add': 'x', 'custom.cf_A.remove': 'y', 'custom.cf_B': 'z' })).toEqual([]);
  });

  it('a note, which loses its formatting, and a note beside note_html, which is dropped', () => {
    expect(auditCodes({ note: 'x' })).toEqual(['warning note-loses-formatting note']);
    expect(auditCodes({ note: 'x', note_html: '<body>y</body>' })).toEqual(['error note-and-note-html note']);
    expect(auditCodes({ note_html: '<body>y</body>' })).toEqual([]);
  });
});

describe('settings and credentials', () => {
  it.each([
    ['', true],
    ['-4', true],
    ['5.5', true],
    ['14', true],
    ['-12', true],
    ['15', false],
    ['-12.5', false],
    ['+5', false],
    ['UTC', false],
    ['5:30', false],
  ])('tz-offset %j is valid: %s', (value, valid) => {
    const setting = close.settings.find(({ name }) => name === 'tz-offset');
    expect(setting?.problem?.(value) === undefined).toBe(valid);
  });

  it('custom-numbers is a list of ids', () => {
    const setting = close.settings.find(({ name }) => name === 'custom-numbers');
    expect(setting?.problem?.('cf_a, custom.cf_b')).toBeUndefined();
    expect(setting?.problem?.('Seats')).toMatch(/cf_abc/);
  });

  it('nothing is sent without a key', () => {
    expect(() => close.authorise({ apiKey: '' }, {})).toThrow(OppatchError);
    expect(close.credentials[0]?.fields[0]?.doubt?.('api_a:b')).toMatch(/colon/);
    expect(close.credentials[0]?.fields[0]?.doubt?.('api_ab')).toBeUndefined();
  });
});

describe('the account behind the key', () => {
  const { account, call } = serviceOf(close, settingsOf(close)).check;
  it.each<[Json, string | undefined]>([
    [
      { id: 'user_U7', first_name: 'Ada', last_name: 'Kern', organizations: [{ name: 'Northwind' }] },
      'Ada Kern, Northwind',
    ],
    [{ id: 'user_U7', first_name: '', last_name: '', email: 'ada@northwind.example' }, 'ada@northwind.example'],
    [{ id: 'user_U7', organizations: [] }, undefined],
    ['<html>', undefined],
  ])('%j', (body, name) => {
    expect(account(toReply(200, body))).toBe(name);
  });

  it('is proved by a reply with an id', () => {
    expect(serviceOf(close).read(toReply(200, { id: 'user_U7' }), call)).toMatchObject({
      verdicts: [{ kind: 'applied' }],
    });
    expect(serviceOf(close).read(toReply(403, 'No.'), call)).toMatchObject({ verdicts: [{ kind: 'rejected' }] });
  });
});

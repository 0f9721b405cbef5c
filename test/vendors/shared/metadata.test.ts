import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { close } from '../../../src/vendors/close/vendor.ts';
import { leadsquared } from '../../../src/vendors/leadsquared/vendor.ts';
import { fieldOf, serviceOf, toChange, toReply } from '../../contract/fixtures.ts';
import {
  documentedMetadata,
  documentedVendor,
  metadataBodies,
  wholeSettings,
} from '../../contract/metadata-fixtures.ts';

describe('Close, with what the organization calls its things', () => {
  const vendor = documentedVendor(close);
  const change = (column: string, input: Json) => toChange(vendor, column, input);

  it.each<[string, Json, string, Json]>([
    ['status', 'active', 'status_id', 'stat_active1'],
    ['status_id', 'Renewals / Won', 'status_id', 'stat_won2'],
    ['stage', 'stat_any', 'status_id', 'stat_any'],
    ['owner', 'bo@NORTHWIND.example', 'user_id', 'user_Bo'],
    ['custom.cf_Region', 'Asia Pacific', 'custom.cf_Region', 'Asia Pacific'],
    ['custom.cf_Days', 'Monday', 'custom.cf_Days', ['Monday']],
    ['custom.cf_Days', ['Monday', 'Tuesday'], 'custom.cf_Days', ['Monday', 'Tuesday']],
    ['custom.cf_Days.add', 'Tuesday', 'custom.cf_Days', 'Tuesday'],
    ['custom.cf_Score', '12', 'custom.cf_Score', 12],
    ['custom.cf_Manager', 'ada@northwind.example', 'custom.cf_Manager', 'user_Ada'],
    ['custom.cf_Team', ['ada@northwind.example', 'user_X'], 'custom.cf_Team', ['user_Ada', 'user_X']],
    ['custom.cf_Start', '2026-11-30', 'custom.cf_Start', '2026-11-30'],
    ['custom.cf_Call', '2026-11-30T10:00:00+02:00', 'custom.cf_Call', '2026-11-30T08:00:00Z'],
    ['custom.cf_Buyer', 'cont_1', 'custom.cf_Buyer', 'cont_1'],
    ['custom.cf_Hidden', 'anything', 'custom.cf_Hidden', 'anything'],
  ])('%s = %j writes %s = %j', (column, input, field, value) => {
    expect(change(column, input)).toMatchObject({ field, value });
  });

  it.each<[string, Json, RegExp]>([
    ['status', 'Won', /any of 2: Sales \/ Won \(stat_won1\), Renewals \/ Won \(stat_won2\)/],
    ['status', 'Activ', /did you mean Active\?/],
    ['owner', 'ad@northwind.example', /did you mean ada@northwind.example\?/],
    ['custom.cf_Region', 'asia pacific', /no choice of this field; did you mean "Asia Pacific"\?/],
    ['custom.cf_Region', ['EMEA', 'EMEA'], /is a list/],
    ['custom.cf_Days', ['Monday', 'Moonday'], /did you mean "Monday"\?/],
    ['custom.cf_Days.add', 'Moonday', /did you mean "Monday"\?/],
    ['custom.cf_Score', 'many', /not a number/],
    ['custom.cf_Start', '30.11.2026', /not a date|unambiguous/],
  ])('%s = %j is refused', (column, input, text) => {
    expect(() => change(column, input)).toThrow(text);
  });

  it('has no custom field that its schema does not have', () => {
    expect(() => change('custom.cf_Unheard', 'anything')).toThrow(/no field/);
  });

  it('knows shared fields, and what is required', () => {
    expect(fieldOf(vendor, 'custom.cf_Shared')).toMatchObject({ label: 'Source', required: true });
    expect(fieldOf(vendor, 'custom.cf_Days.remove')).toMatchObject({ label: 'Days.remove', action: 'remove' });
  });

  it('reads users page by page', () => {
    const users = (serviceOf(close).metadata?.reads ?? []).find(({ name }) => name === 'users');
    const reply = toReply(200, metadataBodies(close)['users']?.body ?? null);
    const second = users?.next?.(reply, users.call);
    expect(second?.query).toEqual([
      ['_limit', '100'],
      ['_skip', '2'],
    ]);
    expect(
      second === undefined ? undefined : users?.next?.(toReply(200, { data: [{}], has_more: false }), second),
    ).toBeUndefined();
  });

  it('keeps of users no more than it needs', () => {
    expect(documentedMetadata(close)['users']?.[0]).toEqual({ id: 'user_Ada', email: 'ada@northwind.example' });
  });
});

describe('LeadSquared, with the fields of an opportunity type', () => {
  const vendor = documentedVendor(leadsquared);
  const settings = wholeSettings(leadsquared);
  const change = (column: string, input: Json) => toChange(vendor, column, input, settings);

  it.each<[string, Json, Json]>([
    ['Status', 'Won', 'Won'],
    ['Owner', 'ADA@northwind.example', '11111111-2222-4333-8444-555555555555'],
    ['mx_Custom_2', 'any stage', 'any stage'],
    ['mx_Custom_3', 'Trade fair', 'Trade fair'],
    ['mx_Custom_4', 'A;B', 'A;B'],
    ['mx_Custom_5', 'Another reason', 'Another reason'],
    ['mx_Custom_6', '42000.50', '42000.5'],
    ['mx_Custom_8', '2026-11-30', '2026-11-30 00:00:00'],
    ['mx_Custom_11', 'ada@northwind.example', '11111111-2222-4333-8444-555555555555'],
    ['mx_Custom_12', 'as it stands', 'as it stands'],
  ])('%s = %j is sent as %j', (column, input, value) => {
    expect(change(column, input).value).toEqual(value);
  });

  it('has no field that its type does not have, but members of its field sets', () => {
    expect(() => change('mx_Custom_77', 'x')).toThrow(/no field/);
    expect(() => change('mx_Custom_77~mx_CustomObject_1', 'x')).toThrow(/no field/);
    expect(change('mx_Custom_12~mx_CustomObject_1', 'x').field).toBe('mx_Custom_12~mx_CustomObject_1');
  });

  it.each<[string, Json, RegExp]>([
    ['Status', 'won', /no option of this field; did you mean "Won"\?/],
    ['Status', ' Won', /did you mean "Won"\?/],
    ['Owner', 'cy@northwind.example', /not active.*33333333-/],
    ['mx_Custom_3', 'Website', /did you mean "Web site"\?/],
    ['mx_Custom_6', '1,250', /ambiguous number/],
    ['mx_Custom_8', 'tomorrow', /not a date/],
    ['mx_Custom_9', '5', /read-only/],
  ])('%s = %j is refused', (column, input, text) => {
    expect(() => change(column, input)).toThrow(text);
  });

  const edit = (text: string) => ({ row: 1, line: 2, id: 'x', changes: [change('mx_Custom_10', text)] });

  it('warns of a text that is longer than the field', () => {
    expect(vendor.open(settings).audit?.(edit('x'.repeat(20)))).toEqual([]);
    expect(vendor.open(settings).audit?.(edit('x'.repeat(21)))).toMatchObject([
      { severity: 'warning', code: 'longer-than-the-field', column: 'mx_Custom_10' },
    ]);
  });

  it('reads the type only where its code is set', () => {
    expect(serviceOf(leadsquared).metadata?.reads.map(({ name }) => name)).toEqual(['users']);
    expect(serviceOf(leadsquared, settings).metadata?.reads[0]?.call.query).toEqual([['code', '12000']]);
  });

  it('leaves what the settings say of a field', () => {
    const given = { ...settings, 'date-fields': 'mx_Custom_10' };
    expect(toChange(vendor, 'mx_Custom_10', '2026-11-30', given).value).toBe('2026-11-30 00:00:00');
  });
});

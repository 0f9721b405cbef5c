import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import type { Metadata, Settings, Vendor } from '../../../src/core/vendor.ts';
import { leadsquared as declared } from '../../../src/vendors/leadsquared/vendor.ts';
import { fieldOf, serviceOf, settingsOf, toEdit, toReply } from '../../contract/fixtures.ts';

const leadsquared: Vendor = declared;
const guid = '5ca5b042-51ea-4699-b6f0-84c40ab12770';

function settingProblem(name: string, value: string): string | undefined {
  const setting = leadsquared.settings.find((candidate) => candidate.name === name);
  if (setting === undefined) throw new Error(`no setting ${name}`);
  return setting.problem?.(value);
}

describe('the host', () => {
  it('is part of the address, with a default', () => {
    expect(leadsquared.baseUrl(settingsOf(leadsquared))).toBe('https://api.leadsquared.com/v2');
    expect(leadsquared.baseUrl({})).toBe('https://api.leadsquared.com/v2');
    expect(leadsquared.baseUrl({ host: 'api-in21.leadsquared.com' })).toBe('https://api-in21.leadsquared.com/v2');
  });

  it.each(['api-us11.leadsquared.com', 'api.tenant.example'])('%s is one', (host) => {
    expect(settingProblem('host', host)).toBeUndefined();
  });

  it.each([
    '',
    'https://api.leadsquared.com',
    'api.leadsquared.com/v2',
    'a b.com',
    'user@api.leadsquared.com',
    'localhost:80',
    'api..com',
  ])('%j is none', (host) => {
    expect(settingProblem('host', host)).toMatch(/host alone/);
  });
});

describe('names', () => {
  it.each([
    ['amount', /differs between accounts.*--map 'amount=mx_Custom_6'/],
    ['Stage', /--map 'stage=mx_Custom_2'/],
    ['Close Date', /--map 'close_date=mx_Custom_8'/],
    ['currency', /no currency field/],
    ['MX_custom_1', /did you mean mx_Custom_1\?/],
    ['mx_custom_1', /did you mean mx_Custom_1\?/],
    ['mx_Custom 1', /blanks/],
    ['ActivityEvent_Note', /OpportunityNote/],
    ['Expected Deal Size', /--map 'Expected Deal Size=mx_Custom_N'/],
  ])('%s is not a field, with a hint', (name, hint) => {
    expect(fieldOf(leadsquared, name)).toBeUndefined();
    expect(serviceOf(leadsquared).unknownFieldHint?.(name)).toMatch(hint);
  });

  it.each(['mx_Custom_1', 'mx_Deal_Region', 'mx_Custom_3~mx_CustomObject_1'])(
    '%s is one, and can be cleared',
    (name) => {
      expect(fieldOf(leadsquared, name)).toMatchObject({ name, cleared: { value: '' } });
    },
  );

  it.each(['ModifiedOn', 'CreatedBy', 'ModifiedBy', 'RelatedProspectId'])('%s is read-only', (name) => {
    expect(fieldOf(leadsquared, name)?.readOnly).toMatch(/\.$/);
  });

  it.each(['Status', 'Owner'])('%s cannot be cleared', (name) => {
    expect(fieldOf(leadsquared, name)).toMatchObject({ clearingHint: expect.stringContaining('write another one') });
    expect(fieldOf(leadsquared, name)?.cleared).toBeUndefined();
  });

  it('an id is a GUID or any AutoId', () => {
    for (const id of [guid, 'OPP-000123', '17', 'Ä/1']) expect(serviceOf(leadsquared).idProblem?.(id)).toBeUndefined();
    for (const id of ['two words', 'x'.repeat(101), 'a\n'])
      expect(serviceOf(leadsquared).idProblem?.(id)).toMatch(/AutoId/);
  });
});

describe('values', () => {
  it.each<[string, Json, RegExp]>([
    ['owner', 'ada@northwind.example', /GUID.*e-mail/],
    ['CreatedOn', '2024-04-31', /date that exists/],
    ['mx_Custom_6', '200,000', /ambiguous/],
    ['mx_Custom_8', '11/30/2026', /YYYY-MM-DD/],
    ['mx_Custom_7', { a: 1 }, /not a text/],
    ['note', ['a'], /not a text/],
  ])('%s %j is refused', (column, input, text) => {
    const settings = { 'number-fields': 'mx_Custom_6', 'date-fields': 'mx_Custom_8' };
    const encoded = fieldOf(leadsquared, column, settings)?.form.encode(input);
    expect(encoded).toHaveProperty('problem');
    expect(JSON.stringify(encoded)).toMatch(text);
  });

  it('lists of fields hold schema names only', () => {
    for (const name of ['date-fields', 'number-fields']) {
      expect(settingProblem(name, ' mx_Custom_8 , mx_Custom_9,')).toBeUndefined();
      expect(settingProblem(name, 'mx_Custom_8,Close Date')).toMatch(/Close Date/);
    }
  });
});

describe('rows', () => {
  it('that clear a field get a warning, and two columns of one field an error', () => {
    const clearing = toEdit(leadsquared, guid, { mx_Custom_5: null, note: 'x' });
    expect(serviceOf(leadsquared, {}).audit?.(clearing)).toMatchObject([
      { severity: 'warning', code: 'clearing-unconfirmed', column: 'mx_Custom_5' },
    ]);
    const doubled = toEdit(leadsquared, guid, { OpportunityNote: 'a', note: 'b' });
    expect(serviceOf(leadsquared, {}).audit?.(doubled)).toMatchObject([
      { severity: 'error', code: 'field-twice', column: 'note' },
    ]);
  });
});

/** The columns that are warned of as unchecked. */
const unchecked = (members: Readonly<Record<string, Json>>, settings: Settings, metadata?: Metadata) =>
  (leadsquared.open(settings, metadata).audit?.(toEdit(leadsquared, guid, members)) ?? [])
    .filter(({ code }) => code === 'value-unchecked')
    .map(({ column, severity }) => [column, severity]);

describe('columns whose values nothing checks', () => {
  it('are warned of while the opportunity type is not known', () => {
    const members = { mx_Custom_6: '1.234,56', Status: 'Gewonnen', note: 'x', mx_Custom_5: null };
    const both = [
      ['mx_Custom_6', 'warning'],
      ['Status', 'warning'],
    ];
    expect(unchecked(members, {})).toEqual(both);
    expect(unchecked(members, {}, { users: [] })).toEqual(both);
    expect(unchecked(members, { 'event-code': '12000' })).toEqual(both);
    expect(
      unchecked(
        { mx_Custom_6: '5', mx_Custom_8: '2026-11-30' },
        { 'number-fields': 'mx_Custom_6', 'date-fields': 'mx_Custom_8' },
      ),
    ).toEqual([]);
  });

  it('are those beyond the type where it is known', () => {
    const type = { 'opportunity type': [{ SchemaName: 'mx_Custom_6' }, { SchemaName: 'Status' }] };
    const members = { mx_Custom_6: 'x', Status: 'Won', 'mx_Custom_6~mx_CustomObject_1': 'x' };
    expect(unchecked(members, { 'event-code': '12000' }, type)).toEqual([['mx_Custom_6~mx_CustomObject_1', 'warning']]);
  });
});

describe('credentials', () => {
  const doubt = leadsquared.credentials[0]?.fields.find(({ name }) => name === 'accessKey')?.doubt;

  it('an access key that a shell has cut is doubted', () => {
    expect(doubt?.('u0123456789abcdef')).toMatch(/single quotes/);
    expect(doubt?.('u')).toMatch(/single quotes/);
    expect(doubt?.('u$r0123456789abcdef')).toBeUndefined();
    expect(doubt?.('0123456789abcdef')).toBeUndefined();
  });
});

describe('the account behind the keys', () => {
  const { account, call } = serviceOf(leadsquared, {}).check;
  it.each<[Json, string | undefined]>([
    [{ Id: 'b7d5', Name: 'Ada Kern', OrgShortCode: 'NORTHWIND' }, 'Ada Kern (NORTHWIND)'],
    [{ Id: 'b7d5', Name: '', EmailAddress: 'ada@northwind.example' }, 'ada@northwind.example'],
    [{ Id: 'b7d5', OrgShortCode: 'NORTHWIND' }, 'NORTHWIND'],
    [{}, undefined],
    ['<html>', undefined],
  ])('%j', (body, name) => {
    expect(account(toReply(200, body))).toBe(name);
  });

  it('is proved by a user with an id, not by a 200 alone', () => {
    expect(serviceOf(leadsquared).read(toReply(200, { Id: 'b7d5' }), call)).toMatchObject({
      verdicts: [{ kind: 'applied' }],
    });
    expect(serviceOf(leadsquared).read(toReply(200, { Status: 'Success' }), call).kind).toBe('transient');
    const refused = { Status: 'Error', ExceptionType: 'MXUnauthorizedException', ExceptionMessage: 'Inactive.' };
    expect(serviceOf(leadsquared).read(toReply(200, refused), call)).toMatchObject({
      verdicts: [{ kind: 'rejected' }],
    });
  });
});

describe('the limit that a refusal states', () => {
  const [call] = serviceOf(leadsquared, {}).plan(toEdit(leadsquared, guid, { status: 'Won' }));
  it.each([
    ['API calls exceeded the limit of 25 in 5 second(s)', { count: 25, windowMs: 5_000 }],
    ['EXCEEDED THE LIMIT OF 10 IN 5', { count: 10, windowMs: 5_000 }],
    ['exceeded the limit of 600 in 1 minute(s)', { count: 600, windowMs: 60_000 }],
    ['exceeded the limit of 1000 in 2 hour(s)', { count: 1_000, windowMs: 7_200_000 }],
  ])('%s', (text, statedLimit) => {
    expect(call && serviceOf(leadsquared).read(toReply(429, text), call)).toMatchObject({
      kind: 'throttled',
      statedLimit,
    });
  });

  it.each(['exceeded the limit of 0 in 5 second(s)', 'exceeded the limit of 5 in 0 second(s)', 'exceeded the limit'])(
    'is not taken from %j',
    (text) => {
      const reading = call && serviceOf(leadsquared).read(toReply(429, text), call);
      expect(reading).toMatchObject({ kind: 'throttled' });
      expect(reading).not.toHaveProperty('statedLimit');
    },
  );

  it('is never taken from a value of the file, whatever that says and however the refusal repeats it', () => {
    const sentence = fc
      .tuple(
        fc.nat({ max: 100_000 }),
        fc.nat({ max: 100 }),
        fc.constantFrom('', ' second(s)', ' minute(s)', ' hour(s)', ' day(s)'),
      )
      .map(([count, length, unit]) => `API calls exceeded the limit of ${count} in ${length}${unit}`);
    const around = fc.constantFrom(
      (text: string) => text,
      (text: string) => `${text}.`,
      (text: string) => `Value "${text}" is not valid`,
      (text: string) => `${text}\n`,
      (text: string) => `"${text}"`,
    );
    const refused = fc.record({
      status: fc.constantFrom(200, 400, 403, 404, 500, 503),
      type: fc.constantFrom(undefined, 'MXInvalidInputException', 'System.FormatException'),
      envelope: fc.boolean(),
    });
    fc.assert(
      fc.property(sentence, around, refused, (value, repeat, { status, type, envelope }) => {
        const [sent] = serviceOf(leadsquared, {}).plan(toEdit(leadsquared, guid, { note: value }));
        const text = repeat(value);
        const body = envelope ? { Status: 'Error', ExceptionType: type, ExceptionMessage: text } : text;
        const reading = sent && serviceOf(leadsquared).read(toReply(status, body), sent);
        expect(reading?.kind).not.toBe('throttled');
        expect(reading?.kind).not.toBe('quota-exhausted');
      }),
      { numRuns: 1_000 },
    );
  });
});

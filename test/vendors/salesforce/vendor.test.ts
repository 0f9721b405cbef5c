import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import type { Setting } from '../../../src/core/vendor.ts';
import { sameValue } from '../../../src/core/same-value.ts';
import { fullId } from '../../../src/sandbox/vendors/salesforce-write.ts';
import { salesforce } from '../../../src/vendors/salesforce/vendor.ts';
import { edit, fieldNamed, ids, openOrg, settingsWith, toReply } from './org.ts';

const org = openOrg();
const shortIds = fc
  .array(fc.constantFrom(...'ABCXYZabcxyz0189'), { minLength: 12, maxLength: 12 })
  .map((letters) => `006${letters.join('')}`);

function encode(name: string, value: Json) {
  return fieldNamed(org, name).form.encode(value);
}

function problem(name: string, value: string): string | undefined {
  return (salesforce.settings as readonly Setting[]).find((one) => one.name === name)?.problem?.(value);
}

describe('ids', () => {
  it('of 15 and of 18 characters are one, and both are accepted', () => {
    fc.assert(
      fc.property(shortIds, (short) => {
        const long = org.canonicalId?.(short) ?? '';
        expect(long).toBe(fullId(short));
        expect(org.canonicalId?.(long)).toBe(long);
        expect([org.idProblem?.(short), org.idProblem?.(long)]).toEqual([undefined, undefined]);
      }),
    );
  });

  it('whose letter case a spreadsheet changed are refused, with the one that the rest would be', () => {
    fc.assert(
      fc.property(shortIds, (short) => {
        const lower = fullId(short).toLowerCase();
        if (lower.slice(0, 15) !== short) expect(org.idProblem?.(lower)).toContain(fullId(lower.slice(0, 15)));
      }),
    );
    expect(org.idProblem?.('0065e00000abcdeaav')).toContain('0065e00000abcdeAAA');
  });

  it('of another kind of record or of another form are refused', () => {
    expect(org.idProblem?.('0015e00000ZzZzZAAV')).toContain('begins with 006');
    expect(org.idProblem?.('006-1')).toContain('15 or 18');
  });
});

describe('values', () => {
  it('of numbers are exact JSON numbers within the scale and the digits that Salesforce keeps', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -9_999_999_999_999n, max: 9_999_999_999_999n }),
        fc.integer({ min: 0, max: 99 }),
        (whole, cents) => {
          const text = `${whole}.${String(cents).padStart(2, '0')}`;
          const encoded = encode('Amount', text);
          expect('value' in encoded && sameValue(encoded.value, text, 'decimal')).toBe(true);
        },
      ),
    );
    expect(encode('Amount', '12.345')).toMatchObject({ problem: 'has more than 2 digits after the point' });
    expect(encode('Amount', '12345678901234.56')).toMatchObject({
      problem: 'has more than 15 digits, which Salesforce would round',
    });
    expect(encode('Score__c', '12345.6')).toMatchObject({ problem: 'has more than 4 digits before the point' });
    expect(encode('Probability', '101')).toMatchObject({ problem: 'is not between 0 and 100' });
    expect(encode('Probability', '12.5')).toMatchObject({ problem: 'is not a whole number' });
  });

  it('of picklists go by value or label, and only active ones', () => {
    expect(encode('Region__c', 'EMEA')).toEqual({ value: 'EMEA' });
    expect(encode('Region__c', ' europe ')).toEqual({ value: 'EMEA' });
    expect(encode('Region__c', 'Old Europe')).toMatchObject({
      problem: expect.stringContaining('not active') as string,
    });
    expect(encode('Region__c', 'Europa')).toMatchObject({
      problem: expect.stringContaining('did you mean "Europe"?') as string,
    });
    expect(encode('stage', 'First talks')).toEqual({ value: 'Prospecting' });
    expect(encode('stage', 'Perception Analysis')).toHaveProperty('problem');
    expect(fieldNamed(org, 'stage').form.nameOf?.('Prospecting')).toBe('First talks');
    const any = openOrg({ 'picklist-values': 'any' });
    expect(fieldNamed(any, 'stage').form.encode('Waiting')).toEqual({ value: 'Waiting' });
    expect(fieldNamed(any, 'Region__c').form.encode('Waiting')).toHaveProperty('problem');
  });

  it('of multi-select picklists go in the order of the org, and come apart and together again', () => {
    const form = fieldNamed(org, 'Days__c').form;
    expect(form.encode('wednesday; MON')).toEqual({ value: 'MON;WED' });
    expect(form.encode(['TUE', 'Monday'])).toEqual({ value: 'MON;TUE' });
    expect(form.encode('MON;Sunday')).toHaveProperty('problem');
    fc.assert(
      fc.property(fc.shuffledSubarray(['MON', 'TUE', 'WED'], { minLength: 1 }), (days) => {
        const encoded = form.encode(days.join(';'));
        const value = 'value' in encoded ? encoded.value : null;
        expect(form.list?.of(form.list.items(value))).toBe(value);
        expect(new Set(form.list?.items(value) as string[])).toEqual(new Set(days));
      }),
    );
    expect(fieldNamed(org, 'Days__c.add')).toMatchObject({ writes: 'Days__c', action: 'add', fromCurrent: true });
  });

  it('of owners go by e-mail address, name or user name, and never by one that two users have', () => {
    expect(encode('owner', 'Ada@northwind.example')).toEqual({ value: '0055e0000012xyzAAA' });
    expect(encode('owner', 'Cy Rose')).toEqual({ value: '0055e0000012xzaAAA' });
    expect(encode('owner', 'di@northwind.example.crm')).toEqual({ value: '0055e0000012xzbAAA' });
    expect(encode('owner', '0055e0000012xyz')).toEqual({ value: '0055e0000012xyzAAA' });
    expect(encode('owner', 'shared@northwind.example')).toMatchObject({
      problem: expect.stringContaining('any of 2') as string,
    });
    expect(encode('RecordTypeId', 'renewal')).toEqual({ value: '0125e0000001aBCAAY' });
  });

  it('of moments keep fractions of a second, and read back as the same', () => {
    expect(encode('Kickoff__c', '2026-10-02T10:15+02:00')).toEqual({ value: '2026-10-02T08:15:00Z' });
    const encoded = encode('Kickoff__c', '2026-10-02T08:15:00.123+0000');
    expect(encoded).toEqual({ value: '2026-10-02T08:15:00.123Z' });
    expect(sameValue('2026-10-02T08:15:00.123+0000', '2026-10-02T08:15:00.123Z', 'date-time')).toBe(true);
  });

  it('of checkboxes are those of files and of reports', () => {
    expect(['true', 'NO', '1', false, 0].map((value) => encode('IsPrivate', value))).toEqual(
      [true, false, true, false, false].map((value) => ({ value })),
    );
    expect(encode('IsPrivate', 'maybe')).toHaveProperty('problem');
  });
});

describe('fields', () => {
  it('are those that the org shows, with its labels, and what it does not let this user write', () => {
    expect(fieldNamed(org, 'Weighted__c')).toMatchObject({
      label: 'Weighted',
      readOnly: 'It is a formula, which Salesforce computes.',
    });
    expect(fieldNamed(org, 'ExpectedRevenue')).toHaveProperty('readOnly');
    expect(fieldNamed(org, 'CurrencyIsoCode')).toMatchObject({ readOnly: 'This org has one currency.' });
    expect(fieldNamed(org, 'ContractId').readOnly).toContain('does not see it');
    expect(org.unknownFieldHint?.('currency')).toContain('one currency');
    expect(org.openField).toBeUndefined();
    expect(fieldNamed(org, 'Amount')).toMatchObject({ cleared: { value: null }, common: ['amount'] });
    expect(fieldNamed(org, 'CloseDate')).toMatchObject({ required: true });
  });

  it('of an unread org are the standard ones, and custom ones by their names', () => {
    const unread = openOrg({}, {});
    expect(fieldNamed(unread, 'ns__Region__c').form.encode('EMEA')).toEqual({ value: 'EMEA' });
    expect(unread.openField?.('Region__r')).toBeUndefined();
    for (const name of ['stage', 'Type', 'LeadSource'])
      expect(fieldNamed(unread, name).form.encode('Typo')).toMatchObject({
        problem: expect.stringContaining('cannot be checked') as string,
      });
    expect(fieldNamed(openOrg({ 'picklist-values': 'any' }, {}), 'stage').form.encode('Typo')).toEqual({
      value: 'Typo',
    });
    expect(['name', 'field', 'value'].map((need) => unread.metadata?.helpsWith(need as 'name', 'StageName'))).toEqual([
      true,
      true,
      true,
    ]);
    expect(unread.metadata?.helpsWith('field', 'Amount')).toBe(false);
  });
});

describe('what an edit brings with it', () => {
  const closing = edit(org, ids[0], { stage: 'Closed Won', CloseDate: '2026-12-18' });

  it('is told of a stage, and kept for undo', () => {
    expect(org.audit?.(closing)).toMatchObject([{ severity: 'warning', code: 'close-date-moves' }]);
    expect(org.records?.sideEffectFields?.(closing.changes)).toEqual(['Probability']);
    expect(org.records?.linkedFields?.(closing.changes)).toEqual(
      expect.arrayContaining(['IsClosed', 'IsWon', 'ForecastCategory', 'Probability']),
    );
    expect(org.audit?.(edit(org, ids[0], { stage: 'First talks' }))).toEqual([]);
  });

  it('is refused where products decide the amount, which Salesforce would ignore', () => {
    const amount = edit(org, ids[0], { Amount: '12' });
    const withProducts = new Map([['HasOpportunityLineItem', { value: true }]]);
    expect(org.records?.audit?.(amount, withProducts)).toMatchObject([{ severity: 'error', code: 'has-products' }]);
    expect(org.records?.audit?.(amount, new Map([['HasOpportunityLineItem', { value: false }]]))).toEqual([]);
    expect(org.records?.audit?.(closing, withProducts)).toEqual([]);
    expect(org.records?.call(amount).query).toEqual([['fields', 'Id,Amount,Name,HasOpportunityLineItem']]);
  });
});

describe('settings', () => {
  it('take the host of the API, and name it where that of the browser is given', () => {
    for (const host of [
      'northwind.my.salesforce.com',
      'northwind--uat.sandbox.my.salesforce.com',
      'northwind.my.salesforce.mil',
    ])
      expect(problem('instance', host)).toBeUndefined();
    expect(problem('instance', 'northwind.lightning.force.com')).toContain('set northwind.my.salesforce.com');
    for (const host of [
      'evil.example',
      'salesforce.com.evil.example',
      'https://northwind.my.salesforce.com',
      'evilsalesforce.com',
    ])
      expect(problem('instance', host)).toBeDefined();
    expect(problem('api-version', '66')).toBeDefined();
    expect(problem('login-url', 'http://login.example.test')).toBeDefined();
  });

  it('lead credentials nowhere but to the instance', () => {
    const settings = settingsWith({ instance: 'Northwind.my.salesforce.com' });
    expect(salesforce.baseUrl(settings)).toBe('https://northwind.my.salesforce.com');
    expect(salesforce.oauth.tokenUrl({}, settings)).toBe('https://northwind.my.salesforce.com/services/oauth2/token');
    expect(salesforce.baseUrl(settingsWith())).toBe('https://instance.invalid');
  });

  it('are compared with the instance that a token answer names', () => {
    const body = { instance_url: 'https://northwind--uat.sandbox.my.salesforce.com' };
    expect(salesforce.oauth.doubt(body, settingsWith({ instance: 'northwind.my.salesforce.com' }))).toContain(
      '--setting instance=northwind--uat',
    );
    expect(
      salesforce.oauth.doubt(body, settingsWith({ instance: 'northwind--uat.sandbox.my.salesforce.com' })),
    ).toBeUndefined();
    expect(salesforce.oauth.doubt({}, settingsWith({ instance: 'northwind.my.salesforce.com' }))).toBeUndefined();
  });

  it('ask for a token in the form of each way to sign in', () => {
    const [refresh, client] = salesforce.oauth.grants;
    const settings = settingsWith();
    expect(refresh.form({ clientId: 'app', refreshToken: 'old' }, settings)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'old',
      client_id: 'app',
    });
    expect(client.form({ clientId: 'app', clientSecret: 'hush' })).toEqual({
      grant_type: 'client_credentials',
      client_id: 'app',
      client_secret: 'hush',
    });
    expect(salesforce.oauth.signIn.scope()).toBe('api refresh_token');
    expect(salesforce.oauth.signIn.authorizationUrl({}, { ...settings, instance: 'northwind.my.salesforce.com' })).toBe(
      'https://northwind.my.salesforce.com/services/oauth2/authorize',
    );
  });

  it('name the org in the check', () => {
    const records = [{ Id: '00D5e0000001abcEAA', Name: 'Northwind', IsSandbox: true }];
    expect(org.check.account(toReply(200, { totalSize: 1, done: true, records }))).toBe('Northwind (sandbox)');
  });
});

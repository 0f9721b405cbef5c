import type { Call } from '../../../src/core/call.ts';
import { describe, expect, it } from 'vitest';
import { parseJson, stringifyJson, type Json } from '../../../src/core/json.ts';
import type { Settings, Vendor } from '../../../src/core/vendor.ts';
import { partnerCenter as declared } from '../../../src/vendors/partner-center/vendor.ts';
import {
  callsOf,
  fieldOf,
  readRequests,
  serviceOf,
  settingsOf,
  toChange,
  toEdit,
  toReply,
} from '../../contract/fixtures.ts';

const partnerCenter: Vendor = declared;
const settings = settingsOf(partnerCenter);
const id = '9f8bed52-e4df-4d0c-9ca6-929a187b0731';
const jane = { email: 'jane.doe@contoso.com', firstName: 'Jane', lastName: 'Doe', phoneNumber: '0000000001' };

function problemOf(column: string, input: Json): unknown {
  const encoded = fieldOf(partnerCenter, column)?.form.encode(input);
  return encoded !== undefined && 'problem' in encoded ? `${encoded.problem}. ${encoded.hint ?? ''}` : encoded;
}

function auditsOf(input: Readonly<Record<string, Json>>, own: Settings = {}): readonly string[] {
  const changed = settingsOf(partnerCenter, own);
  const audits = serviceOf(partnerCenter, changed).audit?.(toEdit(partnerCenter, id, input, changed)) ?? [];
  return audits.map(({ severity, code, column }) => `${severity} ${code} ${column}`);
}

function repeatable(input: Readonly<Record<string, Json>>): Call['repeatable'] | undefined {
  return serviceOf(partnerCenter, settings).plan(toEdit(partnerCenter, id, input))[0]?.repeatable;
}

describe('values that Partner Center would refuse or misread', () => {
  it.each<[string, Json, RegExp]>([
    ['/details/dealValue', '1.250,00', /ambiguous/],
    ['amount', '$100', /not a number/],
    ['/details/currency', 'dollars', /three letters/],
    ['close_date', '11/14/2024', /unambiguous form\. Write/],
    ['/details/closingDateTime', '2024-02-30', /date that exists/],
    ['/status', 'Won', /New, Active, Closed/],
    ['substatus', 'Error', /Pending, Received, Accepted/],
    ['/team/-', 'jane.doe@contoso.com', /not a JSON object\. Write/],
    ['/team/-', '{"email":"jane"}', /no email/],
    ['/team/-', { firstName: 'Jane' }, /no email/],
    ['/team/-', { ...jane, mail: 'x' }, /"mail", which a team member does not have/],
    ['/team/-', { ...jane, phoneNumber: 1 }, /phoneNumber that is not a text/],
    ['/team/-', { ...jane, contactPreference: 'en-US' }, /contactPreference that is not an object/],
    ['/team/-', { ...jane, contactPreference: { locale: 1 } }, /contactPreference with more/],
    ['/team/-', { ...jane, contactPreference: { language: 'en' } }, /contactPreference with more/],
    ['/team/-', [jane, null], /not a JSON object/],
    ['/team/-', [], /empty list/],
    ['/team/-', '"{}"', /not a JSON object/],
    ['/details/requirements/solutions', 'Backup', /not a JSON object/],
    ['/details/requirements/solutions', [], /empty list/],
    ['/consent/consentToShareReferralWithMicrosoftSellers', 'maybe', /true nor false/],
    ['/inviteContext/assistanceRequestCode', 'Help', /GeneralOrOther/],
    ['/registrations/0/contract/term', 'Monthly', /Perpetual, Finite/],
    ['/registrations/0/contract/endDateTime', 'soon', /date/],
    ['/registrations/0/solutionDetails/0/isDeployedOnAzure', 'maybe', /true nor false/],
    ['/registrations/0/solutionDetails/0/value', '1,5', /ambiguous/],
  ])('%s %j', (column, input, text) => {
    expect(problemOf(column, input)).toMatch(text);
  });

  it('a list of objects keeps the digits of its numbers', () => {
    const cell = '[{"id":"S","price":12345678901234567890.12}]';
    const { value } = toChange(partnerCenter, '/details/requirements/solutions', cell);
    expect(stringifyJson(value)).toBe(cell);
    expect(stringifyJson(toChange(partnerCenter, '/registrations/-', '{"type":"X","v":1e400}').value)).toContain(
      '1e400',
    );
    expect(toChange(partnerCenter, '/details/requirements/solutions', parseJson('{"id":"S"}')).value).toEqual([
      { id: 'S' },
    ]);
  });
});

describe('names', () => {
  it.each([
    ['details.dealValue', '/details/dealValue'],
    ['substatus', '/substatus'],
    ['team.-', '/team/-'],
    ['details.requirements.solutions', '/details/requirements/solutions'],
    ['registrations.0.contract.value', '/registrations/0/contract/value'],
    ['amount', '/details/dealValue'],
    ['status', '/status'],
    ['stage', '/salesStage'],
  ])('%s writes what %s writes', (name, pointer) => {
    const [one, other] = [name, pointer].map((column) => fieldOf(partnerCenter, column));
    expect(one?.writes ?? one?.name).toBe(pointer);
    expect(other?.writes ?? other?.name).toBe(pointer);
    expect(one?.action).toBe(other?.action);
  });

  it.each<[string, Json, Json]>([
    ['contract/startDateTime', '2024-11-14', '2024-11-14T00:00:00Z'],
    ['contract/endDateTime', '2024-11-14T10:00:00+02:00', '2024-11-14T08:00:00Z'],
    ['contract/signDateTime', '2024-11-14 10:00', '2024-11-14T10:00:00Z'],
    ['contract/term', 'FINITE', 'Finite'],
    ['contract/value', '10.50', '10.5'],
    ['solutionDetails/2/value', '10', '10'],
    ['solutionDetails/2/currency', 'nok', 'NOK'],
    ['solutionDetails/2/isDeployedOnAzure', 'TRUE', true],
    ['solutionDetails/2/primaryDeploymentOn', 'customer', 'Customer'],
    ['solutionDetails/2/pricingModel', 'other', 'Other'],
    ['solutionDetails/2/marketplaceTransactionDetails/offerId', 'of-1', 'of-1'],
  ])('the part %s of a registration is known, and %j is sent as %j', (part, input, value) => {
    const field = `/registrations/1/${part}`;
    expect(toChange(partnerCenter, field, input)).toEqual({ field, action: 'set', value, column: field });
  });

  it.each([
    '/details/dealvalue',
    'Details.dealValue',
    'dealValue',
    '/team/0',
    '/team/-/email',
    '/registrations/0/contract/amount',
    '/registrations/-/contract/value',
    '/registrations/01/contract/value',
    '/registrations/0/solutionDetails/-/value',
    '/registrations/0/solutionDetails/0/marketplaceTransactionDetails/a/b',
    '/registrations/0/status',
    '/details/dealValue/',
    '//details/dealValue',
    '/customerProfiles/name',
    '/',
    '',
  ])('%j is not a field', (name) => {
    expect(fieldOf(partnerCenter, name)).toBeUndefined();
  });

  it.each([
    '/engagementId',
    'organizationName',
    '/eTag',
    '/details',
    '/team',
    'consent.consentToContact',
    '/registrations',
    '/customerProfile',
    '/customerProfile/address/city',
    'customerProfile.name',
    'trackingInfo.microsoftMsxId',
    '/links/self/uri',
  ])('%s is read-only', (name) => {
    expect(fieldOf(partnerCenter, name)?.readOnly).toMatch(/^[A-Z].*\.$/);
  });

  it('what a person may mean by other names has a hint', () => {
    expect(serviceOf(partnerCenter).unknownFieldHint?.('owner')).toContain('/team/-');
    expect(serviceOf(partnerCenter).unknownFieldHint?.('team.0.email')).toContain('/team/-');
    expect(serviceOf(partnerCenter).unknownFieldHint?.('dealValue')).toContain('/details/dealValue');
    expect(serviceOf(partnerCenter).unknownFieldHint?.('colour')).toBeUndefined();
  });
});

describe('rows that Partner Center would refuse, or that nothing takes back', () => {
  it.each<[Readonly<Record<string, Json>>, readonly string[]]>([
    [{ status: 'Active' }, ['error status-without-substatus status']],
    [{ 'details.notes': 'x', substatus: 'Won' }, ['error status-without-substatus substatus']],
    [{ '/status': 'Closed', substatus: 'Accepted' }, ['error status-and-substatus-disagree substatus']],
    [{ status: 'New', '/substatus': 'Won' }, ['error status-and-substatus-disagree /substatus']],
    [{ status: 'Active', substatus: 'Accepted' }, []],
    [{ status: 'New', substatus: 'Received' }, []],
    [{ '/status': 'Closed', substatus: 'Won' }, ['warning closes-referral /status']],
    [{ status: 'Closed', substatus: 'Lost' }, ['warning closes-referral status', 'error reason-missing substatus']],
    [{ status: 'Closed', substatus: 'Declined' }, ['warning closes-referral status', 'error reason-missing substatus']],
    [{ status: 'Closed', substatus: 'Lost', statusReason: 'Budget' }, ['warning closes-referral status']],
    [
      { status: 'Closed', substatus: 'Expired' },
      ['warning closes-referral status', 'warning expires-referral substatus'],
    ],
    [{ statusReason: 'Budget', amount: '1' }, []],
    [{ amount: '1', 'details.dealValue': '2' }, ['error field-twice details.dealValue']],
    [{ 'team.-': jane, '/team/-': jane }, ['error field-twice /team/-']],
    [{ 'team.-': [jane, jane] }, []],
    [
      { 'consent.consentToShareReferralWithMicrosoftSellers': 'true' },
      ['warning cannot-be-taken-back consent.consentToShareReferralWithMicrosoftSellers'],
    ],
    [
      { 'consent.consentToShareReferralWithMicrosoftSellers': 'false' },
      ['error cannot-be-taken-back consent.consentToShareReferralWithMicrosoftSellers'],
    ],
    [
      { '/inviteContext/assistanceRequestCode': 'QuotesOrLicensing' },
      ['warning cannot-be-taken-back /inviteContext/assistanceRequestCode'],
    ],
  ])('%j', (input, audits) => {
    expect(auditsOf(input)).toEqual(audits);
  });

  it('a reason is asked for as the setting says, and clearing it is not giving one', () => {
    const lost = { status: 'Closed', substatus: 'Lost' };
    expect(auditsOf(lost, { 'reason-required': 'no' })).toEqual(['warning closes-referral status']);
    expect(auditsOf({ ...lost, statusReason: null }, { clear: 'null' })).toContain('error reason-missing substatus');
  });
});

describe('calls', () => {
  it('only what appends must not be repeated', () => {
    expect(repeatable({ amount: '1', status: 'Closed', substatus: 'Won' })).toBe(true);
    expect(repeatable({ amount: '1', '/team/-': jane })).toBe(false);
    expect(repeatable({ '/registrations/-': { type: 'AzureIPCoSell' } })).toBe(false);
    expect(repeatable({ '/registrations/0/contract/value': '1' })).toBe(true);
  });

  it('only replace and add are used', () => {
    const bodies = readRequests('partner-center').cases.flatMap((request) => callsOf(partnerCenter, request));
    const used = bodies.flatMap(({ body }) => (body as readonly { readonly op: string }[]).map(({ op }) => op));
    expect(new Set(used)).toEqual(new Set(['replace', 'add']));
  });
});

it('a referral that is looked at shows what it holds, and is not an answer to what was asked', () => {
  const [call] = serviceOf(partnerCenter, settings).plan(toEdit(partnerCenter, id, { amount: '2', '/team/-': jane }));
  const [edit] = call?.edits ?? [];
  const look = edit && serviceOf(partnerCenter).records?.call(edit);
  const referral = { id, details: { dealValue: 1 }, team: [] };
  expect(look).toMatchObject({ method: 'GET', path: `/engagements/referrals/${id}` });
  expect(look && serviceOf(partnerCenter).read(toReply(200, referral), look)).toMatchObject({
    verdicts: [{ kind: 'applied', echo: referral }],
  });
});

describe('signing in', () => {
  const { oauth } = partnerCenter;
  const credentials = { tenantId: 'contoso.example/x', clientId: 'client-1', refreshToken: 'refresh-1' };

  it('a refresh token is traded at the second edition of the token endpoint', () => {
    expect(oauth?.grants[0]?.needs).toEqual(['tenantId', 'clientId', 'refreshToken']);
    expect(oauth?.tokenUrl(credentials, settings)).toBe(
      'https://login.microsoftonline.com/contoso.example%2Fx/oauth2/v2.0/token',
    );
    expect(oauth?.tokenUrl(credentials, { ...settings, authority: 'http://127.0.0.1:9/' })).toBe(
      'http://127.0.0.1:9/contoso.example%2Fx/oauth2/v2.0/token',
    );
    expect(oauth?.grants[0]?.form(credentials, settings)).toEqual({
      grant_type: 'refresh_token',
      client_id: 'client-1',
      refresh_token: 'refresh-1',
      scope: 'https://api.partner.microsoft.com/.default offline_access',
    });
  });

  it('a secret is sent only by apps that have one', () => {
    const [without, withSecret] = ['', 'secret-1'].map((clientSecret) =>
      oauth?.grants[0]?.form({ ...credentials, clientSecret }, settings),
    );
    expect(without).not.toHaveProperty('client_secret');
    expect(withSecret).toMatchObject({ client_secret: 'secret-1' });
  });

  it.each([
    ['https://login.microsoftonline.us', true],
    ['http://localhost:8080', true],
    ['http://[::1]:8080/', true],
    ['http://login.microsoftonline.com', false],
    ['http://127.0.0.1.example', false],
    ['login.microsoftonline.com', false],
    ['https://user@login.example', false],
    ['https://login.example/?x', false],
    ['ftp://login.example', false],
    ['', false],
  ])('the authority %j is taken: %s', (value, taken) => {
    const setting = partnerCenter.settings.find(({ name }) => name === 'authority');
    expect(setting?.problem?.(value) === undefined).toBe(taken);
  });

  it('a token of another form is doubted', () => {
    const doubt = partnerCenter.credentials.flatMap(({ fields }) => fields).find(({ name }) => name === 'accessToken');
    expect(doubt?.doubt?.('a.b.c')).toBeUndefined();
    expect(doubt?.doubt?.('opaque')).toContain('three parts');
  });
});

it('a long message is told in its first words', () => {
  const [write] = serviceOf(partnerCenter, settings).plan(toEdit(partnerCenter, id, { amount: '1' }));
  const reply = toReply(400, { error: { code: 'invalidRequest', message: 'x'.repeat(1_024), target: 'referral' } });
  expect(write && serviceOf(partnerCenter).read(reply, write)).toMatchObject({
    verdicts: [{ kind: 'rejected', message: `${'x'.repeat(499)}…` }],
  });
});

describe('the check of the credentials', () => {
  const { call, account } = serviceOf(partnerCenter, settings).check;

  it('is a list of one, and names the organisation of what it finds', () => {
    expect(call).toMatchObject({ method: 'GET', path: '/engagements/referrals', query: [['$top', '1']] });
    const list = toReply(200, { value: [{ id, organizationName: 'Northwind' }] });
    expect(serviceOf(partnerCenter).read(list, call)).toMatchObject({ verdicts: [{ kind: 'applied' }] });
    expect(account(list)).toBe('Northwind');
  });

  it.each<[number, Json, string]>([
    [200, { value: [] }, 'settled applied'],
    [200, { id }, 'transient '],
    [200, '', 'transient '],
    [204, '', 'transient '],
    [403, { error: { code: 'accessDenied', message: 'Denied.' } }, 'settled rejected'],
    [401, '', 'unauthorised '],
  ])('%i %j is %s, and names nobody', (status, body, expected) => {
    const reading = serviceOf(partnerCenter).read(toReply(status, body), call);
    const verdict = reading.kind === 'settled' ? (reading.verdicts[0]?.kind ?? '') : '';
    expect(`${reading.kind} ${verdict}`).toBe(expected);
    expect(account(toReply(status, body))).toBeUndefined();
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDecimals, parseDecimal } from '../../../src/core/decimal.ts';
import { scalarText, stringifyJson, type Json, type JsonObject } from '../../../src/core/json.ts';
import type { FieldValues, Service } from '../../../src/core/vendor.ts';
import {
  ada,
  asked,
  change,
  documentedMetadata,
  dynamics,
  edit,
  fieldOf,
  id,
  reply,
  settings,
  unasked,
} from './environment.ts';

const account = '1c4d7d11-90aa-ee11-be37-000d3ab1f00a';
const euro = 'c7d2f1b0-1111-ee11-8f6d-000d3ab1f003';

const wire = (service: Service, input: Readonly<Record<string, Json>>): readonly Json[] =>
  service.plan(edit(service, input)).map(({ body }) => body ?? null);
const steps = (input: Readonly<Record<string, Json>>): readonly string[] =>
  asked.plan(edit(asked, input)).map(({ step }) => step);
const codes = (input: Readonly<Record<string, Json>>, service = asked): readonly string[] =>
  (service.audit?.(edit(service, input)) ?? []).map(({ severity, code }) => `${severity} ${code}`);

function held(values: Readonly<Record<string, Json>>): FieldValues {
  return new Map(Object.entries(values).map(([name, value]) => [name, { value }]));
}

describe('values', () => {
  it.each<[string, Json, JsonObject]>([
    ['amount', '0012500.50', { estimatedvalue: 12_500.5 }],
    ['amount', 99_999_999_999.99, { estimatedvalue: 99_999_999_999.99 }],
    ['close_date', '2026-11-30', { estimatedclosedate: '2026-11-30' }],
    ['stage', ' propose ', { salesstage: 2 }],
    ['stage', '2', { salesstage: 2 }],
    ['owner', 'Ada Kern', { 'ownerid@odata.bind': `/systemusers(${ada})` }],
    ['owner', 'ada@northwind.example', { 'ownerid@odata.bind': `/systemusers(${ada})` }],
    ['owner', ada.toUpperCase(), { 'ownerid@odata.bind': `/systemusers(${ada})` }],
    ['owner', 'Renewals', { 'ownerid@odata.bind': '/teams(0b4d7d11-90aa-ee11-be37-000d3ab1f0a1)' }],
    [
      'owner',
      '0b4d7d11-90aa-ee11-be37-000d3ab1f0a1',
      { 'ownerid@odata.bind': '/teams(0b4d7d11-90aa-ee11-be37-000d3ab1f0a1)' },
    ],
    ['currency', 'eur', { 'transactioncurrencyid@odata.bind': `/transactioncurrencies(${euro})` }],
    ['customerid', `accounts(${account})`, { 'customerid_account@odata.bind': `/accounts(${account})` }],
    ['customerid', `/contacts(${account})`, { 'customerid_contact@odata.bind': `/contacts(${account})` }],
    ['new_customerid', account, { 'new_CustomerId@odata.bind': `/accounts(${account})` }],
    ['new_customerid', null, { new_CustomerId: null }],
    ['new_subject', `new_projects(${account})`, { 'new_Subject_new_project@odata.bind': `/new_projects(${account})` }],
    ['parentcontactid', null, { parentcontactid: null }],
    ['new_region', 'APAC', { new_region: 100_000_001 }],
    ['new_region', '100000002', { new_region: 100_000_002 }],
    ['new_days', 'Monday; Friday', { new_days: '1,9' }],
    ['new_days', '9,1,9', { new_days: '9,1' }],
    ['new_days', ['Friday', 2], { new_days: '9,2' }],
    ['new_days', null, { new_days: null }],
    ['new_renewal', '2026-11-30T14:05:00+02:00', { new_renewal: '2026-11-30T12:05:00Z' }],
    ['new_signed', '2026-11-30', { new_signed: '2026-11-30' }],
    ['new_score', '12.125', { new_score: 12.125 }],
    ['new_bonus', '-10', { new_bonus: -10 }],
    ['new_flag', 'TRUE', { new_flag: true }],
    ['new_count', '007', { new_count: 7 }],
    ['note', '  as it stands ', { description: '  as it stands ' }],
  ])('%s %j', (column, input, body) => {
    expect(stringifyJson(wire(asked, { [column]: input })[0] ?? null)).toBe(stringifyJson(body));
  });

  it.each<[string, Json, RegExp]>([
    ['amount', '1,250', /an ambiguous number/],
    ['amount', 'much', /not a number/],
    ['amount', '1.005', /2 digits/],
    ['amount', '1000000000001', /more than 1000000000000/],
    ['amount', '-1', /less than 0/],
    ['new_bonus', '1.25', /1 digits/],
    ['new_score', '1.0005', /3 digits/],
    ['discountpercentage', '101', /more than 100/],
    ['closeprobability', '101', /more than 100/],
    ['close_date', '2026-11-30T10:00:00Z', /time of day/],
    ['stage', 'Negotiate', /choice of this account/],
    ['stage', '7', /not a choice of this environment/],
    ['status', '3', /not a state/],
    ['new_region', 'Mars', /choice/],
    ['new_days', 'Monday;Sunday', /entry that .*choice/],
    ['new_days', [], /empty list/],
    ['owner', 'shared@northwind.example', /any of 2/],
    ['owner', 'nobody@northwind.example', /user of this account/],
    ['owner', null, /can't be cleared/],
    ['name', null, /can't be cleared/],
    ['new_must', null, /can't be cleared/],
    ['new_flag', null, /can't be cleared/],
    ['new_subject', null, /can't be cleared/],
    ['new_flag', 'Yes', /neither true nor false/],
    ['customerid', account, /which table/],
    ['new_subject', account, /which table/],
    ['new_segment', 'x'.repeat(21), /20 are allowed/],
  ])('%s %j is refused', (column, input, reason) => {
    expect(() => change(asked, column, input)).toThrow(reason);
  });

  it('come back from what is shown to people as they were', () => {
    for (const [column, input] of [
      ['owner', 'Ada Kern'],
      ['owner', 'Renewals'],
      ['currency', 'USD'],
      ['stage', 'Close'],
      ['new_days', 'Monday;Tuesday'],
      ['customerid', `contacts(${account})`],
    ] as const) {
      const { form } = fieldOf(asked, column);
      const { value } = change(asked, column, input);
      expect(form.encode(form.show?.(value) ?? scalarText(value) ?? value)).toEqual({ value });
      const name = form.nameOf?.(value);
      if (name !== undefined) expect(form.encode(name)).toEqual({ value });
    }
  });

  it('of money are numbers in plain digits, none lost', () => {
    const { form } = fieldOf(unasked, 'amount');
    const cents = fc.bigInt({ min: -100_000_000_000_000n, max: 100_000_000_000_000n });
    fc.assert(
      fc.property(cents, (digits) => {
        const encoded = form.encode(
          `${digits / 100n}.${String(digits % 100n)
            .replace('-', '')
            .padStart(2, '0')}`,
        );
        const text = 'value' in encoded ? stringifyJson(encoded.value) : '';
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        const magnitude = { digits: digits < 0n && digits > -100n ? -digits : digits, scale: 2 };
        expect(compareDecimals(parseDecimal(text) ?? { digits: 0n, scale: 9 }, magnitude)).toBe(0);
      }),
    );
  });

  it('of several choices are one text, in the order in which they are given, and are read in any', () => {
    const { form } = fieldOf(asked, 'new_days');
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 9], { minLength: 1 }), (values) => {
        expect(wire(asked, { new_days: values })).toEqual([{ new_days: values.join(',') }]);
        expect(form.encode(values.join(','))).toEqual({ value: values });
        const found = asked.records?.echoed?.({ opportunityid: id, new_days: values.join(',') });
        expect(found?.values.get('new_days')?.value).toEqual(values);
      }),
    );
  });
});

describe('columns', () => {
  it('are those of the environment, with its labels; what it ignores is read-only', () => {
    expect(fieldOf(asked, 'new_segment')).toMatchObject({ label: 'Segment', cleared: { value: null } });
    expect(fieldOf(asked, 'customerid')).toMatchObject({ label: 'Potential Customer', required: true });
    for (const name of [
      'createdon',
      'totalamount',
      'estimatedvalue_base',
      'new_total',
      'new_paper',
      'new_score_base',
      'stageid',
    ])
      expect(fieldOf(asked, name).readOnly).toBeDefined();
    const names = asked.fields.map(({ name }) => name);
    for (const name of ['owneridtype', 'opportunityid']) expect(names).not.toContain(name);
    expect(fieldOf(asked, 'new_days.add')).toMatchObject({ writes: 'new_days', action: 'add', fromCurrent: true });
  });

  it.each([
    ['_ownerid_value', /ownerid/],
    ['new_CustomerId@odata.bind', /new_customerid/],
    ['pipeline', /salesstage/],
  ])('%s is none, and a hint says more', (name, hint) => {
    expect(asked.unknownFieldHint?.(name)).toMatch(hint);
  });

  it('whose labels or ways of writing only the environment knows need it', () => {
    const { helpsWith } = unasked.metadata ?? { helpsWith: () => false };
    for (const name of ['salesstage', 'statuscode', 'customerid', 'parentcontactid'])
      expect(helpsWith('field', name)).toBe(true);
    expect(helpsWith('name', 'new_segment')).toBe(true);
    expect(helpsWith('value', 'ownerid')).toBe(true);
    expect(helpsWith('field', 'estimatedvalue')).toBe(false);
  });

  it('survive reads that were refused', () => {
    const { choices: _choices, users: _users, moments: _moments, ...rest } = documentedMetadata();
    const service = dynamics.open(settings, rest);
    expect(wire(service, { stage: 'Propose', owner: ada, close_date: '2026-11-30', new_region: '100000000' })).toEqual([
      {
        salesstage: 2,
        'ownerid@odata.bind': `/systemusers(${ada})`,
        estimatedclosedate: '2026-11-30',
        new_region: 100_000_000,
      },
    ]);
    expect(wire(service, { new_signed: '2026-11-30', new_renewal: '2026-11-30T12:00:00Z' })).toEqual([
      { new_signed: '2026-11-30', new_renewal: '2026-11-30T12:00:00Z' },
    ]);
  });

  it.each(['0', 'ada', '6f1c0a52-3b7e-ee11-8179-000d3ab1000', `${id} `, `{${id}}`])('%s is not an id', (one) => {
    expect(asked.idProblem?.(one)).toMatch(/GUID/);
    expect(asked.idProblem?.(id.toUpperCase())).toBeUndefined();
    expect(asked.canonicalId?.(id.toUpperCase())).toBe(id);
  });
});

describe('the calls of a row', () => {
  it.each<[Readonly<Record<string, Json>>, readonly string[]]>([
    [{ amount: '1', status: 'Won' }, ['fields', 'close']],
    [{ status: 'Open', amount: '1' }, ['reopen', 'fields']],
    [{ status: 'Lost', actualclosedate: '2026-11-30' }, ['close']],
    [{ actualclosedate: '2026-11-30' }, ['fields']],
    [{ status: 'Won', actualvalue: null }, ['fields', 'close']],
    [{ statuscode: 'On Hold' }, ['reopen']],
    [{ statuscode: 'No budget' }, ['close']],
    [{ amount: '1' }, ['fields']],
  ])('%j are %j', (input, expected) => {
    expect(steps(input)).toEqual(expected);
    const calls = asked.plan(edit(asked, input));
    const fields = calls.flatMap(({ edits }) => edits.flatMap(({ changes }) => changes.map((one) => one.field)));
    expect(fields.toSorted()).toEqual(
      edit(asked, input)
        .changes.map(({ field }) => field)
        .toSorted(),
    );
    // Without a condition a PATCH creates what is not there; the actions take none.
    for (const call of calls)
      expect(call).toMatchObject(
        call.method === 'PATCH'
          ? { headers: { 'if-match': '*' }, repeatable: true }
          : { unguarded: true, repeatable: 'when-absent' },
      );
  });

  it('bring the reason along with the state', () => {
    expect(wire(asked, { status: 'Open' })).toEqual([{ statecode: 0, statuscode: 1 }]);
    expect(wire(asked, { status: 'Open', statuscode: 'On Hold' })).toEqual([{ statecode: 0, statuscode: 2 }]);
    const close = { 'opportunityid@odata.bind': `/opportunities(${id})`, subject: 'Lost' };
    expect(wire(asked, { status: 'Lost' })).toEqual([{ Status: -1, OpportunityClose: close }]);
    expect(wire(asked, { statuscode: 'No budget' })).toEqual([{ Status: 100_000_007, OpportunityClose: close }]);
  });

  it.each<[Readonly<Record<string, Json>>, readonly string[]]>([
    [{ status: 'Won' }, ['warning adds-activity']],
    [{ status: 'Won', statuscode: 'Canceled' }, ['error reason-of-other-state', 'warning adds-activity']],
    [{ status: 'Open', statuscode: 'Won' }, ['error reason-of-other-state']],
    [{ statuscode: 'No budget' }, ['warning adds-activity']],
    [{ status: 'Open' }, []],
    [{ amount: '1' }, []],
  ])('%j is judged as %j', (input, expected) => {
    expect(codes(input)).toEqual(expected);
  });

  it('of a reason whose state nobody knows are refused, unless the row says it', () => {
    expect(codes({ statuscode: '100000007' }, unasked)).toEqual(['error reason-of-unknown-state']);
    expect(codes({ statuscode: '100000007', status: 'Lost' }, unasked)).toEqual(['warning adds-activity']);
  });

  it.each<[Readonly<Record<string, Json>>, Readonly<Record<string, Json>>, readonly string[]]>([
    [{ status: 'Won' }, { statecode: 0 }, []],
    [{ status: 'Won' }, { statecode: 2 }, ['error closed-already']],
    [{ status: 'Won', statuscode: 3 }, { statecode: 1, statuscode: 100_000_001 }, ['error closed-already']],
    [{ statuscode: 'Out-Sold' }, { statecode: 2, statuscode: 4 }, ['error closed-already']],
    [{ status: 'Open' }, { statecode: 1 }, ['warning activity-remains']],
    [{ amount: '1' }, { statecode: 2 }, ['warning closed-record']],
    [{ amount: '1' }, { statecode: 0, isrevenuesystemcalculated: true }, ['warning amount-is-computed']],
    [{ amount: '1', isrevenuesystemcalculated: 'false' }, { statecode: 0, isrevenuesystemcalculated: true }, []],
  ])('%j of a record that holds %j are judged as %j', (input, values, expected) => {
    const audits = asked.records?.audit?.(edit(asked, input), held(values)) ?? [];
    expect(audits.map(({ severity, code }) => `${severity} ${code}`)).toEqual(expected);
  });
});

describe('records', () => {
  const { records } = asked;
  if (records?.bulk === undefined) throw new Error('no reads');
  const bulk = records.bulk;
  const edits = [edit(asked, { status: 'Won', owner: ada }), edit(asked, { new_days: 'Monday' }, ada, 2)];

  it('are read 50 at a time with what winning moves, by comparisons that need no function', () => {
    const call = bulk.call('named', edits);
    expect(bulk.most).toBe(50);
    expect(call.query).toEqual([
      [
        '$select',
        'name,statecode,statuscode,isrevenuesystemcalculated,_ownerid_value,actualvalue,actualclosedate,new_days',
      ],
      ['$filter', `opportunityid eq ${id} or opportunityid eq ${ada}`],
    ]);
    const many = Array.from({ length: 50 }, (_, row) => edit(asked, { amount: '1' }, id, row));
    const url = new URLSearchParams([...(bulk.call('named', many).query ?? [])].map(([name, value]) => [name, value]));
    expect(url.toString().length).toBeLessThan(32_000);
  });

  it('are shown in any order, lookups by the table that the annotation names, with guard, title and address', () => {
    const value: readonly Json[] = [
      {
        '@odata.etag': 'W/"52871301"',
        name: 'Fleet renewal',
        '_ownerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty': 'ownerid',
        '_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname': 'team',
        _ownerid_value: ada.toUpperCase(),
        _customerid_value: account,
        _parentcontactid_value: null,
        estimatedvalue: 12_500.5,
        opportunityid: id,
      },
      { name: 'nobody' },
    ];
    const read = bulk.read(reply(200, { value }), bulk.call('named', edits));
    expect(read?.absent).toEqual([]);
    expect(read?.found).toHaveLength(1);
    const [found] = read?.found ?? [];
    expect(found).toMatchObject({
      id,
      title: 'Fleet renewal',
      guard: { in: 'header', name: 'if-match', value: 'W/"52871301"' },
      link: `https://northwind.crm4.dynamics.com/main.aspx?etn=opportunity&pagetype=entityrecord&id=%7B${id}%7D`,
    });
    expect(Object.fromEntries([...(found?.values ?? [])].map(([name, one]) => [name, one.value]))).toEqual({
      name: 'Fleet renewal',
      ownerid: `/teams(${ada})`,
      parentcontactid: null,
      estimatedvalue: 12_500.5,
    });
    expect(bulk.read(reply(200, { value: 'none' }), bulk.call('named', edits))).toBeUndefined();
    expect(bulk.read(reply(403, { value: [] }), bulk.call('named', edits))).toBeUndefined();
  });

  it('of a table without versions have no guard', () => {
    const sets = [
      { LogicalName: 'opportunity', EntitySetName: 'opportunities', IsOptimisticConcurrencyEnabled: false },
    ];
    const service = dynamics.open(settings, { ...documentedMetadata(), sets });
    const data = { '@odata.etag': 'W/"1"', opportunityid: id };
    expect(service.records?.echoed?.(data)).not.toHaveProperty('guard');
    expect(asked.records?.echoed?.(data)).toHaveProperty('guard');
  });

  it('that are missing are absent', () => {
    const [first] = edits;
    const call = records.call(first ?? never());
    expect(records.read(reply(404, { error: { code: '', message: 'no' } }), call).kind).toBe('absent');
    expect(records.read(reply(200, { value: [] }), call).kind).toBe('unknown');
  });
});

function never(): never {
  throw new Error('not there');
}

describe('finding and listing', () => {
  it('by a column of texts or numbers, quotes doubled', () => {
    expect(asked.find?.problem('new_segment')).toBeUndefined();
    expect(asked.find?.problem('ownerid')).toMatch(/texts or numbers/);
    expect(asked.find?.problem("x' or 1 eq 1")).toMatch(/logical name/);
    const call = asked.find?.call('new_segment', ["O'Neil", 'B']) ?? never();
    expect(call.query).toEqual([
      ['$select', 'name,new_segment'],
      ['$filter', "new_segment eq 'O''Neil' or new_segment eq 'B'"],
    ]);
    expect(asked.find?.call('new_count', ['7']).query?.[1]).toEqual(['$filter', 'new_count eq 7']);
    const link = 'https://other.crm4.dynamics.com/api/data/v9.2/opportunities?$select=name,new_segment&$skiptoken=2';
    const page = asked.find?.read(
      reply(200, { value: [{ opportunityid: id, new_segment: 'b', name: 'B' }], '@odata.nextLink': link }),
      call,
    );
    expect(page).toMatchObject({
      records: [{ id, key: 'b', title: 'B' }],
      next: {
        path: '/opportunities',
        query: [
          ['$select', 'name,new_segment'],
          ['$skiptoken', '2'],
        ],
      },
    });
    expect(asked.find?.sameKey?.(' B ', 'new_segment')).toBe('b');
    expect(asked.find?.read(reply(400, { value: [] }), call)).toBeUndefined();
  });

  it('with each value as OData writes it', () => {
    const conditions = Object.entries({
      ownerid: `/systemusers(${ada})`,
      parentcontactid: null,
      estimatedclosedate: '2026-11-30',
      salesstage: 2,
      new_segment: "O'Neil",
    }).map(([field, value]) => ({ field, value }));
    const call = asked.list?.call({ conditions, raw: 'estimatedvalue gt 1 or statecode eq 0', fields: ['ownerid'] });
    expect(call?.query).toEqual([
      ['$select', 'name,_ownerid_value'],
      [
        '$filter',
        `_ownerid_value eq ${ada} and _parentcontactid_value eq null and estimatedclosedate eq 2026-11-30 and salesstage eq 2 and new_segment eq 'O''Neil' and (estimatedvalue gt 1 or statecode eq 0)`,
      ],
      ['$orderby', 'opportunityid asc'],
    ]);
    expect(asked.list?.problem('new_days')).toMatch(/several choices/);
    const page = asked.list?.read(reply(200, { value: [{ opportunityid: id, name: 'A' }] }), call ?? never());
    expect(page).toMatchObject({ records: [{ id, title: 'A' }] });
    expect(page?.next).toBeUndefined();
  });
});

describe('signing in', () => {
  const credentials = { tenantId: 'tenant-1', clientId: 'client-1', clientSecret: 'secret-1', refreshToken: 'token-1' };

  it('asks for the environment itself, of a person by refresh token and of an app by its secret', () => {
    const { oauth } = dynamics;
    expect(oauth?.tokenUrl(credentials, settings)).toBe('https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token');
    const forms = Object.fromEntries(
      (oauth?.grants ?? []).map(({ kind, form }) => [kind, form(credentials, settings)]),
    );
    expect(forms).toMatchObject({
      refresh: {
        grant_type: 'refresh_token',
        scope: 'https://northwind.crm4.dynamics.com/user_impersonation offline_access',
      },
      'client-credentials': {
        grant_type: 'client_credentials',
        scope: 'https://northwind.crm4.dynamics.com/.default',
      },
    });
    expect(oauth?.grants.map(({ needs }) => needs)).toEqual([
      ['tenantId', 'clientId', 'refreshToken'],
      ['tenantId', 'clientId', 'clientSecret'],
    ]);
    expect(oauth?.signIn?.deviceUrl?.(credentials, settings)).toMatch(/\/tenant-1\/oauth2\/v2\.0\/devicecode$/);
  });

  it.each(['https://northwind.crm4.dynamics.com', 'northwind', 'a b.com', 'northwind.crm4.dynamics.com/x'])(
    'wants a host, and %s is none',
    (value) => {
      const problem = dynamics.settings.find(({ name }) => name === 'environment')?.problem;
      expect(problem?.(value)).toMatch(/host/);
      expect(problem?.('northwind.crm.microsoftdynamics.us')).toBeUndefined();
    },
  );

  it('names the user and the unit, and takes a missing privilege as proof of the token', () => {
    const { proves, account: name } = asked.check;
    const value = [{ fullname: 'Ada Kern', internalemailaddress: 'a@b.c', businessunitid: { name: 'Northwind' } }];
    expect(name(reply(200, { value }))).toBe('Ada Kern, Northwind');
    expect(name(reply(200, { value: [] }))).toBeUndefined();
    expect(proves?.(reply(200, { value }))).toBe(true);
    expect(proves?.(reply(403, { error: { code: '0x80040220', message: 'prvReadUser' } }))).toBe(true);
    for (const status of [401, 403, 500]) expect(proves?.(reply(status, {}))).toBe(false);
  });
});

it('learns a limit of requests from its refusal, in any language, and no other number', () => {
  const [call] = asked.plan(edit(asked, { amount: '1' }));
  const statedLimit = (code: string, message: string): unknown =>
    (asked.read(reply(429, { error: { code, message } }), call ?? never()) as { statedLimit?: unknown }).statedLimit;
  expect(statedLimit('0x80072322', 'Limit von 8000 in 300 Sekunden.')).toEqual({ count: 8_000, windowMs: 300_000 });
  expect(statedLimit('0x80072322', 'limit of 8.000 in 300 s')).toBeUndefined();
  expect(statedLimit('0x80072326', 'limit of 52 in 300 s')).toBeUndefined();
});

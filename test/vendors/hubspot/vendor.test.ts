import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/core/call.ts';
import type { Json } from '../../../src/core/json.ts';
import { account, change, edit, fieldOf, reply, unasked } from './account.ts';

const encoded = (column: string, input: Json): unknown => change(account, column, input).value;
const auditCodes = (input: Readonly<Record<string, Json>>, service = account): readonly string[] =>
  (service.audit?.(edit(service, '71000001', input)) ?? []).map(({ severity, code }) => `${severity} ${code}`);

function resultOf(row: number): Json {
  return { id: `7100000${row}`, properties: { amount: '5' }, archived: false };
}

function kindsOf(answer: Answer): unknown {
  return answer.kind === 'settled' ? answer.verdicts.map(({ kind }) => kind) : answer.kind;
}

function refusedFor(name: string): Json {
  return {
    status: 'error',
    message: `Property values were not valid: [{"isValid":false,"message":"bad","error":"INVALID_OPTION","name":"${name}"}]`,
    errors: [{ message: 'bad', code: 'INVALID_OPTION', context: { propertyName: [name] } }],
    category: 'VALIDATION_ERROR',
  };
}

function quotaHeaders(interval: string): Record<string, string> {
  return {
    'x-hubspot-ratelimit-max': '190',
    'x-hubspot-ratelimit-remaining': '12',
    'x-hubspot-ratelimit-interval-milliseconds': interval,
  };
}

function searchPage(after: string): Json {
  return {
    total: 20_000,
    results: [{ id: '7', properties: {} }],
    paging: { next: { after } },
  };
}

describe('values', () => {
  it.each<[string, Json, unknown]>([
    ['amount', '012500.50', '12500.5'],
    ['amount', 12_500.5, '12500.5'],
    ['close_date', '2026-11-30', '2026-11-30T00:00:00Z'],
    ['closedate', '2026-11-30T14:05:00.250+02:00', '2026-11-30T12:05:00.25Z'],
    ['contract_end', '2026-11-30', '2026-11-30'],
    ['stage', 'Appointment scheduled', 'appointmentscheduled'],
    ['stage', 'Closed Won (Renewals)', '151003003'],
    ['stage', 'Sales Pipeline / Closed Won', 'closedwon'],
    ['stage', 'closedwon', 'closedwon'],
    ['pipeline', 'renewals', '77120034'],
    ['owner', 'Ada Kern', '880011'],
    ['owner', 'bo.lind@northwind.example', '880012'],
    ['owner', '880099', '880099'],
    ['dealtype', 'New Business', 'newbusiness'],
    ['dealtype', 'newbusiness', 'newbusiness'],
    ['renewal', 'Yes', 'true'],
    ['renewal', 'FALSE', 'false'],
    ['renewal', true, 'true'],
    ['sales_regions', 'EMEA;Asia Pacific', ['emea', 'apac']],
    ['sales_regions', ['apac', 'EMEA', 'apac'], ['apac', 'emea']],
    ['sales_regions', 'Nordics', ['nordics ']],
    ['reviewers', 'ada.kern@northwind.example; Bo Lind', ['880011', '880012']],
    ['description', '  as it stands ', '  as it stands '],
  ])('%s %j', (column, input, value) => {
    expect(encoded(column, input)).toEqual(value);
  });

  it.each<[string, Json, RegExp]>([
    ['amount', '1.250,00', /ambiguous/],
    ['closedate', '30/11/2026', /YYYY-MM-DD/],
    ['contract_end', '2026-11-30T10:00:00Z', /time of day/],
    ['stage', 'Closed Won', /any of 2: .*Renewals/],
    ['stage', 'CLOSEDWON', /stage of this account/],
    ['stage', 'Renewal Deu', /did you mean Renewal Due/],
    ['owner', '5500123', /user, not of an owner.*880011/],
    ['owner', 'left@northwind.example', /owner of this account/],
    ['dealtype', 'new', /option of this account/],
    ['renewal', 'perhaps', /option/],
    ['sales_regions', ';apac', /sales_regions\.add/],
    ['sales_regions', 'EMEA;Mars', /entry that .*option/],
    ['sales_regions', [], /empty list/],
    ['sales_regions', [null], /null/],
    ['sales_regions', { a: 1 }, /not a text/],
    ['description', 'x'.repeat(65_537), /65536/],
  ])('%s %j is refused', (column, input, reason) => {
    expect(() => encoded(column, input)).toThrow(reason);
  });

  it.each<[string, Json]>([
    ['stage', 'Contract sent'],
    ['owner', 'ada@northwind.example'],
    ['hs_all_collaborator_owner_ids', 'Ada Kern'],
  ])('%s %j needs the account', (column, input) => {
    expect(() => change(unasked, column, input)).toThrow(/looked up where HubSpot can be asked/);
    expect(unasked.metadata?.helpsWith('value', column)).toBe(true);
  });

  it('come back from what is shown to people as they were', () => {
    for (const [column, value] of [
      ['dealstage', '151003003'],
      ['hubspot_owner_id', '880012'],
      ['dealtype', 'old_kind'],
      ['pipeline', 'default'],
    ] as const) {
      const { form } = fieldOf(account, column);
      expect(form.encode(form.nameOf?.(value) ?? '')).toEqual({ value });
    }
    const { form } = fieldOf(account, 'sales_regions');
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom('emea', 'apac', 'nordics '), { minLength: 1 }), (values) => {
        expect(form.encode(values)).toEqual({ value: values });
        expect(form.encode(form.nameOf?.(values) ?? values)).toEqual({ value: values });
        expect(form.list?.of(form.list.items(values))).toEqual(values);
      }),
    );
  });
});

describe('fields', () => {
  it('are those of the account, with its labels; what HubSpot keeps itself is read-only', () => {
    expect(fieldOf(account, 'territory')).toMatchObject({ label: 'Territory', cleared: { value: '' } });
    expect(fieldOf(account, 'sales_regions.add')).toMatchObject({ label: 'Sales regions.add', action: 'add' });
    for (const name of ['hs_is_closed', 'hs_lastmodifieddate']) expect(fieldOf(account, name).readOnly).toBeDefined();
    for (const name of ['dealname', 'dealstage', 'pipeline']) expect(fieldOf(account, name).clearingHint).toBeDefined();
    expect(fieldOf(account, 'dealstage').form.options).toContain('Closed Won (Sales Pipeline)');
    expect(fieldOf(account, 'dealstage').form.options).not.toContain('Former');
  });

  it.each([
    ['status', /dealstage/],
    ['Deal status', /dealstage/],
    ['Associated Company', /--ignore/],
    ['anything', /label/],
  ])('%s is none, and a hint says more', (name, hint) => {
    expect(account.unknownFieldHint?.(name)).toMatch(hint);
  });

  it.each(['0', '007', '-1', '1.5', 'ada@northwind.example', '123456789012345678901'])('%s is not an id', (id) => {
    expect(account.idProblem?.(id)).toMatch(/record id/);
    expect(account.idProblem?.('71000001')).toBeUndefined();
  });
});

describe('an edit', () => {
  it('brings the pipeline of its stage, and nothing else', () => {
    const { changes } = edit(account, '1', { stage: 'Renewal Due', amount: '1' });
    expect(account.companions?.(changes)).toEqual([
      { field: 'pipeline', action: 'set', value: '77120034', column: 'stage' },
    ]);
    expect(account.companions?.(edit(account, '1', { amount: '1' }).changes)).toEqual([]);
    expect(unasked.companions?.(edit(unasked, '1', { stage: 'closedwon' }).changes)).toEqual([]);
  });

  it('is one PATCH of texts; what is added begins with a semicolon, and is sent again only where it is not there', () => {
    const input = { amount: '5', sales_regions: 'EMEA;Asia Pacific', description: null };
    const [call] = account.plan(edit(account, '71000001', input));
    expect(call).toMatchObject({ method: 'PATCH', path: '/crm/objects/2026-09/0-3/71000001', repeatable: true });
    expect(call?.body).toEqual({ properties: { amount: '5', sales_regions: 'emea;apac', description: '' } });
    const adding = edit(account, '71000001', { 'sales_regions.add': ['EMEA', 'apac'] });
    expect(account.plan(adding)[0]).toMatchObject({
      body: { properties: { sales_regions: ';emea;apac' } },
      repeatable: 'when-absent',
    });
    expect(account.batches?.key(adding)).toBeUndefined();
  });

  it.each<[Readonly<Record<string, Json>>, readonly string[]]>([
    [{ stage: 'closedwon', pipeline: 'Renewals' }, ['error stage-of-another-pipeline']],
    [{ stage: 'closedwon', pipeline: 'Sales Pipeline' }, []],
    [{ stage: 'Renewal Due' }, ['warning stage-is-protected']],
    [{ dealtype: 'Old' }, ['warning hidden-option']],
    [{ territory: 'Northern England' }, ['error against-validation-rule']],
    [{ territory: 'N' }, ['error against-validation-rule']],
    [{ territory: 'North' }, []],
    [{ territory: null }, []],
    [{ amount: '-1' }, ['error against-validation-rule']],
    [{ amount: '1000000.51' }, ['error against-validation-rule']],
    [{ amount: '1000000.50' }, []],
    [{ closedate: '2026-11-30' }, []],
    [{ closedate: '2026-11-30T12:00:00Z' }, []],
    [{ sales_regions: 'EMEA', 'sales_regions.add': 'apac' }, ['error set-and-add']],
  ])('%j is judged as %j', (input, codes) => {
    expect(auditCodes(input)).toEqual(codes);
  });

  it('of a stage without its pipeline is a warning where the pipelines are not known', () => {
    expect(auditCodes({ stage: 'closedwon' }, unasked)).toEqual(['warning stage-without-pipeline']);
    expect(auditCodes({ stage: 'closedwon', pipeline: 'default' }, unasked)).toEqual([]);
  });

  it('of a pipeline alone is refused where the deal stands in another one', () => {
    const moving = edit(account, '1', { pipeline: 'Renewals' });
    const judged = (pipeline: string): readonly string[] =>
      (account.records?.audit?.(moving, new Map([['pipeline', { value: pipeline }]])) ?? []).map(({ code }) => code);
    expect(judged('default')).toEqual(['pipeline-without-stage']);
    expect(judged('77120034')).toEqual([]);
  });
});

it.each([
  ['2', ['merged-record']],
  ['1', []],
])('says of a deal that shows the id %s whether it was merged', (shown, codes) => {
  const values = new Map([['hs_object_id', { value: shown }]]);
  const audits = account.records?.audit?.(edit(account, '1', { amount: '5' }), values) ?? [];
  expect(audits.map(({ code }) => code)).toEqual(codes);
});

describe('a batch', () => {
  const edits = [1, 2, 3, 4].map((row) =>
    edit(account, `7100000${row}`, row === 3 ? { territory: 'North' } : { amount: '5' }, row),
  );
  const call = account.batches?.call('deals', edits);
  if (call === undefined) throw new Error('no batches');
  const read = (status: number, body: Json): Answer => account.read(reply(status, body), call);

  it('gives each input an id, its texts and a trace id of its own', () => {
    expect(call.body).toEqual({
      inputs: edits.map(({ id, row }) => ({
        id,
        properties: row === 3 ? { territory: 'North' } : { amount: '5' },
        objectWriteTraceId: `row-${row}`,
      })),
    });
  });

  it('is read by ids and trace ids, in any order of results and errors', () => {
    const state = fc.array(fc.constantFrom('done', 'missing', 'refused', 'silent'), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(state, fc.boolean(), fc.func(fc.integer()), (states, accepted, order) => {
        const rows = [1, 2, 3, 4];
        const having = (wanted: string): number[] => rows.filter((row) => states[row - 1] === wanted);
        const shuffled = <T>(list: readonly T[]): T[] => list.toSorted((a, b) => order(a) - order(b));
        const missing = having('missing').map((row) => `7100000${row}`);
        const errors: Json[] = shuffled([
          ...(missing.length === 0
            ? []
            : [{ category: 'OBJECT_NOT_FOUND', message: 'x', context: { ids: shuffled(missing) } }]),
          ...having('refused').map((row) => ({
            category: 'VALIDATION_ERROR',
            message: 'no',
            context: { objectWriteTraceId: [`row-${row}`] },
          })),
        ]);
        const body = {
          status: 'COMPLETE',
          results: shuffled(having('done').map(resultOf)),
          numErrors: errors.length,
          errors,
        };
        const expected = { done: 'applied', missing: 'unnamed', refused: 'rejected', silent: 'unnamed' };
        expect(kindsOf(read(accepted ? 200 : 207, body))).toEqual(states.map((one) => expected[one]));
      }),
    );
  });

  it('names nobody where a row is in both lists', () => {
    const errors = [{ category: 'VALIDATION_ERROR', message: 'no', context: { ids: ['71000001'] } }];
    expect(kindsOf(read(207, { results: [1, 2, 3, 4].map(resultOf), errors }))).toEqual([
      'unnamed',
      'applied',
      'applied',
      'applied',
    ]);
  });

  it('that is refused whole points at the rows with the property that is named, where not all have it', () => {
    expect(read(400, refusedFor('territory'))).toMatchObject({
      kind: 'refused-whole',
      code: 'INVALID_OPTION',
      suspects: [2],
    });
    expect(read(400, refusedFor('amount'))).toMatchObject({ kind: 'refused-whole', suspects: [0, 1, 3] });
    expect(read(400, refusedFor('closed_lost_reason'))).not.toHaveProperty('suspects');
    const duplicate = {
      category: 'VALIDATION_ERROR',
      message: 'Duplicate IDs found in batch input',
      context: { ids: ['71000002'] },
    };
    expect(read(400, duplicate)).toMatchObject({ kind: 'refused-whole', suspects: [1] });
  });

  it.each(['PENDING', 'PROCESSING', 'CANCELED'])('that is %s proves nothing', (status) => {
    expect(kindsOf(read(200, { status, results: [] }))).toEqual(['unnamed', 'unnamed', 'unnamed', 'unnamed']);
    expect(read(200, { status }).kind).toBe('transient');
  });

  it('gives the warning for a value to the row that sent it', () => {
    const context = { propertyName: 'territory', rawValue: 'North', normalizedValue: 'north' };
    const warnings = [{ category: 'PROPERTY_VALUE_NORMALIZED', message: 'lower case', context }];
    const answer = read(200, { results: [4, 3, 2, 1].map(resultOf), warnings });
    if (answer.kind !== 'settled') throw new Error(answer.kind);
    expect(answer.verdicts.map((verdict) => ('note' in verdict ? verdict.note?.code : undefined))).toEqual([
      undefined,
      undefined,
      'vendor-warning',
      undefined,
    ]);
  });
});

describe('one deal', () => {
  const [call] = account.plan(edit(account, '71000001', { amount: '5', contract_end: '2026-11-30' }));
  if (call === undefined) throw new Error('no call');
  const read = (status: number, body: Json, headers = {}): Answer => account.read(reply(status, body, headers), call);
  const record = { id: '71000001', properties: { amount: '5' } };

  it('that was merged is changed under its new id, where the reply proves that', () => {
    const merged = { id: '71000009', properties: { amount: '5', hs_merged_object_ids: '71000003;71000001' } };
    expect(read(200, merged)).toMatchObject({ verdicts: [{ kind: 'applied', note: { code: 'merged-record' } }] });
    expect(read(200, { ...record, id: '71000009' })).toMatchObject({ verdicts: [{ kind: 'unnamed' }] });
    expect(read(200, { properties: {} }).kind).toBe('transient');
    expect(read(200, '<html>Sign in</html>').kind).toBe('transient');
  });

  it('whose value was normalised is applied with a note, and its reply does not contradict what was sent', () => {
    const context = { propertyName: ['contract_end'], rawValue: ['2026-11-30'], normalizedValue: ['2026-12-01'] };
    const warnings = [{ category: 'PROPERTY_VALUE_NORMALIZED', message: 'moved', context }];
    const properties = { amount: '5', contract_end: '2026-12-01' };
    expect(read(200, { ...record, properties, warnings })).toMatchObject({
      verdicts: [{ kind: 'applied', echo: { properties: { amount: '5' } }, note: { message: /stored as 2026-12-01/ } }],
    });
  });

  it.each<[number, Json, Readonly<Record<string, string>>, object]>([
    [429, { policyName: 'TEN_SECONDLY_ROLLING' }, {}, { kind: 'throttled', waitMs: 10_000 }],
    [429, { policyName: 'SECONDLY' }, {}, { kind: 'throttled', waitMs: 1_000 }],
    [429, { policyName: 'DAILY' }, {}, { kind: 'quota-exhausted' }],
    [429, {}, { 'x-hubspot-ratelimit-daily-remaining': '0' }, { kind: 'quota-exhausted' }],
    [429, 'busy', { 'retry-after': '3' }, { kind: 'throttled', waitMs: 3_000 }],
    [477, {}, { 'retry-after': '7200' }, { kind: 'throttled', waitMs: 7_200_000 }],
    [423, {}, {}, { kind: 'transient', waitMs: 2_000 }],
    [500, {}, {}, { kind: 'transient', mayHaveApplied: true }],
    [524, 'error code: 524', {}, { kind: 'transient', mayHaveApplied: true }],
    [521, 'error code: 521', {}, { kind: 'transient', mayHaveApplied: false, waitMs: 5_000 }],
    [401, { category: 'EXPIRED_AUTHENTICATION' }, {}, { kind: 'unauthorised', code: 'EXPIRED_AUTHENTICATION' }],
    [
      403,
      { category: 'MISSING_SCOPES', errors: [{ context: { requiredGranularScopes: ['crm.objects.deals.write'] } }] },
      {},
      { kind: 'unauthorised', hint: /crm\.objects\.deals\.write/ },
    ],
    [403, { category: 'PERMISSION' }, {}, { kind: 'settled', verdicts: [{ kind: 'rejected' }] }],
    [
      404,
      { category: 'OBJECT_NOT_FOUND' },
      {},
      { kind: 'settled', verdicts: [{ kind: 'rejected', code: 'OBJECT_NOT_FOUND' }] },
    ],
    [404, { status: 'error', message: 'No route' }, {}, { kind: 'unsupported', hint: /api-version/ }],
    [409, { category: 'CONFLICT' }, {}, { kind: 'settled', verdicts: [{ kind: 'rejected', hint: /unique/ }] }],
    [
      400,
      {
        category: 'VALIDATION_ERROR',
        errors: [
          {
            code: 'MISSING_CONDITIONAL_REQUIRED_PROPERTY',
            message: 'x [dealstage]',
            context: { propertyName: ['closed_lost_reason'] },
          },
        ],
      },
      {},
      {
        kind: 'settled',
        verdicts: [{ kind: 'rejected', code: 'MISSING_CONDITIONAL_REQUIRED_PROPERTY', hint: /closed_lost_reason/ }],
      },
    ],
  ])('%i %j %j', (status, body, headers, expected) => {
    const matching = JSON.parse(JSON.stringify(read(status, body, headers))) as object;
    expect(matching).toMatchObject(withPatterns(expected));
  });

  it('tells the window of ten seconds by its headers, and no other', () => {
    expect(read(200, record, quotaHeaders('10000'))).toMatchObject({
      quota: [{ meter: 'burst', limit: 190, remaining: 12 }],
    });
    expect(read(200, record, quotaHeaders('1000'))).not.toHaveProperty('quota');
  });
});

/** Patterns of texts at any depth. */
function withPatterns(value: unknown): object {
  const inner = (one: unknown): unknown =>
    one instanceof RegExp
      ? expect.stringMatching(one)
      : Array.isArray(one)
        ? one.map(inner)
        : typeof one === 'object' && one !== null
          ? withPatterns(one)
          : one;
  return Object.fromEntries(Object.entries(value as object).map(([name, one]) => [name, inner(one)]));
}

describe('records', () => {
  const records = account.records;
  if (records === undefined) throw new Error('no records');
  const edits = [
    edit(account, '71000001', { stage: 'Renewal Due' }),
    edit(account, '71000002', { sales_regions: 'EMEA' }, 2),
  ];

  it('are read with the close date that a stage may move, and their names', () => {
    const call = records.bulk?.call('named', edits);
    expect(call?.body).toMatchObject({
      properties: expect.arrayContaining([
        'dealstage',
        'closedate',
        'sales_regions',
        'dealname',
        'hs_merged_object_ids',
      ]),
      propertiesWithHistory: [],
      inputs: [{ id: '71000001' }, { id: '71000002' }],
    });
    expect(records.call(edits[0] ?? never()).query?.[0]?.[1]).toMatch(/^dealstage,closedate,/);
    const whole = { row: 1, line: 1, id: '71000001', changes: [] };
    expect(records.call(whole).query?.[0]?.[1]).toContain('hs_is_closed');
  });

  it('show values by meaning, empty ones as null, former ids, title and address', () => {
    const [first] = edits;
    const call = records.call(first ?? never());
    const properties = {
      dealname: 'Northwind, 500 seats',
      closedate: '1795996800000',
      contract_end: '1795996800000',
      sales_regions: 'emea;apac',
      amount: null,
      hs_merged_object_ids: '5;6',
    };
    const url = 'https://app-eu1.hubspot.com/contacts/4242424/record/0-3/71000001';
    const found = records.read(reply(200, { id: '71000001', properties, url }), call);
    if (found.kind !== 'found') throw new Error(found.kind);
    expect(found.record).toMatchObject({
      id: '71000001',
      formerIds: ['5', '6'],
      title: 'Northwind, 500 seats',
      link: url,
    });
    const values = Object.fromEntries([...found.record.values].map(([name, { value }]) => [name, value]));
    expect(values).toMatchObject({
      closedate: '2026-11-30T00:00:00Z',
      contract_end: '2026-11-30',
      sales_regions: ['emea', 'apac'],
      amount: null,
      dealstage: null,
    });
    const elsewhere = records.read(reply(200, { id: '1', properties, url: 'https://evil.example/x' }), call);
    expect(elsewhere.kind === 'found' && elsewhere.record.link).toBeUndefined();
  });

  it('that are missing are absent, and a wrong path says nothing', () => {
    const call = records.call(edits[0] ?? never());
    const missing = { category: 'OBJECT_NOT_FOUND', message: 'no', context: { id: ['71000001'] } };
    expect(records.read(reply(404, missing), call).kind).toBe('absent');
    expect(records.read(reply(404, { status: 'error' }), call).kind).toBe('unknown');
  });

  it('in bulk leave those that are missing to be read by themselves, since they may be merged', () => {
    const call = records.bulk?.call('named', edits) ?? never();
    const errors = [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['71000002'] } }];
    const bulk = records.bulk?.read(reply(207, { results: [{ id: '71000001', properties: {} }], errors }), call);
    expect(bulk?.found.map(({ id }) => id)).toEqual(['71000001']);
    expect(bulk?.absent).toEqual([]);
    expect(records.bulk?.read(reply(200, { status: 'PENDING' }), call)).toBeUndefined();
  });
});

function never(): never {
  throw new Error('not there');
}

describe('finding and listing', () => {
  it('by a property whose values are unique', () => {
    expect(account.find?.problem('erp_number')).toBeUndefined();
    expect(account.find?.problem('dealname')).toMatch(/unique.*erp_number/);
    const call = account.find?.call('erp_number', ['E-1', 'E-2']) ?? never();
    expect(call.body).toMatchObject({ idProperty: 'erp_number', inputs: [{ id: 'E-1' }, { id: 'E-2' }] });
    const results = [{ id: '7', properties: { erp_number: 'E-2', dealname: 'Two' } }];
    const errors = [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['E-1'] } }];
    expect(account.find?.read(reply(207, { results, errors }), call)).toEqual({
      records: [{ id: '7', key: 'E-2', title: 'Two' }],
    });
    expect(account.find?.read(reply(400, { results }), call)).toBeUndefined();
  });

  it('goes through the pages of the search, and says where HubSpot cuts it off', () => {
    const query = {
      conditions: [
        { field: 'dealstage', value: 'closedwon' },
        { field: 'closedate', value: '' },
      ],
      fields: [],
    };
    const call = account.list?.call(query) ?? never();
    expect(call.body).toMatchObject({
      filterGroups: [
        {
          filters: [
            { propertyName: 'dealstage', operator: 'EQ', value: 'closedwon' },
            { propertyName: 'closedate', operator: 'NOT_HAS_PROPERTY' },
          ],
        },
      ],
    });
    expect(account.list?.read(reply(200, searchPage('200')), call)?.next?.body).toMatchObject({ after: '200' });
    const last = account.list?.read(reply(200, searchPage('10000')), call);
    expect(last?.next).toBeUndefined();
    expect(last?.cut).toMatch(/10,000/);
  });
});

it('reads owners page by page, and never from the address that a reply names', () => {
  const read = account.metadata?.reads.find(({ name }) => name === 'owners');
  const paging = { next: { after: 'MTAw', link: 'https://evil.example' } };
  const next = read?.next?.(reply(200, { results: [{ id: '1' }], paging }), read.call);
  expect(next).toMatchObject({
    path: '/crm/owners/2026-09',
    query: [
      ['limit', '100'],
      ['after', 'MTAw'],
    ],
  });
  expect(read?.next?.(reply(200, { results: [], paging }), read.call)).toBeUndefined();
});

it('takes a refusal for want of a scope as proof of a key, and names the account', () => {
  const { proves, account: name } = account.check;
  expect(proves?.(reply(403, { category: 'MISSING_SCOPES' }))).toBe(true);
  for (const status of [401, 403, 404, 500]) expect(proves?.(reply(status, {}))).toBe(false);
  expect(name(reply(200, { portalId: 4_242_424, accountType: 'STANDARD' }))).toBe('portal 4242424');
  expect(name(reply(200, { portalId: 4_242_424, portalName: 'Northwind', accountType: 'SANDBOX' }))).toBe(
    'Northwind (SANDBOX)',
  );
});

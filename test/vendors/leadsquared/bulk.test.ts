import { anything, array, assert, constantFrom, json, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call, Reading, Reply } from '../../../src/core/call.ts';
import type { Edit } from '../../../src/core/edit.ts';
import { leadsquaredRecords } from '../../../src/vendors/leadsquared/record.ts';
import { leadsquared } from '../../../src/vendors/leadsquared/vendor.ts';
import { leadsquaredBatches } from '../../../src/vendors/leadsquared/write.ts';
import { serviceOf } from '../../contract/fixtures.ts';

/*
 * Calls for several opportunities: https://apidocs.leadsquared.com/bulk-update-opportunities/ and
 * https://apidocs.leadsquared.com/get-opportunities-in-bulk-by-ids/. The reply's shape is that of sibling calls, in several guises.
 */

const settings = { 'event-code': '12000' };
const ids = [
  '5ca5b042-51ea-4699-b6f0-000000000001',
  '5CA5B042-51EA-4699-B6F0-000000000002',
  '5ca5b042-51ea-4699-b6f0-000000000003',
];

function edit(id: string, changes: Readonly<Record<string, string>>): Edit {
  return {
    row: 1,
    line: 2,
    id,
    changes: Object.entries(changes).map(([field, value]) => ({ field, action: 'set', value, column: field })),
  };
}

const edits = ids.map((id) => edit(id, { mx_Custom_2: 'Won' }));
const service = serviceOf(leadsquared, settings);
const batches = leadsquaredBatches(settings);
const call: Call = batches.call('12000', edits);

function read(body: unknown, status = 200, of = call): Reading {
  const reply: Reply = {
    status,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
    receivedAtMs: 0,
  };
  return service.read(reply, of);
}

function kinds(reading: Reading): readonly string[] {
  return reading.kind === 'settled' ? reading.verdicts.map(({ kind }) => kind) : [reading.kind];
}

describe('a call for several opportunities', () => {
  it('is a flat list with the code of the type in each entry', () => {
    expect(call.body).toEqual(
      ids.map((id) => ({
        ProspectOpportunityId: id,
        OpportunityEventCode: 12_000,
        Fields: [{ SchemaName: 'mx_Custom_2', Value: 'Won' }],
      })),
    );
    expect(call.repeatable).toBe(true);
  });

  it('takes the code of the row before that of the profile, and no row with a note', () => {
    const { key } = batches;
    expect(key(edit('a', { mx_Custom_2: 'Won' }))).toBe('12000');
    expect(key(edit('a', { mx_Custom_2: 'Won', OpportunityEventCode: '12003' }))).toBe('12003');
    expect(leadsquaredBatches({ 'event-code': '' }).key(edit('a', { mx_Custom_2: 'Won' }))).toBeUndefined();
    expect(key(edit('a', { OpportunityNote: 'x' }))).toBeUndefined();
  });

  it('writes the code nowhere else, and nothing where there is nothing else', () => {
    const [single] = service.plan(edit('a', { OpportunityEventCode: '12003', mx_Custom_2: 'Won' }));
    expect(JSON.stringify(single?.body)).not.toContain('12003');
    expect(service.plan(edit('a', { OpportunityEventCode: '12003' }))).toEqual([]);
  });
});

describe('the reply', () => {
  const [first = '', second = '', third = ''] = ids;

  it.each<[string, unknown, readonly string[]]>([
    [
      'a list that names each',
      { Response: ids.map((id) => ({ ProspectOpportunityId: id })) },
      ['applied', 'applied', 'applied'],
    ],
    [
      'a list under other names',
      [{ Id: first }, { OpportunityId: third.toUpperCase() }],
      ['applied', 'unnamed', 'applied'],
    ],
    [
      'a reason beside one',
      {
        Status: 'Success',
        Response: [{ ProspectActivityId: first }, { ProspectActivityId: second, ErrorMessage: 'no' }],
      },
      ['applied', 'rejected', 'unnamed'],
    ],
    [
      'counts, and a list of failures',
      {
        Status: { TotalCount: 3, SuccessCount: 2, FailureCount: 1, UnProcessedCount: 0 },
        Details: { FailedLeads: [{ Identifier: 'Id', IdentifierValue: second, Reason: 'no' }] },
      },
      ['unnamed', 'rejected', 'unnamed'],
    ],
    [
      'a failed status',
      [
        { Id: first, Status: 'Failed' },
        { Id: second, Status: 'Success' },
      ],
      ['rejected', 'applied', 'unnamed'],
    ],
    ['success and nothing else', { Status: 'Success' }, ['unnamed', 'unnamed', 'unnamed']],
    ['a list of bare ids', { Success: ids }, ['unnamed', 'unnamed', 'unnamed']],
  ])('is taken for what it names: %s', (_title, body, expected) => {
    expect(kinds(read(body))).toEqual(expected);
  });

  it.each<[unknown, number, unknown]>([
    [
      { Status: 'Error', ExceptionType: 'MXInvalidInputException', ExceptionMessage: 'bad' },
      500,
      { kind: 'refused-whole', code: 'MXInvalidInputException' },
    ],
    [
      { Status: 'Error', ExceptionType: 'MXInvalidInputException', ExceptionMessage: 'bad' },
      200,
      { kind: 'refused-whole' },
    ],
    [{ Status: 'Error' }, 400, { kind: 'refused-whole' }],
    ['<html>not here</html>', 404, { kind: 'refused-whole', unsupported: true }],
    [
      {
        Status: 'Error',
        ExceptionType: 'MXAPIRateLimitExceededException',
        ExceptionMessage: 'API calls exceeded the limit of 1 in 5 second(s)',
      },
      200,
      { kind: 'throttled', statedLimit: { count: 1, windowMs: 5_000 } },
    ],
    ['oops', 500, { kind: 'transient', mayHaveApplied: true }],
    ['', 401, { kind: 'unauthorised' }],
  ])('is a refusal of all: %j with %i', (body, status, expected) => {
    expect(read(body, status)).toMatchObject(expected as object);
  });

  it('never makes a row applied that it does not name, whatever it is', () => {
    const words = constantFrom(
      'Response',
      'Id',
      'Status',
      'Details',
      'FailedLeads',
      'Reason',
      first,
      second,
      'Success',
    );
    assert(
      property(json(), array(words), (text, list) => {
        for (const body of [text, JSON.stringify(list), JSON.stringify({ [list[0] ?? 'x']: list })]) {
          const reading = read(body);
          if (reading.kind !== 'settled') continue;
          expect(reading.verdicts).toHaveLength(3);
          for (const [index, { kind }] of reading.verdicts.entries())
            if (kind === 'applied') expect(body.toLowerCase()).toContain(ids[index]?.toLowerCase());
        }
      }),
    );
  });
});

describe('a look at several', () => {
  const { bulk } = leadsquaredRecords(settings);
  if (bulk === undefined) throw new Error('no bulk reads');

  it('asks for the columns of all, by the code of the type', () => {
    const asked = bulk.call('12000', [
      edit(ids[0] ?? '', { mx_Custom_2: 'a', Status: 'b' }),
      edit(ids[1] ?? '', { Owner: 'c' }),
    ]);
    expect(asked.body).toEqual({
      SearchParameters: [
        {
          EventCode: 12_000,
          ProspectActivityId: ids.slice(0, 2),
          Columns: { Include_CSV: 'mx_Custom_2,Status,Owner' },
        },
      ],
    });
  });

  it('shows what the entry has of all that was asked, and moments in the form that is written', () => {
    const looked = [
      edit(ids[0] ?? '', { mx_Custom_2: 'a', mx_Custom_8: '2026-12-01 00:00:00' }),
      edit(ids[1] ?? '', { mx_Custom_2: 'a', mx_Custom_9: 'b' }),
      edit(ids[2] ?? '', { mx_Custom_2: 'a' }),
    ];
    const of = bulk.call('12000', looked);
    const body = [
      {
        EventCode: 12_000,
        RecordCount: 2,
        Opportunities: [
          { ProspectActivityId: ids[1]?.toLowerCase(), mx_Custom_2: 'x' },
          { ProspectActivityId: ids[0], mx_Custom_2: '1/2/2026', mx_Custom_8: '1/25/2026 3:04:05 PM' },
        ],
      },
    ];
    const seen = bulk.read({ status: 200, headers: {}, body: JSON.stringify(body), receivedAtMs: 0 }, of);
    expect(seen?.found.map(({ id }) => id)).toEqual([ids[0]]);
    expect(seen?.absent).toEqual([]);
    expect(Object.fromEntries(seen?.found[0]?.values ?? [])).toEqual({
      mx_Custom_2: { value: '1/2/2026' },
      mx_Custom_8: { value: '2026-01-25 15:04:05' },
    });
  });

  it('survives any reply', () => {
    const of = bulk.call('12000', edits);
    assert(
      property(anything(), (value) => {
        const body = JSON.stringify(value) ?? '';
        expect(bulk.read({ status: 200, headers: {}, body, receivedAtMs: 0 }, of)?.found ?? []).toBeInstanceOf(Array);
        read(body, 200, of);
      }),
    );
  });
});

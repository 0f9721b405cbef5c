import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reply } from '../../../src/core/call.ts';
import type { Edit } from '../../../src/core/edit.ts';
import type { RecordRead, RecordReads, Vendor } from '../../../src/core/vendor.ts';
import { vendors, findVendor } from '../../../src/vendors/index.ts';
import { serviceOf } from '../../contract/fixtures.ts';

function reply(status: number, body: unknown): Reply {
  return { status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body), receivedAtMs: 0 };
}

function readsOf(name: string): RecordReads {
  const { records } = serviceOf(findVendor(name) as Vendor);
  if (records === undefined) throw new Error(`${name} can't be read`);
  return records;
}

function editOf(id: string, fields: readonly string[] = []): Edit {
  return {
    row: 1,
    line: 2,
    id,
    changes: fields.map((field) => ({ field, action: 'set', value: 'x', column: field })),
  };
}

function look(name: string, edit: Edit, answer: Reply): RecordRead {
  const reads = readsOf(name);
  return reads.read(answer, reads.call(edit));
}

function held(snapshot: RecordRead): Record<string, unknown> {
  if (snapshot.kind !== 'found') throw new Error(snapshot.message);
  return Object.fromEntries([...snapshot.record.values].map(([field, { value }]) => [field, value]));
}

describe('the record of', () => {
  // https://developer.close.com/api/resources/opportunities/list
  it('Close: the fields of the row are asked for, the date that a won status moves, and those that are watched', () => {
    const edit = editOf('oppo_1', ['status_id', 'custom.cf_a']);
    const watched = 'value,value_currency,value_period,confidence,user_id,contact_id';
    expect(readsOf('close').call(edit).query).toEqual([
      ['_fields', `id,status_id,custom.cf_a,date_won,${watched},lead_name`],
    ]);
    const body = { id: 'oppo_1', status_id: 'stat_1', date_won: null };
    // A custom field without a value is left out of the record.
    expect(held(look('close', edit, reply(200, body)))).toEqual({ ...body, 'custom.cf_a': null });
  });

  // https://apidocs.leadsquared.com/get-an-opportunity-by-id/
  it('LeadSquared: fields by their schema names, with their types, dates of either layout in the form that is written', () => {
    const id = 'aaaaaaaa-0000-4000-8000-000000000001';
    const Fields = [
      { SchemaName: 'mx_Custom_6', DataType: 'Number', Value: '42000.0' },
      { SchemaName: 'mx_Custom_8', DataType: 'DateTime', Value: '12/18/2026 1:05:09 PM' },
      { SchemaName: 'mx_Custom_9', DataType: 'DateTime', Value: '2026-12-18 13:05:09' },
      { SchemaName: 'mx_Custom_2', DataType: 'SearchableDropdown', Value: null },
    ];
    const snapshot = look('leadsquared', editOf(id), reply(200, { ID: id, Fields, OpportunityNote: 'called' }));
    expect(held(snapshot)).toEqual({
      mx_Custom_6: '42000.0',
      mx_Custom_8: '2026-12-18 13:05:09',
      mx_Custom_9: '2026-12-18 13:05:09',
      mx_Custom_2: null,
      OpportunityNote: 'called',
    });
    expect(snapshot.kind === 'found' ? snapshot.record.values.get('mx_Custom_6')?.type : '').toBe('decimal');
    const missing = reply(500, { Status: 'Error', ExceptionType: 'MXInvalidInputException', ExceptionMessage: 'no' });
    expect(look('leadsquared', editOf(id), missing).kind).toBe('absent');
    expect(look('leadsquared', editOf('OPP-77'), missing).kind).toBe('unknown');
  });

  // https://learn.microsoft.com/en-us/partner-center/developer/get-a-referral-by-id
  it('Partner Center: members by their JSON Pointers, and the eTag verbatim', () => {
    const body = { id: 'r', eTag: '"a-b"', status: 'New', details: { 'deal/value~': 5, team: [{ email: 'a@b.c' }] } };
    const snapshot = look('partner-center', editOf('r'), reply(200, body));
    expect(held(snapshot)).toMatchObject({
      '/status': 'New',
      '/details/deal~1value~0': 5,
      '/details/team': [{ email: 'a@b.c' }],
      '/details/team/0/email': 'a@b.c',
    });
    expect(snapshot).toMatchObject({ record: { guard: { in: 'header', name: 'if-match', value: '"a-b"' } } });
    expect(look('partner-center', editOf('r'), reply(404, {})).kind).toBe('absent');
  });

  it.each([
    [200, { success: true, data: { id: 'opp_1', status: 'won' } }, 'found'],
    [403, { success: false, error: { code: 'INSUFFICIENT_PERMISSIONS' } }, 'unsupported'],
    [405, '', 'unsupported'],
    [404, { success: false, error: { code: 'NOT_FOUND' } }, 'absent'],
    [404, 'nothing here', 'unknown'],
    [200, '<html>', 'unsupported'],
  ])('Raze, whose read no page documents: HTTP %i', (status, body, kind) => {
    expect(look('raze', editOf('opp_1'), reply(status, body)).kind).toBe(kind);
  });
});

function auditCodes(held: readonly [string, string], asked: readonly [string, string]) {
  const values = new Map([
    ['/status', { value: held[0] }],
    ['/substatus', { value: held[1] }],
  ]);
  const changes = ['/status', '/substatus'].map((field, index) => ({
    field,
    action: 'set' as const,
    value: asked[index] ?? '',
    column: field,
  }));
  return readsOf('partner-center')
    .audit?.({ ...editOf('r'), changes }, values)
    .map(({ code }) => code);
}

describe('what a referral allows as it stands', () => {
  it.each([
    [['New', 'Received'], ['Active', 'Accepted'], []],
    [['Active', 'Accepted'], ['Closed', 'Won'], []],
    [['Active', 'Accepted'], ['New', 'Pending'], ['bad-transition']],
    [['Closed', 'Won'], ['Closed', 'Lost'], ['closed-referral']],
    [['New', 'Received'], ['Closed', 'Won'], ['unusual-step']],
    [['Active', 'Accepted'], ['Active', 'Accepted'], []],
  ] as const)('%j to %j', (from, to, codes) => {
    expect(auditCodes(from, to)).toEqual(codes);
  });
});

describe.each(vendors.map(({ name }) => name))('%s', (name) => {
  it('survives any reply to a look', () => {
    const kinds = new Set(['found', 'absent', 'unknown', 'unsupported']);
    fc.assert(
      fc.property(
        fc.constantFrom(200, 204, 302, 400, 403, 404, 405, 410, 500),
        fc.oneof(fc.json(), fc.string()),
        fc.constantFrom('oppo_1', 'aaaaaaaa-0000-4000-8000-000000000001'),
        (status, body, id) => {
          expect(kinds).toContain(look(name, editOf(id, ['a']), reply(status, body)).kind);
        },
      ),
    );
  });

  it('looks with a call that changes nothing and carries its edit', () => {
    const edit = editOf('oppo/1 ?', ['a']);
    const call = readsOf(name).call(edit);
    expect(call).toMatchObject({ method: 'GET', edits: [edit], repeatable: true });
    expect(call.body).toBeUndefined();
    expect(call.path).not.toContain('oppo/1 ?');
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Call, Reply } from '../../../src/core/call.ts';
import type { Json } from '../../../src/core/json.ts';
import type { Service, Vendor } from '../../../src/core/vendor.ts';
import { vendorFromFile } from '../../../src/vendors/described/vendor.ts';
import { serviceOf, toEdit, toReply } from '../../contract/fixtures.ts';

/** What services ask of a vendor file besides a plain update: each form once, in requests and in replies. */

const raze = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'examples', 'raze.json'), 'utf8'),
) as Readonly<Record<string, Json>>;

function vendorWith(members: Readonly<Record<string, Json>>): Vendor {
  const opened = vendorFromFile(
    JSON.stringify({
      ...raze,
      fields: { name: 'text', amount: 'number' },
      extra: undefined,
      meanings: undefined,
      success: { record: '/data' },
      read: { path: '/deals/{id}', record: '/data' },
      refusals: [{ at: '/error', code: '/code', message: '/message' }],
      ...members,
    }),
  );
  if ('mistakes' in opened) throw new Error(JSON.stringify(opened.mistakes));
  return opened.vendor;
}

const batch = {
  method: 'POST',
  path: '/deals/batch',
  most: 10,
  idAt: '/id',
  records: '/records',
  outcomes: '/results',
  by: 'position',
  repeatable: 'yes',
  success: { at: '/ok', equals: true },
  code: '/code',
  message: '/message',
} as const;

function batchOf(members: Readonly<Record<string, Json>>): { readonly service: Service; readonly call: Call } {
  const vendor = vendorWith({ batch: { ...batch, ...members } });
  const service = serviceOf(vendor);
  const edits = ['11', '12', '13'].map((id, index) => toEdit(vendor, id, { amount: index + 1 }));
  const call = service.batches?.call('batch', edits);
  if (call === undefined) throw new Error('the file has no batches');
  return { service, call };
}

function guardOf(guard: Json, headers: Readonly<Record<string, string>> = {}): unknown {
  const vendor = vendorWith({ read: { path: '/deals/{id}', record: '/data', guard } });
  const { records } = serviceOf(vendor);
  const call = records?.call(toEdit(vendor, '1', { amount: 1 }));
  if (call === undefined) throw new Error('the file has no read');
  return records?.read(toReply(200, { data: { id: '1', version: 7 } }, headers), call);
}

function bodyOf(members: Readonly<Record<string, Json>>, input: Readonly<Record<string, Json>>): Call | undefined {
  const vendor = vendorWith(members);
  return serviceOf(vendor).plan(toEdit(vendor, '1', input))[0];
}

function reading(members: Readonly<Record<string, Json>>, reply: Reply): unknown {
  const vendor = vendorWith(members);
  const [call] = serviceOf(vendor).plan(toEdit(vendor, '1', { amount: 1 }));
  if (call === undefined) throw new Error('nothing is sent');
  return serviceOf(vendor).read(reply, call);
}

const refusedRow = { ok: false, code: 'RANGE', message: 'too large' };
const refused = { kind: 'rejected', code: 'RANGE', message: 'too large' };

describe('batches', () => {
  it('send records with their ids, in their order', () => {
    const { call } = batchOf({});
    expect(call.body).toMatchObject({ records: [{ id: '11' }, { id: '12' }, { id: '13' }] });
  });

  it('say what became of a row by its position', () => {
    const { service, call } = batchOf({});
    expect(service.read(toReply(200, { results: [{ ok: true }, refusedRow, { ok: true }] }), call)).toMatchObject({
      kind: 'settled',
      verdicts: [{ kind: 'applied' }, refused, { kind: 'applied' }],
    });
  });

  it('leave every row open where the positions do not match', () => {
    const { service, call } = batchOf({});
    expect(service.read(toReply(200, { results: [{ ok: true }, { ok: true }] }), call)).toMatchObject({
      verdicts: [{ kind: 'unnamed' }, { kind: 'unnamed' }, { kind: 'unnamed' }],
    });
  });

  it('say it by the id, in any order, and leave open what is not named', () => {
    const { service, call } = batchOf({ by: 'id', outcomeKey: '/id' });
    const results = [
      { id: 13, ok: true },
      { id: 11, ...refusedRow },
    ];
    expect(service.read(toReply(200, { results }), call)).toMatchObject({
      verdicts: [refused, { kind: 'unnamed' }, { kind: 'applied' }],
    });
  });

  it('say it by a key of ours that comes back', () => {
    const { service, call } = batchOf({ by: 'key', keyAt: '/ref', outcomeKey: '/ref' });
    expect(call.body).toMatchObject({ records: [{ ref: '0' }, { ref: '1' }, { ref: '2' }] });
    const results = [
      { ref: '2', ...refusedRow },
      { ref: '0', ok: true },
      { ref: '1', ok: true },
    ];
    expect(service.read(toReply(200, { results }), call)).toMatchObject({
      verdicts: [{ kind: 'applied' }, { kind: 'applied' }, refused],
    });
  });

  it.each([
    ['a position', { position: '/index' }, { index: 1 }],
    ['a path', { position: '/path' }, { path: '/records/1/amount' }],
    ['an id', { id: '/id' }, { id: 12 }],
  ] as const)('that are refused whole name the rows to blame by %s', (_title, place, error) => {
    const { service, call } = batchOf({ guilty: { list: '/errors', ...place } });
    const body = { error: { code: 'INVALID', message: 'not saved' }, errors: [error] };
    expect(service.read(toReply(422, body), call)).toMatchObject({ kind: 'refused-whole', suspects: [1] });
  });

  it('that are refused whole and name no one leave it to smaller calls', () => {
    const { service, call } = batchOf({ guilty: { list: '/errors', position: '/index' } });
    const reading = service.read(toReply(422, { error: { code: 'INVALID', message: 'x' }, errors: [] }), call);
    expect(reading.kind).toBe('refused-whole');
    expect(reading).not.toHaveProperty('suspects');
  });
});

describe('reads of several records', () => {
  const many = { path: '/deals', most: 50, records: '/data', missing: 'absent' } as const;
  const read = (
    members: Readonly<Record<string, Json>>,
  ): { readonly call: Call; readonly shows: (reply: Reply) => unknown } => {
    const vendor = vendorWith({
      read: { path: '/deals/{id}', record: '/data', many: { ...many, ...members } },
    });
    const bulk = serviceOf(vendor).records?.bulk;
    const call = bulk?.call(
      'many',
      ['1', '2'].map((id) => toEdit(vendor, id, { amount: 1 })),
    );
    if (bulk === undefined || call === undefined) throw new Error('the file has no such reads');
    return { call, shows: (reply) => bulk.read(reply, call) };
  };

  it.each([
    ['joined in one parameter', { ids: { query: 'ids' } }, [['ids', '1,2']]],
    [
      'in a parameter each',
      { ids: { query: 'filter[id][]', as: 'repeated' } },
      [
        ['filter[id][]', '1'],
        ['filter[id][]', '2'],
      ],
    ],
    [
      'with the size of the page',
      { ids: { query: 'ids' }, pageSize: 'limit' },
      [
        ['ids', '1,2'],
        ['limit', '2'],
      ],
    ],
  ] as const)('name the ids %s', (_title, members, query) => {
    expect(read(members as unknown as Readonly<Record<string, Json>>).call).toMatchObject({ method: 'GET', query });
  });

  it('name the ids in the body of a POST that is safe to repeat', () => {
    const { call } = read({ method: 'POST', ids: { at: '/filter/ids', numbers: true } });
    expect(call).toMatchObject({ method: 'POST', repeatable: true, step: 'batch-read' });
    expect(JSON.stringify(call.body)).toContain('"filter"');
  });

  it('say what is not there, by leaving it out or by 204', () => {
    const { shows } = read({ ids: { query: 'ids' } });
    expect(shows(toReply(200, { data: [{ id: 2, amount: 7 }] }))).toMatchObject({
      found: [{ id: '2' }],
      absent: ['1'],
    });
    expect(shows(toReply(204, ''))).toEqual({ found: [], absent: ['1', '2'] });
    expect(shows(toReply(200, { other: [] }))).toBeUndefined();
  });
});

describe('guards', () => {
  it('come from a header', () => {
    expect(guardOf({ header: 'ETag', send: 'If-Match' }, { etag: '"a1"' })).toMatchObject({
      record: { guard: { in: 'header', name: 'If-Match', value: '"a1"' } },
    });
  });

  it('come from the record, and go into the body', () => {
    expect(guardOf({ at: '/version', send: 'version', in: 'body' })).toMatchObject({
      record: { guard: { in: 'body', name: 'version', value: '7' } },
    });
  });

  it('are left out where they could begin another header', () => {
    expect(guardOf({ header: 'ETag', send: 'If-Match' }, { etag: 'a\r\nx-evil: 1' })).not.toHaveProperty(
      'record.guard',
    );
  });
});

describe('bodies', () => {
  it('are a JSON Patch', () => {
    const update = { method: 'PATCH', path: '/deals/{id}', patch: { set: 'add', clear: 'remove' } } as const;
    const call = bodyOf({ update, clearing: 'null' }, { name: 'Renewal', amount: null });
    expect(call?.headers).toMatchObject({ 'content-type': 'application/json-patch+json' });
    expect(call?.body).toEqual([
      { op: 'add', path: '/name', value: 'Renewal' },
      { op: 'remove', path: '/amount' },
    ]);
  });

  it('carry companions, but for those that the row names itself', () => {
    const vendor = vendorWith({
      fields: { stage: { type: 'text', with: { pipeline: 'sales' } }, pipeline: 'text' },
    });
    const { companions } = serviceOf(vendor);
    expect(companions?.(toEdit(vendor, '1', { stage: 'won' }).changes)).toMatchObject([
      { field: 'pipeline', value: 'sales' },
    ]);
  });

  it.each([
    ['M/D/YYYY', '2026-03-09', '3/9/2026'],
    ['DD.MM.YYYY', '2026-03-09', '09.03.2026'],
    ['epoch-s', '2026-03-09', 1_773_014_400],
  ] as const)('hold dates as %s', (sent, input, wire) => {
    const call = bodyOf({ fields: { close: { type: 'date', sent } } }, { close: input });
    expect(call?.body).toEqual({ close: wire });
  });

  it('hold the first moment of a day in its zone, across the change of clocks', () => {
    const fields = { close: { type: 'date', sent: 'iso', zone: 'Europe/Berlin' } } as const;
    expect(bodyOf({ fields }, { close: '2026-03-29' })?.body).toEqual({ close: '2026-03-28T23:00:00Z' });
    expect(bodyOf({ fields }, { close: '2026-03-30' })?.body).toEqual({ close: '2026-03-29T22:00:00Z' });
  });
});

describe('replies', () => {
  const page = '<html><title>Denied</title></html>';
  const meanings = [
    { status: 403, mediaType: 'text/html', is: 'blocked' },
    { status: 403, is: 'rejected' },
    { status: 420, is: 'throttled' },
  ];

  it('stop the run at a page of the gateway, and refuse the row at JSON of the same status', () => {
    expect(reading({ meanings }, toReply(403, page, { 'content-type': 'text/html; charset=utf-8' }))).toMatchObject({
      kind: 'unsupported',
    });
    const body = { error: { code: 'NOT_YOURS', message: 'not your deal' } };
    expect(reading({ meanings }, toReply(403, body, { 'content-type': 'application/json' }))).toMatchObject({
      kind: 'settled',
      verdicts: [{ kind: 'rejected', code: 'NOT_YOURS' }],
    });
  });

  it.each(['', 'slow down', page, '{"ok":true}'])('are throttled by the status alone: %j', (body) => {
    expect(reading({ meanings }, toReply(420, body))).toMatchObject({ kind: 'throttled' });
  });

  it('pause as the file says where the reply does not', () => {
    expect(reading({ meanings, throttled: { pause: '30s' } }, toReply(420, ''))).toMatchObject({ waitMs: 30_000 });
    expect(reading({ meanings, throttled: { pause: '30s' } }, toReply(420, '', { 'retry-after': '2' }))).toMatchObject({
      waitMs: 2_000,
    });
  });

  it('say several refusals in several shapes at once', () => {
    const refusals = [
      { at: '/errors', field: '/field', message: '/message' },
      { at: '/error', message: '/message' },
      { fields: '/invalid' },
    ];
    const body = {
      errors: [{ field: 'amount', message: 'too large' }],
      error: { message: 'not saved' },
      invalid: { name: ['too short', 'taken'] },
    };
    expect(reading({ refusals }, toReply(422, body))).toMatchObject({
      verdicts: [{ message: 'amount: too large; not saved; name: too short; name: taken' }],
    });
  });

  it('pause as a rule says, whatever the body, until a header says otherwise', () => {
    const rules = [{ status: 420, is: 'throttled', pause: '45s' }];
    for (const body of ['', page, '{"ok":true}'])
      expect(reading({ meanings: rules }, toReply(420, body))).toMatchObject({ kind: 'throttled', waitMs: 45_000 });
    expect(reading({ meanings: rules }, toReply(420, page, { 'retry-after': '2' }))).toMatchObject({ waitMs: 2_000 });
  });

  const fields = { total: { type: 'number', at: '/value/amount', label: 'Deal Value' }, name: 'text' } as const;
  const told = (members: Readonly<Record<string, Json>>, body: Json): unknown => {
    const vendor = vendorWith({ fields, ...members });
    const [call] = serviceOf(vendor).plan(toEdit(vendor, '1', { total: 1 }));
    if (call === undefined) throw new Error('nothing is sent');
    return serviceOf(vendor).read(toReply(422, body), call);
  };
  const blamed = { verdicts: [{ kind: 'rejected', message: 'total: is too large' }] };
  const update = { method: 'PUT', path: '/deals/{id}', under: '/data' } as const;

  it.each([
    ['a pointer', '/data/value/amount', undefined],
    ['a pointer of a fragment', '#/data/value/amount', undefined],
    ['a pointer relative to the record', '/value/amount', '/data'],
    ['a path with dots', 'data.value.amount', undefined],
    ['a list of steps', ['data', 'value', 'amount'], undefined],
  ] as const)('name the field by %s', (_title, path, fieldFrom) => {
    const refusals = [{ at: '/errors', field: '/path', fieldAs: 'path', fieldFrom, message: '/message' }];
    const body = { errors: [{ path: path as Json, message: 'is too large' }] };
    expect(told({ update, refusals: JSON.parse(JSON.stringify(refusals)) as Json }, body)).toMatchObject(blamed);
  });

  it('name the field by the position of an operation, and of an entry in a keyed list', () => {
    const refusals = [{ at: '/errors', field: '/path', fieldAs: 'path', message: '/message' }];
    const patch = { method: 'PATCH', path: '/deals/{id}', patch: {} } as const;
    expect(
      told({ update: patch, refusals }, { errors: [{ path: '[0].value', message: 'is too large' }] }),
    ).toMatchObject(blamed);
    const listed = {
      refusals,
      lists: { custom: { at: '/custom', entry: { id: '{key}', value: '{value}' } } },
      fields: {
        total: { type: 'number', list: 'custom', key: 17 },
        other: { type: 'number', list: 'custom', key: 18 },
      },
    } as const;
    expect(told(listed, { errors: [{ path: 'custom[0].value', message: 'is too large' }] })).toMatchObject(blamed);
  });

  it('name the field by its label, in a member or in prose', () => {
    const member = [{ at: '/errors', field: '/label', fieldAs: 'label', message: '/message' }];
    expect(told({ refusals: member }, { errors: [{ label: 'deal value', message: 'is too large' }] })).toMatchObject(
      blamed,
    );
    const prose = [{ fieldAs: 'label', message: '/message' }];
    expect(told({ refusals: prose }, { message: 'The Deal Value is too large.' })).toMatchObject({
      verdicts: [{ message: 'total: The Deal Value is too large.' }],
    });
  });
});

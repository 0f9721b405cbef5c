import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/core/call.ts';
import type { Json } from '../../../src/core/json.ts';
import { parseQuery } from '../../../src/sandbox/vendors/salesforce-query.ts';
import { fullId } from '../../../src/sandbox/vendors/salesforce-write.ts';
import { csvCell, csvRecords } from '../../../src/vendors/shared/csv.ts';
import { quotedText } from '../../../src/vendors/salesforce/soql.ts';
import { batchOf, documentedMetadata, edit, ids, openOrg, settingsWith, toReply } from './org.ts';
import { salesforce } from '../../../src/vendors/salesforce/vendor.ts';

const org = openOrg();

function rows(count: number) {
  return Array.from({ length: count }, (_, index) =>
    edit(org, fullId(`0065e00000${String(index).padStart(5, '0')}`), { Amount: String(index) }, index + 1),
  );
}

function verdictsOf(body: Json, count: number): readonly Verdict[] {
  const reading = org.read(toReply(200, body), batchOf(org, rows(count)));
  if (reading.kind !== 'settled') throw new Error(reading.kind);
  return reading.verdicts;
}

const done = (id: string): Json => ({ id, success: true, errors: [] });
const refused = (statusCode: string, more: Readonly<Record<string, Json>> = {}): Json => ({
  success: false,
  errors: [{ statusCode, message: 'no', fields: ['Amount'] }],
  ...more,
});

function record(id: string) {
  return {
    attributes: { type: 'Opportunity', url: `/services/data/v66.0/sobjects/Opportunity/${id}` },
    Id: id,
    Name: 'Northwind, 500 seats',
    Amount: 1250.5,
    HasOpportunityLineItem: false,
    LastModifiedDate: '2026-10-02T08:15:00.000+0000',
  };
}

describe('a batch', () => {
  it('is one PATCH of at most 200 records that are independent of each other', () => {
    // https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-sobjects-collections-update.html
    const call = batchOf(org, [
      edit(org, ids[0], { CloseDate: '2026-12-18' }),
      edit(org, '0065e00000AbCdF', { Region__c: null }),
    ]);
    expect(call).toMatchObject({ method: 'PATCH', path: '/services/data/v66.0/composite/sobjects', step: 'batch' });
    expect(call.body).toEqual({
      allOrNone: false,
      records: [
        { attributes: { type: 'Opportunity' }, id: '0065e00000AbCdEAAV', CloseDate: '2026-12-18' },
        { attributes: { type: 'Opportunity' }, id: '0065e00000AbCdFAAV', Region__c: null },
      ],
    });
    expect(org.batches?.most).toBe(200);
  });

  it('never carries a row that is to be guarded', () => {
    const guarded = openOrg({ lock: 'each' });
    expect(guarded.batches?.key(edit(guarded, ids[0], { Amount: '1' }))).toBeUndefined();
  });

  it('tells one poisoned row among 200 by its position, and blames no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 199 }), (poisoned) => {
        const body = rows(200).map(({ id }, index) => (index === poisoned ? refused('MALFORMED_ID') : done(id)));
        const verdicts = verdictsOf(body, 200);
        expect(verdicts.map(({ kind }) => kind)).toEqual(
          body.map((_, index) => (index === poisoned ? 'rejected' : 'applied')),
        );
        expect(verdicts[poisoned]).toMatchObject({ code: 'MALFORMED_ID', message: 'no (Amount)' });
      }),
      { numRuns: 20 },
    );
  });

  it('is read by id where entries stand in another order, and those without id then say nothing', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }), fc.boolean(), (order, named) => {
        const all = rows(6).map(({ id }, index) =>
          index === 3 ? refused('STRING_TOO_LONG', named ? { id } : {}) : done(id),
        );
        const verdicts = verdictsOf(
          order.map((place) => all[place] ?? null),
          6,
        );
        for (const [index, { kind }] of verdicts.entries()) {
          if (index !== 3) expect(kind).toBe('applied');
          else if (named || order.every((place, at) => place === at)) expect(kind).toBe('rejected');
          else expect(['rejected', 'unnamed']).toContain(kind);
        }
        // Never does another row get the refusal.
        expect(verdicts.filter(({ kind }) => kind === 'rejected').length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('says nothing of rows that a reply leaves out, shows under another id, or shows without one', () => {
    const [first, second] = rows(3).map(({ id }) => id);
    expect(verdictsOf([done(first ?? '')], 3).map(({ kind }) => kind)).toEqual(['applied', 'unnamed', 'unnamed']);
    expect(verdictsOf([done(first ?? ''), done(ids[0]), done(second ?? '')], 3).map(({ kind }) => kind)).toEqual([
      'applied',
      'applied',
      'unnamed',
    ]);
    expect(verdictsOf([{ success: true, errors: [] }, refused('X'), done(ids[2])], 3)[0]).toEqual({ kind: 'unnamed' });
  });

  it('tries a locked row again, and takes a change by someone else for a conflict', () => {
    const [first = '', second = '', third = ''] = rows(3).map(({ id }) => id);
    const body = [
      refused('UNABLE_TO_LOCK_ROW', { id: first }),
      refused('ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE', { id: second }),
      done(third),
    ];
    expect(verdictsOf(body, 3).map(({ kind }) => kind)).toEqual(['again', 'conflict', 'applied']);
    const rolledBack = [
      refused('ALL_OR_NONE_OPERATION_ROLLED_BACK'),
      refused('MALFORMED_ID'),
      refused('ALL_OR_NONE_OPERATION_ROLLED_BACK'),
    ];
    expect(verdictsOf(rolledBack, 3).map(({ kind }) => kind)).toEqual(['again', 'rejected', 'again']);
  });

  it('that is refused whole is halved, with the rows first that change the field it names', () => {
    const edits = [
      edit(org, ids[0], { Amount: '1' }),
      edit(org, ids[1], { Score__c: '1' }),
      edit(org, ids[2], { Amount: '3' }),
    ];
    const refusal = [{ message: 'wrong', errorCode: 'JSON_PARSER_ERROR', fields: ['Score__c'] }];
    expect(org.read(toReply(400, refusal), batchOf(org, edits))).toMatchObject({
      kind: 'refused-whole',
      code: 'JSON_PARSER_ERROR',
      suspects: [1],
    });
    expect(org.read(toReply(404, [{ message: 'no', errorCode: 'NOT_FOUND' }]), batchOf(org, edits))).toMatchObject({
      kind: 'refused-whole',
      unsupported: true,
    });
    expect(
      org.read(toReply(400, [{ message: 'locked', errorCode: 'UNABLE_TO_LOCK_ROW' }]), batchOf(org, edits)),
    ).toMatchObject({ kind: 'transient', mayHaveApplied: false });
  });
});

describe('a read of many', () => {
  const edits = [
    edit(org, ids[0], { Amount: '1', stage: 'Closed Won' }),
    edit(org, '0065e00000NoNe1', { Amount: '2' }),
  ];
  const call = org.records?.bulk?.call('changed', edits);

  it('names the fields of all rows once, and what must be known besides', () => {
    expect(call).toMatchObject({ method: 'POST', path: '/services/data/v66.0/composite/sobjects/Opportunity' });
    expect(call?.body).toEqual({
      ids: [ids[0], ids[2]],
      fields: ['Id', 'Amount', 'StageName', 'Name', 'Probability', 'CloseDate', 'HasOpportunityLineItem'],
    });
    expect(org.records?.bulk?.most).toBe(2_000);
  });

  it('shows whose each record is, and which are not there', () => {
    if (call === undefined) throw new Error('no call');
    const read = org.records?.bulk?.read(toReply(200, [record(ids[0]), null]), call);
    expect(read?.absent).toEqual([ids[2]]);
    expect(read?.found[0]).toMatchObject({ id: ids[0], title: 'Northwind, 500 seats' });
    expect(read?.found[0]?.values.get('Amount')).toEqual({ value: 1250.5 });
    expect(org.records?.bulk?.read(toReply(200, [null, record(ids[0])]), call)?.absent).toEqual([]);
    expect(org.records?.bulk?.read(toReply(200, { records: [] }), call)).toBeUndefined();
  });

  it('gives a guard only where rows go one by one, and a page only for a My Domain', () => {
    const locked = openOrg({ lock: 'each', instance: 'northwind--uat.sandbox.my.salesforce.com' });
    const one = locked.records?.call(edit(locked, ids[0], { Amount: '1' }));
    if (one === undefined || call === undefined) throw new Error('no call');
    expect(locked.records?.read(toReply(200, record(ids[0])), one)).toMatchObject({
      kind: 'found',
      record: {
        link: `https://northwind--uat.sandbox.lightning.force.com/lightning/r/Opportunity/${ids[0]}/view`,
        guard: { in: 'header', name: 'if-unmodified-since', value: 'Fri, 02 Oct 2026 08:15:00 GMT' },
      },
    });
    const plain = org.records?.read(toReply(200, record(ids[0])), one);
    expect(plain).not.toHaveProperty('record.guard');
    expect(plain).not.toHaveProperty('record.link');
  });
});

describe('queries', () => {
  it('hold any text as a text and as nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parseQuery(`SELECT Id FROM Opportunity WHERE Name = ${quotedText(text)}`);
        expect(parsed?.matches({ Name: text })).toBe(true);
        expect(parsed?.names).toEqual(['Id', 'Name']);
      }),
    );
  });

  it('find records by an external id, in a call that fits its address', () => {
    const keys = Array.from({ length: org.find?.most ?? 0 }, (_, index) => String(index).padStart(40, 'k'));
    const call = org.find?.call('Key__c', keys);
    expect(new URLSearchParams(call?.query as [string, string][]).toString().length).toBeLessThan(16_000);
    expect(org.find?.problem('Key__c')).toBeUndefined();
    expect(org.find?.problem('Name')).toContain('neither an external id');
    expect(org.find?.problem('Nope__c')).toContain('not a field');
    if (call === undefined) throw new Error('no call');
    const records = [{ Id: ids[0], Name: 'Northwind', Key__c: 'k1' }];
    const page = {
      totalSize: 2_001,
      done: false,
      nextRecordsUrl: '/services/data/v66.0/query/01g5e000000cccc-2000',
      records,
    };
    expect(org.find?.read(toReply(200, page), call)).toMatchObject({
      records: [{ id: ids[0], key: 'k1', title: 'Northwind' }],
      next: { method: 'GET', path: '/services/data/v66.0/query/01g5e000000cccc-2000' },
    });
    // An address elsewhere is not followed, and a key's other records may stand there.
    expect(org.find?.read(toReply(200, { ...page, nextRecordsUrl: '//evil.example/' }), call)).toBeUndefined();
  });

  it('list by conditions in the language of the field', () => {
    const call = org.list?.call({
      conditions: [
        { field: 'StageName', value: "it's" },
        { field: 'Amount', value: 12.5 },
        { field: 'CloseDate', value: '2026-12-18' },
        { field: 'IsPrivate', value: false },
      ],
      raw: "Name LIKE 'N%' OR Amount > 1",
      fields: [],
    });
    expect(call?.query).toEqual([
      [
        'q',
        String.raw`SELECT Id, Name, StageName, Amount, CloseDate, OwnerId, IsPrivate FROM Opportunity WHERE StageName = 'it\'s' AND Amount = 12.5 AND CloseDate = 2026-12-18 AND IsPrivate = false AND (Name LIKE 'N%' OR Amount > 1)`,
      ],
    ]);
  });

  it('survive an org that has told nothing', () => {
    const unread = salesforce.open(settingsWith(), {});
    expect(unread.find?.problem('Key__c')).toBeUndefined();
    expect(unread.list?.problem('Description')).toContain('long text');
    expect(Object.keys(documentedMetadata())).toEqual(['fields', 'stages', 'users']);
  });
});

function csv(header: string, ...rows: string[]) {
  return toReply(200, `${[header, ...rows].join('\n')}\n`);
}

function row(...cells: string[]): string {
  return cells.map((cell) => `"${cell}"`).join(',');
}

describe('a job', () => {
  const { jobs } = org;
  if (jobs === undefined) throw new Error('no jobs');
  const [successful, failed, unprocessed] = jobs.results('7505e0000000001AAA');
  const readAs = (call: typeof successful, ...lines: [string, ...string[]]) =>
    call === undefined ? undefined : jobs.readResults(csv(...lines), call);

  it('has a cell for each field of each row: nothing where a row leaves it, #N/A where it is cleared', () => {
    const edits = [
      edit(org, ids[0], { Amount: '1250.50', NextStep: 'a "b", c' }),
      edit(org, '0065e00000AbCdF', { IsPrivate: 'TRUE', NextStep: null }),
    ];
    expect(jobs.content(edits)).toBe(
      'Id,Amount,NextStep,IsPrivate\n0065e00000AbCdEAAV,1250.5,"a ""b"", c",\n0065e00000AbCdFAAV,,#N/A,true\n',
    );
    expect(jobs.upload('7505e0000000001AAA', 'x')).toMatchObject({ method: 'PUT', text: 'x' });
  });

  it('is read back as it was written, whatever the texts are; a record that is cut off is left out', () => {
    const texts = fc.array(
      fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('"', ',', '\n', 'a') })),
    );
    fc.assert(
      fc.property(texts, fc.nat(20), (rows, cut) => {
        const text = ['A,B', ...rows.map((cells) => cells.map(csvCell).join(','))].join('\n') + '\n';
        const read = [...csvRecords(text)].map((cell) => [cell('A'), cell('B')]);
        expect(read).toEqual(rows);
        const some = [...csvRecords(text.slice(0, -1 - cut))].map((cell) => [cell('A'), cell('B')]);
        expect(some).toEqual(rows.slice(0, some.length));
      }),
    );
  });

  it.each([
    [
      'UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record or 1 records: 0015e00000ZzZzZAAV:--',
      'again',
      'UNABLE_TO_LOCK_ROW',
      'unable to obtain exclusive access to this record or 1 records: 0015e00000ZzZzZAAV',
    ],
    [
      'REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --',
      'rejected',
      'REQUIRED_FIELD_MISSING',
      'Required fields are missing: [Name]',
    ],
    [
      'STRING_TOO_LONG:Next Step: data value too large: abc (max length=255):NextStep --',
      'rejected',
      'STRING_TOO_LONG',
      'Next Step: data value too large: abc (max length=255) (NextStep)',
    ],
    [
      'FIELD_CUSTOM_VALIDATION_EXCEPTION:Never: below zero',
      'rejected',
      'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      'Never: below zero',
    ],
    ['something else', 'rejected', 'refused', 'something else'],
    ['', 'rejected', 'refused', 'refused'],
  ])('says of a row that failed: %s', (error, kind, code, message) => {
    const quoted = `"${ids[0]}","${error}","${ids[0]}"`;
    expect(readAs(failed, '"sf__Id","sf__Error","Id"', quoted)).toMatchObject([
      { id: ids[0], verdict: { kind, code, message } },
    ]);
  });

  it('has done a row only where its results name it as the one that was updated', () => {
    const header = '"sf__Id","sf__Created","Id","Amount"';
    const read = readAs(
      successful,
      header,
      row(ids[0], 'false', '0065e00000AbCdE', '1'),
      row(ids[1], 'false', ids[0], '1'),
      row('', 'false', ids[1], '1'),
      row(ids[1], 'true', ids[1], '1'),
      row(ids[1], 'false'),
    );
    expect(read?.map(({ verdict }) => verdict.kind)).toEqual(['applied', 'unnamed', 'unnamed', 'unnamed']);
    expect(readAs(unprocessed, '"Id","Amount"', row(ids[0], '1'))).toMatchObject([
      { id: ids[0], verdict: { kind: 'again' } },
    ]);
    expect(jobs.readResults(toReply(200, ''), successful!)).toEqual([]);
    expect(jobs.readResults(toReply(500, ''), successful!)).toBeUndefined();
  });

  it.each([
    ['Open', { kind: 'open' }],
    ['InProgress', { kind: 'working', done: 7 }],
    ['JobComplete', { kind: 'ended' }],
    ['Aborted', { kind: 'ended', aborted: true }],
    ['Failed', { kind: 'ended', failed: 'InvalidBatch : no' }],
    ['Paused', undefined],
  ])('that is %s', (state, read) => {
    const body = { id: '7505e0000000001AAA', state, numberRecordsProcessed: 7, errorMessage: 'InvalidBatch : no' };
    expect(jobs.readState(toReply(200, body), '7505e0000000001')).toEqual(read);
    expect(jobs.readState(toReply(200, body), '7505e0000000002AAA')).toBeUndefined();
    expect(jobs.readState(toReply(404, [{ errorCode: 'NOT_FOUND', message: 'x' }]), '7505e0000000001AAA')).toEqual({
      kind: 'gone',
    });
  });
});

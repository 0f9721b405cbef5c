import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowStatuses } from '../../src/core/outcome.ts';
import {
  bareRecord,
  jobRecord,
  readJob,
  rowRanges,
  rowsOfRanges,
  headLength,
  plannedRecord,
  readHead,
  readPlanned,
  readSettled,
  readStatus,
  recordKinds,
  recordWith,
  settledRecord,
} from '../../src/journal/record.ts';

const rows = fc.integer({ min: 0, max: 9_999_999_999 });
const calls = fc.integer({ min: 0, max: 9 });
const kinds = fc.constantFrom(...Object.values(recordKinds));
const outcomes = fc.record(
  {
    row: fc.integer({ min: 1, max: 9_999_999_999 }),
    line: fc.integer({ min: 1 }),
    id: fc.string({ unit: 'binary' }),
    status: fc.constantFrom(...rowStatuses),
    attempts: fc.nat(),
    code: fc.string({ unit: 'binary' }),
    message: fc.string({ unit: 'binary' }),
    hint: fc.string(),
    httpStatus: fc.integer({ min: 100, max: 599 }),
    requestId: fc.string(),
  },
  { requiredKeys: ['row', 'line', 'id', 'status', 'attempts'] },
);

describe('the records of a journal', () => {
  it('are one JSON object on one line, with a head that is read without parsing', () => {
    fc.assert(
      fc.property(
        kinds,
        rows,
        calls,
        fc.dictionary(fc.constantFrom('at', 'pid', 'x'), fc.string({ unit: 'binary' })),
        (kind, row, call, body) => {
          for (const line of [bareRecord(kind, row, call), recordWith(kind, row, call, body)]) {
            expect(line).not.toContain('\n');
            expect(JSON.parse(line)).toMatchObject({ k: kind, r: row, c: call });
            const bytes = Buffer.from(`xx${line}\n`);
            expect(readHead(bytes, 2)).toEqual({ kind, row, call });
            expect(line.length).toBeGreaterThanOrEqual(headLength);
          }
        },
      ),
    );
  });

  it('of settled rows read back as they were written', () => {
    fc.assert(
      fc.property(outcomes, (outcome) => {
        const line = settledRecord(outcome);
        const bytes = Buffer.from(line);
        expect(readSettled(line)).toEqual(outcome);
        expect(readHead(bytes, 0)).toEqual({ kind: 'R', row: outcome.row, call: 0 });
        expect(readStatus(bytes, 0, bytes.length)).toBe(outcome.status);
      }),
    );
  });

  it('are told from anything else', () => {
    for (const text of [
      '',
      '{}',
      'x'.repeat(60),
      bareRecord('I', 7, 0).replace('"k"', "'k'").replace('{', '['),
      bareRecord('I', 7, 0).replace('I', 'Q'),
      '\u0000'.repeat(80),
    ]) {
      expect(readHead(Buffer.from(text), 0)).toBeUndefined();
    }
    const broken = Buffer.from(
      settledRecord({ row: 1, line: 2, id: 'a', status: 'applied', attempts: 1 }).replace('applied', 'aplied'),
    );
    expect(readStatus(broken, 0, broken.length)).toBeUndefined();
  });
});

const planned = fc.record(
  {
    before: fc.dictionary(fc.string(), fc.oneof(fc.constant(null), fc.string(), fc.array(fc.string()))),
    sent: fc.array(fc.string()),
    title: fc.string({ unit: 'binary' }),
    link: fc.webUrl(),
    guard: fc.record({
      in: fc.constantFrom('header' as const, 'body' as const),
      name: fc.string(),
      value: fc.string(),
    }),
    left: fc.string(),
    merged: fc.record({ lead: fc.nat(), steps: fc.array(fc.string()) }),
  },
  { requiredKeys: ['before', 'sent'], noNullPrototype: true },
);

describe('what was planned of a row', () => {
  it('reads back as it was written, and not at all where a member is of another kind', () => {
    fc.assert(
      fc.property(
        rows,
        planned,
        fc.constantFrom('sent', 'title', 'link', 'guard', 'left', 'merged'),
        (row, one, name) => {
          expect(readPlanned(plannedRecord(row, one))).toMatchObject(one);
          expect(() => readPlanned(plannedRecord(row, { ...one, [name]: 7 }))).toThrow(new TypeError(name));
        },
      ),
    );
  });

  it('is refused by the name of a guard that says not how it is sent', () => {
    const body = { before: { note: 'x' }, sent: ['note'], eTag: '"7"' };
    expect(() => readPlanned(recordWith(recordKinds.planned, 1, 0, body))).toThrow(new TypeError('eTag'));
  });
});

describe('what is said of a job', () => {
  it('reads back as it was written, its rows as ranges whatever their order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (numbers) => {
        const note = { job: '7505e0000000001AAA', is: 'closing' as const, rows: rowRanges(numbers) };
        expect(readJob(jobRecord(note))).toMatchObject(note);
        expect(rowsOfRanges(note.rows, 400)).toEqual(numbers.toSorted((a, b) => a - b));
        expect(rowsOfRanges(note.rows, Math.max(...numbers) - 1)).toBeUndefined();
      }),
    );
    expect(rowRanges([3, 1, 2, 7])).toBe('1-3,7');
  });

  it.each([{ job: '' }, { job: 'x', is: 'closed' }, { job: 'x', is: 'closing', rows: '1-' }])(
    'is not believed: %j',
    (body) => {
      expect(readJob(recordWith(recordKinds.job, 0, 0, body))).toBeUndefined();
    },
  );
});

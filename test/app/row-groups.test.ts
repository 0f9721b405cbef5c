import { array, assert, constantFrom, integer, property, record, subarray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMerging } from '../../src/app/edits/merging.ts';
import { RowGroups } from '../../src/app/edits/row-groups.ts';
import type { Change, Edit } from '../../src/core/edit.ts';
import { isJsonObject, scalarText, type Json } from '../../src/core/json.ts';
import type { PlannedRow } from '../../src/core/run-journal.ts';
import { listOf, sameValue } from '../../src/core/same-value.ts';
import type { Vendor } from '../../src/core/vendor.ts';
import type { RunRow } from '../../src/run/run-row.ts';
import { MergedJournal } from '../../src/run/merged-journal.ts';
import { close } from '../../src/vendors/close/vendor.ts';
import { raze } from '../../src/vendors/raze/vendor.ts';
import { serviceOf } from '../contract/fixtures.ts';

const settings = { close: defaultsOf(close), raze: defaultsOf(raze) };

function defaultsOf(vendor: Vendor): Record<string, string> {
  return Object.fromEntries(vendor.settings.map((setting) => [setting.name, setting.default]));
}

const done = (): Promise<void> => Promise.resolve();

/** A record that does what bodies say, in the order of their arrival; a status stamps the day it was won. */
function sent(record: Map<string, Json>, body: Json | undefined): void {
  if (!isJsonObject(body)) return;
  for (const [name, value = null] of Object.entries(body)) {
    const list = listOf(record.get(name.replace(/\.(add|remove)$/, '')) ?? null);
    if (name.endsWith('.add')) record.set(name.slice(0, -4), [...list, ...listOf(value)]);
    else if (name.endsWith('.remove'))
      record.set(
        name.slice(0, -7),
        list.filter((one) => !sameValue(one, value, 'any')),
      );
    else record.set(name, value);
  }
  const status = body['status_id'] ?? body['status'];
  if (status !== undefined && body['date_won'] === undefined)
    record.set('date_won', `stamped by ${scalarText(status) ?? ''}`);
  // What is written after the deal is closed is noted as such.
  if (body['status'] === undefined && record.get('status') === 'won')
    for (const name of Object.keys(body)) record.set(`${name} after the end`, true);
}

function change(field: string, action: Change['action'], value: Json): Change {
  return { field, action, value, column: field };
}

const closeChanges = subarray(
  [
    change('confidence', 'set', 1),
    change('confidence', 'clear', null),
    change('note', 'set', 'a'),
    change('note', 'set', 'b'),
    change('date_won', 'set', '2026-12-18'),
    change('status_id', 'set', 'stat_1'),
    change('status_id', 'set', 'stat_2'),
    change('custom.cf_list', 'add', 'Monday'),
    change('custom.cf_list', 'remove', 'Monday'),
    change('custom.cf_list', 'set', ['Tuesday']),
  ],
  { minLength: 1, maxLength: 3 },
);
const razeChanges = subarray(
  [
    change('name', 'set', 'a'),
    change('notes', 'set', 'b'),
    change('status', 'set', 'won'),
    change('status', 'set', 'proposal'),
  ],
  { minLength: 1, maxLength: 2 },
);

/** One change a field, as a row has it. */
function rowChanges(changes: readonly Change[]): readonly Change[] {
  return [...new Map(changes.map((one) => [one.field, one])).values()];
}

function editsOf(rows: readonly { readonly id: string; readonly changes: readonly Change[] }[]): Edit[] {
  return rows.map(({ id, changes }, index) => ({
    row: index + 1,
    line: index + 2,
    id,
    changes: rowChanges(changes),
  }));
}

function recordOf(records: Map<string, Map<string, Json>>, id: string): Map<string, Json> {
  const known = records.get(id) ?? new Map<string, Json>();
  records.set(id, known);
  return known;
}

function grouped(vendor: Vendor, name: 'close' | 'raze', edits: readonly Edit[]): RunRow[] {
  const groups = new RowGroups(
    { service: serviceOf(vendor, settings[name]) },
    createMerging({ service: serviceOf(vendor, settings[name]) }),
  );
  const rows = edits.flatMap((edit) =>
    groups.add({ ...edit, work: { kind: 'send', calls: serviceOf(vendor, settings[name]).plan(edit), edit } }),
  );
  return [...rows, ...groups.end()];
}

describe('successive rows that are merged', () => {
  it.each([
    ['close', close, closeChanges],
    ['raze', raze, razeChanges],
  ] as const)('leave the records of %s as the rows one by one do', (name, vendor, changes) => {
    assert(
      property(
        array(record({ id: constantFrom('a', 'a', 'a', 'b'), changes }), { minLength: 1, maxLength: 40 }),
        (rows) => {
          const edits = editsOf(rows);
          const apart = new Map<string, Map<string, Json>>();
          for (const edit of edits)
            for (const { body } of serviceOf(vendor, settings[name]).plan(edit)) sent(recordOf(apart, edit.id), body);
          const merged = new Map<string, Map<string, Json>>();
          const runRows = grouped(vendor, name, edits);
          for (const { id, work } of runRows)
            if (work.kind === 'send') for (const { body } of work.calls) sent(recordOf(merged, id), body);
          expect(merged).toEqual(apart);
          expect(runRows.flatMap((row) => (row.members ?? [row]).map((member) => member.row))).toEqual(
            edits.map(({ row }) => row),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are bounded in number', () => {
    const edits = editsOf(Array.from({ length: 120 }, () => ({ id: 'a', changes: [change('note', 'set', 'x')] })));
    expect(grouped(close, 'close', edits).map(({ members }) => members?.length)).toEqual([50, 50, 20]);
  });

  it('each have their own part of what is sent in the journal, and all go on together after a kill', () => {
    assert(
      property(
        array(closeChanges, { minLength: 2, maxLength: 8 }),
        integer({ min: 0, max: 1023 }),
        (changeLists, differing) => {
          const edits = editsOf(changeLists.map((changes) => ({ id: 'a', changes })));
          for (const row of grouped(close, 'close', edits)) {
            const { work, members } = row;
            if (members === undefined || work.kind !== 'send' || work.edit === undefined) continue;
            const names = work.edit.changes.map(({ field, action }) =>
              action === 'add' || action === 'remove' ? `${field}.${action}` : field,
            );
            const toSend = names.filter((_name, index) => ((differing >> index) & 1) === 1);
            if (toSend.length === 0) continue;
            const planned = new Map<number, PlannedRow>();
            const journal = new MergedJournal({
              planned: (identity, is) => planned.set(identity.row, is),
              intent: done,
              notApplied: done,
              callApplied: done,
              jobOpened: () => Promise.resolve(),
              jobClosing: () => Promise.resolve(),
              jobDropped: () => Promise.resolve(),
              readSent: () => undefined,
              recordOutcome: done,
            });
            journal.begin(row);
            const before = Object.fromEntries(work.edit.changes.map(({ field }) => [field, 'before']));
            journal.planned(row, { before, sent: toSend });
            expect([...planned.values()].flatMap((part) => part.sent).toSorted()).toEqual(toSend.toSorted());
            for (const part of planned.values())
              expect(Object.keys(part.before).toSorted()).toEqual(
                part.sent.map((name) => name.replace(/\.(add|remove)$/, '')).toSorted(),
              );
            const outcomes = journal.outcomes(row, {
              ...members[0],
              row: row.row,
              line: row.line,
              id: 'a',
              status: 'applied',
              attempts: 1,
            });
            expect(outcomes.map((outcome) => outcome.row).toSorted((a, b) => a - b)).toEqual(
              members.map((member) => member.row),
            );
            for (const outcome of outcomes)
              expect(outcome.status).toBe(planned.has(outcome.row) ? 'applied' : 'unchanged');

            const groups = new RowGroups({ service: serviceOf(close, settings.close) }, undefined);
            const resumed = members.flatMap((member) => {
              const part = planned.get(member.row);
              if (part === undefined) return [];
              const edit: Edit = { ...member };
              const kept = edit.changes.filter(({ field, action }) =>
                part.sent.includes(action === 'add' || action === 'remove' ? `${field}.${action}` : field),
              );
              const before = { callsApplied: 0, callsTried: 1, inDoubt: true };
              const own: RunRow = {
                row: member.row,
                line: member.line,
                id: 'a',
                work: { kind: 'send', calls: [] },
                before,
              };
              return groups.add(own, { edit, sent: { ...edit, changes: kept }, planned: part });
            });
            const [again, ...others] = [...resumed, ...groups.end()];
            expect(others).toEqual([]);
            expect(again?.before).toMatchObject({ callsApplied: 0, inDoubt: true });
            const body = again?.work.kind === 'send' ? again.work.calls[0]?.body : undefined;
            const first = serviceOf(close, settings.close).plan({
              ...work.edit,
              changes: work.edit.changes.filter((_change, index) => toSend.includes(names[index] ?? '')),
            })[0]?.body;
            expect(body).toEqual(first);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

function plannedRaze(sentNames: readonly string[]): PlannedRow {
  return { before: {}, sent: sentNames, merged: { lead: 1, steps: ['fields', 'stage'] } };
}

describe('rows of which a part is known to be applied', () => {
  const edits = editsOf([
    { id: 'opp_1', changes: [change('name', 'set', 'a')] },
    { id: 'opp_1', changes: [change('status', 'set', 'won')] },
  ]);

  it.each([
    [[0, 1], 1, true, 1, true],
    [[1], 1, true, 0, true],
    [[0], 1, true, 1, false],
    [[1], 0, true, 0, false],
  ] as const)('rows %j with %i calls applied, in doubt %s', (present, callsApplied, inDoubt, ownApplied, ownDoubt) => {
    const groups = new RowGroups({ service: serviceOf(raze, settings.raze) }, undefined);
    const rows = present.flatMap((index) => {
      const edit = edits[index];
      if (edit === undefined) return [];
      const { row, line, id } = edit;
      const own: RunRow = {
        row,
        line,
        id,
        work: { kind: 'send', calls: [] },
        before: { callsApplied, callsTried: 2, inDoubt },
      };
      return groups.add(own, { edit, sent: edit, planned: plannedRaze(edit.changes.map(({ field }) => field)) });
    });
    const [row] = [...rows, ...groups.end()];
    expect(row?.before).toEqual({ callsApplied: ownApplied, callsTried: 2, inDoubt: ownDoubt });
  });
});

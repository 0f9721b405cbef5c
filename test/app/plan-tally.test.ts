import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlanTally } from '../../src/app/plans/plan-tally.ts';
import { PlannedValues } from '../../src/app/plans/planned-values.ts';
import { currentParts } from '../../src/app/records/current-parts.ts';
import type { Json } from '../../src/core/json.ts';
import { namesOf } from '../../src/core/names.ts';
import type { Service } from '../../src/core/vendor.ts';
import { close } from '../../src/vendors/close/vendor.ts';
import { hubspot } from '../../src/vendors/hubspot/vendor.ts';
import { moneyText } from '../../src/report/totals-text.ts';
import { planRow } from '../../src/run/row-planner.ts';

interface Row {
  readonly held: Readonly<Record<string, Json>>;
  readonly asked: Readonly<Record<string, Json>>;
}

function tallyOf(service: Service, rows: readonly Row[], columns: Readonly<Record<string, string>> = {}): PlanTally {
  const tally = new PlanTally(service, namesOf(service));
  for (const [index, { held, asked }] of rows.entries()) {
    const identity = { row: index + 1, line: index + 2, id: `${index}` };
    const changes = Object.entries(asked).map(([field, value]) => ({
      field,
      action: 'set' as const,
      value,
      column: columns[field] ?? field,
    }));
    tally.add(
      { source: { kind: 'csv', ...identity, cells: [] }, edit: { ...identity, changes }, calls: [] },
      {
        kind: 'send',
        calls: [],
        planned: { before: {}, sent: [] },
        warnings: [],
        seen: new Map(Object.entries(held).map(([field, value]) => [field, { value }])),
        differences: changes.map((change) => ({ change, before: held[change.field], after: change.value })),
      },
    );
  }
  return tally;
}

const deals = hubspot.open({});

const money = (units: number): string => (units / 100).toFixed(2);

interface FileRow {
  readonly id: string;
  readonly asked: Readonly<Record<string, Json>>;
}

/** The rows of a file in which an opportunity may have several, planned as a plan does. */
async function totalsOf(records: Readonly<Record<string, Row['held']>>, rows: readonly FileRow[]) {
  const tally = new PlanTally(deals, namesOf(deals));
  const planned = new PlannedValues();
  const parts = currentParts({ service: deals });
  if (parts === undefined) throw new Error('deals can be read');
  for (const [index, { id, asked }] of rows.entries()) {
    const changes = Object.entries(asked).map(([field, value]) => ({
      field,
      action: 'set' as const,
      value,
      column: field,
    }));
    const edit = { row: index + 1, line: index + 2, id, changes };
    const values = new Map(Object.entries(records[id] ?? {}).map(([field, value]) => [field, { value }]));
    const read = Promise.resolve({ kind: 'found' as const, record: { id, values } });
    const plan = await planned.plan(id, read, (result) => planRow(edit, result, parts));
    tally.add({ source: { kind: 'csv', row: index + 1, line: index + 2, cells: [] }, edit, calls: [] }, plan);
  }
  return tally.totals;
}

describe('several rows of one opportunity', () => {
  const held = { dealstage: 'a', amount: '100', deal_currency_code: 'EUR' };

  it('count as one step, from what the record holds to what the last of them leaves', async () => {
    const { money: sums, statuses } = await totalsOf({ x: held, y: held, z: held }, [
      { id: 'x', asked: { amount: '5', dealstage: 'b' } },
      { id: 'y', asked: { amount: '7' } },
      { id: 'x', asked: { amount: '99', dealstage: 'c' } },
      { id: 'z', asked: { amount: '1' } },
      { id: 'z', asked: { amount: '100' } },
      { id: 'y', asked: { deal_currency_code: 'USD' } },
    ]);
    expect(sums).toEqual([
      { field: 'amount', currency: 'EUR', rows: 2, before: '200', after: '99' },
      { field: 'amount', currency: 'USD', rows: 1, before: '0', after: '7' },
    ]);
    expect(statuses).toEqual([
      { field: 'dealstage', change: 'a → c', rows: 1, sums: [{ currency: 'EUR', amount: '99' }] },
    ]);
  });

  it('come to what the last values come to, whatever their order', async () => {
    const id = fc.constantFrom('x', 'y', 'z');
    const asked = fc.record(
      {
        amount: fc.integer({ min: 0, max: 3 }).map(String),
        deal_currency_code: fc.constantFrom('EUR', 'USD'),
        dealstage: fc.constantFrom('a', 'b', 'c'),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ id, asked }), { minLength: 1, maxLength: 12 }), async (rows) => {
        const records = { x: held, y: { ...held, amount: '2' }, z: { ...held, deal_currency_code: 'USD' } };
        const last = new Map<string, Record<string, Json>>();
        for (const row of rows) last.set(row.id, { ...last.get(row.id), ...row.asked });
        const once = [...last].map(([one, all]) => ({ id: one, asked: all }));
        const sorted = ({ money: sums, statuses }: Awaited<ReturnType<typeof totalsOf>>) => [
          sums.toSorted((left, right) => (left.currency ?? '').localeCompare(right.currency ?? '')),
          statuses
            .map((one) => ({
              ...one,
              sums: one.sums.toSorted((l, r) => (l.currency ?? '').localeCompare(r.currency ?? '')),
            }))
            .toSorted((left, right) => left.change.localeCompare(right.change)),
        ];
        expect(sorted(await totalsOf(records, rows))).toEqual(sorted(await totalsOf(records, once)));
      }),
    );
  });
});

describe('the totals of a plan', () => {
  it('are in the unit and the words of the file', () => {
    const tally = tallyOf(
      close.open({ 'minor-units': '2' }),
      [{ held: { value: 100_000, value_currency: 'USD' }, asked: { value: 4_200_050 } }],
      { value: 'Deal size' },
    );
    expect(tally.totals.money).toEqual([
      { field: 'Deal size (value)', currency: 'USD', rows: 1, before: '1000', after: '42000.5' },
    ]);
    expect(tally.totals.money.map(moneyText)).toEqual(['Deal size (value): 1,000 → 42,000.50 USD']);
  });

  it('never add up two currencies, also where the file changes the currency', () => {
    const tally = tallyOf(deals, [
      { held: { amount: '1', deal_currency_code: 'BRL' }, asked: { amount: '2000' } },
      { held: { amount: '3', deal_currency_code: 'EUR' }, asked: { amount: '1617.35' } },
      { held: { amount: '500', deal_currency_code: 'BRL' }, asked: { amount: '80', deal_currency_code: 'EUR' } },
      { held: { amount: '7', deal_currency_code: 'BRL' }, asked: { deal_currency_code: 'EUR' } },
    ]);
    expect(tally.totals.money).toEqual([
      { field: 'amount', currency: 'BRL', rows: 3, before: '508', after: '2000' },
      { field: 'amount', currency: 'EUR', rows: 3, before: '3', after: '1704.35' },
    ]);
  });

  it('say what each transition comes to, and nothing where an amount is not known', () => {
    const held = { dealstage: 'a', amount: '10', deal_currency_code: 'EUR' };
    const tally = tallyOf(deals, [
      { held, asked: { dealstage: 'b' } },
      { held, asked: { dealstage: 'b', amount: '30' } },
      { held: { ...held, deal_currency_code: 'USD' }, asked: { dealstage: 'b' } },
      { held: { dealstage: 'b' }, asked: { dealstage: 'c' } },
    ]);
    expect(tally.totals.statuses).toEqual([
      {
        field: 'dealstage',
        change: 'a → b',
        rows: 3,
        sums: [
          { currency: 'EUR', amount: '40' },
          { currency: 'USD', amount: '10' },
        ],
      },
      { field: 'dealstage', change: 'b → c', rows: 1, sums: [] },
    ]);
  });

  it('stay bounded for a stage of free text, and count all rows', () => {
    const rows = Array.from({ length: 1000 }, (_, index) => ({
      held: { dealstage: 'a' },
      asked: { dealstage: `s${index}` },
    }));
    const { statuses } = tallyOf(deals, rows).totals;
    expect(statuses.length).toBeLessThan(300);
    expect(statuses.reduce((sum, one) => sum + one.rows, 0)).toBe(1000);
  });

  it('are exact sums of each currency', () => {
    const cents = fc.integer({ min: 0, max: 10_000_000 });
    const row = fc.record({ before: cents, after: cents, was: fc.constantFrom('EUR', 'USD', 'BRL') });
    fc.assert(
      fc.property(
        fc.array(
          row.filter(({ before, after }) => before !== after),
          { minLength: 1 },
        ),
        (rows) => {
          const tally = tallyOf(
            deals,
            rows.map(({ before, after, was }) => ({
              held: { amount: money(before), deal_currency_code: was },
              asked: { amount: money(after) },
            })),
          );
          for (const { currency, before, after, rows: count } of tally.totals.money) {
            const mine = rows.filter(({ was }) => was === currency);
            expect(count).toBe(mine.length);
            expect(Math.round(Number(before) * 100)).toBe(mine.reduce((sum, one) => sum + one.before, 0));
            expect(Math.round(Number(after) * 100)).toBe(mine.reduce((sum, one) => sum + one.after, 0));
          }
        },
      ),
    );
  });
});

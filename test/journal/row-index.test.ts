import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowStatuses, type RowStatus } from '../../src/core/outcome.ts';
import { RowIndex } from '../../src/journal/row-index.ts';

interface Known {
  settled?: RowStatus;
  offset: number;
  open: boolean;
  applied: number;
  tried: number;
}

const news = fc.oneof(
  fc.record({ kind: fc.constant('intent' as const), row: fc.integer({ min: 1, max: 3000 }) }),
  fc.record({ kind: fc.constant('not-applied' as const), row: fc.integer({ min: 1, max: 3000 }) }),
  fc.record({
    kind: fc.constant('applied' as const),
    row: fc.integer({ min: 1, max: 3000 }),
    call: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({
    kind: fc.constant('settled' as const),
    row: fc.integer({ min: 1, max: 3000 }),
    status: fc.constantFrom(...rowStatuses),
    offset: fc.nat(),
  }),
);

describe('the index of rows', () => {
  it('agrees with a plain model, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(news, { maxLength: 60 }), (all) => {
        const index = new RowIndex();
        const model = new Map<number, Known>();
        for (const one of all) {
          const known = model.get(one.row) ?? { offset: 0, open: false, applied: 0, tried: 0 };
          model.set(one.row, known);
          if (one.kind === 'intent') {
            index.noteIntent(one.row);
            known.tried += 1;
            if (known.settled === undefined) known.open = true;
          } else if (one.kind === 'not-applied') {
            index.noteNotApplied(one.row);
            known.open = false;
          } else if (one.kind === 'applied') {
            index.noteCallApplied(one.row, one.call);
            known.open = false;
            known.applied = one.call + 1;
          } else {
            index.noteSettled(one.row, one.status, one.offset);
            if (known.settled === undefined) {
              known.settled = one.status;
              known.offset = one.offset;
              known.open = false;
            }
          }
        }
        const expected: Record<string, number> = {
          read: 3000,
          ...Object.fromEntries(rowStatuses.map((status) => [status, 0])),
        };
        for (let row = 1; row <= 3000; row += 1) {
          const known = model.get(row) ?? { offset: 0, open: false, applied: 0, tried: 0 };
          const agrees =
            index.settledStatus(row) === known.settled &&
            index.inDoubt(row) === known.open &&
            index.callsTried(row) === known.tried &&
            index.callsApplied(row) === known.applied &&
            (known.settled === undefined || index.settledOffset(row) === known.offset);
          // An `expect` for each of 3,000 rows would take most of the test's time.
          if (!agrees) expect.fail(`row ${row} is not ${JSON.stringify(known)}`);
          const status = known.settled ?? (known.open ? 'in_doubt' : known.applied > 0 ? 'failed' : 'unprocessed');
          expected[status] = (expected[status] ?? 0) + 1;
        }
        expect(index.counts(3000)).toEqual(expected);
        expect(index.settledRows).toBe([...model.values()].filter(({ settled }) => settled !== undefined).length);
      }),
      { numRuns: 60 },
    );
  });
});

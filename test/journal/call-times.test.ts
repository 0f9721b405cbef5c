import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCallTimes } from '../../src/journal/call-times.ts';
import { carriedRecord, readsRecord, recordKinds, recordWith } from '../../src/journal/record.ts';
import { sealed } from '../../src/journal/seal.ts';
import { temporaryDirectory } from './temporary.ts';

const session = recordWith(recordKinds.session, 0, 0, { at: '2026-11-21T02:15:30.000Z', pid: 7 });

function intent(t: number): string {
  return recordWith(recordKinds.intent, 1, 0, { t });
}

const slot = (writes: number, reads = 0) => ({ writes, reads });

function journalOf(lines: readonly string[], tail = ''): string {
  const path = join(temporaryDirectory(), 'journal.ndjson');
  const records = [recordWith(recordKinds.header, 0, 0, {}), ...lines];
  writeFileSync(path, `${records.map((record, index) => sealed(record, index + 1)).join('\n')}\n${tail}`);
  return path;
}

describe('the times of calls', () => {
  it('are counted in slots, one session after the other', async () => {
    const path = journalOf([session, intent(0), intent(999), intent(2500), session, intent(10), intent(1001)]);
    expect(await readCallTimes(path, 1000)).toEqual({
      slotMs: 1000,
      slots: [slot(2), slot(0), slot(1), slot(1), slot(1)],
      resumedAt: [3],
    });
  });

  it('of a torn record are not known', async () => {
    const path = journalOf([session, intent(5)], intent(6).slice(0, -2));
    expect(await readCallTimes(path, 1000)).toEqual({ slotMs: 1000, slots: [slot(1)], resumedAt: [] });
  });

  it('count a call that carries several rows once', async () => {
    const path = journalOf([session, intent(5), carriedRecord(2, 0, 1), carriedRecord(3, 0, 1), intent(7)]);
    expect(await readCallTimes(path, 1000)).toEqual({ slotMs: 1000, slots: [slot(2)], resumedAt: [] });
  });

  it('are those of reads, too', async () => {
    const reads = [readsRecord({ sentMs: 0, calls: 3 }), readsRecord({ sentMs: 2000, calls: 1 })];
    const path = journalOf([session, ...reads, intent(2500), session, readsRecord({ sentMs: 0, calls: 2 })]);
    const slots = [slot(0, 3), slot(0), slot(1, 1), slot(0, 2)];
    expect(await readCallTimes(path, 1000)).toEqual({ slotMs: 1000, slots, resumedAt: [3] });
  });

  it('lose no call, and take no more slots, however long the run', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: 10_000_000_000 }), { maxLength: 20 }), { maxLength: 5 }),
        async (sessions) => {
          const path = journalOf(sessions.flatMap((times) => [session, ...times.map(intent)]));
          const { slots, slotMs, resumedAt } = await readCallTimes(path, 1000);
          expect(slots.reduce((sum, { writes }) => sum + writes, 0)).toBe(sessions.flat().length);
          expect(slots.length).toBeLessThanOrEqual(240 + sessions.length);
          expect(Number.isInteger(Math.log2(slotMs / 1000))).toBe(true);
          expect(resumedAt.every((slot) => slot < slots.length)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});

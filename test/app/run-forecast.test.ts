import { expect, it } from 'vitest';
import { createRunForecast } from '../../src/app/runs/run-forecast.ts';
import type { Rate } from '../../src/core/duration.ts';
import type { RunEvent } from '../../src/core/run-event.ts';
import type { MeterUsage } from '../../src/quota/permit-store.ts';
import { sampleCall, settled } from '../report/samples.ts';

const dayMs = 86_400_000;

function replied(quotaGroup: string, rows = 1): RunEvent {
  const [edit] = sampleCall.edits;
  const edits = edit === undefined ? [] : Array.from({ length: rows }, () => edit);
  return {
    kind: 'call-replied',
    call: { ...sampleCall, quotaGroup, edits },
    attempt: 1,
    status: 200,
    tookMs: 100,
  };
}

function outlookOf(meters: readonly MeterUsage[], rates: readonly Rate[] = meters) {
  let timeMs = 1_000_000;
  const timeLeft = createRunForecast({ meters, rates: () => rates, concurrency: 100, nowMs: () => timeMs });
  return {
    of: timeLeft.of,
    event: timeLeft.event,
    /** Rows that were each looked at and written. */
    rows: (count: number, forMs: number) => {
      for (let row = 1; row <= count; row += 1) {
        timeMs += forMs / count;
        timeLeft.event(replied('looks'));
        timeLeft.event(replied('writes'));
        timeLeft.event(settled(row));
      }
    },
  };
}

it('knows nothing before the first row is settled', () => {
  expect(outlookOf([{ count: 25, windowMs: 5_000 }]).of(1_000)).toBeUndefined();
});

it('takes as many calls for a row as the rows before took, each where its group is counted', () => {
  const all = outlookOf([{ count: 20, windowMs: 1_000 }]);
  all.rows(100, 10_000);
  expect(all.of(1_000)?.leftMs).toBeGreaterThan(99_000);
  expect(all.of(1_000)?.leftMs).toBeLessThan(115_000);
  const writesOnly = outlookOf([{ count: 20, windowMs: 1_000, group: 'writes' }]);
  writesOnly.rows(100, 10_000);
  expect(writesOnly.of(1_000)?.leftMs).toBeGreaterThan(49_000);
  expect(writesOnly.of(1_000)?.leftMs).toBeLessThan(58_000);
});

it('counts no look twice that ran ahead of the rows', () => {
  const run = outlookOf([{ count: 1, windowMs: 1_000 }]);
  // All of 4,000 rows were looked at, 2,000 with each look, and the first 100 of them written, 25 with each write.
  for (let look = 1; look <= 2; look += 1) run.event(replied('looks', 2_000));
  for (let write = 1; write <= 4; write += 1) run.event(replied('writes', 25));
  for (let row = 1; row <= 100; row += 1) run.event(settled(row));
  const leftMs = run.of(3_900)?.leftMs ?? 0;
  expect(leftMs).toBeGreaterThan(150_000);
  expect(leftMs).toBeLessThan(175_000);
  // Of 8,000 rows, 4,000 are still to be looked at, with two looks.
  const more = (run.of(7_900)?.leftMs ?? 0) - leftMs;
  expect(more).toBeGreaterThan(155_000);
  expect(more).toBeLessThan(180_000);
});

it('tells when a budget ends the run, what others used and what it used itself counted', () => {
  const run = outlookOf([
    { count: 10, windowMs: 1_000 },
    { count: 1_000, windowMs: dayMs, back: [[dayMs / 2, 300]] },
  ]);
  run.rows(50, 10_000);
  expect(run.of(100)?.stop).toBeUndefined();
  const { stop, leftMs = 0 } = run.of(400) ?? {};
  expect(stop?.rate).toEqual({ count: 1_000, windowMs: dayMs });
  expect(stop?.inMs).toBeGreaterThan(58_000);
  expect(stop?.inMs).toBeLessThan(70_000);
  expect(leftMs).toBeGreaterThan(dayMs / 2 - 60_000);
  expect(leftMs).toBeLessThan(dayMs / 2 + 60_000);
});

it('follows a limit that the vendor states meanwhile', () => {
  const run = outlookOf([{ count: 25, windowMs: 5_000 }], [{ count: 10, windowMs: 5_000 }]);
  run.rows(50, 50_000);
  expect(run.of(100)?.leftMs).toBeGreaterThan(95_000);
});

it('of a long run takes little time', () => {
  const run = outlookOf([
    { count: 25, windowMs: 5_000 },
    { count: 100_000, windowMs: dayMs },
  ]);
  run.rows(40_000, 8 * 3_600_000);
  const began = performance.now();
  expect(run.of(5_000_000)?.leftMs).toBeGreaterThan(50 * dayMs);
  expect(performance.now() - began).toBeLessThan(500);
});

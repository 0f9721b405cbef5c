import { expect, it } from 'vitest';
import { createQuotaOutlook } from '../../src/commands/run/quota-outlook.ts';
import type { Rate } from '../../src/core/duration.ts';
import type { RunEvent } from '../../src/core/run-event.ts';
import type { MeterUsage } from '../../src/quota/permit-store.ts';
import { sampleCall, settled } from '../report/samples.ts';

const dayMs = 86_400_000;

function replied(quotaGroup: string): RunEvent {
  return {
    kind: 'call-replied',
    call: { ...sampleCall, quotaGroup },
    attempt: 1,
    status: 200,
    tookMs: 100,
  };
}

function outlookOf(meters: readonly MeterUsage[], rates: readonly Rate[] = meters) {
  let timeMs = 1_000_000;
  const outlook = createQuotaOutlook({ meters, rates: () => rates, concurrency: 100, nowMs: () => timeMs });
  return {
    of: outlook.of,
    /** Rows that were each looked at and written. */
    rows: (count: number, forMs: number) => {
      for (let row = 1; row <= count; row += 1) {
        timeMs += forMs / count;
        outlook.event(replied('looks'));
        outlook.event(replied('writes'));
        outlook.event(settled(row));
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

import { describe, expect, it } from 'vitest';

import { apply, newPlace, newSandbox, summaryOf } from './oppatch.ts';

const jitter = { requestMs: [20, 100], replyMs: [20, 100] } as const;

function edits(rows: number): string {
  const lines = Array.from({ length: rows }, (_, index) => `opp-${index + 1},Stage ${index + 1}`);
  return `id,mx_Custom_2\n${lines.join('\n')}\n`;
}

describe.concurrent('the quota', () => {
  it('is used fully and never broken: 70 rows at 25 per 5 s with 20 to 100 ms each way', async () => {
    const rate = { count: 25, windowMs: 5_000 };
    const sandbox = await newSandbox({ quota: [rate], latency: jitter });
    const place = newPlace();
    const ended = await apply(
      { sandbox, vendor: 'leadsquared', place },
      place.file('edits.csv', edits(70)),
      '--concurrency',
      '25',
      '--blind',
    );
    expect(ended).toMatchObject({ code: 0 });
    expect(summaryOf(ended)).toMatchObject({
      rows: { read: 70, applied: 70 },
      calls: { sent: 70, throttled: 0, retried: 0 },
    });

    const { log, statistics } = sandbox.world('leadsquared');
    expect(statistics).toMatchObject({ arrivals: 70, throttled: 0, applied: 70 });
    expect(statistics.mostInWindow).toBeLessThanOrEqual(rate.count);
    // The fastest that the quota allows: the last 20 of 70 calls arrive two windows after the first.
    const idealMs = Math.floor((70 - 1) / rate.count) * rate.windowMs;
    const tookMs = (log.at(-1)?.arrivedAtMs ?? 0) - (log[0]?.arrivedAtMs ?? 0);
    console.log(
      `70 rows at 25/5s: ${(tookMs / 1000).toFixed(2)} s of ideally ${idealMs / 1000} s, ${((100 * idealMs) / tookMs).toFixed(1)} %`,
    );
    // Beside other tests, which take time too; `bench/quota.js` measures it alone.
    expect(idealMs / tookMs).toBeGreaterThanOrEqual(0.8);
  });

  it.each(['429', '403', '200', 'rotate'] as const)(
    'of a smaller tenant costs time and never a row, refused with %s',
    async (refusalForm) => {
      const sandbox = await newSandbox({ quota: [{ count: 10, windowMs: 1_000 }], refusalForm });
      const place = newPlace();
      const file = place.file('edits.csv', edits(45));
      const ended = await apply({ sandbox, vendor: 'leadsquared', place }, file, '--rate', '25/1s');
      const summary = summaryOf(ended);
      expect(summary).toMatchObject({ status: 'finished', exit_code: 0, rows: { read: 45, applied: 45 } });
      expect(ended.code).toBe(0);

      const { statistics, records } = sandbox.world('leadsquared');
      expect(statistics).toMatchObject({ applied: 45, throttled: summary.calls.throttled });
      expect(statistics.throttled).toBeGreaterThan(0);
      // The refusal states the limit; once it is known, only the calls that were already under way are refused.
      expect(statistics.throttled).toBeLessThanOrEqual(15);
      for (let row = 1; row <= 45; row += 1) {
        expect(records.get(`opp-${row}`)?.['mx_Custom_2']).toBe(`Stage ${row}`);
        expect(statistics.appliedById[`opp-${row}`]).toBe(1);
      }
    },
  );
});

import { describe, expect, it } from 'vitest';
import { forecastLines, rateWords, type CallForecast } from '../../src/report/forecast-text.ts';

const dayMs = 86_400_000;
const fast = { count: 25, windowMs: 5_000 };
const daily = { count: 10_000, windowMs: dayMs };
const base: CallForecast = { calls: 20_000, reads: 20_000, rates: [fast, daily], forecastMs: 3 * dayMs + 2_035_000 };

function linesOf(more: Partial<CallForecast>): string[] {
  return forecastLines({ ...base, ...more }).map(({ text }) => text);
}

describe('forecast', () => {
  it('says where a budget ends the run, and when it can go on', () => {
    const firstStop = { rate: daily, calls: 10_000, atMs: 2_035_000, backInMs: dayMs - 2_035_000 };
    const lines = forecastLines({ ...base, stops: 3, firstStop, budgets: [{ rate: daily, used: 0 }] });
    expect(lines).toEqual([
      { text: '20,000 calls and 20,000 reads before them, about 3d at the quota of 25/5s, 10000/1d', warns: false },
      {
        text: '40,000 calls at 10,000 a day: 4 days; it will stop at the budget after 10,000 calls, in about 33m 55s, and can be resumed after another 23h 26m; 3 stops in all.',
        warns: true,
      },
    ]);
  });

  it('says what is used already, and whether the rest is enough', () => {
    const some = { calls: 1_000, reads: 0, forecastMs: 200_000 };
    const budgets = (used: number) => [
      { rate: fast, used: 25 },
      { rate: daily, used },
    ];
    expect(linesOf({ ...some, budgets: budgets(2_310) })[1]).toBe(
      '2,310 of 10,000 a day are used already; the rest is enough.',
    );
    expect(linesOf({ ...some, budgets: budgets(0) })[1]).toBe('The budget of 10,000 a day is enough.');
    expect(linesOf({ ...some, budgets: budgets(9_500) })[1]).toBe('9,500 of 10,000 a day are used already.');
    expect(linesOf({ ...some, rates: [fast], budgets: [{ rate: fast, used: 25 }] })).toHaveLength(1);
  });

  it('says that nothing is left', () => {
    const firstStop = { rate: daily, calls: 0, atMs: 0, backInMs: 7_200_000 };
    expect(linesOf({ stops: 1, firstStop, budgets: [{ rate: daily, used: 10_000 }] }).slice(1)).toEqual([
      '10,000 of 10,000 a day are used already.',
      '40,000 calls at 10,000 a day: 4 days; nothing is left of the budget now, it is back in 2h.',
    ]);
  });

  it('says rates in words', () => {
    expect(rateWords(daily)).toBe('10,000 a day');
    expect(rateWords({ count: 100, windowMs: 3_600_000 })).toBe('100 an hour');
    expect(rateWords(fast)).toBe('25 in 5s');
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowStatuses } from '../../src/core/outcome.ts';
import { createFailureTally } from '../../src/report/failure-tally.ts';
import { controlsIn, hostile, outcome } from './samples.ts';

function tallyOf(messages: readonly string[]) {
  const tally = createFailureTally();
  for (const [index, message] of messages.entries())
    tally.add(outcome(index + 1, { status: 'rejected', code: 'http-400', message }));
  return tally.groups();
}

/** A number as a word of letters, so that it is not taken for what differs from row to row. */
function letters(count: number): string {
  return [...String(count)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
}

describe('createFailureTally', () => {
  it('passes over rows that did not fail', () => {
    const tally = createFailureTally();
    for (const status of ['applied', 'unchanged', 'unprocessed'] as const) tally.add(outcome(1, { status }));
    expect(tally.groups()).toEqual([]);
  });

  it('groups what differs only in ids, numbers and quoted values', () => {
    expect(
      tallyOf([
        'Opportunity oppo_8Hk2 has no user "Ada"',
        'Opportunity oppo_77Zq has no user "Grace H."',
        'Opportunity oppo_99 has no user “Kern”',
      ]),
    ).toMatchObject([{ count: 3, message: 'Opportunity oppo_8Hk2 has no user "Ada"' }]);
    expect(tallyOf(["value '5' of mx_Custom_2", "value 'x y' of mx_Custom_2"])).toHaveLength(1);
    expect(tallyOf(['limit is 100.50', 'limit is 7'])).toHaveLength(1);
    expect(
      tallyOf(['for 5ca5b042-51ea-4699-b6f0-84c40ab12770', 'for 00000000-0000-0000-0000-000000000001']),
    ).toHaveLength(1);
    expect(tallyOf(['Stage is unknown', 'Owner is unknown'])).toHaveLength(2);
    expect(tallyOf(["can't do this, won't wait", "can't do that, won't wait"])).toHaveLength(2);
  });

  it('keeps status and code apart, the largest group first, the first rows as examples, the first hint', () => {
    const tally = createFailureTally();
    tally.add(outcome(1, { status: 'failed', code: 'http-503', message: 'down' }));
    for (let row = 2; row <= 6; row += 1)
      tally.add(
        outcome(row, { status: 'rejected', code: 'x', message: 'no', ...(row > 3 ? { hint: `hint ${row}` } : {}) }),
      );
    tally.add(outcome(9, { status: 'in_doubt', code: 'x', message: 'no' }));
    tally.add(outcome(10, { status: 'conflict' }));
    const groups = tally.groups();
    expect(groups.map(({ status, code, count }) => [status, code, count])).toEqual([
      ['rejected', 'x', 5],
      ['failed', 'http-503', 1],
      ['in_doubt', 'x', 1],
      ['conflict', 'conflict', 1],
    ]);
    expect(groups[0]).toMatchObject({
      hint: 'hint 4',
      examples: [
        { row: 2, line: 3, id: 'opp_2' },
        { row: 3, line: 4, id: 'opp_3' },
        { row: 4, line: 5, id: 'opp_4' },
      ],
    });
  });

  it('keeps columns apart, and asks for the column of failures only', () => {
    const tally = createFailureTally();
    let asked = 0;
    const field = (name: string | undefined) => () => {
      asked += 1;
      return name;
    };
    for (const row of [1, 2]) tally.add(outcome(row), field('stage'));
    for (const name of ['stage', 'amount', 'stage', undefined])
      tally.add(outcome(3, { status: 'invalid', code: 'bad-value', message: 'bad' }), field(name));
    expect(asked).toBe(4);
    expect(tally.groups().map((group) => [group.field, group.count])).toEqual([
      ['stage', 2],
      ['amount', 1],
      [undefined, 1],
    ]);
  });

  it('holds 200 groups at most, counts every row, and makes its texts short and printable', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 600 }), (words) => {
        const tally = createFailureTally();
        const failures = rowStatuses.filter((status) => !['applied', 'unchanged', 'unprocessed'].includes(status));
        for (const [index, word] of words.entries()) {
          const status = failures[index % failures.length] ?? 'failed';
          tally.add(outcome(index, { status, code: word, message: `${word.repeat(100)}${hostile}`, hint: hostile }));
        }
        const groups = tally.groups();
        expect(groups.length).toBeLessThanOrEqual(200);
        expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(words.length);
        for (const { code, message, hint = '' } of groups) {
          expect(controlsIn(code + message + hint)).toEqual([]);
          expect([...message].length).toBeLessThanOrEqual(300);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('puts what finds no group of its own last, under `other`, by status', () => {
    const tally = createFailureTally();
    for (let row = 0; row < 1000; row += 1)
      tally.add(outcome(row, { status: row % 2 === 0 ? 'failed' : 'rejected', code: 'c', message: letters(row) }));
    const groups = tally.groups();
    expect(groups.length).toBeLessThanOrEqual(200);
    expect(groups.slice(-2).map(({ status, code }) => [status, code])).toEqual([
      ['failed', 'other'],
      ['rejected', 'other'],
    ]);
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
  });
});

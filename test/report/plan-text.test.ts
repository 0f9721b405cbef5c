import { describe, expect, it } from 'vitest';
import type { Change, Edit } from '../../src/core/edit.ts';
import { exactNumber } from '../../src/core/json.ts';
import { createPlanText } from '../../src/report/plan-text.ts';
import { questionText, type Question } from '../../src/report/totals-text.ts';
import type { PlanTotals } from '../../src/report/totals-text.ts';
import { coloured, controlsIn, hostile, plain } from './samples.ts';

const calls = [{ method: 'PUT', url: 'https://api.close.com/api/v1/opportunity/oppo_1/' }];
const change = (field: string, value: Change['value'], action: Change['action'] = 'set'): Change => ({
  field,
  action,
  value,
  column: field,
});
const edit = (row: number, changes: readonly Change[]): Edit => ({ row, line: row + 1, id: `oppo_${row}`, changes });

const totals: PlanTotals = {
  rows: 10_000,
  edits: 9_990,
  unchanged: 10,
  invalid: 0,
  calls: 9_995,
  clears: new Map([
    ['note', 1],
    ['close_date', 1200],
  ]),
  warnings: [{ code: 'final-status', message: 'Closed is final.', count: 3 }],
  rates: [
    { count: 25, windowMs: 5000 },
    { count: 10_000, windowMs: 86_400_000 },
  ],
  forecastMs: 2_000_000,
};

describe('createPlanText', () => {
  it('shows rows with their calls and changes', () => {
    const text = createPlanText({ paint: plain, columns: 80, shownRows: 20 });
    const changes = [
      change('stage', 'Won'),
      change('value', 125050),
      change('big', exactNumber('12345678901234567890.10')),
      change('custom.cf_X', ['a'], 'add'),
      change('custom.cf_Y', 'b', 'remove'),
      change('note', null, 'clear'),
    ];
    expect(text.row(edit(3, changes), [...calls, { method: 'PATCH', url: 'https://x/stage' }])).toBe(
      [
        'row 3 (line 4) oppo_3',
        '  PUT https://api.close.com/api/v1/opportunity/oppo_1/',
        '  PATCH https://x/stage',
        '    stage: set "Won"',
        '    value: set 125,050',
        '    big: set 12,345,678,901,234,567,890.10',
        '    custom.cf_X: add ["a"]',
        '    custom.cf_Y: remove "b"',
        '    note: CLEARED',
      ].join('\n'),
    );
    expect(text.row(edit(4, []), [])).toBe('row 4 (line 5) oppo_4\n    nothing to change');
  });

  it('colours a clear as a warning', () => {
    const text = createPlanText({ paint: coloured, columns: 80, shownRows: 20 });
    expect(text.row(edit(1, [change('note', null, 'clear')]), calls)).toContain(coloured.warn('note: CLEARED'));
  });

  it('cuts long values to the terminal, never a URL', () => {
    const text = createPlanText({ paint: plain, columns: 60, shownRows: 20 });
    const url = `https://example.com/${'p'.repeat(300)}`;
    const [, call = '', value = ''] =
      text.row(edit(1, [change('note', 'w'.repeat(900))]), [{ method: 'PUT', url }])?.split('\n') ?? [];
    expect(call).toBe(`  PUT ${url}`);
    expect(value).toMatch(/^ {4}note: set "w+…"$/);
    expect(value).toHaveLength(60);
  });

  it('shows the first rows, invalid ones among them, and counts the rest', () => {
    const text = createPlanText({ paint: plain, columns: 80, shownRows: 2 });
    const problems = [
      { code: 'a', column: 'amount', message: '"x" is not a number.', hint: 'Write digits.' },
      { code: 'b', message: 'The row has no id.' },
    ];
    expect(text.invalid({ row: 1, line: 2, id: 'oppo_1' }, problems)).toBe(
      'row 1 (line 2) oppo_1 invalid\n    amount: "x" is not a number. Write digits.\n    The row has no id.',
    );
    expect(text.row(edit(2, []), calls)).toBeDefined();
    for (let row = 3; row <= 9_000; row += 1) expect(text.row(edit(row, []), calls)).toBeUndefined();
    expect(text.invalid({ row: 9_001, line: 9_002, id: '' }, problems)).toBeUndefined();
    expect(text.totals(totals).split('\n')[0]).toBe('… and 8,999 more rows: --json shows all');
  });

  it('sums up', () => {
    const text = createPlanText({ paint: plain, columns: 80, shownRows: 2 });
    expect(text.totals({ ...totals, invalid: 5 }).split('\n')).toEqual([
      '10,000 rows: 9,990 edits, 10 with nothing to change, 5 invalid, left out',
      '9,995 calls, about 33m 20s at the quota of 25/5s, 10000/1d',
      'CLEARED: note (1 row), close_date (1,200 rows)',
      '! Closed is final. (3 rows)',
      'Nothing was sent.',
    ]);
    const none = {
      rows: 1,
      edits: 0,
      unchanged: 1,
      invalid: 0,
      calls: 0,
      clears: new Map(),
      warnings: [],
      rates: [],
      forecastMs: 0,
    };
    expect(text.totals(none)).toBe('1 row: 0 edits, 1 with nothing to change\nno call\nNothing was sent.');
    expect(text.totals({ ...none, calls: 1, edits: 1, forecastMs: 100 })).toContain('1 call, about 100ms\n');
  });

  it('lets nothing through that moves a cursor', () => {
    const text = createPlanText({ paint: coloured, columns: 80, shownRows: 20 });
    const shown = [
      text.row(
        {
          ...edit(1, [change(hostile, hostile), change(hostile, null, 'clear'), change('o', { [hostile]: hostile })]),
          id: hostile,
        },
        [{ method: 'PUT', url: hostile }],
      ),
      text.invalid({ row: 1, line: 2, id: hostile }, [{ code: 'c', column: hostile, message: hostile, hint: hostile }]),
      text.totals({
        ...totals,
        clears: new Map([[hostile, 1]]),
        warnings: [{ code: 'c', message: hostile, count: 1 }],
      }),
    ];
    expect(controlsIn(shown.join('\n'))).toEqual([]);
  });
});

describe('questionText', () => {
  const question: Question = {
    ...totals,
    vendorTitle: 'Close',
    profile: 'prod',
    host: 'api.close.com',
    production: false,
    paint: plain,
  };

  it('names the account, what is sent, what is cleared, what is final, and the time', () => {
    expect(questionText(question).split('\n')).toEqual([
      'Close at api.close.com, profile prod',
      '10,000 rows: 9,990 edits, 10 with nothing to change',
      '9,995 calls, about 33m 20s at the quota of 25/5s, 10000/1d',
      'CLEARED: note (1 row), close_date (1,200 rows)',
      '! Closed is final. (3 rows)',
    ]);
  });

  it('marks a production account, and one without a profile', () => {
    expect(questionText({ ...question, production: true })).toMatch(
      /^Close at api\.close\.com, profile prod PRODUCTION\n/,
    );
    expect(questionText({ ...question, profile: null })).toMatch(/, credentials from the environment\n/);
  });

  it('lets nothing through that moves a cursor, and fits the terminal', () => {
    const clears = new Map(Array.from({ length: 40 }, (_, index) => [`mx_Custom_${index}`, 5] as const));
    const shown = questionText({ ...question, profile: hostile, host: hostile, clears, columns: 50 });
    expect(controlsIn(shown)).toEqual([]);
    const lines = shown.split('\n').slice(3);
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(50);
  });
});

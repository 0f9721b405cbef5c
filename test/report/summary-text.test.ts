import { describe, expect, it } from 'vitest';
import type { FailureGroup } from '../../src/report/failure-tally.ts';
import { summaryText, type SummaryOptions } from '../../src/report/summary-text.ts';
import { textWidth } from '../../src/report/text-width.ts';
import { coloured, controlsIn, hostile, plain, summary } from './samples.ts';

const options: SummaryOptions = { paint: plain, columns: 80, nextCommands: [] };

function group(given: Partial<FailureGroup> = {}): FailureGroup {
  const examples = [{ row: 17, line: 18, id: 'oppo_8Hk2' }];
  return { status: 'rejected', code: 'http-400', message: 'Stage is unknown', count: 1, examples, ...given };
}

describe('summaryText', () => {
  it('is two lines where every row was applied', () => {
    const all = summary({ rows: { read: 1000, applied: 996, unchanged: 4 } });
    expect(summaryText(all, [], options).split('\n')).toEqual([
      '✓ 1,000 rows: 996 applied, 4 unchanged',
      '  1,003 calls in 3m 20s · run 20261121T021530Z-x7f3 · /runs/x7f3',
    ]);
  });

  it('puts failures first, by cause, with examples and hints; then counts, files and what to type next', () => {
    const some = summary({
      exit_code: 3,
      rows: { read: 12_000, applied: 11_000, rejected: 998, failed: 2 },
      calls: { sent: 12_003, reads: 0, throttled: 4, retried: 3 },
      files: { directory: '/runs/x7f3', success: '/runs/x7f3/success.csv', failed: '/runs/x7f3/failed.csv' },
    });
    const groups = [
      group({
        count: 998,
        hint: 'Write one of the stages that `oppatch fields` lists.',
        fix: 'oppatch retry x7f3 --only-code http-400 --only-field stage --set stage=VALUE',
      }),
      group({ status: 'failed', code: 'http-503', message: '', count: 1 }),
    ];
    const next = ['oppatch retry x7f3', 'oppatch apply /runs/x7f3/failed.csv'];
    expect(summaryText(some, groups, { ...options, nextCommands: next }).split('\n')).toEqual([
      '998 rejected  http-400: Stage is unknown',
      '  row 17 (line 18) oppo_8Hk2, …',
      '  → Write one of the stages that `oppatch fields` lists.',
      '  fix: oppatch retry x7f3 --only-code http-400 --only-field stage --set stage=VALUE',
      '1 failed  http-503: gave up, not applied',
      '  row 17 (line 18) oppo_8Hk2',
      '',
      '✗ 12,000 rows: 11,000 applied, 998 rejected, 2 failed',
      '  12,003 calls in 3m 20s · 3 repeated · 4 throttled · run 20261121T021530Z-x7f3',
      '  /runs/x7f3/failed.csv',
      'Next: oppatch retry x7f3',
      'Next: oppatch apply /runs/x7f3/failed.csv',
    ]);
  });

  it('says why a run stopped, and what was never tried', () => {
    const early = summary({
      status: 'stopped',
      rows: { read: 10, applied: 3, unprocessed: 7 },
      files: { directory: '/r', unprocessed: '/r/unprocessed.csv' },
    });
    const text = summaryText(early, [], {
      ...options,
      stopReason: 'the time of --max-duration is over',
      nextCommands: ['oppatch resume x7f3'],
    });
    expect(text.split('\n')).toEqual([
      'Stopped early: the time of --max-duration is over',
      '■ 10 rows: 3 applied, 7 unprocessed',
      expect.stringContaining('run 20261121T021530Z-x7f3'),
      '  /r/unprocessed.csv',
      'Next: oppatch resume x7f3',
    ]);
  });

  it('tells what to do about rows in doubt, and that nothing was to do', () => {
    const doubt = summaryText(summary({ rows: { read: 1, in_doubt: 1 } }), [group({ status: 'in_doubt' })], options);
    expect(doubt).toContain('\n  in doubt: may or may not have been applied\n');
    expect(doubt).toContain('\n  → Look at the opportunity before you send the row again.\n');
    expect(summaryText(summary(), [], options)).toContain('✓ 0 rows: nothing to do');
  });

  it('shows twelve causes and counts the rest', () => {
    const groups = Array.from({ length: 20 }, (_, index) => group({ code: `c${index}`, count: 1000 }));
    const text = summaryText(summary({ rows: { read: 20_000, rejected: 20_000 } }), groups, options);
    expect(text.match(/1,000 rejected/g)).toHaveLength(12);
    expect(text).toContain('… and 8 more causes (8,000 rows), see /runs/x7f3');
  });

  it('fits the terminal, and lets nothing through that moves a cursor', () => {
    const words = 'a long message of many words '.repeat(20);
    const groups = [
      group({
        message: words,
        hint: words,
        examples: [
          { row: 1, line: 2, id: 'x' },
          { row: 2, line: 3, id: 'y' },
        ],
      }),
      group({ code: hostile, message: hostile, hint: hostile, examples: [{ row: 1, line: 2, id: hostile }] }),
    ];
    const all = summary({ rows: { read: 2, rejected: 2 }, files: { directory: hostile, failed: hostile } });
    const text = summaryText(all, groups, {
      paint: coloured,
      columns: 60,
      stopReason: hostile,
      nextCommands: [hostile],
    });
    expect(controlsIn(text)).toEqual([]);
    for (const line of text.split('\n').filter((one) => one.includes('words')))
      expect(textWidth(line)).toBeLessThanOrEqual(60);
  });
});

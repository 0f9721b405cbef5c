import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/core/edit.ts';
import { invalidRowsError, problemsText, type InvalidRows } from '../../src/report/problems-text.ts';
import { controlsIn, hostile } from './samples.ts';

function found(count: number, problem: Problem = { code: 'bad-value', message: '"x" is not a date.' }): InvalidRows {
  return {
    problems: Array.from({ length: Math.min(count, 50) }, (_, index) => {
      const row = index + 1;
      return { row, line: row + 1, id: `opp_${row}`, problems: [problem] };
    }),
    invalid: count,
    rows: 100_000,
    problemCodes: new Map([
      ['no-id', 3],
      ['bad-value', count - 3],
    ]),
  };
}

/** What is said behind the place of the row. */
function line(problem: Omit<Problem, 'code'>): string {
  return problemsText(found(1, { code: 'c', ...problem })).replace(/^ {2}line 2 \(row 1\)/, '');
}

describe('problemsText', () => {
  it('names line, row, column, value, reason and hint', () => {
    expect(line({ message: 'The row has no id.', hint: 'Fill it in.' })).toBe(': The row has no id. Fill it in.');
    expect(line({ column: 'Deal', value: '1,250', message: 'is ambiguous', hint: 'Write 1250.' })).toBe(
      ', column Deal: "1,250" is ambiguous. Write 1250.',
    );
    expect(line({ column: 'Deal', value: '1,250', message: '"1,250" is ambiguous.' })).toBe(
      ', column Deal: "1,250" is ambiguous.',
    );
    expect(line({ column: 'note', value: '', message: 'must not be empty' })).toBe(
      ', column note: "" must not be empty',
    );
  });

  it('shows a long value once and short', () => {
    const value = 'v'.repeat(500);
    const problem = { code: 'c', column: 'note', value, message: `"${'v'.repeat(59)}…" is too long.` };
    expect(problemsText(found(1, problem)).match(/v{20,}/g)).toHaveLength(1);
    expect(problemsText(found(1, { ...problem, message: 'is too long' }))).toContain(
      `"${'v'.repeat(39)}…" is too long`,
    );
  });

  it('shows twenty rows, or as many as asked for, and counts the rest by code', () => {
    const lines = problemsText(found(1234)).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[20]).toBe('  … and 1,214 more rows (in all: 1,231 bad-value, 3 no-id)');
    expect(problemsText(found(1234), 3).split('\n')).toHaveLength(4);
    expect(problemsText(found(20)).split('\n')).toHaveLength(20);
  });

  it('makes every text of the file printable, on one line', () => {
    const text = problemsText(
      found(1, { code: 'c', column: hostile, value: hostile, message: `a\nb${hostile}`, hint: hostile }),
    );
    expect(controlsIn(text)).toEqual([]);
    expect(text.split('\n')).toHaveLength(1);
  });
});

describe('invalidRowsError', () => {
  it('is a mistake of the input: exit code 2, with the file and what to do', () => {
    const error = invalidRowsError('edits.csv', found(1));
    expect(error).toMatchObject({ code: 'invalid-rows', place: 'edits.csv', exitCode: 2 });
    expect(error.message).toMatch(/^1 row of 100,000 can't be sent:\n {2}line 2 \(row 1\)/);
    expect(error.hint).toContain('--skip-invalid');
  });
});

import type { RowOutcome } from '../../core/outcome.ts';
import { speaksOf } from '../../core/own-words.ts';
import { invalidEnding, type ReadRow } from './edits.ts';

/**
 * The column that a failed row failed by, where that is known: that of the first problem of an invalid row, else the only one of its columns that the
 * vendor's message names.
 */
export function failedField(read: ReadRow, { message = '' }: Pick<RowOutcome, 'message'>): string | undefined {
  if ('invalid' in read) return read.invalid.problems[0]?.column;
  const unoffered = read.edit.changes.find(
    ({ unlessUnchanged: problem }) =>
      problem !== undefined && message === invalidEnding({ problems: [problem] }).message,
  );
  if (unoffered !== undefined) return unoffered.column;
  const named = read.edit.changes.filter(({ column, field }) => speaksOf(message, column) || speaksOf(message, field));
  const columns = new Set(named.map(({ column }) => column));
  return columns.size === 1 ? named[0]?.column : undefined;
}

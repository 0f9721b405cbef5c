import type { RowOutcome } from '../../core/outcome.ts';
import type { ReadRow } from './edits.ts';

/**
 * The column that a failed row failed by, where that is known: that of the first problem of an invalid row, else the only one of its columns that the
 * vendor's message names.
 */
export function failedField(read: ReadRow, { message = '' }: Pick<RowOutcome, 'message'>): string | undefined {
  if ('invalid' in read) return read.invalid.problems[0]?.column;
  const text = message.replace(/"[^"]*"|“[^”]*”/g, '…');
  const named = read.edit.changes.filter(({ column, field }) => names(text, column) || names(text, field));
  const columns = new Set(named.map(({ column }) => column));
  return columns.size === 1 ? named[0]?.column : undefined;
}

/** A plain word, such as `note`, may stand in any sentence: it counts only where it stands for the field. */
function names(text: string, name: string): boolean {
  const escaped = name.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  const form = /^[a-z]+$/.test(name)
    ? String.raw`(?:^|[;,] |applied; )${escaped}: |\bbut ${escaped} is\b`
    : String.raw`(?<![\w/])${escaped}(?![\w/])`;
  return new RegExp(form).test(text);
}

import type { Problem, RowIdentity } from '../core/edit.ts';
import { OppatchError } from '../core/errors.ts';
import { excerpt } from '../core/printable.ts';
import { counted, countText } from './numbers.ts';

export interface InvalidRows {
  /** The file's name. */
  readonly source: string;
  readonly problems: readonly (RowIdentity & { readonly problems: readonly Problem[] })[];
  /** Invalid rows in all, of `rows`. */
  readonly invalid: number;
  readonly rows: number;
  /** Invalid rows by the code of their first problem. */
  readonly codes: ReadonlyMap<string, number>;
}

/** The error that names invalid rows: the first of them with line, column, value and reason, the rest as counts. Exit code 2. */
export function invalidRowsError({ source, problems, invalid, rows, codes }: InvalidRows): OppatchError {
  const lines = problems.flatMap((row) => row.problems.map((problem) => problemLine(row, problem)));
  const more = invalid - problems.length;
  if (more > 0) {
    const kinds = [...codes].map(([code, count]) => `${countText(count)} ${code}`).join(', ');
    lines.push(`  … and ${counted(more, 'more row')} (in all: ${kinds})`);
  }
  const message = `${counted(invalid, 'row')} of ${countText(rows)} can't be sent:\n${lines.join('\n')}`;
  return new OppatchError('invalid-rows', message, {
    place: source,
    hint: 'Nothing was sent. Mend the rows, or add --skip-invalid to send the others.',
  });
}

function problemLine({ row, line }: RowIdentity, { column, message, value, hint }: Problem): string {
  const where = `  line ${line} (row ${row})${column === undefined ? '' : `, column ${excerpt(column, 60)}`}`;
  const shown = value === undefined || message.includes(value) ? '' : ` ${JSON.stringify(excerpt(value, 40))}`;
  return `${where}:${shown} ${message}${hint === undefined ? '' : ` ${hint}`}`;
}

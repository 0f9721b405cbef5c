import type { Problem, RowIdentity } from '../core/edit.ts';
import { OppatchError } from '../core/errors.ts';
import { excerpt, printable, visible } from '../core/printable.ts';
import { counted, countText } from './numbers.ts';

export interface InvalidRows {
  /** The first of them, in file order. */
  readonly problems: readonly (RowIdentity & { readonly problems: readonly Problem[] })[];
  /** Invalid rows in all, of `rows`. */
  readonly invalid: number;
  readonly rows: number;
  /** Invalid rows by the code of their first problem. */
  readonly problemCodes: ReadonlyMap<string, number>;
}

/** The error that names invalid rows of a file: the first of them with line, column, value and reason, the rest as counts. `note`: what else to say. Exit code 2. */
export function invalidRowsError(source: string, found: InvalidRows, note?: string): OppatchError {
  const { invalid, rows } = found;
  const message = `${counted(invalid, 'row')} of ${countText(rows)} can't be sent:\n${problemsText(found)}`;
  return new OppatchError('invalid-rows', message, {
    place: source,
    hint: `Nothing was sent. ${note === undefined ? '' : `${note} `}Fix the rows, or add --skip-invalid to send the others.`,
  });
}

/** One line for each problem of the first `shown` rows, then how many more there are, by code. Printable. */
export function problemsText({ problems, invalid, problemCodes }: Omit<InvalidRows, 'rows'>, shown = 20): string {
  const first = problems.slice(0, shown);
  const lines = first.flatMap((row) => row.problems.map((problem) => problemLine(row, problem)));
  const more = invalid - first.length;
  if (more > 0) {
    const kinds = [...problemCodes].sort(([, a], [, b]) => b - a).map(([code, count]) => `${countText(count)} ${code}`);
    lines.push(`  … and ${counted(more, 'more row')} (in all: ${kinds.join(', ')})`);
  }
  return lines.join('\n');
}

const longestValue = 40;

function problemLine({ row, line }: RowIdentity, { column, message, value, hint }: Problem): string {
  const where = `  line ${line} (row ${row})${column === undefined ? '' : `, column ${excerpt(column, 60)}`}`;
  const reason = printable(message);
  const shown = value === undefined || tells(reason, value) ? '' : ` "${excerpt(visible(value), longestValue)}"`;
  const stop = hint === undefined || /[.!?]$/.test(reason) ? '' : '.';
  return `${where}:${shown} ${reason}${stop}${hint === undefined ? '' : ` ${printable(hint)}`}`;
}

/** Whether the reason names the value already, whole or its beginning. */
function tells(reason: string, value: string): boolean {
  const beginning = printable(visible(value.slice(0, 20)));
  return beginning !== '' && reason.includes(beginning);
}

import type { OppatchError } from '../../core/errors.ts';
import { invalidRowsError } from '../../report/problems-text.ts';
import type { EditsCheck } from './edits-tally.ts';

/** The error that stops a command because of rows that cannot be sent. `note`: what else to say. */
export function invalidRows(source: string, check: EditsCheck, note?: string): OppatchError {
  return invalidRowsError({
    source,
    problems: check.problems,
    invalid: check.invalid,
    rows: check.rows,
    codes: check.problemCodes,
    ...(note === undefined ? {} : { note }),
  });
}

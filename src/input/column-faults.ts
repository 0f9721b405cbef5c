import { OppatchError } from '../core/errors.ts';
import { printable } from '../core/printable.ts';

/** One thing that is wrong with the columns: a sentence, and what to type. */
export interface ColumnFault {
  readonly code: string;
  readonly text: string;
  readonly hint: string;
}

const mostShown = 20;

/** Throws all faults as one error, `layoutHint` with it: what of the file may explain them all. Throws nothing where there is none; its code is that of the faults where they have the same one, else `bad-columns`. */
export function throwColumnFaults(faults: readonly ColumnFault[], place: string, layoutHint = ''): void {
  const [first] = faults;
  if (first === undefined) return;
  if (faults.length === 1) {
    const hint = `${first.hint} ${layoutHint}`.trim();
    throw new OppatchError(first.code, first.text, { place, ...(hint === '' ? {} : { hint }) });
  }
  const lines = faults.slice(0, mostShown).map(({ text, hint }) => `  - ${printable(`${text} ${hint}`.trim())}`);
  if (faults.length > mostShown) lines.push(`  - and ${faults.length - mostShown} more`);
  const code = faults.every((fault) => fault.code === first.code) ? first.code : 'bad-columns';
  throw new OppatchError(code, `${faults.length} things are wrong with the columns:\n${lines.join('\n')}`, {
    place,
    hint: `Correct the header, or map or leave out each column as shown. "oppatch fields" lists the fields. ${layoutHint}`.trim(),
  });
}

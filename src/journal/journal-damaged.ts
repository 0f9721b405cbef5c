import { OppatchError } from '../core/errors.ts';
import type { Damage } from './journal-lines.ts';
import { rowStatuses, type RowCounts } from '../core/outcome.ts';

/** The run may have sent calls that the journal does not mention any more: nothing of it is sent, and nobody is told to send it again. */
export class JournalDamaged extends OppatchError {
  readonly known: RowCounts | undefined;

  /**
   * From that place on the journal can't be believed; it has a line (from 1) where the journal is read as a whole. `known`: what the lines before it say
   * of the rows; absent where not even the header is known.
   */
  constructor(path: string, { line, offset, reason }: Omit<Damage, 'line'> & Partial<Damage>, known?: RowCounts) {
    const where = line === undefined ? `at byte ${offset}` : `in line ${line}, at byte ${offset}`;
    super('journal-damaged', `The journal is damaged ${where}: ${reason}. ${knownText(known)}`, {
      place: path,
      hint: 'Nothing is sent. Check at the vendor which of the other rows are done before you send any of them again.',
      exitCode: 1,
    });
    this.known = known;
  }
}

function knownText(known: RowCounts | undefined): string {
  if (known === undefined) return 'Nothing is known of its rows.';
  const settled = rowStatuses.filter((status) => status !== 'unprocessed' && known[status] > 0);
  const unknown = known.unprocessed === 0 ? '' : `, nothing of the other ${known.unprocessed}`;
  const counts = settled.map((status) => `${known[status]} ${status}`).join(', ');
  return `Before that place it knows of ${known.read} rows: ${counts === '' ? 'none settled' : counts}${unknown}.`;
}

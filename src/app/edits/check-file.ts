import { unofferedChoice, type Edit } from '../../core/edit.ts';
import type { Account } from '../../profiles/resolve.ts';
import { firstRows, type OpenEditsOf } from './edits.ts';
import { EditsTally, WarningTally, type EditsCheck, type CallSharing } from './edits-tally.ts';
import { refusedRow } from './unoffered-choices.ts';

/** What going through the rows of a file found. */
export interface CheckedFile {
  readonly check: EditsCheck;
  readonly warnings: WarningTally;
  /** False where it was left before its end. */
  readonly whole: boolean;
  /** Rows that are only accepted where their records hold already what they ask for: the first of them, and how many there are. */
  readonly doubtful: { readonly rows: readonly Edit[]; readonly count: number };
}

/** Most rows in doubt that are kept. */
export const mostDoubtful = 5000;

/**
 * Goes through the file, or its first `limit` rows, for as long as `goOn`, which is asked after each row, says so. `refuses`: whether
 * a row in doubt is known to be refused. Throws what the file or its columns are refused for.
 */
export async function checkFile(
  account: Account,
  openWith: OpenEditsOf,
  limit: number | undefined,
  together: CallSharing,
  goOn: () => boolean = () => true,
  refuses: (edit: Edit) => boolean = () => false,
): Promise<CheckedFile> {
  const warnings = new WarningTally();
  const edits = await openWith(account, (warning, edit) => warnings.add(warning, edit));
  const tally = new EditsTally(together);
  const doubtful: Edit[] = [];
  let count = 0;
  const result = (whole: boolean): CheckedFile => ({
    check: tally.result(edits),
    warnings,
    whole,
    doubtful: { rows: doubtful, count },
  });
  for await (const batch of firstRows(edits.source(), limit)) {
    for (const source of batch) {
      let row = edits.read(source);
      if ('edit' in row && unofferedChoice(row.edit) !== undefined) {
        count += 1;
        if (doubtful.length < mostDoubtful) doubtful.push(row.edit);
        if (refuses(row.edit)) row = refusedRow(row);
      }
      tally.add(row);
      if (!goOn()) return result(false);
    }
  }
  return result(true);
}

import type { Account } from '../../profiles/resolve.ts';
import { firstRows, type OpenEditsOf } from './edits.ts';
import { EditsTally, type EditsCheck, type CallSharing } from './edits-tally.ts';
import { WarningTally } from './warning-tally.ts';

/** What going through the rows of a file found. */
export interface CheckedFile {
  readonly check: EditsCheck;
  readonly warnings: WarningTally;
  /** False where it was left before its end. */
  readonly whole: boolean;
}

/**
 * Goes through the file, or its first `limit` rows, for as long as `goOn`, which is asked after each row, says so. Throws what the file or its
 * columns are refused for.
 */
export async function checkFile(
  account: Account,
  openWith: OpenEditsOf,
  limit: number | undefined,
  together: CallSharing,
  goOn: () => boolean = () => true,
): Promise<CheckedFile> {
  const warnings = new WarningTally();
  const edits = await openWith(account, (warning, edit) => warnings.add(warning, edit));
  const tally = new EditsTally(together);
  for await (const batch of firstRows(edits.source(), limit)) {
    for (const row of batch) {
      tally.add(edits.read(row));
      if (!goOn()) return { check: tally.result(edits), warnings, whole: false };
    }
  }
  return { check: tally.result(edits), warnings, whole: true };
}

import { join } from 'node:path';
import { OppatchError } from '../../core/errors.ts';
import type { RowCounts } from '../../core/outcome.ts';
import { surveyJournal } from '../../journal/replay.ts';
import { journalFile } from '../../journal/run-directory.ts';
import type { RunListing } from '../../journal/run-listing.ts';
import { keptMetadata } from '../accounts/metadata-file.ts';
import { checkCopy } from '../edits/input-copy.ts';

export interface RunDamage {
  readonly problem: OppatchError;
  /** What is known of its rows; undefined where not even the header can be read. */
  readonly known: RowCounts | undefined;
}

/** Why the rows of a run can't be told any more, and what is known of them all the same; undefined where all is well. */
export async function runDamage({ header, directory }: RunListing): Promise<RunDamage | undefined> {
  const { index, damage } = await surveyJournal(join(directory, journalFile));
  if (damage !== undefined) return { problem: damage, known: damage.known };
  const { run, input } = header;
  try {
    await checkCopy(join(directory, input.copy), { run, sha256: input.sha256 });
    await keptMetadata(directory, input.metadataSha256);
    return undefined;
  } catch (problem) {
    if (!(problem instanceof OppatchError)) throw problem;
    return { problem, known: index.counts(input.rows) };
  }
}

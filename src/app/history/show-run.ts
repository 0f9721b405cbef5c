import { join } from 'node:path';
import { OppatchError } from '../../core/errors.ts';
import type { RowCounts } from '../../core/outcome.ts';
import { printable } from '../../core/printable.ts';
import type { Host } from '../../host.ts';
import { surveyJournal } from '../../journal/replay.ts';
import { journalFile } from '../../journal/run-directory.ts';
import type { RunListing } from '../../journal/run-listing.ts';
import { createFailureTally } from '../../report/failure-tally.ts';
import { momentText } from '../../report/numbers.ts';
import { summaryText } from '../../report/summary-text.ts';
import { failedField } from '../edits/edits.ts';
import { keptMetadata } from '../accounts/metadata-file.ts';
import { checkCopy } from '../edits/input-copy.ts';
import { withFixCommands } from '../runs/fix-command.ts';
import { resultPathsIn } from '../runs/results.ts';
import { terminalStyle } from '../session/context.ts';
import { writeOut } from '../session/output.ts';
import { accountOf, countsText, listed, nextCommands, stateOf, workText, type RunsOptions } from './list-runs.ts';
import { countOutcomes, namedRun, openPastRun } from './past-run.ts';

/** Shows a run: its counts, its failures and its files. `id`: of the run, or a unique part of it. */
export async function showRun(host: Host, id: string, options: RunsOptions): Promise<void> {
  const listing = await namedRun(host, id);
  const damage = await runDamage(listing);
  if (damage !== undefined) return showDamaged(host, { ...listing, damage: damage.problem.message }, damage, options);
  const { header, end } = listing;
  const past = await openPastRun(host, header.run);
  const tally = createFailureTally();
  const counts = await countOutcomes(past, (outcome, source) =>
    tally.add(outcome, () => failedField(past.edits.read(source), outcome)),
  );
  const groups = withFixCommands(header.run, tally.groups());
  const files = await resultPathsIn(past.directory);
  if (options.json === true)
    return writeOut(host, JSON.stringify({ ...listed(listing), rows: counts, files, failures: groups }));
  const { paint, columns } = await terminalStyle(host, options, 'stdout');
  writeOut(
    host,
    `${paint.strong(header.run)}  ${stateOf(listing)}  ${workText(listing)} → ${accountOf(listing)}  ${momentText(header.startedAt)}`,
  );
  const summary = {
    run: header.run,
    status: end?.status ?? 'interrupted',
    profile: header.profile,
    vendor: header.vendor,
    source: header.source,
    rows: counts,
    calls: end?.calls ?? { sent: 0, reads: 0, throttled: 0, retried: 0 },
    elapsed_ms: end?.elapsedMs ?? 0,
    exit_code: end?.exitCode ?? 1,
    warnings: header.warnings ?? [],
    files,
  };
  writeOut(host, summaryText(summary, groups, { paint, columns, nextCommands: nextCommands(listing) }));
}

interface RunDamage {
  readonly problem: OppatchError;
  /** What is known of its rows; undefined where not even the header can be read. */
  readonly known: RowCounts | undefined;
}

/** Why the rows of a run can't be told any more, and what is known of them all the same; undefined where all is well. */
async function runDamage({ header, directory }: RunListing): Promise<RunDamage | undefined> {
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

/** What is known of a run whose journal is damaged, up to that place, or of whose other files one is gone or has changed. */
function showDamaged(
  host: Host,
  listing: RunListing,
  { problem: { code, message, hint }, known }: RunDamage,
  options: RunsOptions,
): void {
  const { rows: _rows, ...facts } = listed(listing);
  if (options.json === true)
    return writeOut(
      host,
      JSON.stringify({ ...facts, ...(known === undefined ? {} : { rows: known }), error: { code, message, hint } }),
    );
  writeOut(host, `${listing.header.run}  damaged  ${workText(listing)} → ${accountOf(listing)}`);
  // A damaged journal says what it knows itself.
  const counts = code === 'journal-damaged' ? undefined : countsText(known);
  writeOut(
    host,
    [message, ...(counts === undefined ? [] : [counts]), hint ?? '', printable(listing.directory)].join('\n'),
  );
}

import { join } from 'node:path';
import { afterChange, listField, type Difference } from '../../core/difference.ts';
import { parseRate, type Rate } from '../../core/duration.ts';
import { OppatchError } from '../../core/errors.ts';
import { resultFile } from '../../core/outcome.ts';
import { printable } from '../../core/printable.ts';
import type { RecordName } from '../../core/record-name.ts';
import type { PlannedRow } from '../../core/run-journal.ts';
import type { SourceRow } from '../../core/source-row.ts';
import type { FieldValues, Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { readCallTimes } from '../../journal/call-times.ts';
import { journalFile } from '../../journal/run-directory.ts';
import type { RunListing } from '../../journal/run-listing.ts';
import { createFailureTally } from '../../report/failure-tally.ts';
import { pageRow } from '../../report/html/page-row.ts';
import { openRunPage, type RunPageFacts } from '../../report/html/run-page.ts';
import { sentEdit } from '../runs/run-rows.ts';
import { writeOut } from '../session/output.ts';
import { openPageOutput } from '../session/page-output.ts';
import { nextCommands, type RunsOptions } from './list-runs.ts';
import { countOutcomes, namedRun, openPastRun, type PastRun } from './past-run.ts';

/** What a browser still searches at once; a page of so many rows is some megabytes. */
const mostRows = 20_000;
const shortestSlotMs = 1000;

/**
 * Writes the page of a run to a file, and says where, or for `-` to stdout. The rows are gone through twice, so that memory stays flat. Throws
 * `html-of-one-run` where no run is named, or more is asked for than one.
 */
export async function writePage(
  host: Host,
  path: string,
  run: string | undefined,
  options: RunsOptions,
): Promise<void> {
  if (run === undefined || options.id !== undefined)
    throw new OppatchError('html-of-one-run', '`--html` makes the page of one run.', {
      place: '--html',
      hint: 'Type `oppatch runs RUN --html FILE` without --id; `oppatch runs` lists the runs.',
    });
  const listing = await namedRun(host, run);
  const past = await openPastRun(host, listing.header.run);
  const facts = await pageFacts(past, listing);
  const page = await openPageOutput(host, path);
  try {
    await writeRows(past, facts, (text) => page.write(text));
    await page.finish();
  } catch (error) {
    await page.abandon();
    throw error;
  }
  if (page.path === undefined) return;
  if (options.json === true) writeOut(host, JSON.stringify({ run: listing.header.run, html: page.path }));
  else if (options.quiet !== true) writeOut(host, `${printable(page.path)} (only you can read it)`);
}

async function pageFacts(past: PastRun, listing: RunListing): Promise<RunPageFacts> {
  const { end } = listing;
  const { header, directory, vendor } = past;
  const tally = createFailureTally();
  const counts = await countOutcomes(past, (outcome) => tally.add(outcome));
  const quota = shortestRate(header.options.rates, vendor);
  // A slot as long as the quota's window holds no more calls than the quota lets through.
  const slotMs = quota === undefined ? shortestSlotMs : Math.max(shortestSlotMs, Math.min(quota.windowMs, 60_000));
  return {
    run: header.run,
    state: end?.status ?? 'unfinished',
    ...(end?.reason === undefined ? {} : { stopReason: end.reason }),
    command: header.command,
    ...(header.parent === undefined ? {} : { parent: header.parent }),
    profile: header.profile,
    vendorTitle: vendor.title,
    baseUrl: header.baseUrl,
    source: header.source,
    startedAt: header.startedAt,
    ...(end === undefined ? {} : { elapsedMs: end.elapsedMs, calls: end.calls }),
    tool: header.tool,
    blind: header.options.blind === true,
    counts,
    causes: tally.groups(),
    chart: await readCallTimes(join(directory, journalFile), slotMs),
    quota,
    nextCommands: nextCommands(listing),
    rowsShown: Math.min(counts.read, mostRows),
  };
}

/** The quota of the shortest window, of those set for the run, else of the vendor's. */
function shortestRate(given: readonly string[] | undefined, vendor: Vendor | undefined): Rate | undefined {
  const rates =
    given === undefined ? (vendor?.quotas ?? []) : given.map(parseRate).filter((rate) => rate !== undefined);
  const [first, ...others] = rates;
  return others.reduce<Rate | undefined>(
    (shortest, rate) => (shortest !== undefined && rate.windowMs < shortest.windowMs ? rate : shortest),
    first,
  );
}

async function writeRows(
  past: PastRun,
  facts: RunPageFacts,
  write: (text: string) => Promise<void> | undefined,
): Promise<void> {
  const page = openRunPage(facts, write);
  const { counts } = facts;
  const successes = counts.applied + counts.unchanged;
  let roomForOthers = Math.min(mostRows, counts.read - successes);
  let roomForSuccesses = Math.min(successes, mostRows - roomForOthers);
  await past.eachOutcome(async (source, outcome, known) => {
    if (resultFile(outcome.status) === 'success') {
      if (roomForSuccesses <= 0) return;
      roomForSuccesses -= 1;
    } else {
      if (roomForOthers <= 0) return;
      roomForOthers -= 1;
    }
    const planned = await known.planned();
    const context = { names: past.names, values: knownValues(planned) };
    const written = page.row(
      pageRow({ ...outcome, ...nameOf(planned) }, rowDifferences(past, source, planned), context),
    );
    if (written !== undefined) await written;
  });
  await page.end();
}

/** What was sent of a row, with what was read before; what the row asks for where nothing was read. */
function rowDifferences(past: PastRun, source: SourceRow, planned: PlannedRow | undefined): Difference[] {
  const read = past.edits.read(source);
  if ('invalid' in read) return [];
  const { changes } = planned === undefined ? read.edit : sentEdit(read.edit, planned, past.service);
  return changes.map((change) => {
    const before = planned?.before[listField(change)];
    return { change, before, after: afterChange(change, before) };
  });
}

/** What people know the record by, where it was read before it was written. */
function nameOf({ title, link }: RecordName = {}): RecordName {
  return { ...(title === undefined ? {} : { title }), ...(link === undefined ? {} : { link }) };
}

/** What is known of the record's values before the row was written. */
function knownValues(planned: PlannedRow | undefined): FieldValues | undefined {
  if (planned === undefined) return undefined;
  const { before, beside = {} } = planned;
  return new Map(Object.entries({ ...beside, ...before }).map(([field, value]) => [field, { value }]));
}

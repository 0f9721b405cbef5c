import { defined } from '../../core/defined.ts';
import { join } from 'node:path';
import { directories } from '../../core/directories.ts';
import { OppatchError } from '../../core/errors.ts';
import { namesOf, type Names } from '../../core/names.ts';
import { rowStatuses, type RowCounts, type RowOutcome, type RowStatus } from '../../core/outcome.ts';
import type { PlannedRow } from '../../core/run-journal.ts';
import type { SourceRow } from '../../core/source-row.ts';
import type { Metadata, Service, Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { knownVendor } from '../session/known-vendors.ts';
import { OutcomeReader } from '../../journal/outcome-reader.ts';
import { replay } from '../../journal/replay.ts';
import { journalFile, runsDirectory } from '../../journal/run-directory.ts';
import { findRun, type RunListing } from '../../journal/run-listing.ts';
import type { RunHeader } from '../../journal/run-header.ts';
import type { BoundAccount } from '../accounts/bound-account.ts';
import { keptMetadata } from '../accounts/metadata-file.ts';
import { firstRows, openEdits, type Edits } from '../edits/edits.ts';
import { checkCopy } from '../edits/input-copy.ts';
import { outcomeOf } from '../runs/results.ts';

/** A run that is there already: what it is bound to, its input, and how each row ended. */
export interface PastRun {
  readonly header: RunHeader;
  readonly directory: string;
  readonly vendor: Vendor;
  readonly edits: Edits;
  /** The vendor as it saw the account then. */
  readonly service: Service;
  /** What the run knew of the account's own fields and names; undefined where it needed none. */
  readonly metadata: Metadata | undefined;
  /** What its account calls fields and values, as far as the run knew. */
  readonly names: Names;
  /** Goes through all rows in file order. */
  readonly eachOutcome: (
    use: (source: SourceRow, outcome: RowOutcome, known: KnownRow) => void | Promise<void> | undefined,
  ) => Promise<void>;
}

/** What else the journal knows of a row. */
export interface KnownRow {
  /** What its fields held before it was written; undefined where that was not read. */
  readonly planned: () => PlannedRow | Promise<PlannedRow> | undefined;
  /** Calls of it that are known to have been applied before its last one. */
  readonly callsApplied: number;
}

/** `id`: of the run, or a unique part of it. */
export function namedRun({ env }: Pick<Host, 'env'>, id: string): Promise<RunListing> {
  return findRun(runsDirectory(directories(env).state), id);
}

/** `id`: of the run, or a unique part of it. Rejects where the run, its journal's header or its kept input can't be believed. */
export async function openPastRun(host: Pick<Host, 'env'>, id: string): Promise<PastRun> {
  const { header, directory } = await namedRun(host, id);
  await checkCopy(join(directory, header.input.copy), { run: header.run, sha256: header.input.sha256 });
  const vendor = boundVendor(host.env, header, directory);
  const metadata = await keptMetadata(directory, header.input.metadataSha256);
  const service = vendor.open(header.settings, metadata);
  const edits = await openRunEdits(vendor, service, header, directory);
  return {
    header,
    directory,
    vendor,
    edits,
    service,
    metadata,
    names: namesOf(service, Object.fromEntries([...header.options.optionalMap, ...header.options.map])),
    eachOutcome: async (use) => {
      const { index } = await replay(join(directory, journalFile));
      const reader = await OutcomeReader.open(join(directory, journalFile));
      try {
        for await (const batch of firstRows(edits.source(), header.input.rows)) {
          for (const source of batch) {
            const outcome = await outcomeOf(source, { index, idOf: edits.idOf }, reader);
            const { row } = source;
            const offset = index.plannedOffset(row);
            await use(source, outcome, {
              planned: () => (offset === undefined ? undefined : reader.plannedAt(offset)),
              callsApplied: index.callsApplied(row),
            });
          }
        }
      } finally {
        await reader.close();
      }
    },
  };
}

/** How many rows ended in each way, with each handed to `use`. */
export async function countOutcomes(
  { header, eachOutcome }: PastRun,
  use: (outcome: RowOutcome, source: SourceRow) => void,
): Promise<RowCounts> {
  const none = Object.fromEntries(rowStatuses.map((status) => [status, 0])) as Record<RowStatus, number>;
  const counts = { read: header.input.rows, ...none };
  await eachOutcome((source, outcome) => {
    use(outcome, source);
    counts[outcome.status] += 1;
  });
  return counts;
}

/** Opens the copy of the input that was kept with the run, read the way it was read then. */
function openRunEdits(vendor: Vendor, service: Service, header: RunHeader, directory: string): Promise<Edits> {
  const { copy, layout: prepared, numbered, format, encoding, delimiter } = header.input;
  const { map, ignore, set, rules, blind, skipLines, ignoreReadOnly, idColumn, matchBy, clearToken } = header.options;
  return openEdits({
    path: join(directory, copy),
    displayName: header.source,
    vendor,
    service,
    optionalMap: header.options.optionalMap,
    optionalIgnore: header.options.optionalIgnore,
    input: {
      map,
      ignore,
      set,
      ...rules,
      format: format as 'csv',
      ...(numbered === true ? { numbered } : {}),
      ...(blind === true ? { blind } : {}),
      ...(ignoreReadOnly === true ? { ignoreReadOnly } : {}),
      ...defined({ prepared, encoding, delimiter, skipLines, idColumn, matchBy, clearToken }),
    },
  });
}

/** The vendor by the name that the run has; one of a file is described by what the file says now. */
function boundVendor(env: Host['env'], header: RunHeader, directory: string): Vendor {
  const vendor = knownVendor(env, header.vendor);
  if (vendor !== undefined) return vendor;
  throw new OppatchError(
    'unknown-vendor',
    `The run is of the vendor ${header.vendor}, which this version does not know.`,
    {
      place: directory,
      hint: `Give the file that describes it with --vendor-file, or use the version of oppatch that made the run (${header.tool}).`,
    },
  );
}

/** The account that the run belongs to. */
export function boundOf({ run, vendor, profile, baseUrl, accountKey, settings }: RunHeader): BoundAccount {
  return { what: `The run ${run}`, vendor, profile, baseUrl, accountKey, settings };
}

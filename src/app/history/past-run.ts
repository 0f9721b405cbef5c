import { join } from 'node:path';
import { directories } from '../../core/directories.ts';
import { OppatchError } from '../../core/errors.ts';
import { namesOf, type Names } from '../../core/names.ts';
import type { RowOutcome } from '../../core/outcome.ts';
import type { PlannedRow } from '../../core/run-journal.ts';
import type { SourceRow } from '../../core/source-row.ts';
import type { Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { OutcomeReader } from '../../journal/outcome-reader.ts';
import { replay } from '../../journal/replay.ts';
import { findRun, journalFile, runsDirectory } from '../../journal/run-directory.ts';
import type { RunHeader } from '../../journal/run-header.ts';
import { learntVendor } from '../accounts/learnt-vendor.ts';
import { keptMetadata } from '../accounts/metadata-file.ts';
import { findVendor } from '../../vendors/index.ts';
import { firstRows, openEdits, type Edits } from '../edits/edits.ts';
import type { AccountOptions } from '../session/options.ts';
import { outcomeOf } from '../runs/results.ts';

/** A run that is there already: what it is bound to, its input, and how each row ended. */
export interface PastRun {
  readonly header: RunHeader;
  readonly directory: string;
  readonly edits: Edits;
  /** What its account calls fields and values, as far as the run knew. */
  readonly names: Names;
  /** Goes through all rows in file order. */
  readonly eachOutcome: (
    use: (source: SourceRow, outcome: RowOutcome, known: KnownRow) => void | Promise<void> | undefined,
  ) => Promise<void>;
  /** The account that the run was bound to, where the command line names no other. */
  readonly accountOptions: (given: AccountOptions) => Pick<AccountOptions, 'profile' | 'vendor' | 'baseUrl'>;
}

/** What else the journal knows of a row. */
export interface KnownRow {
  /** What its fields held before it was written; undefined where that was not read. */
  readonly planned: () => PlannedRow | Promise<PlannedRow> | undefined;
  /** Calls of it that are known to have been applied before its last one. */
  readonly callsApplied: number;
}

export async function openPastRun({ env }: Host, id: string | undefined): Promise<PastRun> {
  const { header, directory } = await findRun(runsDirectory(directories(env).state), id);
  const edits = await openRunEdits(header, directory);
  return {
    header,
    directory,
    edits,
    names: namesOf(await boundVendor(header, directory), header.settings),
    accountOptions: (given) => boundAccount(header, given),
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

/** Opens the copy of the input that was kept with the run, read the way it was read then. */
export async function openRunEdits(header: RunHeader, directory: string): Promise<Edits> {
  const { input, options, settings } = header;
  return openEdits({
    path: join(directory, input.copy),
    displayName: header.source,
    vendor: await boundVendor(header, directory),
    settings,
    optionalMap: options.optionalMap,
    optionalIgnore: options.optionalIgnore,
    input: {
      map: options.map,
      ignore: options.ignore,
      set: options.set,
      ...options.rules,
      ...(options.skipLines === undefined ? {} : { skipLines: options.skipLines }),
      ...(options.ignoreReadOnly === true ? { ignoreReadOnly: true } : {}),
      format: input.format as 'csv',
      ...(input.encoding === undefined ? {} : { encoding: input.encoding }),
      ...(input.delimiter === undefined ? {} : { delimiter: input.delimiter }),
      ...(options.idColumn === undefined ? {} : { idColumn: options.idColumn }),
      ...(options.clearToken === undefined ? {} : { clearToken: options.clearToken }),
    },
  });
}

/** The run's vendor, with what it knew of the account. */
async function boundVendor(header: RunHeader, directory: string): Promise<Vendor> {
  const vendor = findVendor(header.vendor);
  if (vendor !== undefined) return learntVendor(vendor, await keptMetadata(directory));
  throw new OppatchError(
    'unknown-vendor',
    `The run is of the vendor ${header.vendor}, which this version does not know.`,
    { place: directory, hint: `Use the version of oppatch that made it (${header.tool}).` },
  );
}

function boundAccount(
  header: RunHeader,
  given: AccountOptions,
): Pick<AccountOptions, 'profile' | 'vendor' | 'baseUrl'> {
  const baseUrl = given.baseUrl ?? header.baseUrl;
  if (given.profile !== undefined || given.vendor !== undefined) return { ...given, baseUrl };
  return header.profile === null ? { vendor: header.vendor, baseUrl } : { profile: header.profile, baseUrl };
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crashPoint } from '../../core/crash-point.ts';
import { OppatchError } from '../../core/errors.ts';
import { rowStatuses, type RowCounts, type RowOutcome, type RowStatus } from '../../core/outcome.ts';
import type { SourceLayout, SourceRow } from '../../core/source-row.ts';
import type { OutcomeReader } from '../../journal/outcome-reader.ts';
import type { RowIndex } from '../../journal/row-index.ts';
import { createResultFiles, type ResultPaths } from '../../report/result-files.ts';
import { ownRow } from '../edits/prepared-rows.ts';
import { openBeforeFile, type BeforeFileParts } from './before-file.ts';
import { mayHaveChanged } from './undo-values.ts';

export interface Results {
  readonly counts: RowCounts;
  readonly files: ResultPaths & { readonly before?: string };
}

export interface ResultsInput {
  readonly directory: string;
  readonly layout: SourceLayout;
  /** All rows of the kept copy that the run covers, in file order. */
  readonly rows: AsyncIterable<readonly SourceRow[]>;
  readonly rowsRead: number;
  readonly index: RowIndex;
  /** Of the run's journal. */
  readonly reader: OutcomeReader;
  /** The id of a row, for rows that have no record yet. */
  readonly idOf: (row: SourceRow) => string;
  readonly onOutcome: (outcome: RowOutcome, source: SourceRow) => void;
  /** For the file of what the changed fields held before. */
  readonly before: BeforeFileParts;
}

/**
 * Makes the result files of a run from its input and its journal: each row is joined with its own record by its row number. Fails
 * loudly where the counts do not add up to the rows read.
 */
export async function writeResults(input: ResultsInput): Promise<Results> {
  const { directory, layout, rowsRead, index, reader } = input;
  const files = createResultFiles(directory, layout);
  const before = openBeforeFile(directory, input.before);
  const tally = new Map<RowStatus, number>();
  try {
    for await (const batch of input.rows) {
      for (const source of batch) {
        const found = outcomeOf(source, input, reader);
        const outcome = found instanceof Promise ? await found : found;
        tally.set(outcome.status, (tally.get(outcome.status) ?? 0) + 1);
        input.onOutcome(outcome, source);
        crashPoint('result-files');
        const written = files.write(ownRow(source), outcome);
        if (written !== undefined) await written;
        const planned = index.plannedOffset(source.row);
        if (planned !== undefined && mayHaveChanged(outcome.status, outcome.code, index.callsApplied(source.row)))
          await before.add(source, await reader.plannedAt(planned));
      }
    }
    const counts = index.counts(rowsRead);
    checkCounts(counts, tally);
    const paths = await files.finish();
    const beforePath = await before.finish();
    return { counts, files: { ...paths, ...(beforePath === undefined ? {} : { before: beforePath }) } };
  } catch (error) {
    await files.abandon();
    await before.abandon();
    throw error;
  }
}

/** How a row ended by the journal's word, or what it is so far where it has no final outcome. */
export function outcomeOf(
  source: SourceRow,
  { index, idOf }: Pick<ResultsInput, 'index' | 'idOf'>,
  reader: OutcomeReader,
): RowOutcome | Promise<RowOutcome> {
  const { row, line } = source;
  const open = index.unsettledStatus(row);
  if (open === undefined) return reader.at(index.settledOffset(row));
  const identity = { row, line, id: idOf(source), attempts: index.callsTried(row) };
  if (open === 'unprocessed') return { ...identity, status: open };
  if (open === 'failed') {
    const message = `${index.callsApplied(row)} of the calls of this row applied, the rest not sent`;
    return { ...identity, status: open, code: 'partly-applied', message, hint: 'Resume the run to send the rest.' };
  }
  const message = 'the run ended while the call was under way';
  return { ...identity, status: open, code: 'interrupted-call', message, hint: 'Resume the run to settle it.' };
}

/** The result files that stand in the directory of a run. */
export async function resultPathsIn(directory: string): Promise<{ readonly directory: string } & Results['files']> {
  const present = new Set(await readdir(directory));
  const paths = ['success', 'failed', 'unprocessed', 'before'].flatMap((name) => {
    const file = [`${name}.csv`, `${name}.ndjson`].find((one) => present.has(one));
    return file === undefined ? [] : [[name, join(directory, file)] as const];
  });
  return { directory, ...Object.fromEntries(paths) };
}

function checkCounts(counts: RowCounts, tally: ReadonlyMap<RowStatus, number>): void {
  let sum = 0;
  for (const status of rowStatuses) {
    sum += counts[status];
    if (counts[status] === (tally.get(status) ?? 0)) continue;
    throw new OppatchError(
      'counts-disagree',
      `The journal knows ${counts[status]} rows as ${status}, the results hold ${tally.get(status) ?? 0}.`,
      { exitCode: 1 },
    );
  }
  if (sum !== counts.read)
    throw new OppatchError('counts-disagree', `${sum} rows have an outcome, ${counts.read} were read.`, {
      exitCode: 1,
    });
}

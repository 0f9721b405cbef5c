import { changeName } from '../core/difference.ts';
import type { Edit } from '../core/edit.ts';
import { isJsonObject } from '../core/json.ts';
import type { PlannedRow } from '../core/run-journal.ts';
import { plannedColumn, undoneColumn, type SourceRow } from '../core/source-row.ts';
import type { Settings, Vendor } from '../core/vendor.ts';
import type { Journal } from '../journal/journal.ts';
import type { OutcomeReader } from '../journal/outcome-reader.ts';
import type { RunRow } from '../run/engine.ts';
import { guarded, type Expected } from '../run/row-planner.ts';
import { firstRows, rowProblem, type Edits } from './edits.ts';

export interface RunRowsParts {
  readonly edits: Edits;
  readonly journal: Journal;
  readonly vendor: Vendor;
  readonly settings: Settings;
  /** The journal, for what earlier sessions planned. */
  readonly recorded: OutcomeReader;
}

/** The rows that have no final outcome yet, with what earlier sessions did of them. */
export async function* runRows(parts: RunRowsParts): AsyncIterable<readonly RunRow[]> {
  const { edits, journal } = parts;
  const { index, header } = journal;
  for await (const batch of firstRows(edits.source(), header.input.rows)) {
    const rows: RunRow[] = [];
    for (const source of batch) {
      if (index.settledStatus(source.row) !== undefined) continue;
      const row = runRow(source, parts);
      rows.push(row instanceof Promise ? await row : row);
    }
    yield rows;
  }
}

function runRow(source: SourceRow, parts: RunRowsParts): RunRow | Promise<RunRow> {
  const { edits, journal } = parts;
  const { index } = journal;
  const read = edits.read(source);
  const { row, line } = source;
  if ('invalid' in read)
    return { row, line, id: read.invalid.id, work: { kind: 'invalid', problem: rowProblem(read.invalid) } };
  const { edit, calls } = read;
  const { id } = edit;
  if (calls.length === 0) return { row, line, id, work: { kind: 'unchanged' } };
  const before = {
    callsApplied: index.callsApplied(row),
    callsTried: index.callsTried(row),
    inDoubt: index.inDoubt(row),
  };
  const known = before.callsTried === 0 ? {} : { before };
  // What may have been sent is settled as it was sent; anything else is looked at anew.
  if (before.inDoubt || before.callsApplied > 0) {
    const offset = index.plannedOffset(row);
    if (offset === undefined) return { row, line, id, work: { kind: 'send', calls }, ...known };
    const planned = parts.recorded.plannedAt(offset);
    const work = (is: PlannedRow): RunRow => ({ row, line, id, work: plannedWork(edit, is, parts), ...known });
    return planned instanceof Promise ? planned.then(work) : work(planned);
  }
  const expected = expectedOf(source);
  const work = { kind: 'send', calls, edit, ...(expected === undefined ? {} : { expected }) } as const;
  return { row, line, id, work, ...known };
}

/** The calls that an earlier session planned. */
function plannedWork(edit: Edit, planned: PlannedRow, { vendor, settings }: RunRowsParts): RunRow['work'] {
  const { eTag, left } = planned;
  const calls = vendor.plan([sentEdit(edit, planned)], settings);
  return {
    kind: 'send',
    calls: eTag === undefined ? calls : calls.map((call) => guarded(call, eTag)),
    ...(left === undefined ? {} : { left }),
  };
}

/** The part of an edit that was sent. */
export function sentEdit(edit: Edit, { sent }: PlannedRow): Edit {
  const names = new Set(sent);
  return { ...edit, changes: edit.changes.filter((change) => names.has(changeName(change))) };
}

/** What an edit says that the fields are to hold. */
export function expectedOf(source: SourceRow): Expected | undefined {
  if (source.kind !== 'json') return undefined;
  for (const [name, value] of source.members) {
    if ((name !== undoneColumn && name !== plannedColumn) || !isJsonObject(value)) continue;
    return { fields: value as Expected['fields'], leaves: name === undoneColumn ? 'field' : 'row' };
  }
  return undefined;
}

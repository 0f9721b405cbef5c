import { changeName } from '../../core/difference.ts';
import { guardFirst } from '../../core/guarded-call.ts';
import { unofferedChoice, type Edit } from '../../core/edit.ts';
import type { PlannedRow } from '../../core/run-journal.ts';
import type { SourceRow } from '../../core/source-row.ts';
import type { Service } from '../../core/vendor.ts';
import { wholeListFields, wholeLists, withWholeLists } from '../../core/whole-lists.ts';
import type { Journal } from '../../journal/journal.ts';
import type { RunOptions } from '../../journal/run-header.ts';
import type { OutcomeReader } from '../../journal/outcome-reader.ts';
import type { RunRow } from '../../run/run-row.ts';
import { firstRows, invalidEnding, type Edits } from '../edits/edits.ts';
import { expectedOf } from '../edits/prepared-rows.ts';
import type { Merging } from '../edits/merging.ts';
import { refusedRow } from '../edits/unoffered-choices.ts';
import { RowGroups, type SentRow } from '../edits/row-groups.ts';

export interface RunRowsParts {
  readonly edits: Edits;
  readonly journal: Journal;
  readonly service: Service;
  /** The journal, for what earlier sessions planned. */
  readonly recorded: OutcomeReader;
  /** How successive rows of one id become one; undefined where each goes by itself. */
  readonly merging: Merging | undefined;
  readonly options: Pick<RunOptions, 'blind'>;
}

/** Rows that are made ready together: few, since what waits for its turn in memory has to be moved there. */
const mostTogether = 64;

/** The rows that have no final outcome yet, with what earlier sessions did of them. */
export async function* runRows(parts: RunRowsParts): AsyncIterable<readonly RunRow[]> {
  const { edits, journal } = parts;
  const { index, header } = journal;
  const groups = new RowGroups(parts, parts.merging);
  for await (const batch of firstRows(edits.source(), header.input.rows)) {
    let rows: RunRow[] = [];
    for (const source of batch) {
      if (rows.length >= mostTogether) {
        yield rows;
        rows = [];
      }
      if (index.settledStatus(source.row) !== undefined) continue;
      const read = runRow(source, parts);
      const { row, sent } = read instanceof Promise ? await read : read;
      rows.push(...groups.add(row, sent));
    }
    yield rows;
  }
  yield groups.end();
}

interface ReadRunRow {
  readonly row: RunRow;
  /** What an earlier session sent of it, or may have sent. */
  readonly sent?: SentRow;
}

function runRow(source: SourceRow, parts: RunRowsParts): ReadRunRow | Promise<ReadRunRow> {
  const { edits, journal } = parts;
  const { index } = journal;
  const read = edits.read(source);
  const { row, line } = source;
  if (source.kind === 'json' && source.ended !== undefined)
    return { row: { row, line, id: edits.idOf(source), work: { kind: 'ended', ending: source.ended } } };
  if ('invalid' in read)
    return { row: { row, line, id: read.invalid.id, work: { kind: 'ended', ending: invalidEnding(read.invalid) } } };
  const { edit, calls } = read;
  const { id } = edit;
  // A run that read its records may be resumed without.
  if (parts.options.blind === true && unofferedChoice(edit) !== undefined)
    return { row: { row, line, id, work: { kind: 'ended', ending: invalidEnding(refusedRow(read).invalid) } } };
  if (calls.length === 0) return { row: { row, line, id, work: { kind: 'ended', ending: { status: 'unchanged' } } } };
  const job = index.jobOf(row);
  const before = {
    callsApplied: index.callsApplied(row),
    callsTried: index.callsTried(row),
    inDoubt: index.inDoubt(row),
    ...(job === undefined ? {} : { job }),
  };
  const known = before.callsTried === 0 ? {} : { before };
  // What may have been sent is settled as it was sent; anything else is read again.
  if (before.inDoubt || before.callsApplied > 0) {
    const offset = index.plannedOffset(row);
    if (offset === undefined) return { row: { row, line, id, work: { kind: 'send', calls }, ...known } };
    const planned = parts.recorded.plannedAt(offset);
    const work = (is: PlannedRow): ReadRunRow => ({
      row: { row, line, id, work: plannedWork(edit, is, parts), ...known },
      sent: { edit, sent: sentEdit(edit, is, parts.service), planned: is },
    });
    return planned instanceof Promise ? planned.then(work) : work(planned);
  }
  const expected = expectedOf(source);
  const work = { kind: 'send', calls, edit, ...(expected === undefined ? {} : { expected }) } as const;
  return { row: { row, line, id, work, ...known } };
}

/** How a row ends whose list may have been sent, where the journal does not hold what the list was made of. */
const listNotKept = {
  status: 'in_doubt',
  code: 'list-not-kept',
  message: 'The run ended while the list was sent, and what the list held before is not kept.',
  hint: 'Look at the record at the vendor; if the change is not there, retry the row with --include-in-doubt.',
} as const;

/** The calls that an earlier session planned. */
function plannedWork(edit: Edit, planned: PlannedRow, { service }: RunRowsParts): RunRow['work'] {
  const { guard, left } = planned;
  const sent = sentEdit(edit, planned, service);
  if (wholeListFields(sent.changes, wholeLists(service)).size > 0) return { kind: 'ended', ending: listNotKept };
  return {
    kind: 'send',
    calls: guardFirst(service.plan(sent), guard),
    ...(left === undefined ? {} : { left }),
  };
}

/**
 * The part of an edit that was sent, as it was sent: whole lists where the vendor takes only such, as far as the journal holds what they were made of.
 */
export function sentEdit(edit: Edit, { sent, before }: PlannedRow, service: Service): Edit {
  const names = new Set(sent);
  const changes = edit.changes.filter((change) => names.has(changeName(change)));
  const whole = withWholeLists(changes, (field) => before[field], wholeLists(service));
  return { ...edit, changes: 'unknown' in whole ? changes : whole.changes };
}

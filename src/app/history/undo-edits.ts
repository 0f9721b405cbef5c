import { join } from 'node:path';
import { OppatchError } from '../../core/errors.ts';
import type { Action } from '../../core/edit.ts';
import { stringifyJson } from '../../core/json.ts';
import { printable } from '../../core/printable.ts';
import { originColumn, undoneColumn } from '../../core/source-row.ts';
import type { Settings } from '../../core/vendor.ts';
import { originOf, ownRow } from '../edits/prepared-rows.ts';
import type { PastRun } from './past-run.ts';
import { mayHaveChanged, UndoValues } from '../runs/undo-values.ts';
import { ReversedLines } from '../runs/reversed-lines.ts';
import { sentEdit } from '../runs/run-rows.ts';

/** What is put back as a whole is called by the column that wrote it as a whole. */
const replaces: ReadonlySet<Action> = new Set(['set', 'clear']);

/** What of a run can be put back, and what can't. */
export interface UndoEdits {
  /** File name of the edits within the directory. */
  readonly copy: string;
  readonly rows: number;
  /** Rows that were sent without reading the record first. */
  readonly unread: number;
  /** Fields that can't be put back, by the reason. */
  readonly irreversible: ReadonlyMap<string, { rows: number; readonly first: string[] }>;
}

const copy = 'input.ndjson';
const shownIds = 5;

/**
 * Writes the edits that put back what the run changed, the last row first, so that rows of one opportunity are undone in turn. Each tells
 * what its fields are to hold for that to be done.
 */
export async function keepUndoEdits(past: PastRun, directory: string, settings: Settings): Promise<UndoEdits> {
  const irreversible = new Map<string, { rows: number; first: string[] }>();
  const name = (reason: string, id: string): void => {
    const known = irreversible.get(reason) ?? { rows: 0, first: [] };
    known.rows += 1;
    if (known.first.length < shownIds) known.first.push(id);
    irreversible.set(reason, known);
  };
  // A column of the account's own is known by what the run knew of the account.
  const undoValues = new UndoValues(past.vendor.open(settings, past.metadata));
  let unread = 0;
  const lines = await ReversedLines.open(join(directory, copy));
  try {
    await past.eachOutcome(async (source, outcome, known) => {
      if (!mayHaveChanged(outcome.status, outcome.code, known.callsApplied)) return;
      const planned = await known.planned();
      const read = past.edits.read(source);
      if (planned === undefined || 'invalid' in read) {
        unread += 1;
        return;
      }
      const sent = sentEdit(read.edit, planned, past.service);
      const undone = undoValues.of(sent, planned, (reason) => name(reason, sent.id));
      if (undone === undefined) return;
      const named = sent.changes.filter(({ field, action, column }) => column !== field && replaces.has(action));
      const columns = Object.fromEntries(named.map(({ field, column }) => [field, column]));
      const origin = originOf(ownRow(source), undefined, columns);
      await lines.add(
        stringifyJson({ id: sent.id, ...undone.back, [undoneColumn]: undone.expected, [originColumn]: origin }),
      );
    });
    return { copy, rows: await lines.finish(), unread, irreversible };
  } finally {
    await lines.close();
  }
}

/** What is told before an undo begins. */
export function undoNotes({ unread, irreversible }: UndoEdits): string[] {
  const notes = [...irreversible].map(([reason, { rows, first }]) => {
    const more = rows > first.length ? ` and ${rows - first.length} more` : '';
    return `! not put back: ${printable(reason)} (${first.map((id) => printable(id)).join(', ')}${more})`;
  });
  if (unread > 0) notes.push(`! ${unread} rows were sent without reading their values first, and are not put back`);
  return notes;
}

/** The error of an undo that has no row. */
export function nothingUndone(run: string, { unread, irreversible }: UndoEdits): OppatchError {
  const reason =
    irreversible.size > 0
      ? 'What it changed cannot be put back, so it stays as it is.'
      : unread > 0
        ? 'It was sent without reading the values first.'
        : 'It changed nothing.';
  return new OppatchError('nothing-to-undo', `Nothing of run ${run} can be put back.`, { hint: reason });
}

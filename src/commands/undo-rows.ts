import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterChange, listField } from '../core/difference.ts';
import type { Change, Edit } from '../core/edit.ts';
import type { Field } from '../core/field.ts';
import { stringifyJson, type Json } from '../core/json.ts';
import type { RowStatus } from '../core/outcome.ts';
import { printable } from '../core/printable.ts';
import type { PlannedRow } from '../core/run-journal.ts';
import { isEmpty } from '../core/same-value.ts';
import { undoneColumn } from '../core/source-row.ts';
import type { Settings, Vendor } from '../core/vendor.ts';
import { findVendor } from '../vendors/index.ts';
import type { PastRun } from './past-run.ts';
import { sentEdit } from './run-rows.ts';

/** What of a run can be put back, and what can't. */
export interface UndoRows {
  /** File name of the edits within the directory. */
  readonly copy: string;
  readonly rows: number;
  /** Rows that were sent without a look. */
  readonly unread: number;
  /** Fields that can't be put back, by the reason. */
  readonly lasting: ReadonlyMap<string, { rows: number; readonly first: string[] }>;
}

const copy = 'input.ndjson';
const shownIds = 5;

/**
 * Writes the edits that put back what the run changed, the last row first, so that rows of one opportunity are undone in turn. Each tells
 * what its fields are to hold for that to be done.
 */
export async function keepUndoRows(past: PastRun, directory: string, settings: Settings): Promise<UndoRows> {
  const vendor = findVendor(past.header.vendor);
  if (vendor === undefined) throw new Error(`no vendor ${past.header.vendor}`);
  const lasting = new Map<string, { rows: number; first: string[] }>();
  const name = (reason: string, id: string): void => {
    const known = lasting.get(reason) ?? { rows: 0, first: [] };
    known.rows += 1;
    if (known.first.length < shownIds) known.first.push(id);
    lasting.set(reason, known);
  };
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
      const line = undoLine(sentEdit(read.edit, planned), planned, { vendor, settings, name });
      if (line !== undefined) await lines.add(line);
    });
    return { copy, rows: await lines.finish(), unread, lasting };
  } finally {
    await lines.close();
  }
}

/** A row of which something may stand at the vendor. */
function mayHaveChanged(status: RowStatus, code: string | undefined, callsApplied: number): boolean {
  return status === 'applied' || status === 'in_doubt' || callsApplied > 0 || code === 'partly-undone';
}

interface UndoParts {
  readonly vendor: Vendor;
  readonly settings: Settings;
  /** Hears of what can't be put back. */
  readonly name: (reason: string, id: string) => void;
}

/** The edit that puts back what this one changed, as a line of NDJSON; undefined where nothing can be. */
function undoLine(sent: Edit, planned: PlannedRow, { vendor, settings, name }: UndoParts): string | undefined {
  const back: Record<string, Json> = {};
  const expected: Record<string, Json> = {};
  for (const change of sent.changes) {
    const before = planned.before[listField(change)];
    const reason = lastingReason(change, before, vendor, settings);
    if (reason !== undefined || before === undefined) {
      name(`${change.field}: ${reason ?? 'unknown'}`, sent.id);
      continue;
    }
    back[change.field] = isEmpty(before) ? null : before;
    // Several changes of one list follow each other.
    expected[change.field] = afterChange(change, expected[change.field] ?? before);
  }
  if (Object.keys(back).length === 0) return undefined;
  for (const [field, before] of Object.entries(planned.before)) {
    if (field in back || planned.sent.includes(field) || fieldCalled(field, vendor, settings) === undefined) continue;
    back[field] = isEmpty(before) ? null : before;
  }
  return stringifyJson({ id: sent.id, ...back, [undoneColumn]: expected });
}

function lastingReason(
  change: Change,
  before: Json | undefined,
  { current, fields, openField }: Vendor,
  settings: Settings,
): string | undefined {
  const reason = current?.lasting?.(change);
  if (reason !== undefined) return reason;
  if (before === undefined) return 'what it held before was not shown';
  const field = fieldCalled(change.field, { fields, ...(openField === undefined ? {} : { openField }) }, settings);
  if (field === undefined) return 'no column writes it';
  if (!isEmpty(before) || field.cleared !== undefined) return undefined;
  return `it was empty, and can't be cleared${field.clearingHint === undefined ? '' : `. ${field.clearingHint}`}`;
}

function fieldCalled(
  name: string,
  { fields, openField }: Pick<Vendor, 'fields' | 'openField'>,
  settings: Settings,
): Field | undefined {
  const field = fields(settings).find((one) => one.name === name) ?? openField?.(name, settings);
  return field?.readOnly === undefined ? field : undefined;
}

/** What is told before an undo begins. */
export function undoNotes({ unread, lasting }: UndoRows): string[] {
  const notes = [...lasting].map(([reason, { rows, first }]) => {
    const more = rows > first.length ? ` and ${rows - first.length} more` : '';
    return `! not put back: ${printable(reason)} (${first.map((id) => printable(id)).join(', ')}${more})`;
  });
  if (unread > 0) notes.push(`! ${unread} rows were sent without a look at what was there, and are not put back`);
  return notes;
}

/** Lines that end up in a file in the reverse of their order, with eight bytes of memory for each. */
class ReversedLines {
  readonly #path: string;
  readonly #forward: Awaited<ReturnType<typeof open>>;
  #text = '';
  #bytes = 0;
  #ends = new Float64Array(1024);
  #count = 0;

  private constructor(path: string, forward: Awaited<ReturnType<typeof open>>) {
    this.#path = path;
    this.#forward = forward;
  }

  static async open(path: string): Promise<ReversedLines> {
    return new ReversedLines(path, await open(`${path}.forward`, 'wx+', 0o600));
  }

  async add(line: string): Promise<void> {
    this.#text += `${line}\n`;
    this.#bytes += Buffer.byteLength(line) + 1;
    if (this.#count === this.#ends.length) {
      const longer = new Float64Array(this.#count * 2);
      longer.set(this.#ends);
      this.#ends = longer;
    }
    this.#ends[this.#count] = this.#bytes;
    this.#count += 1;
    if (this.#text.length > 1 << 20) await this.#flush();
  }

  /** The number of lines. */
  async finish(): Promise<number> {
    await this.#flush();
    const to = await open(this.#path, 'wx', 0o600);
    try {
      let last = this.#count;
      while (last > 0) {
        const end = this.#ends[last - 1] ?? 0;
        let first = last - 1;
        while (first > 0 && end - (this.#ends[first - 1] ?? 0) < 1 << 20) first -= 1;
        const start = first === 0 ? 0 : (this.#ends[first - 1] ?? 0);
        const bytes = Buffer.alloc(end - start);
        await this.#forward.read(bytes, 0, bytes.length, start);
        const lines = bytes.toString('utf8').trimEnd().split('\n');
        await to.write(`${lines.toReversed().join('\n')}\n`);
        last = first;
      }
    } finally {
      await to.close();
    }
    return this.#count;
  }

  async close(): Promise<void> {
    await this.#forward.close();
    await rm(`${this.#path}.forward`, { force: true });
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    await this.#forward.appendFile(text);
  }
}

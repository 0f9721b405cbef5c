import type { Call } from '../../core/call.ts';
import type { Edit, RowIdentity } from '../../core/edit.ts';
import type { RunWarning } from '../../core/run-summary.ts';
import type { SourceRow } from '../../core/source-row.ts';
import type { Audit, BatchWrites, JobWrites } from '../../core/vendor.ts';
import type { InvalidRow } from '../../input/to-edit.ts';
import type { ReadParts } from '../../run/record-reader.ts';
import type { PlanTotals } from '../../report/totals-text.ts';
import type { Edits, ReadRow } from './edits.ts';
import { expectedOf } from './prepared-rows.ts';
import { mostMerged, type Merging } from './merging.ts';
import { SameIds } from './same-ids.ts';

/** What the check of a whole file found, before anything is sent. */
export interface EditsCheck {
  readonly rows: number;
  /** The highest number of a row: more than `rows` where the rows are some of a file. */
  readonly highestRow: number;
  /** Rows with something to send. */
  readonly edits: number;
  readonly unchanged: number;
  readonly invalid: number;
  /** Rows of a saved plan that ended there with nothing to send, by their code. */
  readonly refused: PlanTotals['refused'];
  /** Several edits count as one where the vendor takes them in one call. */
  readonly calls: number;
  /** Jobs for many edits; their calls are among `calls`, as far as they can be told. */
  readonly jobs: number;
  /** The calls by the group of them that shares a quota. */
  readonly callGroups: ReadonlyMap<string, number>;
  /** Reads of the records before the calls, by the same groups. */
  readonly readGroups: ReadonlyMap<string, number>;
  /** Fields that would be cleared, with the number of rows. */
  readonly clears: ReadonlyMap<string, number>;
  /** The same with the first rows of each. */
  readonly clearing: readonly RunWarning[];
  readonly sameIds: SameIds;
  /** Rows and lines without any content, which are left out. */
  readonly blankRows: number;
  /** Columns that are left out because they cannot be written. */
  readonly leftOut: readonly string[];
  /** The first invalid rows. */
  readonly problems: readonly InvalidRow[];
  /** Invalid rows by the code of their first problem. */
  readonly problemCodes: ReadonlyMap<string, number>;
}

const shownProblems = 20;

/** How many edits go in one call, and how many records are read at once. */
export interface CallSharing {
  readonly canonicalId?: (id: string) => string;
  readonly writes?: Pick<BatchWrites, 'most' | 'key' | 'call'> | undefined;
  readonly reads?: ReadParts | undefined;
  readonly jobs?: JobWrites | undefined;
  /** Successive edits of one id become one. */
  readonly merged?: { readonly merging: Merging; readonly plan: (edit: Edit) => readonly Call[] };
}

/** Counts what a check or a plan goes through. */
export class EditsTally {
  readonly #together: CallSharing;
  #rows = 0;
  #highestRow = 0;
  #edits = 0;
  #unchanged = 0;
  #invalid = 0;
  readonly #refused = new Map<string, number>();
  readonly #calls = new Map<string, number>();
  readonly #reads = new Map<string, number>();
  /** Edits that share calls: by the key, with one of them. */
  readonly #written = new Map<string, { count: number; readonly edit: Edit }>();
  readonly #readTogether = new Map<string, { count: number; readonly edit: Edit }>();
  readonly #clears = new WarningTally();
  readonly #sameIds = new SameIds();
  /** Edits that others may still join. */
  #open: { readonly edit: Edit; readonly rows: number; readonly calls: () => readonly Call[] } | undefined;
  readonly #problems: InvalidRow[] = [];
  readonly #problemCodes = new Map<string, number>();

  constructor(together: CallSharing = {}) {
    this.#together = together;
  }

  add(row: ReadRow): void {
    this.#rows += 1;
    if (row.source.row > this.#highestRow) this.#highestRow = row.source.row;
    const { id } = 'invalid' in row ? row.invalid : row.edit;
    this.#sameIds.add(this.#together.canonicalId?.(id) ?? id);
    if ('invalid' in row) {
      this.#invalid += 1;
      if (this.#problems.length < shownProblems) this.#problems.push(row.invalid);
      count(this.#problemCodes, row.invalid.problems[0]?.code ?? 'invalid');
      return;
    }
    const { edit, calls, source } = row;
    const ended = source.kind === 'json' ? source.ended : undefined;
    if (ended !== undefined && ended.status !== 'unchanged') count(this.#refused, ended.code ?? ended.status);
    else if (calls.length === 0) this.#unchanged += 1;
    else {
      this.#edits += 1;
      this.#addEdit(source, edit, calls);
    }
    for (const { action, field, column } of edit.changes) {
      if (action !== 'clear') continue;
      const name = column.toLowerCase() === field.toLowerCase() ? column : `${column} (${field})`;
      this.#clears.add({ severity: 'warning', code: 'cleared', message: `${name} is emptied`, column: field }, edit);
    }
  }

  /** Counts the calls of an edit once it is known which others go with it. */
  #addEdit(source: SourceRow, edit: Edit, calls: readonly Call[]): void {
    const { merged } = this.#together;
    if (merged === undefined || expectedOf(source) !== undefined) {
      this.#countOpen();
      this.#countCalls(edit, calls);
      return;
    }
    const open = this.#open;
    const joined = open !== undefined && open.rows < mostMerged ? merged.merging.join(open.edit, edit) : undefined;
    if (joined !== undefined && open !== undefined) {
      this.#open = { edit: joined, rows: open.rows + 1, calls: () => merged.plan(joined) };
      return;
    }
    this.#countOpen();
    this.#open = { edit, rows: 1, calls: () => calls };
  }

  #countOpen(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) this.#countCalls(open.edit, open.calls());
  }

  #countCalls(edit: Edit, calls: readonly Call[]): void {
    const { writes, reads } = this.#together;
    const writeKey = calls.length === 1 ? writes?.key(edit) : undefined;
    if (writeKey === undefined) for (const { quotaGroup } of calls) count(this.#calls, quotaGroup);
    else countShared(this.#written, writeKey, edit);
    const readKey = reads?.bulk?.key(edit);
    if (readKey !== undefined) countShared(this.#readTogether, readKey, edit);
    else if (reads !== undefined) count(this.#reads, reads.call(edit).quotaGroup);
  }

  /** How jobs are made, where there are edits enough for them. */
  #inJobs(): JobWrites | undefined {
    const { jobs } = this.#together;
    return jobs !== undefined && this.#edits >= jobs.atLeast ? jobs : undefined;
  }

  /** To be asked when all rows are there; `edits` are those that they were read from. */
  result(edits: Pick<Edits, 'blankRows' | 'leftOut'>): EditsCheck {
    this.#countOpen();
    const { writes, reads } = this.#together;
    const callGroups = new Map(this.#calls);
    const inJobs = this.#inJobs();
    let jobs = 0;
    for (const [key, { count: edits, edit }] of this.#written) {
      if (writes === undefined) continue;
      const made = inJobs === undefined ? noJobs : jobsFor(inJobs, edits);
      jobs += made.jobs;
      count(callGroups, writes.call(key, [edit]).quotaGroup, Math.ceil((edits - made.edits) / writes.most));
      if (inJobs !== undefined && made.calls > 0) count(callGroups, inJobs.create.quotaGroup, made.calls);
    }
    const readGroups = new Map(this.#reads);
    for (const [key, { count: edits, edit }] of this.#readTogether)
      if (reads?.bulk !== undefined)
        count(readGroups, reads.bulk.call(key, [edit]).quotaGroup, Math.ceil(edits / reads.bulk.most));
    return {
      rows: this.#rows,
      highestRow: this.#highestRow,
      edits: this.#edits,
      unchanged: this.#unchanged,
      invalid: this.#invalid,
      refused: [...this.#refused].map(([code, rows]) => ({ code, rows })),
      calls: sumOf(callGroups),
      jobs,
      callGroups,
      readGroups,
      clears: new Map(this.#clears.warnings.map(({ message, count }) => [message.replace(/ is emptied$/, ''), count])),
      clearing: this.#clears.warnings,
      sameIds: this.#sameIds,
      blankRows: edits.blankRows(),
      leftOut: edits.leftOut(),
      problems: this.#problems,
      problemCodes: this.#problemCodes,
    };
  }
}

const noJobs = { jobs: 0, edits: 0, calls: 0 };

/** Questions how far a job is, as a rule. */
const stateCalls = 4;

/** What of so many edits goes in jobs, and the calls of these: create, upload, close, some questions, and the results. */
function jobsFor({ most, fewest, results }: JobWrites, edits: number): typeof noJobs {
  const full = Math.floor(edits / most);
  const rest = edits - full * most;
  const jobs = full + (rest > 0 && rest >= fewest ? 1 : 0);
  return { jobs, edits: jobs > full ? edits : full * most, calls: jobs * (3 + stateCalls + results('').length) };
}

/** The calls of all groups together. */
export function sumOf(groups: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const calls of groups.values()) sum += calls;
  return sum;
}

function countShared(counts: Map<string, { count: number; readonly edit: Edit }>, key: string, edit: Edit): void {
  const known = counts.get(key);
  if (known === undefined) counts.set(key, { count: 1, edit });
  else known.count += 1;
}

/** Adds to the number of a key. */
export function count(counts: Map<string, number>, key: string, more = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}

/** Of each warning so many rows are named. */
export const shownWarningRows = 5;

/** Warnings about edits: each kind once for a column, with the number of rows it is about and the first of them. */
export class WarningTally {
  readonly #warnings = new Map<string, { code: string; message: string; count: number; rows: RowIdentity[] }>();

  add({ code, message, column = '' }: Audit, { row, line, id }: RowIdentity): void {
    const key = `${code} ${column}`;
    const known = this.#warnings.get(key) ?? { code, message, count: 0, rows: [] };
    this.#warnings.set(key, known);
    known.count += 1;
    if (known.rows.length < shownWarningRows) known.rows.push({ row, line, id });
  }

  /** One that is counted already. */
  put({ code, message, count, rows }: RunWarning): void {
    this.#warnings.set(code, { code, message, count, rows: [...rows] });
  }

  get warnings(): readonly RunWarning[] {
    return [...this.#warnings.values()];
  }
}

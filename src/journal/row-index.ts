import { rowStatuses, type RowCounts, type RowStatus } from '../core/outcome.ts';

const openIntent = 1;
const settledBase = 2;

/**
 * What is known of each row, in 21 bytes a row: its state, how many of its calls were applied, the job that carries it, and where its records stand.
 * Rows are numbered from 1; the index grows with the highest row it was told of.
 */
export class RowIndex {
  #states = new Uint8Array(1024);
  #callsApplied = new Uint8Array(1024);
  #callsTried = new Uint8Array(1024);
  #offsets = new Float64Array(1024);
  #plannedOffsets = new Float64Array(1024);
  /** Of each row: the place of its job among `#jobs`, from 1; 0 for none. */
  #jobPlaces = new Uint16Array(1024);
  readonly #jobs: string[] = [];
  #counts = new Map<RowStatus, number>();

  noteIntent(row: number): void {
    this.#reach(row);
    if ((this.#states[row] ?? 0) < settledBase) this.#states[row] = openIntent;
    this.#callsTried[row] = Math.min(255, (this.#callsTried[row] ?? 0) + 1);
    this.#jobPlaces[row] = 0;
  }

  /** The last intents of these rows are that the job is closed. */
  noteJob(rows: readonly number[], job: string): void {
    // Of more jobs than can be told apart, later ones are not known: their rows are looked at one by one.
    const place = this.#jobs.push(job);
    for (const row of rows) {
      this.#reach(row);
      this.#jobPlaces[row] = place > 65_535 ? 0 : place;
    }
  }

  /** The job was given up before it was closed: of its rows nothing was done. */
  noteDropped(job: string): void {
    const place = this.#jobs.lastIndexOf(job) + 1;
    if (place === 0) return;
    for (const [row, jobPlace] of this.#jobPlaces.entries()) if (jobPlace === place) this.noteNotApplied(row);
  }

  /** The job that carries the row's call in doubt, where one does. */
  jobOf(row: number): string | undefined {
    return this.inDoubt(row) ? this.#jobs[(this.#jobPlaces[row] ?? 0) - 1] : undefined;
  }

  noteNotApplied(row: number): void {
    this.#reach(row);
    if (this.#states[row] === openIntent) this.#states[row] = 0;
  }

  noteCallApplied(row: number, callIndex: number): void {
    this.#reach(row);
    if (this.#states[row] === openIntent) this.#states[row] = 0;
    this.#callsApplied[row] = callIndex + 1;
  }

  /** `offset`: of the row's final record in the journal, in bytes. A row settles once; later news of it are ignored. */
  noteSettled(row: number, status: RowStatus, offset: number): void {
    this.#reach(row);
    if ((this.#states[row] ?? 0) >= settledBase) return;
    this.#states[row] = settledBase + rowStatuses.indexOf(status);
    this.#offsets[row] = offset;
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + 1);
  }

  /** `offset`: of the record of what the row's fields held, in bytes. The last one counts. */
  notePlanned(row: number, offset: number): void {
    this.#reach(row);
    this.#plannedOffsets[row] = offset;
  }

  /** Where the record of what the row's fields held begins, in bytes; undefined where there is none. */
  plannedOffset(row: number): number | undefined {
    return this.#plannedOffsets[row] || undefined;
  }

  settledStatus(row: number): RowStatus | undefined {
    const state = this.#states[row] ?? 0;
    return state < settledBase ? undefined : rowStatuses[state - settledBase];
  }

  /** Rows that have a final outcome. */
  get settledRows(): number {
    let rows = 0;
    for (const count of this.#counts.values()) rows += count;
    return rows;
  }

  /** Whether a call of any row may have been sent. */
  get sentAny(): boolean {
    return this.#callsTried.some((calls) => calls > 0);
  }

  /** Where the final record of a settled row begins, in bytes. */
  settledOffset(row: number): number {
    return this.#offsets[row] ?? 0;
  }

  /** True where a call of an unsettled row may have been sent and its outcome is not known. */
  inDoubt(row: number): boolean {
    return this.#states[row] === openIntent;
  }

  /** Calls of the row that are known to have been applied, from the first on. */
  callsApplied(row: number): number {
    return this.#callsApplied[row] ?? 0;
  }

  callsTried(row: number): number {
    return this.#callsTried[row] ?? 0;
  }

  /** Counts of a run of `rowsRead` rows; an unsettled row counts as what it is known to be so far. */
  counts(rowsRead: number): RowCounts {
    const counts: Record<string, number> = { read: rowsRead };
    let unsettled = rowsRead;
    for (const status of rowStatuses) {
      counts[status] = this.#counts.get(status) ?? 0;
      unsettled -= counts[status] ?? 0;
    }
    // Rows that nothing is known of are not in the index, or stand there with nothing: they are what is left.
    for (let row = 1; row < this.#states.length && unsettled > 0; row += 1) {
      const status = this.unsettledStatus(row);
      if (status === undefined || status === 'unprocessed') continue;
      counts[status] = (counts[status] ?? 0) + 1;
      unsettled -= 1;
    }
    counts['unprocessed'] = (counts['unprocessed'] ?? 0) + unsettled;
    return counts as RowCounts;
  }

  /** What a row that has no final outcome is so far; undefined for a settled row. */
  unsettledStatus(row: number): 'unprocessed' | 'in_doubt' | 'failed' | undefined {
    const state = this.#states[row] ?? 0;
    if (state >= settledBase) return undefined;
    if (state === openIntent) return 'in_doubt';
    return this.callsApplied(row) > 0 ? 'failed' : 'unprocessed';
  }

  #reach(row: number): void {
    if (row < this.#states.length) return;
    const length = Math.max(row + 1, this.#states.length * 2);
    this.#states = grown(this.#states, new Uint8Array(length));
    this.#callsApplied = grown(this.#callsApplied, new Uint8Array(length));
    this.#callsTried = grown(this.#callsTried, new Uint8Array(length));
    this.#jobPlaces = grown(this.#jobPlaces, new Uint16Array(length));
    this.#offsets = grown(this.#offsets, new Float64Array(length));
    this.#plannedOffsets = grown(this.#plannedOffsets, new Float64Array(length));
  }
}

function grown<T extends Uint8Array | Uint16Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

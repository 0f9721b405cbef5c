import { OppatchError } from '../core/errors.ts';
import type { RowIdentity } from '../core/edit.ts';
import type { RowOutcome } from '../core/outcome.ts';
import type { PlannedRow, RunJournal } from '../core/run-journal.ts';
import { pid } from '../core/own-process.ts';
import { AppendLog } from './append-log.ts';
import {
  bareRecord,
  carriedRecord,
  intentRecord,
  jobRecord,
  plannedRecord,
  readsRecord,
  recordKinds,
  recordWith,
  rowRanges,
  settledRecord,
} from './record.ts';
import { replay, type Replay } from './replay.ts';
import type { RowIndex } from './row-index.ts';
import type { RunHeader } from './run-header.ts';
import { sealed } from './seal.ts';
import type { SessionEnd } from './session-end.ts';

/** Reads are written down once for so long, in milliseconds. */
const readsMs = 1000;

/**
 * The durable record of a run, written as the run goes: one append-only NDJSON file, readable by a person, with no native code
 * behind it. What is not in it was not sent.
 */
export class Journal implements RunJournal {
  readonly header: RunHeader;
  /** What the journal says of each row: only what is on the disk, but for what is planned. */
  readonly index: RowIndex;
  /** The last session's end, where the run was left in an orderly way and nothing came after. */
  readonly previousEnd: SessionEnd | undefined;
  /** Jobs that earlier sessions opened and never came to close. */
  readonly openJobs: readonly string[];
  readonly #log: AppendLog;
  /** Of the last line. */
  #lines: number;
  /** When this session began, on the monotonic clock, in milliseconds. */
  readonly #beganMs = performance.now();
  /** Those of the present second. */
  #reads = { sentMs: 0, calls: 0 };

  private constructor(
    header: RunHeader,
    index: RowIndex,
    log: AppendLog,
    { lines, end, openJobs }: Pick<Replay, 'lines' | 'end' | 'openJobs'>,
  ) {
    this.header = header;
    this.index = index;
    this.#log = log;
    this.#lines = lines;
    this.previousEnd = end;
    this.openJobs = openJobs;
  }

  /** Begins a journal; the file must not exist. The header is durable when this resolves. */
  static async create(path: string, header: RunHeader, index: RowIndex): Promise<Journal> {
    const log = await AppendLog.open(path, 0);
    const journal = new Journal(header, index, log, { lines: 0, end: undefined, openJobs: [] });
    journal.#append(recordWith(recordKinds.header, 0, 0, { ...header }));
    return journal.#beginSession();
  }

  /** Opens a journal to go on with it; a torn last record is cut off. */
  static async reopen(path: string): Promise<Journal> {
    const { header, index, goodBytes, ...known } = await replay(path);
    if (header === undefined) throw headerGone(path);
    const log = await AppendLog.open(path, goodBytes);
    return new Journal(header, index, log, known).#beginSession();
  }

  planned({ row }: RowIdentity, planned: PlannedRow): void {
    this.index.notePlanned(row, this.#append(plannedRecord(row, planned)));
  }

  intent({ row }: RowIdentity, callIndex: number, carrier?: RowIdentity): Promise<void> {
    const sentMs = performance.now() - this.#beganMs;
    const record =
      carrier === undefined ? intentRecord(row, callIndex, sentMs) : carriedRecord(row, callIndex, carrier.row);
    return this.#write(record, () => this.index.noteIntent(row));
  }

  notApplied({ row }: RowIdentity, callIndex: number): Promise<void> {
    return this.#write(bareRecord(recordKinds.notApplied, row, callIndex), () => this.index.noteNotApplied(row));
  }

  callApplied({ row }: RowIdentity, callIndex: number, attempts: number): Promise<void> {
    const record = recordWith(recordKinds.callApplied, row, callIndex, { attempts });
    return this.#write(record, () => this.index.noteCallApplied(row, callIndex));
  }

  jobOpened(job: string): Promise<void> {
    return this.#write(jobRecord({ job, is: 'opened' }));
  }

  jobClosing(job: string, identities: readonly RowIdentity[]): Promise<void> {
    const rows = identities.map(({ row }) => row);
    const record = jobRecord({ job, is: 'closing', rows: rowRanges(rows) });
    return this.#write(record, () => this.index.noteJob(rows, job));
  }

  jobDropped(job: string): Promise<void> {
    return this.#write(jobRecord({ job, is: 'dropped' }), () => this.index.noteDropped(job));
  }

  readSent(): void {
    const sentMs = Math.floor((performance.now() - this.#beganMs) / readsMs) * readsMs;
    if (sentMs !== this.#reads.sentMs) this.#writeReads(sentMs);
    this.#reads.calls += 1;
  }

  recordOutcome(outcome: RowOutcome): Promise<void> {
    const { row, status } = outcome;
    const record = settledRecord(outcome, this.index.plannedOffset(row) === undefined);
    return this.#write(record, (offset) => this.index.noteSettled(row, status, offset));
  }

  /** Writes how the session ended and closes the file. */
  async end(end: SessionEnd): Promise<void> {
    this.#writeReads(0);
    this.#append(recordWith(recordKinds.end, 0, 0, { at: new Date().toISOString(), ...end }));
    await this.close();
  }

  async close(): Promise<void> {
    await this.#log.close();
  }

  /** Begins to count the reads of the next second. */
  #writeReads(sentMs: number): void {
    if (this.#reads.calls > 0) this.#append(readsRecord(this.#reads));
    this.#reads = { sentMs, calls: 0 };
  }

  async #beginSession(): Promise<this> {
    try {
      await this.#write(recordWith(recordKinds.session, 0, 0, { at: new Date().toISOString(), pid }));
      return this;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Resolves when the record is on the disk, after `note` was told where it begins. A journal that can't be written rejects, and never throws. */
  #write(record: string, note?: (offset: number) => void): Promise<void> {
    try {
      const offset = this.#append(record);
      return this.#log.durable(note && (() => note(offset)));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Where the record begins, in bytes. */
  #append(record: string): number {
    const offset = this.#log.append(sealed(record, this.#lines + 1));
    this.#lines += 1;
    return offset;
  }
}

function headerGone(path: string): OppatchError {
  return new OppatchError('journal-damaged', 'The journal has lost its header, so nothing is known of the run.', {
    place: path,
    hint: 'Nothing is sent. Check at the vendor which of its rows are done before you send any of them again.',
    exitCode: 1,
  });
}

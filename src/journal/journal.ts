import { OppatchError } from '../core/errors.ts';
import type { ExitCode } from '../core/exit-code.ts';
import type { RowIdentity } from '../core/edit.ts';
import type { RowCounts, RowOutcome } from '../core/outcome.ts';
import type { PlannedRow, RunJournal } from '../core/run-journal.ts';
import type { CallCounts } from '../core/run-event.ts';
import { pid } from '../core/own-process.ts';
import { AppendLog } from './append-log.ts';
import {
  bareRecord,
  carriedRecord,
  intentRecord,
  plannedRecord,
  recordKinds,
  recordWith,
  settledRecord,
} from './record.ts';
import { replay } from './replay.ts';
import type { RowIndex } from './row-index.ts';
import type { RunHeader } from './run-header.ts';

/** How a process left a run. */
export interface SessionEnd {
  readonly status: 'finished' | 'stopped' | 'interrupted';
  readonly reason?: string;
  readonly exitCode: ExitCode;
  readonly rows: RowCounts;
  readonly calls: CallCounts;
  /** Of this and all earlier sessions. */
  readonly elapsedMs: number;
}

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
  readonly #log: AppendLog;
  /** When this session began, on the monotonic clock, in milliseconds. */
  readonly #beganMs = performance.now();

  private constructor(header: RunHeader, index: RowIndex, log: AppendLog, previousEnd: SessionEnd | undefined) {
    this.header = header;
    this.index = index;
    this.#log = log;
    this.previousEnd = previousEnd;
  }

  /** Begins a journal; the file must not exist. The header is durable when this resolves. */
  static async create(path: string, header: RunHeader, index: RowIndex): Promise<Journal> {
    const log = await AppendLog.open(path, 0);
    log.append(recordWith(recordKinds.header, 0, 0, { ...header }));
    return new Journal(header, index, log, undefined).#beginSession();
  }

  /** Opens a journal to go on with it; a torn last record is cut off. */
  static async reopen(path: string): Promise<Journal> {
    const { header, index, end, goodBytes } = await replay(path);
    if (header === undefined) {
      throw new OppatchError(
        'journal-empty',
        'The run was killed before anything was sent; there is nothing to go on with.',
        {
          place: path,
          hint: 'Apply the file again.',
        },
      );
    }
    const log = await AppendLog.open(path, goodBytes);
    return new Journal(JSON.parse(header) as RunHeader, index, log, readEnd(end)).#beginSession();
  }

  planned({ row }: RowIdentity, planned: PlannedRow): void {
    this.index.notePlanned(row, this.#log.append(plannedRecord(row, planned)));
  }

  async intent({ row }: RowIdentity, callIndex: number, carrier?: RowIdentity): Promise<void> {
    const sentMs = performance.now() - this.#beganMs;
    await this.#write(
      carrier === undefined ? intentRecord(row, callIndex, sentMs) : carriedRecord(row, callIndex, carrier.row),
    );
    this.index.noteIntent(row);
  }

  async notApplied({ row }: RowIdentity, callIndex: number): Promise<void> {
    await this.#write(bareRecord(recordKinds.notApplied, row, callIndex));
    this.index.noteNotApplied(row);
  }

  async callApplied({ row }: RowIdentity, callIndex: number, attempts: number): Promise<void> {
    await this.#write(recordWith(recordKinds.callApplied, row, callIndex, { attempts }));
    this.index.noteCallApplied(row, callIndex);
  }

  async settle(outcome: RowOutcome): Promise<void> {
    const offset = this.#log.append(settledRecord(outcome));
    await this.#log.durable();
    this.index.noteSettled(outcome.row, outcome.status, offset);
  }

  /** Writes how the session ended and closes the file. */
  async end(end: SessionEnd): Promise<void> {
    this.#log.append(recordWith(recordKinds.end, 0, 0, { at: new Date().toISOString(), ...end }));
    await this.close();
  }

  async close(): Promise<void> {
    await this.#log.close();
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

  /** Resolves when the record is on the disk. */
  #write(record: string): Promise<void> {
    this.#log.append(record);
    return this.#log.durable();
  }
}

/** The body of an `end` record, or undefined for none. */
export function readEnd(text: string | undefined): SessionEnd | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as SessionEnd);
}

import { open, type FileHandle } from 'node:fs/promises';
import type { RowOutcome } from '../core/outcome.ts';
import { JournalDamaged } from './journal-damaged.ts';
import type { PlannedRow } from '../core/run-journal.ts';
import { readPlanned, readSettled } from './record.ts';
import { sealNumber } from './seal.ts';

const chunkBytes = 256 * 1024;

/**
 * Reads the records of rows back by their offset. Rows settle nearly in the order of the file, so one chunk serves thousands of them.
 * A record whose seal does not fit, or that can't be read, is a {@link JournalDamaged} that names the place.
 */
export class OutcomeReader {
  readonly #file: FileHandle;
  readonly #path: string;
  #chunk = Buffer.alloc(0);
  #chunkStart = 0;

  private constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  static async open(journalPath: string): Promise<OutcomeReader> {
    return new OutcomeReader(await open(journalPath, 'r'), journalPath);
  }

  /** The record at once where it stands in the chunk at hand, else a promise of it. */
  at(offset: number): RowOutcome | Promise<RowOutcome> {
    const line = this.#lineAt(offset);
    return line === undefined ? this.#load(offset, readSettled) : this.#parsed(line, offset, readSettled);
  }

  /** What was read of a row before it was written. */
  plannedAt(offset: number): PlannedRow | Promise<PlannedRow> {
    const line = this.#lineAt(offset);
    return line === undefined ? this.#load(offset, readPlanned) : this.#parsed(line, offset, readPlanned);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #parsed<T>(line: string, offset: number, read: (line: string) => T): T {
    try {
      return read(line);
    } catch (error) {
      throw this.#damaged(offset, error instanceof TypeError ? error.message : undefined);
    }
  }

  /** `member`: the one that is not what it should be. */
  #damaged(offset: number, member?: string): JournalDamaged {
    const reason = 'this is not a record of a row';
    return new JournalDamaged(this.#path, {
      offset,
      reason: member === undefined ? reason : `${reason}, its member "${member}" is not what it should be`,
    });
  }

  #lineAt(offset: number): string | undefined {
    const start = offset - this.#chunkStart;
    if (start < 0 || start >= this.#chunk.length) return undefined;
    const end = this.#chunk.indexOf(0x0a, start);
    if (end < 0) return undefined;
    if (sealNumber(this.#chunk, start, end) === undefined) throw this.#damaged(offset);
    return this.#chunk.toString('utf8', start, end);
  }

  async #load<T>(offset: number, read: (line: string) => T): Promise<T> {
    // A little of what stands before is read too: rows side by side settle slightly out of order.
    const before = offset % (chunkBytes / 8);
    for (let length = chunkBytes; ; length *= 4) {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await this.#file.read(bytes, 0, length, offset - before);
      this.#chunk = bytes.subarray(0, bytesRead);
      this.#chunkStart = offset - before;
      const line = this.#lineAt(offset);
      if (line !== undefined) return this.#parsed(line, offset, read);
      if (bytesRead < length) throw this.#damaged(offset);
    }
  }
}

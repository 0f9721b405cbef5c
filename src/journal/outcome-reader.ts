import { open, type FileHandle } from 'node:fs/promises';
import type { RowOutcome } from '../core/outcome.ts';
import { journalDamaged } from './journal-damaged.ts';
import { readSettled } from './record.ts';

const chunkBytes = 256 * 1024;

/**
 * Reads final records back by their offset. Rows settle nearly in the order of the file, so one chunk serves thousands of them.
 * A record that can't be read is an `OppatchError` `journal-damaged` that names the place.
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
    return line === undefined ? this.#load(offset) : this.#outcome(line, offset);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #outcome(line: string, offset: number): RowOutcome {
    try {
      return readSettled(line);
    } catch {
      throw journalDamaged(this.#path, offset);
    }
  }

  #lineAt(offset: number): string | undefined {
    const start = offset - this.#chunkStart;
    if (start < 0 || start >= this.#chunk.length) return undefined;
    const end = this.#chunk.indexOf(0x0a, start);
    return end < 0 ? undefined : this.#chunk.toString('utf8', start, end);
  }

  async #load(offset: number): Promise<RowOutcome> {
    // A little of what stands before is read too: rows side by side settle slightly out of order.
    const before = offset % (chunkBytes / 8);
    for (let length = chunkBytes; ; length *= 4) {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await this.#file.read(bytes, 0, length, offset - before);
      this.#chunk = bytes.subarray(0, bytesRead);
      this.#chunkStart = offset - before;
      const line = this.#lineAt(offset);
      if (line !== undefined) return this.#outcome(line, offset);
      if (bytesRead < length) throw journalDamaged(this.#path, offset);
    }
  }
}

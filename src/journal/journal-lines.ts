import { open } from 'node:fs/promises';
import { OppatchError } from '../core/errors.ts';
import { headLength, readHead, recordKinds, type RecordHead } from './record.ts';
import { sealNumber } from './seal.ts';

/** A line of a journal that is whole: its seal fits and it stands in its place. */
export interface JournalLine {
  readonly head: RecordHead;
  /** The line is `bytes[start, end)`, without its line end. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Where it begins in the file, in bytes. */
  readonly offset: number;
}

/** Why a journal can't be believed from a place on. */
export interface Damage {
  /** From 1. */
  readonly line: number;
  /** Where that line begins, in bytes. */
  readonly offset: number;
  readonly reason: string;
}

export interface LinesRead {
  /** Length of the lines that were read. What stands behind is a torn one, or damaged. */
  readonly goodBytes: number;
  readonly lines: number;
  /** Undefined where everything fits but for a torn tail, which is what a killed process leaves. */
  readonly damage: Damage | undefined;
}

const chunkBytes = 1 << 20;

/**
 * The one reader of a whole journal: goes through it once, with flat memory, and hands over each line whose seal, number and head fit, until the
 * first that does not. `use` returns why a line can't be believed although it is sealed, or undefined. Rejects with `no-journal` where there is
 * none.
 */
export async function readLines(path: string, use: (line: JournalLine) => string | undefined): Promise<LinesRead> {
  const scan = new LineScan(use);
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new OppatchError('no-journal', 'The run has no journal that can be read.', { place: path, cause: error });
  });
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, null);
      if (bytesRead === 0) break;
      const fresh = chunk.subarray(0, bytesRead);
      rest = scan.take(rest.length === 0 ? fresh : Buffer.concat([rest, fresh]));
      if (scan.damage !== undefined) break;
    }
    scan.end(rest);
  } finally {
    await file.close();
  }
  return scan;
}

class LineScan implements LinesRead {
  readonly #use: (line: JournalLine) => string | undefined;
  goodBytes = 0;
  lines = 0;
  damage: Damage | undefined;

  constructor(use: (line: JournalLine) => string | undefined) {
    this.#use = use;
  }

  /** Takes all whole lines of `bytes` and returns what is left over. */
  take(bytes: Buffer): Buffer {
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(0x0a, start);
      if (end < 0) return bytes.subarray(start);
      const reason = this.#line(bytes, start, end);
      if (reason !== undefined) {
        this.damage = { line: this.lines + 1, offset: this.goodBytes, reason };
        return bytes.subarray(start);
      }
      this.goodBytes += end - start + 1;
      this.lines += 1;
      start = end + 1;
    }
  }

  /** What stands behind the last line end is the beginning of a line, as far as it got to the disk: a whole line with more behind it is none. */
  end(rest: Buffer): void {
    if (this.damage !== undefined) return;
    const close = rest.lastIndexOf(0x7d);
    if (close < 0 || rest.subarray(close + 1).every((byte) => byte === 0)) return;
    if (sealNumber(rest, 0, close + 1) === undefined) return;
    this.damage = { line: this.lines + 1, offset: this.goodBytes, reason: 'its line end is damaged' };
  }

  #line(bytes: Buffer, start: number, end: number): string | undefined {
    const number = sealNumber(bytes, start, end);
    if (number === undefined) return 'its checksum does not fit';
    if (number !== this.lines + 1) return `line ${number} stands where line ${this.lines + 1} is due`;
    const head = end - start < headLength ? undefined : readHead(bytes, start);
    if (head === undefined || (number === 1) !== (head.kind === recordKinds.header)) return 'it is not a record';
    return this.#use({ head, bytes, start, end, offset: this.goodBytes });
  }
}

import { open } from 'node:fs/promises';
import { OppatchError } from '../core/errors.ts';
import { journalDamaged } from './journal-damaged.ts';
import { headLength, readHead, readStatus, recordKinds } from './record.ts';
import { RowIndex } from './row-index.ts';

export interface Replay {
  /** The header line's text, or undefined where not even that was written. */
  readonly header: string | undefined;
  readonly index: RowIndex;
  /** Text of the last `end` record, when it is the last word of the journal. */
  readonly end: string | undefined;
  /** Processes that worked on the run. */
  readonly sessions: number;
  /** Length of the whole records. What stands behind is a torn one. */
  readonly goodBytes: number;
}

const chunkBytes = 1 << 20;

/**
 * Goes through a journal once, with flat memory, parsing only the fixed heads. A torn last record is left out; any other damage is
 * an `OppatchError` `journal-damaged` that names the place.
 */
export async function replay(path: string): Promise<Replay> {
  const scan = new Scan(path);
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
      rest = scan.lines(rest.length === 0 ? fresh : Buffer.concat([rest, fresh]));
    }
  } finally {
    await file.close();
  }
  return scan.result();
}

class Scan {
  readonly #path: string;
  readonly #index = new RowIndex();
  #header: string | undefined;
  #end: string | undefined;
  #sessions = 0;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes all whole lines of `bytes` and returns what is left over. */
  lines(bytes: Buffer): Buffer {
    // JSON has no zero bytes; a loss of power leaves them.
    const zero = bytes.indexOf(0);
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(0x0a, start);
      if (end < 0) break;
      if (zero >= start && zero < end) this.#damaged();
      this.#line(bytes, start, end);
      this.#offset += end - start + 1;
      start = end + 1;
    }
    return bytes.subarray(start);
  }

  result(): Replay {
    const { header, end } = { header: this.#header, end: this.#end };
    return { header, index: this.#index, end, sessions: this.#sessions, goodBytes: this.#offset };
  }

  #line(bytes: Buffer, start: number, end: number): void {
    const head = end - start < headLength || bytes[end - 1] !== 0x7d ? undefined : readHead(bytes, start);
    if (head === undefined || (this.#header === undefined) !== (head.kind === recordKinds.header)) this.#damaged();
    this.#end = undefined;
    switch (head.kind) {
      case recordKinds.header:
        this.#header = this.#json(bytes.toString('utf8', start, end));
        break;
      case recordKinds.planned:
        this.#index.notePlanned(head.row, this.#offset);
        break;
      case recordKinds.intent:
        this.#index.noteIntent(head.row);
        break;
      case recordKinds.notApplied:
        this.#index.noteNotApplied(head.row);
        break;
      case recordKinds.callApplied:
        this.#index.noteCallApplied(head.row, head.call);
        break;
      case recordKinds.settled: {
        const status = readStatus(bytes, start, end);
        if (status === undefined) this.#damaged();
        this.#index.noteSettled(head.row, status, this.#offset);
        break;
      }
      case recordKinds.session:
        this.#sessions += 1;
        break;
      case recordKinds.end:
        this.#end = this.#json(bytes.toString('utf8', start, end));
        break;
    }
  }

  #json(text: string): string {
    try {
      JSON.parse(text);
      return text;
    } catch {
      return this.#damaged();
    }
  }

  #damaged(): never {
    throw journalDamaged(this.#path, this.#offset);
  }
}

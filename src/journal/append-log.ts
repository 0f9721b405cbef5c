import { fdatasync, fstatSync, ftruncate, statSync, writeSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { OppatchError } from '../core/errors.ts';
import { syncDirectory } from '../state/sync-directory.ts';

const syncData = promisify(fdatasync);
const truncate = promisify(ftruncate);

/** Those who wait for the same sync. */
interface Group {
  readonly durable: Promise<void>;
  readonly thens: (() => void)[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * A file of lines that only grows, with group commit: while one sync runs, the lines of the next group gather, with those that the replies of
 * the same turn of the event loop bring, and one sync makes all of them durable. No timer is involved, so a lone line waits for one sync only.
 *
 * After the first failure to write (a full disk, a lost mount) every append is refused: nothing may follow a hole. A file that is no longer the
 * one of its name, or no longer as long as what was written, is such a failure: what goes into it would be lost.
 */
export class AppendLog {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #identity: string;
  /** Resolves when the file's name is on the disk, too. */
  readonly #named: Promise<void>;
  #durableBytes: number;
  #appendedBytes: number;
  #lines: string[] = [];
  #next: Group | undefined;
  #committing: Promise<void> | undefined;
  #failure: OppatchError | undefined;

  private constructor(file: FileHandle, path: string, bytes: number, named: Promise<void>) {
    this.#file = file;
    this.#path = path;
    this.#named = named;
    this.#identity = identityOf(fstatSync(file.fd, { bigint: true }));
    this.#durableBytes = bytes;
    this.#appendedBytes = bytes;
  }

  /** Opens for appending after `bytes` of known good content; what stands behind them (a torn record) is cut off. Mode 0600 when it is new. */
  static async open(path: string, bytes: number): Promise<AppendLog> {
    try {
      const file = await open(path, bytes === 0 ? 'wx' : 'r+', 0o600);
      if (bytes > 0) await file.truncate(bytes);
      return new AppendLog(file, path, bytes, bytes === 0 ? syncDirectory(dirname(path)) : Promise.resolve());
    } catch (error) {
      throw notWritable(error, path, bytes > 0);
    }
  }

  /** Queues a line (without its line end) and returns its offset in bytes. It is durable once a later {@link durable} resolves. */
  append(line: string): number {
    if (this.#failure !== undefined) throw this.#failure;
    const offset = this.#appendedBytes;
    this.#lines.push(line);
    this.#appendedBytes += Buffer.byteLength(line) + 1;
    return offset;
  }

  /** Resolves when everything appended so far is on the disk, after `then` was called; the promise is shared by all who wait for the same. */
  durable(then?: () => void): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#next ??= newGroup();
    const { durable, thens } = this.#next;
    if (then !== undefined) thens.push(then);
    this.#committing ??= this.#commit();
    return durable;
  }

  async close(): Promise<void> {
    try {
      if (this.#failure === undefined && this.#lines.length > 0) await this.durable();
      await this.#committing;
    } finally {
      await this.#file.close();
    }
  }

  async #commit(): Promise<void> {
    while (this.#next !== undefined) {
      await endOfTurn();
      const group = this.#next;
      const lines = this.#lines;
      this.#next = undefined;
      this.#lines = [];
      try {
        if (this.#failure !== undefined) throw this.#failure;
        if (lines.length > 0) await this.#write(Buffer.from(`${lines.join('\n')}\n`));
        for (const then of group.thens) then();
        group.resolve();
      } catch (error) {
        this.#failure ??=
          error instanceof OppatchError ? error : notWritable(error, this.#path, this.#durableBytes > 0);
        group.reject(this.#failure);
      }
    }
    this.#committing = undefined;
  }

  /** Synchronous, as it takes a few microseconds: a trip through the pool of threads takes longer. */
  #checkFile(bytes: number): void {
    const found = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    if (found !== undefined && identityOf(found) === this.#identity && found.size === BigInt(bytes)) return;
    const what =
      found === undefined
        ? 'was removed'
        : identityOf(found) === this.#identity
          ? 'was cut or written to'
          : 'was replaced';
    throw new OppatchError('journal-lost', `The journal of this run ${what} by something else. Nothing more is sent.`, {
      place: this.#path,
      hint: 'The run cannot be resumed. Its result files say what is known of each row; check the others at the vendor before you send them again.',
      exitCode: 1,
    });
  }

  async #write(bytes: Buffer): Promise<void> {
    const start = this.#durableBytes;
    this.#checkFile(start);
    try {
      // Into the system's memory, which takes less than the way through the pool of threads; only the sync waits for the disk.
      let written = 0;
      while (written < bytes.length)
        written += writeSync(this.#file.fd, bytes, written, bytes.length - written, start + written);
      await syncData(this.#file.fd);
      await this.#named;
      this.#durableBytes = start + bytes.length;
      this.#checkFile(this.#durableBytes);
    } catch (error) {
      await truncate(this.#file.fd, start).catch(() => undefined);
      throw error;
    }
  }
}

function newGroup(): Group {
  let [resolve, reject]: [() => void, (reason: unknown) => void] = [() => undefined, () => undefined];
  const durable = new Promise<void>((resolved, rejected) => {
    [resolve, reject] = [resolved, rejected];
  });
  return { durable, thens: [], resolve, reject };
}

function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${ino}`;
}

/** `begun`: something stands in the journal, so that the run can be gone on with. */
function notWritable(error: unknown, path: string, begun: boolean): OppatchError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  const reason = code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : `the system says ${code}`;
  return new OppatchError('journal-not-writable', `The journal can't be written: ${reason}. Nothing more was sent.`, {
    place: path,
    hint: `Make room (or fix the directory), then ${begun ? 'type `oppatch resume`' : 'start again'}.`,
    exitCode: 1,
    cause: error,
  });
}

import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { OppatchError } from '../core/errors.ts';

const chunkLength = 64 * 1024;

/** A text file that is written line by line in large pieces, no faster than the disk takes them. Readable by its owner only. */
export class LineFile {
  readonly path: string;
  readonly #stream: WriteStream;
  readonly #lineEnd: string;
  #text: string;

  /** Starts the file again. Errors of the disk are told by the lines that follow, or by `close`. `lineEnd` is LF where it is not given. */
  constructor(path: string, header?: string, lineEnd = '\n') {
    this.path = path;
    this.#lineEnd = lineEnd;
    this.#text = header === undefined ? '' : `${header}${lineEnd}`;
    this.#stream = createWriteStream(path, { mode: 0o600 });
    // Without a listener an error would end the process.
    this.#stream.on('error', () => undefined);
  }

  /** A promise only where the disk has to be waited for. It rejects with an {@link OppatchError} `result-file`. */
  line(text: string): Promise<void> | undefined {
    this.#text += `${text}${this.#lineEnd}`;
    return this.#text.length < chunkLength ? undefined : this.#flush();
  }

  /** Resolves when all of it is with the operating system. Rejects as `line` does. */
  async close(): Promise<void> {
    await this.#flush();
    await this.#explained(async () => {
      this.#stream.end();
      await finished(this.#stream);
    });
  }

  /** Removes the file, whatever state it is in. */
  async abandon(): Promise<void> {
    if (!this.#stream.closed) {
      const closed = new Promise<void>((resolve) => this.#stream.once('close', resolve));
      this.#stream.destroy();
      await closed;
    }
    await rm(this.path, { force: true }).catch(() => undefined);
  }

  #flush(): Promise<void> {
    return this.#explained(async () => {
      const text = this.#text;
      this.#text = '';
      if (this.#stream.errored !== null) throw this.#stream.errored;
      if (text !== '' && !this.#stream.write(text)) await once(this.#stream, 'drain');
    });
  }

  async #explained(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new OppatchError('result-file', `The result file can't be written: ${reason}.`, {
        place: this.path,
        hint: "What was sent is safe in the run's journal. Make room on the disk, then type `oppatch resume` to make the files.",
        exitCode: 1,
        cause,
      });
    }
  }
}

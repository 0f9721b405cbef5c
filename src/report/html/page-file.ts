import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { OppatchError } from '../../core/errors.ts';

const chunkLength = 256 * 1024;

/** A text file that appears, or replaces another, whole or not at all; only its owner can read it. Errors are {@link OppatchError} `page-file`. */
export class PageFile {
  /** Absolute; links are followed. */
  readonly path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  #text = '';

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  static async open(path: string): Promise<PageFile> {
    return explained(path, async () => {
      const target = await realpath(path).catch(() => resolve(path));
      const known = await stat(target).catch(() => undefined);
      if (known !== undefined && !known.isFile()) throw new Error('something other than a file has this name');
      const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
      return new PageFile(target, temporary, await open(temporary, 'wx', 0o600));
    });
  }

  /** A promise only where the disk has to be waited for. */
  write(text: string): Promise<void> | undefined {
    this.#text += text;
    return this.#text.length < chunkLength ? undefined : this.#flush();
  }

  /** Puts the file in its place. */
  async finish(): Promise<void> {
    await this.#flush();
    await explained(this.path, async () => {
      await this.#file.sync();
      await this.#file.close();
      await rename(this.#temporary, this.path);
    });
  }

  /** Leaves no trace of it. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }

  #flush(): Promise<void> {
    return explained(this.path, async () => {
      const text = this.#text;
      this.#text = '';
      await this.#file.appendFile(text);
    });
  }
}

async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OppatchError('page-file', `The page can't be written: ${reason}.`, {
      place: path,
      hint: 'Give --html a file in a directory that is there and that you may write to, or `-` for standard output.',
      cause,
    });
  }
}

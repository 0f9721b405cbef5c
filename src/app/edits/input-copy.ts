import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OppatchError } from '../../core/errors.ts';
import { refuseFirstBlock } from '../../input/text-file.ts';
import type { Host } from '../../host.ts';
import { interruptible } from '../session/signals.ts';

export interface InputCopy {
  /** File name within the directory. */
  readonly copy: string;
  /** Of the original, absolute; absent for stdin. */
  readonly path?: string;
  /** Hex. */
  readonly sha256: string;
}

/** Whether the name stands for stdin. */
function isStdin(file: string): boolean {
  return file === '-' || /^\/dev\/(?:stdin|fd\/0)$|^\/proc\/self\/fd\/0$/.test(file);
}

/** Throws `file-not-readable` or `file-is-a-directory`, with what to type next. */
async function checkReadable(file: string): Promise<Stats> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    const reason =
      error.code === 'ENOENT' ? 'There is no such file.' : `The file can't be read (${error.code ?? 'unknown'}).`;
    throw new OppatchError('file-not-readable', reason, {
      place: file,
      hint: 'Check the name and the directory you are in.',
      cause: error,
    });
  });
  if (!found.isDirectory()) return found;
  throw new OppatchError('file-is-a-directory', 'This is a directory, not a file of edits.', {
    place: file,
    hint: 'Name one file.',
  });
}

/** Throws where FILE can't be there to be read, before anybody is asked for anything. */
export async function checkInput({ stdin }: Pick<Host, 'stdin'>, file: string): Promise<void> {
  if (!isStdin(file)) await checkReadable(file);
  else if (stdin.isTTY === true) {
    throw new OppatchError('stdin-is-a-terminal', 'The edits are to come from stdin, and stdin is a terminal.', {
      hint: 'Pipe a file in (`oppatch apply - --format csv < edits.csv`) or name one.',
    });
  }
}

/**
 * Copies FILE (or stdin) into the directory, so that what was checked is what is sent, whatever happens to the original
 * meanwhile, and so that the run can be resumed and its results told without it. Its first block is judged before the rest is copied.
 */
export async function keepInputCopy(
  host: Host,
  file: string,
  directory: string,
  encoding?: string,
): Promise<InputCopy> {
  await checkInput(host, file);
  const original: Readable = isStdin(file) ? host.stdin : createReadStream(file);
  const copy = `input${isStdin(file) ? '' : extname(basename(file)).toLowerCase()}`;
  const hash = createHash('sha256');
  const judged = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let first = true;
    for await (const chunk of chunks) {
      if (first) await refuseFirstBlock(chunk, encoding, file);
      first = false;
      hash.update(chunk);
      yield chunk;
    }
  };
  try {
    await pipeline(original, judged, createWriteStream(join(directory, copy), { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    if (error instanceof OppatchError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const reading = code === 'EACCES' || code === 'EISDIR' || code === 'EIO';
    throw new OppatchError(
      reading ? 'file-not-readable' : 'copy-not-writable',
      reading ? `The file can't be read (${code}).` : `The edits can't be kept with the run (${code}).`,
      {
        place: reading ? file : directory,
        hint: reading ? 'Check its permissions.' : 'Make room there, or point OPPATCH_HOME at another place.',
        cause: error,
      },
    );
  }
  return { copy, sha256: hash.digest('hex'), ...(isStdin(file) ? {} : { path: resolve(file) }) };
}

/** SHA-256 of a file, hex; undefined where it is gone or can't be read. */
export async function fileHash(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(64 * 1024);
  try {
    const file = await open(path);
    try {
      for (;;) {
        const { bytesRead } = await file.read(block, 0, block.length);
        if (bytesRead === 0) return hash.digest('hex');
        hash.update(block.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

/**
 * Throws `copy-damaged` where the copy of the edits at `path` is not the one whose digest the run holds: its rows are told from each other by their
 * place in it.
 */
export async function checkCopy(path: string, { run, sha256 }: { run: string; sha256: string }): Promise<void> {
  const digest = await fileHash(path);
  if (digest === sha256) return;
  const what = digest === undefined ? 'is gone, or cannot be read' : 'has changed since it was made';
  throw new OppatchError('copy-damaged', `The copy of the edits that is kept with run ${run} ${what}.`, {
    place: path,
    hint: 'Nothing more is sent. The result files, if there are any, say what became of the rows; check the others at the vendor before you send them again.',
    exitCode: 1,
  });
}

/** For commands that keep no run: FILE itself, or a private copy of stdin, a pipe or a device that is removed after `use`. */
export async function withReadableFile<T>(
  host: Host,
  file: string,
  { encoding }: { readonly encoding?: string },
  use: (path: string) => Promise<T>,
): Promise<T> {
  if (!isStdin(file) && (await checkReadable(file)).isFile()) return use(file);
  return withPrivateDirectory(host, async (directory) => {
    const { copy } = await keepInputCopy(host, file, directory, encoding);
    return use(join(directory, copy));
  });
}

/** The same for text that stands in no file. */
export async function withTextFile<T>(host: Host, text: string, use: (path: string) => Promise<T>): Promise<T> {
  return withPrivateDirectory(host, async (directory) => {
    const path = join(directory, 'input.ndjson');
    await writeFile(path, text, { mode: 0o600 });
    return use(path);
  });
}

/** A directory that only this user can read, gone after `use`, and after a signal that ends it. */
export async function withPrivateDirectory<T>(host: Host, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'oppatch-'));
  try {
    return await interruptible(host, () => use(directory));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

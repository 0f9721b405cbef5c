import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OppatchError } from '../../core/errors.ts';
import type { Host } from '../../host.ts';

export interface InputCopy {
  /** File name within the directory. */
  readonly copy: string;
  /** Of the original, absolute; absent for stdin. */
  readonly path?: string;
  /** Hex. */
  readonly sha256: string;
}

/** Opens FILE, or stdin for `-`. What can't be read is an error with what to type next. */
async function openOriginal({ stdin }: Host, file: string): Promise<Readable> {
  if (file === '-') {
    if (stdin.isTTY === true) {
      throw new OppatchError('stdin-is-a-terminal', 'The edits are to come from stdin, and stdin is a terminal.', {
        hint: 'Pipe a file in (`oppatch apply - --format csv < edits.csv`) or name one.',
      });
    }
    return stdin;
  }
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    const reason =
      error.code === 'ENOENT' ? 'There is no such file.' : `The file can't be read (${error.code ?? 'unknown'}).`;
    throw new OppatchError('file-not-readable', reason, {
      place: file,
      hint: 'Check the name and the directory you are in.',
      cause: error,
    });
  });
  if (found.isDirectory()) {
    throw new OppatchError('file-is-a-directory', 'This is a directory, not a file of edits.', {
      place: file,
      hint: 'Name one file.',
    });
  }
  return createReadStream(file);
}

/**
 * Copies FILE (or stdin) into the directory, so that what was checked is what is sent, whatever happens to the original
 * meanwhile, and so that the run can be resumed and its results told without it.
 */
export async function keepInputCopy(host: Host, file: string, directory: string): Promise<InputCopy> {
  const original = await openOriginal(host, file);
  const copy = `input${file === '-' ? '' : extname(basename(file)).toLowerCase()}`;
  const hash = createHash('sha256');
  const tap = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(original, tap, createWriteStream(join(directory, copy), { flags: 'wx', mode: 0o600 }));
  } catch (error) {
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
  return { copy, sha256: hash.digest('hex'), ...(file === '-' ? {} : { path: resolve(file) }) };
}

/** SHA-256 of a file, hex; undefined where it is gone or can't be read. */
export async function fileHash(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}

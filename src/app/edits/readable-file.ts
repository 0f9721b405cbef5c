import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../host.ts';
import { interruptible } from '../session/signals.ts';
import { isReadOnce, keepInputCopy } from './input-copy.ts';

/** For commands that keep no run: FILE itself, or a private copy of stdin or a pipe that is removed after `use`. */
export async function withReadableFile<T>(
  host: Host,
  file: string,
  { encoding }: { readonly encoding?: string },
  use: (path: string) => Promise<T>,
): Promise<T> {
  if (!(await isReadOnce(file))) return use(file);
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

import type { Stats } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { OppatchError } from '../core/errors.ts';
import { platform as ownPlatform } from '../core/own-process.ts';

/** Makes the directory, and those above it, for their owner only (0700) where they are new. */
export async function makeOwnDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Refuses a file that anybody but its owner can read or write. Windows keeps a user's own directories to the user. */
export function checkOwnerOnly(path: string, stats: Stats, platform: NodeJS.Platform = ownPlatform): void {
  if (platform === 'win32' || (stats.mode & 0o077) === 0) return;
  const others = (stats.mode & 0o044) === 0 ? 'change' : 'read';
  throw new OppatchError('file-open-to-others', `Other users of this machine can ${others} this file.`, {
    place: path,
    hint: `Type: chmod 600 ${shellWord(path)}`,
  });
}

/** A failure of the file system, explained. */
export function fileError(error: unknown, path: string): OppatchError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new OppatchError(
    'file-unusable',
    full ? 'The disk is full.' : `This can't be used: the system says ${code}.`,
    {
      place: path,
      hint: full
        ? 'Make room, then try again.'
        : 'Mend its owner and rights, or set OPPATCH_HOME to another directory.',
      cause: error,
    },
  );
}

/** As one word for the person's shell, quoted where that is needed: a POSIX shell; on Windows both `cmd` and PowerShell, of which only the latter knows `'`. */
export function shellWord(text: string, platform: NodeJS.Platform = ownPlatform): string {
  if (platform === 'win32') return /^[\w.\\/:+-]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`;
  return /^[\w./~@%+,:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

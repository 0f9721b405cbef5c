import type { Stats } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { OppatchError } from '../core/errors.ts';
import { ownUid, platform as ownPlatform } from '../core/own-process.ts';

/** Makes the directory, and those above it, for their owner only (0700) where they are new. */
export async function makeOwnDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileError(error, path);
  }
}

/**
 * Refuses a directory in which others could put their own in place of what stands there: one that belongs to another user than this one or root, or
 * that anybody may write to.
 */
export async function checkOwnDirectory(path: string, platform: NodeJS.Platform = ownPlatform): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined || platform === 'win32') return;
  const foreign = isForeign(stats);
  if (!foreign && (stats.mode & 0o022) === 0) return;
  throw new OppatchError(
    'directory-open-to-others',
    foreign ? 'This directory belongs to another user.' : 'Other users of this machine can write to this directory.',
    {
      place: path,
      hint: foreign
        ? 'Set OPPATCH_HOME to a directory of your own.'
        : `Type: chmod go-w ${shellWord(path)} - and look whether the profiles in it are yours: oppatch profile list`,
    },
  );
}

/** Whether a file belongs to neither this user nor root. */
function isForeign({ uid }: Stats): boolean {
  return ownUid !== undefined && uid !== ownUid && uid !== 0;
}

/** Refuses a file that anybody but its owner can read or write. Windows keeps a user's own directories to the user. */
export function checkOwnerOnly(path: string, stats: Stats, platform: NodeJS.Platform = ownPlatform): void {
  if (platform === 'win32') return;
  if (isForeign(stats))
    throw new OppatchError('file-of-another', 'This file belongs to another user.', {
      place: path,
      hint: 'Look at what it holds; then remove it and store the profile again, or set OPPATCH_HOME to a directory of your own.',
    });
  if ((stats.mode & 0o077) === 0) return;
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
        : 'Fix its owner and permissions, or set OPPATCH_HOME to another directory.',
      cause: error,
    },
  );
}

/** As one word for the person's shell, quoted where that is needed: a POSIX shell; on Windows both `cmd` and PowerShell, of which only the latter knows `'`. */
export function shellWord(text: string, platform: NodeJS.Platform = ownPlatform): string {
  if (platform === 'win32') return /^[\w.\\/:+-]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`;
  return /^[\w./~@%+,:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

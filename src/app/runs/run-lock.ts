import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OppatchError } from '../../core/errors.ts';
import { tryLock, type LockHolder } from '../../state/lock.ts';
import type { RunHeader } from '../../journal/run-header.ts';

/** What one process at a time may be at work on: edits of this content for this account. */
export interface LockedEdits {
  readonly accountKey: string;
  /** Of the edits, hex. */
  readonly sha256: string;
}

/**
 * Holds the right to apply this content to this account, so that the same file is not applied twice at the same time. A killed
 * process loses its hold with its life. `state`: the directory of the state. Returns the function that gives it back. Rejects with `already-running` where another process holds it.
 */
export async function holdEdits(state: string, edits: LockedEdits, source: string): Promise<() => void> {
  const attempt = await attemptLock(state, edits, `apply ${source}`);
  if (typeof attempt === 'function') return attempt;
  throw new OppatchError(
    'already-running',
    `The same edits are being applied to the same account by process ${holderText(attempt.heldBy)}.`,
    { place: source, hint: 'Wait until it ends, or stop it (Ctrl-C there) and resume its run.', exitCode: 11 },
  );
}

/** As {@link holdEdits} for a run that is there already: rejects with `run-at-work` while a process is at work on it. */
export async function holdRun(state: string, header: RunHeader, command: string): Promise<() => void> {
  const attempt = await attemptLock(state, lockedEdits(header), `${command} ${header.run}`);
  if (typeof attempt === 'function') return attempt;
  throw new OppatchError('run-at-work', `The run ${header.run} is at work in process ${holderText(attempt.heldBy)}.`, {
    place: header.source,
    hint: 'Wait until it ends, or stop it (Ctrl-C there).',
    exitCode: 11,
  });
}

/** Runs `work` while no other process can work on the run; undefined where one does already. */
export async function unlessAtWork<T>(
  state: string,
  header: RunHeader,
  work: () => T | Promise<T>,
): Promise<T | undefined> {
  const attempt = await attemptLock(state, lockedEdits(header), `look at ${header.run}`);
  if (typeof attempt !== 'function') return undefined;
  try {
    return await work();
  } finally {
    attempt();
  }
}

/** What the lock of a run that is there already is taken on. */
export function lockedEdits({ accountKey, input: { sha256, originalSha256 = sha256 } }: RunHeader): LockedEdits {
  return { accountKey, sha256: originalSha256 };
}

async function attemptLock(
  state: string,
  { accountKey, sha256 }: LockedEdits,
  purpose: string,
): Promise<(() => void) | { readonly heldBy: LockHolder | undefined }> {
  const locks = join(state, 'locks');
  await mkdir(locks, { recursive: true, mode: 0o700 });
  const name = createHash('sha256').update(`${accountKey} ${sha256}`).digest('hex').slice(0, 32);
  const attempt = await tryLock(join(locks, `run-${name}`), { purpose });
  if ('heldBy' in attempt) return attempt;
  return () => attempt.release();
}

function holderText(holder: LockHolder | undefined): string {
  return holder === undefined ? 'unknown' : `${holder.pid}, since ${holder.startedAt}`;
}

import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OppatchError } from '../../core/errors.ts';
import { tryLock } from '../../state/lock.ts';
import type { Context } from '../session/context.ts';
import type { InputCopy } from '../edits/input-copy.ts';

/**
 * Holds the right to apply this content to this account, so that the same file is not applied twice at the same time. A killed
 * process loses its hold with its life. Returns the function that gives it back.
 */
export async function holdRunLock(
  context: Context,
  { sha256 }: Pick<InputCopy, 'sha256'>,
  source: string,
): Promise<() => void> {
  const locks = join(context.directories.state, 'locks');
  await mkdir(locks, { recursive: true, mode: 0o700 });
  const name = createHash('sha256').update(`${context.account.accountKey} ${sha256}`).digest('hex').slice(0, 32);
  const attempt = await tryLock(join(locks, `run-${name}`), { purpose: `apply ${source}` });
  if (!('heldBy' in attempt)) return () => attempt.release();
  const { heldBy } = attempt;
  throw new OppatchError(
    'already-running',
    `The same edits are being applied to the same account by process ${heldBy?.pid ?? 'unknown'}${heldBy === undefined ? '' : `, since ${heldBy.startedAt}`}.`,
    { place: source, hint: 'Wait until it ends, or stop it (Ctrl-C there) and resume its run.', exitCode: 11 },
  );
}

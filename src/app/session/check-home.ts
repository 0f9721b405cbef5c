import { directories } from '../../core/directories.ts';
import type { Host } from '../../host.ts';
import { checkOwnDirectory } from '../../profiles/owner-only.ts';

/** Rejects with `directory-open-to-others` where somebody else could have put profiles or runs into this user's directories. */
export async function checkHome({ env }: Pick<Host, 'env'>): Promise<void> {
  const { config, state } = directories(env);
  for (const path of new Set([config, state])) await checkOwnDirectory(path);
}

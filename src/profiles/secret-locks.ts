import { join } from 'node:path';
import { withLock } from '../state/lock.ts';
import { makeOwnDirectory } from './owner-only.ts';
import { checkProfileName } from './profile.ts';
import type { SecretStore } from './secret-store.ts';

/** Longer than a renewal takes with all its retries. */
const longestRenewalMs = 180_000;

/** Runs `work` while no other process writes secrets of this configuration, in whatever store. */
export async function withSecretsLocked<T>(
  configDirectory: string,
  purpose: string,
  work: () => Promise<T>,
): Promise<T> {
  await makeOwnDirectory(configDirectory);
  return withLock(join(configDirectory, 'locks', 'secrets'), work, { purpose });
}

/** {@link SecretStore.exclusively} of every store of this configuration. */
export function exclusivelyIn(configDirectory: string): SecretStore['exclusively'] {
  return async (profileName, purpose, work) => {
    checkProfileName(profileName);
    await makeOwnDirectory(configDirectory);
    return withLock(join(configDirectory, 'locks', `renew-${profileName}`), work, {
      purpose,
      waitMs: longestRenewalMs,
    });
  };
}

import { join } from 'node:path';
import type { Credentials, Vendor } from '../core/vendor.ts';
import { withLock } from '../state/lock.ts';
import { makeOwnDirectory } from './owner-only.ts';
import { checkProfileName, type Profile } from './profile.ts';

/** Where the credentials of profiles are kept. */
export interface SecretStore {
  /** For people: where the secrets are, never what they are. */
  readonly describe: () => string;
  readonly get: (profileName: string) => Promise<Credentials | undefined>;
  /** Replaces all that is kept for the profile. Durable when it resolves. */
  readonly set: (profileName: string, credentials: Credentials) => Promise<void>;
  /** As `set`, with what is kept now; no other process writes meanwhile. Undefined changes nothing. */
  readonly update: (
    profileName: string,
    change: (before: Credentials | undefined) => Credentials | undefined,
  ) => Promise<void>;
  /** False where there was nothing. */
  readonly remove: (profileName: string) => Promise<boolean>;
  /** Runs `work` while no other process works exclusively on this profile's secrets; the other methods are free inside. */
  readonly exclusively: <T>(profileName: string, purpose: string, work: () => Promise<T>) => Promise<T>;
}

/** The store that a profile names. */
export type SecretStores = (profile: Profile, vendor: Vendor) => SecretStore;

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

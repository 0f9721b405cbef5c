import type { Credentials, Vendor } from '../core/vendor.ts';
import type { Profile } from './profile.ts';

/** Where the credentials of profiles are kept. */
export interface SecretStore {
  readonly kind: 'file' | 'keychain' | 'command';
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

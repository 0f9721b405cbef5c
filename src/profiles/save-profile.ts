import { OppatchError } from '../core/errors.ts';
import type { Credentials, Vendor } from '../core/vendor.ts';
import type { ProfileStore } from './profile-store.ts';
import type { CredentialSource, Profile } from './profile.ts';
import type { SecretStores } from './secret-store.ts';

export interface SavedProfile {
  /** What could not be tidied up; warnings. */
  readonly warnings: readonly string[];
  /** Puts back what was there before: the profile of this name with its credentials, or none. */
  readonly undo: () => Promise<void>;
}

interface Places {
  readonly store: ProfileStore;
  readonly secrets: SecretStores;
}

/**
 * Saves the profile, or replaces the one of its name. The credentials are durable before the profile that names their store, and what another
 * store held for this name is removed after it. `credentials` is undefined where the store of the profile takes none.
 */
export async function saveProfile(
  { store, secrets }: Places,
  { profile, vendor, credentials }: { profile: Profile; vendor: Vendor; credentials: Credentials | undefined },
): Promise<SavedProfile> {
  const { name } = profile;
  const before = (await store.list()).find((known) => known.name === name);
  const former = before === undefined ? undefined : await credentialsBefore(before, secrets, vendor);
  if (credentials !== undefined) await secrets(profile, vendor).set(name, credentials);
  await store.save(profile);
  const file = secrets({ ...profile, credentialSource: 'file' }, vendor);
  if (profile.credentialSource !== 'file') await file.remove(name);
  const warnings: string[] = [];
  if (before?.credentialSource === 'keychain' && profile.credentialSource !== 'keychain') {
    await secrets(before, vendor)
      .remove(name)
      .catch((error: unknown) => {
        if (!(error instanceof OppatchError)) throw error;
        warnings.push(`The former credentials of ${name} are still in the keychain. ${error.message}`);
      });
  }
  return {
    warnings,
    undo: async () => {
      if (credentials !== undefined) await secrets(profile, vendor).remove(name);
      else await file.remove(name);
      if (before === undefined) return store.remove(name);
      if (former !== undefined) await secrets(before, vendor).set(name, former);
      await store.save(before);
    },
  };
}

/**
 * Moves the credentials to another store, durable there before the profile names it and gone here after. Returns where they are, for people. Nothing is done
 * where they are there already.
 */
export async function moveCredentials(
  { store, secrets }: Places,
  {
    profile,
    vendor,
    source,
  }: { readonly profile: Profile; readonly vendor: Vendor; readonly source: CredentialSource },
): Promise<string> {
  const from = secrets(profile, vendor);
  const moved: Profile = { ...profile, credentialSource: source };
  const to = secrets(moved, vendor);
  if (source === profile.credentialSource) return to.describe();
  await from.exclusively(profile.name, `move the credentials of ${profile.name}`, async () => {
    const credentials = await from.get(profile.name);
    if (credentials !== undefined) await to.set(profile.name, credentials);
    await store.save(moved);
    await from.remove(profile.name);
  });
  return to.describe();
}

/** Removes the profile and what is kept for it, the secrets first: where they can't be removed, the profile still tells where they are. */
export async function removeProfile(
  { store, secrets }: Places,
  { profile, vendor }: { readonly profile: Profile; readonly vendor: Vendor },
): Promise<void> {
  if (profile.credentialSource !== 'env') await secrets(profile, vendor).remove(profile.name);
  await store.remove(profile.name);
}

/** What a store of ours holds; undefined also where it can't be read: it is about to be replaced. */
async function credentialsBefore(
  before: Profile,
  secrets: SecretStores,
  vendor: Vendor,
): Promise<Credentials | undefined> {
  if (before.credentialSource === 'env' || before.credentialSource === 'command') return undefined;
  try {
    return await secrets(before, vendor).get(before.name);
  } catch (error) {
    if (error instanceof OppatchError && before.credentialSource === 'keychain') return undefined;
    throw error;
  }
}

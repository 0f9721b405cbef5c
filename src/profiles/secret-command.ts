import { createHash } from 'node:crypto';
import type { Credentials } from '../core/vendor.ts';
import { runSecretCommand, type SecretCommand } from './run-secret-command.ts';
import type { SecretStore } from './secret-store.ts';

/** What is kept beside the command begins with the digest of the refresh token that it was made from. */
const givenDigest = 'given.digest';

/**
 * The credentials that a command prints; it is run once. A command takes nothing back: what the vendor replaces (refresh and access
 * tokens) is kept in `rest`, and counts as long as the command prints the refresh token that it began with.
 */
export function openSecretCommand(of: Omit<SecretCommand, 'profileName'>, rest: SecretStore): SecretStore {
  const printed = new Map<string, Promise<Credentials>>();
  const given = (profileName: string): Promise<Credentials> => {
    const known = printed.get(profileName) ?? runSecretCommand({ ...of, profileName });
    printed.set(profileName, known);
    return known;
  };
  const update: SecretStore['update'] = async (profileName, change) => {
    const base = await given(profileName);
    await rest.update(profileName, (kept) => {
      const after = change(laidOver(base, kept));
      if (after === undefined) return undefined;
      const replaced = Object.entries(after).filter(([name, value]) => base[name] !== value);
      return { [givenDigest]: digestOf(base), ...Object.fromEntries(replaced) };
    });
  };
  return {
    describe: () =>
      `a command, which is run when they are needed; tokens that the vendor replaces go to ${rest.describe()}`,
    get: async (profileName) => laidOver(await given(profileName), await rest.get(profileName)),
    set: (profileName, credentials) => update(profileName, () => credentials),
    update,
    remove: rest.remove,
    exclusively: rest.exclusively,
  };
}

function laidOver(base: Credentials, kept: Credentials | undefined): Credentials {
  if (kept === undefined || kept[givenDigest] !== digestOf(base)) return base;
  const { [givenDigest]: _digest, ...replaced } = kept;
  return { ...base, ...replaced };
}

function digestOf({ refreshToken = '' }: Credentials): string {
  return createHash('sha256').update(`oppatch refresh token\n${refreshToken}`).digest('hex');
}

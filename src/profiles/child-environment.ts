import { createRedact } from '../core/redact.ts';
import type { Vendor } from '../core/vendor.ts';
import { credentialNames, isSecret } from './credential-set.ts';
import { environmentName } from './environment-name.ts';
import type { Profile } from './profile.ts';

/** How proxies and stores of the environment are named: their password is theirs to use, and no credential of a vendor. */
const networkVariable = /^(?:https?|all)_proxy$/i;

const shortestValue = 8;

/**
 * The environment for a command of the user's (`--notify`, `--secret-command`): without any vendor's credential. Left out are the variables that are named
 * for one, those that a profile names, and whatever holds one of their values, or one of `secrets`, in any form.
 */
export function childEnvironment(
  env: NodeJS.ProcessEnv,
  {
    vendors,
    profiles = [],
    secrets = [],
  }: {
    readonly vendors: readonly Vendor[];
    readonly profiles?: readonly Pick<Profile, 'environmentNames'>[];
    readonly secrets?: readonly string[];
  },
): NodeJS.ProcessEnv {
  const named = vendors.flatMap((vendor) =>
    credentialNames(vendor).map((name) => [environmentName(vendor.name, name), isSecret(vendor, name)] as const),
  );
  const ofProfiles = profiles.flatMap(({ environmentNames = {} }) => Object.values(environmentNames));
  const names = new Set([...named.map(([name]) => name), ...ofProfiles]);
  const values = [...named.flatMap(([name, secret]) => (secret ? [name] : [])), ...ofProfiles]
    .map((name) => env[name] ?? '')
    // A shorter one may stand in PATH by chance.
    .filter((value) => value.length >= shortestValue);
  const redact = createRedact([...secrets, ...values]);
  const kept = Object.entries(env).filter(
    ([name, value = '']) => !names.has(name) && (networkVariable.test(name) || redact(value) === value),
  );
  return Object.fromEntries(kept);
}

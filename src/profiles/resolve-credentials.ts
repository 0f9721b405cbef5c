import { OppatchError } from '../core/errors.ts';
import type { CredentialSet, Credentials, Vendor } from '../core/vendor.ts';
import {
  credentialNames,
  environmentChoices,
  fieldsOfSet,
  fittingSet,
  listed,
  missingFields,
  nearestSet,
  secretValues,
  signInBrings,
} from './credential-set.ts';
import { credentialProblem } from './credentials-json.ts';
import { environmentName, environmentValue, type Environment } from './environment-name.ts';
import { repeatableGrant } from './oauth-grant.ts';
import type { Profile } from './profile.ts';
import type { SecretStore, SecretStores } from './secret-store.ts';

export interface ResolvedCredentials {
  readonly credentials: Credentials;
  readonly credentialSet: CredentialSet;
  /** `store`: the secret store, under the profile's name. `placeholder`: made up, for a plan that sends nothing. */
  readonly credentialOrigin: 'environment' | 'store' | 'placeholder';
  /** The store that holds them, for those of a store. */
  readonly secretStore?: SecretStore;
  /** For people: where they are from. */
  readonly credentialSource: string;
  /** Every secret value that may come up, for the redactor. */
  readonly secrets: readonly string[];
  readonly notes: readonly string[];
  /** What looks wrong about a value; never the value. */
  readonly doubts: readonly string[];
}

interface Source {
  readonly vendor: Vendor;
  readonly profile: Profile | undefined;
  readonly env: Environment;
  readonly secrets: SecretStores;
}

/**
 * The environment before the secret store, each as a whole: credentials of two sources, of two accounts maybe, are never mixed. A
 * profile that names its variables is read from those alone. Throws `no-credentials` (exit 4).
 */
export async function resolveCredentials(source: Source): Promise<ResolvedCredentials> {
  const { vendor, profile, env, secrets } = source;
  const named = profile?.credentialSource === 'env' ? profile.environmentNames : undefined;
  const { variables, credentials: fromEnvironment } = credentialsInEnvironment(vendor, env, named);
  const given = Object.keys(fromEnvironment).map((name) => variables.get(name) ?? name);
  const set = fittingSet(vendor, fromEnvironment);
  if (set !== undefined) return environmentCredentials(source, set, fromEnvironment, variables);
  if (profile === undefined || profile.credentialSource === 'env') {
    throw notInEnvironment(source, fromEnvironment, variables);
  }
  const secretStore = secrets(profile, vendor);
  const stored = await secretStore.get(profile.name);
  const storedSet = stored === undefined ? undefined : fittingSet(vendor, stored);
  if (stored === undefined || storedSet === undefined) throw notInStore(source, profile, secretStore, stored);
  return checked(source, storedSet, fieldsOfSet(storedSet, stored), {
    credentialOrigin: 'store',
    secretStore,
    credentialSource: secretStore.describe(),
    // A renewed token is kept beside the credentials.
    secrets: secretValues(vendor, stored),
    notes:
      given.length === 0
        ? []
        : [`${listed(given)} in the environment: not all that is needed, so the profile's own credentials are used.`],
  });
}

/** What the environment holds of a vendor's credentials, and the variables by credential. `named`: those that a profile names, in place of the usual ones. */
export function credentialsInEnvironment(
  vendor: Vendor,
  env: Environment,
  named?: Profile['environmentNames'],
): { readonly variables: ReadonlyMap<string, string>; readonly credentials: Credentials } {
  const known = credentialNames(vendor).map((name) => {
    return [name, named === undefined ? environmentName(vendor.name, name) : named[name]] as const;
  });
  const variables = new Map(known.flatMap(([name, variable]) => (variable === undefined ? [] : [[name, variable]])));
  const values = [...variables].flatMap(([name, variable]): [string, string][] => {
    const value = environmentValue(env, variable);
    return value === undefined ? [] : [[name, value]];
  });
  return { variables, credentials: Object.fromEntries(values) };
}

function environmentCredentials(
  source: Source,
  set: CredentialSet,
  given: Credentials,
  variables: ReadonlyMap<string, string>,
): ResolvedCredentials {
  const { vendor, profile } = source;
  const credentials = fieldsOfSet(set, given);
  const names = listed(Object.keys(credentials).map((name) => variables.get(name) ?? name));
  const notes: string[] = [];
  if (profile !== undefined && profile.credentialSource !== 'env') {
    notes.push(`The credentials are those of the environment (${names}), not the stored ones of ${profile.name}.`);
  }
  if (credentials['refreshToken'] !== undefined && vendor.oauth !== undefined) {
    notes.push(
      `A refresh token from the environment can't be replaced there when the vendor replaces it; a stored profile can.`,
    );
  }
  return checked(source, set, credentials, {
    credentialOrigin: 'environment',
    credentialSource: `the environment: ${names}`,
    secrets: secretValues(vendor, credentials),
    notes,
  });
}

/** Credentials that need no secret: for calls that are shown and never sent. */
export function placeholderCredentials(vendor: Vendor): ResolvedCredentials {
  const credentialSet = nearestSet(vendor, {});
  const names = credentialSet.fields.map(({ name }) => name);
  const credentials = Object.fromEntries(names.map((name) => [name, `***${name}***`]));
  // What a sign-in with these would bring, by refresh token or by client credentials.
  if (vendor.oauth !== undefined && repeatableGrant(vendor.oauth, credentials) !== undefined)
    credentials['accessToken'] = '***accessToken***';
  return {
    credentials,
    credentialSet,
    credentialOrigin: 'placeholder',
    credentialSource: 'none is needed',
    secrets: Object.values(credentials),
    notes: [],
    doubts: [],
  };
}

function checked(
  { vendor, profile }: Source,
  credentialSet: CredentialSet,
  credentials: Credentials,
  rest: Omit<ResolvedCredentials, 'credentials' | 'credentialSet' | 'doubts'>,
): ResolvedCredentials {
  for (const [name, value] of Object.entries(credentials)) {
    const problem = credentialProblem(value);
    if (problem === undefined) continue;
    throw new OppatchError('bad-credential', `${name} of ${vendor.title} ${problem}.`, {
      place: profile && `profile ${profile.name}`,
      hint: 'Store it again, in one line.',
      exitCode: 4,
    });
  }
  const doubts = credentialSet.fields.flatMap(({ name, doubt }) => {
    const reason = credentials[name] === undefined ? undefined : doubt?.(credentials[name]);
    return reason === undefined ? [] : [`${name} ${reason}`];
  });
  return { ...rest, credentials, credentialSet, doubts };
}

function notInEnvironment(
  { vendor, profile }: Source,
  given: Credentials,
  variables: ReadonlyMap<string, string>,
): OppatchError {
  const missing = missingFields(nearestSet(vendor, given), given);
  const some = Object.keys(given).length > 0;
  const names = listed(missing.map((name) => variables.get(name) ?? name));
  const word = profile === undefined ? 'NAME' : profile.name;
  const choices = profile === undefined ? environmentChoices(vendor) : names;
  return new OppatchError(
    'no-credentials',
    some
      ? `The credentials of ${vendor.title} in the environment are not complete: ${names} ${missing.length === 1 ? 'is' : 'are'} missing.`
      : `There are no credentials of ${vendor.title} in the environment: ${choices}.`,
    {
      place: profile && `profile ${profile.name}`,
      hint: `Set ${some ? names : choices}. Or store them: oppatch profile add ${word} --vendor ${vendor.name}${profile === undefined ? `, then --profile ${word} in place of --vendor` : ' --force'}.`,
      exitCode: 4,
    },
  );
}

function notInStore(
  { vendor }: Source,
  profile: Profile,
  secretStore: SecretStore,
  stored: Credentials | undefined,
): OppatchError {
  const missing = stored === undefined ? [] : missingFields(nearestSet(vendor, stored), stored);
  const later = signInBrings(vendor);
  if (stored !== undefined && missing.every((name) => later.has(name))) {
    return new OppatchError('no-credentials', `Nobody has signed in for the profile ${profile.name} yet.`, {
      place: `profile ${profile.name}`,
      hint: `Sign in: oppatch profile login ${profile.name}`,
      exitCode: 4,
    });
  }
  return new OppatchError(
    'no-credentials',
    stored === undefined
      ? `There are no credentials of the profile ${profile.name} in ${secretStore.describe()}.`
      : `The credentials of the profile ${profile.name} are not complete: ${listed(missing)} ${missing.length === 1 ? 'is' : 'are'} missing.`,
    {
      place: `profile ${profile.name}`,
      hint: `Store them again: oppatch profile add ${profile.name} --vendor ${vendor.name} --force. Or set ${environmentChoices(vendor)}.`,
      exitCode: 4,
    },
  );
}

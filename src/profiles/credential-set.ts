import type { CredentialSet, Credentials, Vendor } from '../core/vendor.ts';
import { environmentName } from './environment-name.ts';

/** The first way of signing in, in the vendor's order, that these credentials suffice for. */
export function fittingSet(vendor: Vendor, given: Credentials): CredentialSet | undefined {
  return vendor.credentials.find((set) => missingFields(set, given).length === 0);
}

/** Names of the fields that the set still needs. */
export function missingFields(set: CredentialSet, given: Credentials): readonly string[] {
  return set.fields.filter(({ name, optional }) => optional !== true && !has(given, name)).map(({ name }) => name);
}

/** Names of the credentials that `profile login` brings for this vendor, so that a profile can be stored without them. */
export function signInBrings({ oauth }: Vendor): ReadonlySet<string> {
  return new Set(oauth?.signIn === undefined ? [] : ['refreshToken']);
}

/** Whether these credentials are not complete before a `profile login`. */
export function needsSignIn(vendor: Vendor, given: Credentials): boolean {
  return fittingSet(vendor, given) === undefined && signInBrings(vendor).size > 0;
}

/** The set of which most is there; the first where nothing is. */
export function nearestSet(vendor: Vendor, given: Credentials): CredentialSet {
  const [first, ...others] = vendor.credentials;
  if (first === undefined) throw new TypeError(`${vendor.name} declares no credentials`);
  const present = (set: CredentialSet) => set.fields.filter(({ name }) => has(given, name)).length;
  return others.reduce((best, set) => (present(set) > present(best) ? set : best), first);
}

/** What of the given belongs to the set. */
export function fieldsOfSet(set: CredentialSet, given: Credentials): Credentials {
  return Object.fromEntries(
    set.fields.flatMap(({ name }): [string, string][] => (has(given, name) ? [[name, given[name] ?? '']] : [])),
  );
}

/** All credential names of the vendor, each once. */
export function credentialNames(vendor: Vendor): readonly string[] {
  return [...new Set(vendor.credentials.flatMap(({ fields }) => fields.map(({ name }) => name)))];
}

export function isSecret(vendor: Vendor, credential: string): boolean {
  const fields = vendor.credentials.flatMap(({ fields }) => fields.filter(({ name }) => name === credential));
  return fields.length === 0 || fields.some(({ secret }) => secret);
}

/** Those of the values that are secret. */
export function secretValues(vendor: Vendor, given: Credentials): readonly string[] {
  return Object.entries(given).flatMap(([name, value]) => (isSecret(vendor, name) ? [value] : []));
}

/** `CLOSE_API_KEY, or CLOSE_CLIENT_ID, CLOSE_CLIENT_SECRET and CLOSE_REFRESH_TOKEN`. */
export function environmentChoices(vendor: Vendor): string {
  return vendor.credentials
    .map(({ fields }) => fields.filter(({ optional }) => optional !== true))
    .map((fields) => listed(fields.map(({ name }) => environmentName(vendor.name, name))))
    .join(', or ');
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

function has(given: Credentials, name: string): boolean {
  return Object.hasOwn(given, name) && given[name] !== '';
}

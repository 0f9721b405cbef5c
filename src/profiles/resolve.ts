import { defined } from '../core/defined.ts';
import { parseRate, type SetRate } from '../core/duration.ts';
import { OppatchError } from '../core/errors.ts';
import { nearestHint } from '../core/nearest.ts';
import { printable } from '../core/printable.ts';
import type { DateOrder, DecimalMark } from '../core/reading-rules.ts';
import type { Credentials, Service, Settings, Vendor } from '../core/vendor.ts';
import { accountKey } from './account-key.ts';
import { environmentChoices, fittingSet } from './credential-set.ts';
import { environmentName, environmentValue, type Environment } from './environment-name.ts';
import type { Profile } from './profile.ts';
import { unknownProfile, type ProfileStore } from './profile-store.ts';
import {
  credentialsInEnvironment,
  placeholderCredentials,
  resolveCredentials,
  type ResolvedCredentials,
} from './resolve-credentials.ts';
import { quotaStoreSecrets, resolveQuota, type QuotaChoices, type QuotaFlags } from './resolve-quota.ts';
import { repeatableGrant } from './oauth-grant.ts';
import { networkOf } from './profile-network.ts';
import { resolveSettings } from './resolve-settings.ts';
import type { SecretStores } from './secret-store.ts';
import { sendingDigest } from './sending-digest.ts';

export { environmentName } from './environment-name.ts';
export { checkSettings } from './resolve-settings.ts';

/** Which account at which vendor, with everything that is needed to speak to it. */
export interface Account extends ResolvedCredentials, QuotaChoices {
  readonly vendor: Vendor;
  /** The vendor as this account sees it: with its settings, and with its metadata where they were read. */
  readonly service: Service;
  /** Null for credentials of the environment without a profile. */
  readonly profileName: string | null;
  /** Every setting of the vendor, checked. */
  readonly settings: Settings;
  /** Without a trailing slash. Not checked: that is done by whoever sends credentials there. */
  readonly baseUrl: string;
  /** Undefined: the vendor's own limits. */
  readonly rates: readonly SetRate[] | undefined;
  readonly map: Readonly<Record<string, string>>;
  readonly ignore: readonly string[];
  readonly idColumn?: string;
  readonly decimalMark?: DecimalMark;
  readonly dateOrder?: DateOrder;
  readonly production: boolean;
  /** The profile's, with its user and password. */
  readonly proxy?: string;
  /** The profile's file of certificates of authorities. */
  readonly ca?: string;
  /** Tells accounts apart; hexadecimal. See `account-key.ts`. */
  readonly accountKey: string;
}

export interface AccountFlags {
  readonly profile?: string;
  readonly vendor?: string;
  readonly baseUrl?: string;
  readonly settings: Settings;
  readonly rates: readonly string[];
  readonly quota?: QuotaFlags;
}

export interface AccountSources {
  readonly flags: AccountFlags;
  readonly env: Environment;
  readonly store: ProfileStore;
  readonly secrets: SecretStores;
  readonly vendors: readonly Vendor[];
  /** The vendor of a name; throws where it is described by a file that can't be used. Absent: one of `vendors`. */
  readonly vendorNamed?: (name: string) => Vendor | undefined;
  /** False: placeholders stand for the credentials, and no secret is read. */
  readonly credentialsNeeded?: boolean;
}

/**
 * Puts an account together; for each part flag, environment, profile, vendor default, in this order. `--vendor` without `--profile` means the
 * environment's credentials and no profile. What may surprise is in `notes`, what looks wrong in `doubts`. Throws an OppatchError: exit 4 for missing
 * credentials, else 2.
 */
export async function resolveAccount(sources: AccountSources): Promise<Account> {
  const { flags, env, secrets } = sources;
  const notes: string[] = [];
  const profile = await chosenProfile(sources, notes);
  const vendor = chosenVendor(sources, profile);
  const { settings, notes: settingNotes } = resolveSettings(vendor, { flags: flags.settings, env, profile });
  notes.push(...settingNotes);
  const baseUrl = chosenBaseUrl(vendor, settings, { flags, env, profile }, notes);
  const rates = chosenRates(vendor, { flags, env, profile }, notes);
  const resolved =
    sources.credentialsNeeded === false
      ? placeholderCredentials(vendor)
      : await resolveCredentials({ vendor, profile, env, secrets });
  const profileName = profile?.name ?? null;
  notes.push(...tokenAddress(vendor, settings, resolved.credentials, baseUrl));
  // Only where it is needed: another program may hold the secrets.
  const reads = profile?.proxyHasSecret === true && sources.credentialsNeeded !== false;
  const stored = reads ? await secrets(profile, vendor).get(profile.name) : undefined;
  const network = profile === undefined ? {} : networkOf(profile, stored ?? {});
  const quota = resolveQuota(flags.quota ?? {}, env, profile);
  return {
    ...resolved,
    ...quota,
    ...network,
    secrets: [...resolved.secrets, ...quotaStoreSecrets(quota.quotaStore)],
    vendor,
    service: vendor.open(settings),
    profileName,
    settings,
    baseUrl,
    rates,
    map: profile?.map ?? {},
    ignore: profile?.ignore ?? [],
    ...defined({ idColumn: profile?.idColumn, decimalMark: profile?.decimalMark, dateOrder: profile?.dateOrder }),
    production: profile?.production ?? false,
    accountKey: accountKey({ vendorName: vendor.name, baseUrl, credentials: resolved.credentials, profileName }),
    notes: [...notes, ...resolved.notes],
  };
}

/** Where the credentials go besides the base URL, for a vendor that a file describes. */
function tokenAddress({ oauth }: Vendor, settings: Settings, credentials: Credentials, baseUrl: string): string[] {
  if (oauth?.named !== true || repeatableGrant(oauth, credentials) === undefined) return [];
  const host = hostOf(oauth.tokenUrl(credentials, settings));
  return host === hostOf(baseUrl) ? [] : [`Access tokens come from ${printable(host)}, as the vendor file says.`];
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}

/** `--profile`, `OPPATCH_PROFILE`, the one of `profile use`, the only one. Undefined where `--vendor` stands alone. */
async function chosenProfile(
  { flags, env, store, vendors }: AccountSources,
  notes: string[],
): Promise<Profile | undefined> {
  if (flags.profile !== undefined) return store.get(flags.profile);
  const inEnvironment = environmentValue(env, 'OPPATCH_PROFILE');
  if (flags.vendor !== undefined) {
    if (inEnvironment !== undefined) {
      notes.push(`OPPATCH_PROFILE (${printable(inEnvironment)}) is not used: --vendor is given.`);
    }
    return undefined;
  }
  if (inEnvironment !== undefined) return store.get(inEnvironment);
  const profiles = await store.list();
  const current = await store.current();
  if (current !== undefined) {
    return profiles.find(({ name }) => name === current) ?? unknownProfile(current, profiles);
  }
  const [only, ...others] = profiles;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) throw noProfile(vendors, env);
  throw new OppatchError('which-profile', `There are ${profiles.length} profiles, and none is named.`, {
    hint: `Add --profile with one of ${profiles.map(({ name }) => name).join(', ')}; or type \`oppatch profile use NAME\` once.`,
  });
}

function noProfile(vendors: readonly Vendor[], env: Environment): OppatchError {
  const ready = vendors.find((vendor) => {
    const { credentials } = credentialsInEnvironment(vendor, env);
    return fittingSet(vendor, credentials) !== undefined;
  });
  const names = vendors.map(({ name }) => name).join('|');
  return new OppatchError('no-profile', 'There is no profile yet, and no --vendor is given.', {
    hint:
      ready === undefined
        ? `Type \`oppatch profile add NAME --vendor ${names}\`, or give --vendor with credentials in the environment.`
        : `The environment holds ${environmentChoices(ready)}: add --vendor ${ready.name}.`,
  });
}

function chosenVendor(sources: AccountSources, profile: Profile | undefined): Vendor {
  const { flags } = sources;
  const asked = flags.vendor === undefined ? undefined : vendorCalled(flags.vendor, sources, '--vendor');
  if (profile === undefined) return asked ?? vendorCalled('', sources, '--vendor');
  const stored = vendorCalled(profile.vendor, sources, `profile ${profile.name}`);
  if (profile.sending !== undefined && profile.sending !== sendingDigest(stored)) throw sendsElsewhere(profile);
  if (asked === undefined || asked === stored) return stored;
  throw new OppatchError(
    'other-vendor',
    `The profile ${profile.name} is one of ${stored.name}, not of ${asked.name}.`,
    {
      place: '--vendor',
      hint: 'Leave out --vendor, or name a profile of that vendor.',
    },
  );
}

/** Its credentials were given for another address, or to be sent in another way. */
function sendsElsewhere({ name, vendor }: Profile): OppatchError {
  return new OppatchError(
    'other-account',
    `The file that describes ${vendor} sends credentials to another address, or in another way, than when the profile ${name} was made. Nothing was sent.`,
    {
      place: `profile ${name}`,
      hint: `Look at "baseUrl", "credentials" and "settings" in the file. Where they are right, store the credentials for it: oppatch profile add ${name} --vendor ${vendor} --force`,
      exitCode: 7,
    },
  );
}

function vendorCalled(name: string, { vendors, vendorNamed }: AccountSources, place: string): Vendor {
  const wanted = name.toLowerCase();
  const found = vendorNamed?.(wanted) ?? vendors.find((vendor) => vendor.name === wanted);
  if (found !== undefined) return found;
  const names = vendors.map((vendor) => vendor.name);
  throw new OppatchError('unknown-vendor', `There is no vendor ${printable(name)}.`, {
    place,
    hint: `${nearestHint(name, names)}Known are ${names.join(', ')}.`,
  });
}

interface Layers {
  readonly flags: AccountFlags;
  readonly env: Environment;
  readonly profile: Profile | undefined;
}

/** A flag for a setting that decides the vendor's address (`--host`) is a flag for the address, and goes before the profile's. */
function chosenBaseUrl(vendor: Vendor, settings: Settings, { flags, env, profile }: Layers, notes: string[]): string {
  if (flags.baseUrl !== undefined) return trimmed(flags.baseUrl);
  const own = vendor.baseUrl(settings);
  const { settings: unflagged } = resolveSettings(vendor, { flags: {}, env, profile });
  const variable = environmentName(vendor.name, 'baseUrl');
  const inEnvironment = environmentValue(env, variable);
  const other = inEnvironment ?? profile?.baseUrl;
  if (other === undefined) return trimmed(own);
  if (own !== vendor.baseUrl(unflagged)) {
    notes.push(`${Object.keys(flags.settings).join(', ')} on the command line: the address is ${printable(own)}.`);
    return trimmed(own);
  }
  if (inEnvironment !== undefined) notes.push(`The address is ${printable(inEnvironment)}, from ${variable}.`);
  return trimmed(other);
}

function trimmed(url: string): string {
  return url.trim().replace(/\/+$/, '');
}

function chosenRates(vendor: Vendor, { flags, env, profile }: Layers, notes: string[]): readonly SetRate[] | undefined {
  if (flags.rates.length > 0) return ratesCalled(flags.rates, '--rate');
  const variable = environmentName(vendor.name, 'rate');
  const inEnvironment = environmentValue(env, variable);
  if (inEnvironment === undefined) return ratesCalled(profile?.rates ?? [], `profile ${profile?.name ?? ''}`);
  notes.push(`The rate is ${printable(inEnvironment)}, from ${variable}.`);
  return ratesCalled(inEnvironment.split(/[\s,]+/), variable);
}

/** None is undefined: another layer decides. */
function ratesCalled(texts: readonly string[], place: string): readonly SetRate[] | undefined {
  return texts.length === 0 ? undefined : texts.map((text) => rateCalled(text, place));
}

function rateCalled(text: string, place: string): SetRate {
  const rate = parseRate(text);
  if (rate !== undefined) return rate;
  throw new OppatchError('bad-rate', `${JSON.stringify(printable(text.slice(0, 40)))} is not a rate.`, {
    place,
    hint: 'Write calls/window, for example 25/5s, 100/1m or 10000/1d.',
  });
}

import { directories } from '../core/directories.ts';
import { rateText } from '../core/duration.ts';
import { OppatchError } from '../core/errors.ts';
import type { Credentials, Settings, Vendor } from '../core/vendor.ts';
import { needsSignIn } from '../profiles/credential-set.ts';
import { askCredentials, readCredentialsJson } from '../profiles/ask-credentials.ts';
import { openSecretStores } from '../profiles/open-secret-stores.ts';
import { openProfileStore } from '../profiles/profile-store.ts';
import { checkProfileName, type CredentialSource, type Profile } from '../profiles/profile.ts';
import { checkStoredQuotaStore } from '../profiles/resolve-quota.ts';
import { checkSettings, environmentName } from '../profiles/resolve.ts';
import { runSecretCommand } from '../profiles/run-secret-command.ts';
import { saveProfile, type SavedProfile } from '../profiles/save-profile.ts';
import { checkBaseUrl } from '../transport/base-url.ts';
import { vendors } from '../vendors/index.ts';
import { chooseStore, type StoreOptions } from './choose-store.ts';
import { mustNotAsk } from './context.ts';
import { givenQuota, givenSettings, type AccountOptions, type OutputOptions } from './options.ts';
import { print, tell } from './output.ts';
import { vendorCalled } from './vendors.ts';

export interface ProfileAddOptions extends AccountOptions, OutputOptions, StoreOptions {
  readonly map: readonly (readonly [string, string])[];
  readonly ignore: readonly string[];
  readonly idColumn?: string;
  readonly production?: true;
  readonly force?: true;
}

/** Stores an account and makes no call; without a name or a vendor it asks a person for all that is needed, and checks it. */
export async function addProfileEntry(name: string | undefined, options: ProfileAddOptions): Promise<void> {
  if (name === undefined || options.vendor === undefined) {
    if (!mustNotAsk(options) && options.credentialsStdin !== true) {
      const { setUpProfile } = await import('./profile-set-up.ts');
      return setUpProfile(name, options);
    }
    throw name === undefined
      ? new OppatchError('usage', 'A profile needs a name.', {
          hint: 'Type `oppatch profile add NAME --vendor VENDOR`, or on a terminal `oppatch profile add` to be asked.',
        })
      : new OppatchError('vendor-needed', 'A profile needs a vendor.', {
          hint: `Add --vendor with one of ${vendors.map((vendor) => vendor.name).join(', ')}.`,
        });
  }
  const vendor = vendorCalled(options.vendor, vendors);
  const settings = givenSettings(options);
  await checkNewEntry(name, vendor, settings, options);
  const source = await chooseStore(options, process.env);
  const credentials = await givenCredentials(vendor, source, options);
  const { where, usable } = await storeEntry({ name, vendor, settings, source, credentials, options });
  if (options.json === true) print(JSON.stringify({ profile: name, vendor: vendor.name, credentials: where }));
  else {
    const next = usable !== undefined && needsSignIn(vendor, usable) ? 'login' : 'check';
    print(
      `Stored the profile ${name} (${vendor.title}). Credentials: ${where}.\nNext: oppatch profile ${next} ${name}`,
    );
  }
}

/** Throws what stands against the profile, before anybody is asked for a secret. */
export async function checkNewEntry(
  name: string,
  vendor: Vendor,
  settings: Settings,
  options: Pick<ProfileAddOptions, 'baseUrl' | 'force' | 'quotaStore'>,
): Promise<void> {
  checkProfileName(name);
  const store = await openProfileStore(directories(process.env).config);
  const known = (await store.list()).some((profile) => profile.name === name);
  if (known && options.force !== true) {
    throw new OppatchError('profile-exists', `There is a profile ${name} already.`, {
      hint: 'Choose another name, or add --force to replace it.',
    });
  }
  checkSettings(vendor, settings);
  if (options.baseUrl !== undefined) checkBaseUrl(options.baseUrl);
  if (options.quotaStore !== undefined) checkStoredQuotaStore(options.quotaStore);
}

/** Undefined where the store takes none. */
async function givenCredentials(
  vendor: Vendor,
  source: CredentialSource,
  options: ProfileAddOptions,
): Promise<Credentials | undefined> {
  if (source === 'env' || source === 'command') return undefined;
  if (options.credentialsStdin === true) return readCredentialsJson(process.stdin, vendor);
  if (options.input && process.stdin.isTTY) return askCredentials(vendor);
  throw new OppatchError('credentials-needed', 'Nobody is there to type the credentials: this is not a terminal.', {
    hint: 'Use --credentials-stdin (one JSON object), --secret-command or --from-env.',
  });
}

export interface NewEntry {
  readonly name: string;
  readonly vendor: Vendor;
  readonly settings: Settings;
  readonly source: CredentialSource;
  /** Undefined where the store takes none. */
  readonly credentials: Credentials | undefined;
  readonly options: ProfileAddOptions;
}

export interface StoredEntry {
  /** For people: where the credentials are. */
  readonly where: string;
  /** The credentials as they can be read now; undefined for those of the environment. */
  readonly usable: Credentials | undefined;
  readonly undo: SavedProfile['undo'];
}

/** Stores the profile; its secret is durable first. A secret command is tried before. Says what looks wrong. */
export async function storeEntry(entry: NewEntry): Promise<StoredEntry> {
  const { name, vendor, settings, source, credentials, options } = entry;
  const names = vendor.credentials.flatMap(({ fields }) => fields.map((field) => field.name));
  const command = source === 'command' ? options.secretCommand : undefined;
  const usable =
    command === undefined
      ? credentials
      : await runSecretCommand({ command, vendor, profileName: name, env: process.env });
  const profile: Profile = {
    name,
    vendor: vendor.name,
    settings,
    ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
    rates: options.rate.map(rateText),
    map: Object.fromEntries(options.map),
    ignore: [...options.ignore],
    ...(options.idColumn === undefined ? {} : { idColumn: options.idColumn }),
    ...givenQuota(options),
    production: options.production === true,
    credentialSource: source,
    ...(source === 'env'
      ? { environmentNames: Object.fromEntries(names.map((field) => [field, environmentName(vendor.name, field)])) }
      : {}),
    ...(command === undefined ? {} : { secretCommand: command }),
    createdAt: new Date().toISOString(),
  };
  const { config } = directories(process.env);
  const secrets = openSecretStores(config, process.env);
  const store = await openProfileStore(config);
  const { warnings, undo } = await saveProfile({ store, secrets }, { profile, vendor, credentials });
  for (const warning of warnings) tell(`! ${warning}`);
  for (const field of vendor.credentials.flatMap((set) => set.fields)) {
    const value = usable?.[field.name];
    const doubt = value === undefined ? undefined : field.doubt?.(value);
    if (doubt !== undefined) tell(`! ${field.name}: ${doubt}`);
  }
  const where = source === 'env' ? 'only the names of the environment variables' : secrets(profile, vendor).describe();
  return { where, usable, undo };
}

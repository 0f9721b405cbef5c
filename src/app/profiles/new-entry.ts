import { defined } from '../../core/defined.ts';
import { resolve } from 'node:path';
import { directories } from '../../core/directories.ts';
import { rateText } from '../../core/duration.ts';
import { OppatchError } from '../../core/errors.ts';
import type { DateOrder, DecimalMark } from '../../core/reading-rules.ts';
import type { Credentials, Settings, Vendor } from '../../core/vendor.ts';
import type { Host } from '../../host.ts';
import { openSecretStores } from '../../profiles/open-secret-stores.ts';
import { openProfileStore } from '../../profiles/profile-store.ts';
import { checkProfileName, type CredentialSource, type Profile } from '../../profiles/profile.ts';
import { proxySecret } from '../../profiles/profile-network.ts';
import type { Terminal } from '../../profiles/question.ts';
import { checkStoredQuotaStore } from '../../profiles/resolve-quota.ts';
import { checkSettings, environmentName } from '../../profiles/resolve.ts';
import { resolveSettings } from '../../profiles/resolve-settings.ts';
import { exchangeCode } from '../../profiles/exchange-code.ts';
import { codeGrant } from '../../profiles/oauth-grant.ts';
import { createTransport } from '../../transport/send.ts';
import { sendingDigest } from '../../profiles/sending-digest.ts';
import { runSecretCommand } from '../../profiles/run-secret-command.ts';
import { saveProfile, type SavedProfile } from '../../profiles/save-profile.ts';
import { readAuthorities } from '../../transport/authorities.ts';
import { checkBaseUrl } from '../../transport/base-url.ts';
import { readProxy } from '../../transport/proxies.ts';
import { givenQuota, type AccountOptions, type OutputOptions } from '../session/options.ts';
import { writeErr } from '../session/output.ts';
import { knownVendors } from '../session/known-vendors.ts';
import { findVendor } from '../../vendors/index.ts';
import type { StoreOptions } from './choose-store.ts';
import { openNetwork } from '../session/network.ts';
import { toolVersion } from '../session/version.ts';

export interface ProfileAddOptions extends AccountOptions, OutputOptions, StoreOptions {
  readonly map: readonly (readonly [string, string])[];
  readonly ignore: readonly string[];
  readonly idColumn?: string;
  readonly decimalMark?: DecimalMark;
  readonly dateOrder?: DateOrder;
  readonly production?: true;
  readonly force?: true;
}

/** Throws what stands against the profile, before anybody is asked for a secret. */
export async function checkNewEntry(
  host: Host,
  name: string,
  vendor: Vendor,
  settings: Settings,
  options: Pick<ProfileAddOptions, 'baseUrl' | 'force' | 'quotaStore'>,
): Promise<void> {
  checkProfileName(name);
  const store = await openProfileStore(directories(host.env).config);
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

const noProxy = { proxy: undefined, userinfo: '' };

/** Where a person is asked. Questions go to stderr: stdout is for results. A terminal that does not know its width (0) is taken as one of 80 columns. */
export function terminalOf({ stdin, stderr }: Host): Terminal {
  if (stderr.columns === 0) Object.assign(stderr, { columns: 80 });
  return { input: stdin, output: stderr };
}

/** Stores the profile; its secret is durable first. A secret command is tried before, a one-time code exchanged. Says what looks wrong. */
export async function storeEntry(host: Host, entry: NewEntry): Promise<StoredEntry> {
  const { name, vendor, settings, source, options } = entry;
  const names = vendor.credentials.flatMap(({ fields }) => fields.map((field) => field.name));
  const command = source === 'command' ? options.secretCommand : undefined;
  const { proxy, userinfo } = options.proxy === undefined ? noProxy : readProxy(options.proxy, '--proxy');
  if (userinfo !== '' && entry.credentials === undefined)
    throw new OppatchError('proxy-secret', 'The proxy has a password, and this profile keeps no secret.', {
      place: '--proxy',
      hint: 'Leave its user and password out here, and set HTTPS_PROXY to the whole address where oppatch runs.',
    });
  await readAuthorities(options.ca, host.env);
  const credentials =
    entry.credentials === undefined ? undefined : await lastingCredentials(host, entry, entry.credentials);
  const usable =
    command === undefined
      ? credentials
      : await runSecretCommand({ command, vendor, vendors: knownVendors(host.env), profileName: name, env: host.env });
  const profile: Profile = {
    name,
    vendor: vendor.name,
    settings,
    ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
    rates: options.rate.map(rateText),
    map: Object.fromEntries(options.map),
    ignore: [...options.ignore],
    ...defined({ idColumn: options.idColumn, decimalMark: options.decimalMark, dateOrder: options.dateOrder }),
    ...givenQuota(options),
    ...(proxy === undefined ? {} : { proxy: proxy.url }),
    ...(userinfo === '' ? {} : { proxyHasSecret: true as const }),
    ...(options.ca === undefined ? {} : { ca: resolve(options.ca) }),
    production: options.production === true,
    credentialSource: source,
    ...(source === 'env'
      ? { environmentNames: Object.fromEntries(names.map((field) => [field, environmentName(vendor.name, field)])) }
      : {}),
    ...(command === undefined ? {} : { secretCommand: command }),
    ...(findVendor(vendor.name) === undefined ? { sending: sendingDigest(vendor) } : {}),
    createdAt: new Date().toISOString(),
  };
  const { config } = directories(host.env);
  const secrets = openSecretStores(config, host.env, knownVendors(host.env));
  const store = await openProfileStore(config);
  const kept = credentials === undefined ? undefined : { ...credentials, ...proxySecret(userinfo) };
  const { warnings, undo } = await saveProfile({ store, secrets }, { profile, vendor, credentials: kept });
  for (const warning of warnings) writeErr(host, `! ${warning}`);
  for (const field of vendor.credentials.flatMap((set) => set.fields)) {
    const value = usable?.[field.name];
    const doubt = value === undefined ? undefined : field.doubt?.(value);
    if (doubt !== undefined) writeErr(host, `! ${field.name}: ${doubt}`);
  }
  const where = source === 'env' ? 'only the names of the environment variables' : secrets(profile, vendor).describe();
  return { where, usable, undo };
}

/** The credentials as they are kept: a one-time code becomes the refresh token that it stands for. */
async function lastingCredentials(
  host: Host,
  { name, vendor, settings, options }: NewEntry,
  credentials: Credentials,
): Promise<Credentials> {
  if (vendor.oauth === undefined || codeGrant(vendor.oauth, credentials) === undefined) return credentials;
  const resolved = resolveSettings(vendor, { flags: settings, env: host.env, profile: undefined });
  const network = await openNetwork(host, options);
  const transport = await createTransport({ connections: 1, version: toolVersion(), ...network });
  try {
    const exchanged = await exchangeCode({
      vendor,
      settings: resolved.settings,
      credentials,
      profileName: name,
      transport,
    });
    for (const warning of [...resolved.notes, ...(exchanged?.doubt === undefined ? [] : [exchanged.doubt])])
      writeErr(host, `! ${warning}`);
    return exchanged?.credentials ?? credentials;
  } finally {
    await transport.close();
  }
}

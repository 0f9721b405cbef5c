import { defined } from '../../core/defined.ts';
import { directories } from '../../core/directories.ts';
import type { Host } from '../../host.ts';
import { openSecretStores } from '../../profiles/open-secret-stores.ts';
import { openProfileStore } from '../../profiles/profile-store.ts';
import { removeProfile } from '../../profiles/save-profile.ts';
import { tableText } from '../../report/table.ts';
import { terminalStyle } from '../session/context.ts';
import { knownVendors } from '../session/known-vendors.ts';
import type { OutputOptions } from '../session/options.ts';
import { writeOut } from '../session/output.ts';
import { vendorCalled } from '../session/vendor-called.ts';

async function open(host: Host) {
  const { config } = directories(host.env);
  return {
    store: await openProfileStore(config),
    secrets: openSecretStores(config, host.env, knownVendors(host.env)),
  };
}

/** Makes an account the default. */
export async function useProfile(host: Host, name: string): Promise<void> {
  const { store } = await open(host);
  await store.use(name);
  writeOut(host, `${name} is now used where no profile is named.`);
}

/** Removes an account and its credentials. */
export async function dropProfile(host: Host, name: string): Promise<void> {
  const { store, secrets } = await open(host);
  const profile = await store.get(name);
  await removeProfile({ store, secrets }, { profile, vendor: vendorCalled(host, profile.vendor) });
  writeOut(host, `The profile ${name} and its credentials are removed.`);
}

/** Lists the stored accounts. */
export async function listProfiles(host: Host, options: OutputOptions): Promise<void> {
  const { store } = await open(host);
  const profiles = await store.list();
  const current = await store.current();
  const entries = profiles.map(({ name, vendor, production, rates, credentialSource }) => ({
    name,
    vendor,
    current: name === current,
    production,
    rates,
    credentials: credentialSource,
  }));
  if (options.json === true) return writeOut(host, JSON.stringify(entries));
  if (entries.length === 0)
    return writeOut(host, 'There is no profile yet. Type `oppatch profile add NAME --vendor VENDOR`.');
  const titles = ['', 'name', 'vendor', 'rates', 'credentials', ''].map((title) => ({ title }));
  const rows = entries.map((entry) => [
    entry.current ? '*' : '',
    entry.name,
    entry.vendor,
    entry.rates.length === 0 ? "vendor's" : entry.rates.join(' '),
    entry.credentials,
    entry.production ? 'production' : '',
  ]);
  writeOut(host, tableText(titles, rows, await terminalStyle(host, options, 'stdout')));
}

/** A file that was edited by hand may hold what `profile add` refuses. */
function maskedAddress(address: string): string {
  return address.replace(/\/\/.*@/s, '//***@');
}

/** Shows a stored account and where its credentials are, never the credentials themselves. */
export async function showProfile(host: Host, name: string, options: OutputOptions): Promise<void> {
  const { store, secrets } = await open(host);
  const profile = await store.get(name);
  const { vendor, settings, baseUrl, rates, map, ignore = [], idColumn, production, createdAt } = profile;
  const { quotaStore, reservePercent, proxy, proxyHasSecret, ca, secretCommand } = profile;
  const credentials =
    profile.credentialSource === 'env'
      ? `environment variables ${Object.values(profile.environmentNames ?? {}).join(', ')}`
      : secrets(profile, vendorCalled(host, vendor)).describe();
  const shown = defined({
    name,
    vendor,
    base_url: baseUrl,
    settings,
    rates,
    map,
    ignore,
    id_column: idColumn,
    quota_store: quotaStore === undefined ? undefined : maskedAddress(quotaStore),
    proxy: proxyHasSecret === true ? proxy?.replace('://', '://***@') : proxy,
    ca,
    reserve: reservePercent === undefined ? undefined : `${reservePercent}%`,
    production,
    created_at: createdAt,
    credentials,
    secret_command: secretCommand,
  });
  const lines = Object.entries(shown).map(
    ([label, value]) => `${label.padEnd(14)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  writeOut(host, options.json === true ? JSON.stringify(shown) : lines.join('\n'));
}

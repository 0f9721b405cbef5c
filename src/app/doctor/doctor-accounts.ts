import { durationText } from '../../core/duration.ts';
import { OppatchError } from '../../core/errors.ts';
import type { Host } from '../../host.ts';
import { tokenClaims } from '../../profiles/account-key.ts';
import { openProfileStore } from '../../profiles/profile-store.ts';
import { openSecretStores } from '../../profiles/open-secret-stores.ts';
import type { Profile } from '../../profiles/profile.ts';
import { resolveQuota } from '../../profiles/resolve-quota.ts';
import { knownVendors } from '../session/known-vendors.ts';
import { notableSkewMs, proveAccount, skewText } from '../accounts/account-check.ts';
import { openContext, type Context } from '../session/context.ts';
import { defaultTimeoutMs } from '../session/session.ts';
import { openWire } from '../session/wire.ts';
import { finding, findingOf, type DoctorCheck, type DoctorOptions, type Finding } from './doctor-check.ts';

/** The checks of the accounts: what is stored, and, with one harmless read each, what the vendor says. */

export const checkProfiles: DoctorCheck = {
  name: 'profiles',
  run: async ({ directories: { config } }) => {
    try {
      const store = await openProfileStore(config);
      const profiles = await store.list();
      const current = await store.current();
      if (current !== undefined && profiles.every(({ name }) => name !== current)) {
        const remedy = 'Type `oppatch profile list`, then `oppatch profile use NAME`.';
        return [finding('error', `The profile in use, ${current}, is not there.`, remedy)];
      }
      if (profiles.length > 0) return [finding('ok', `${profiles.length} stored in ${config}`)];
      const remedy =
        'Type `oppatch profile add NAME --vendor VENDOR`, or give --vendor with credentials in the environment.';
      return [finding('warning', 'There is no profile yet.', remedy)];
    } catch (error) {
      return [findingOf(error)];
    }
  },
};

export const checkSecrets: DoctorCheck = {
  name: 'secrets',
  run: async ({ host, directories: { config } }) => {
    const vendors = knownVendors(host.env);
    const secrets = openSecretStores(config, host.env, vendors);
    const places = new Map<string, string[]>();
    const findings: Finding[] = [];
    for (const profile of await storedProfiles(config)) {
      const vendor = vendors.find(({ name }) => name === profile.vendor);
      if (vendor === undefined || profile.credentialSource === 'env') continue;
      try {
        const store = secrets(profile, vendor);
        const kept = await store.get(profile.name);
        const place = store.describe();
        if (kept !== undefined) places.set(place, [...(places.get(place) ?? []), profile.name]);
        else
          findings.push({ ...about(profile.name, finding('error', `nothing is kept in ${place}`)), credentials: true });
      } catch (error) {
        findings.push(about(profile.name, findingOf(error)));
      }
    }
    for (const [place, names] of places) findings.push(finding('ok', `kept in ${place}: ${names.join(', ')}`));
    return findings;
  },
};

/** None where they can't be read: that is found by its own check. */
async function storedProfiles(config: string): Promise<readonly Profile[]> {
  const store = await openProfileStore(config);
  return store.list().catch((error: unknown) => {
    if (error instanceof OppatchError) return [];
    throw error;
  });
}

export const checkAccounts: DoctorCheck = {
  name: 'account',
  run: async ({ host, directories: { config }, options }) => {
    const findings: Finding[] = [];
    for (const profile of await profilesToCheck(config, options)) {
      const named = profile === undefined ? options : { ...options, profile };
      const found = await accountFindings(host, named);
      findings.push(...found.map((finding) => about(profile, finding)));
    }
    return findings;
  },
};

function about(profile: string | undefined, finding: Finding): Finding {
  return profile === undefined ? finding : { ...finding, profile };
}

/** The named account, else every stored one. */
async function profilesToCheck(
  config: string,
  { profile, vendor }: DoctorOptions,
): Promise<readonly (string | undefined)[]> {
  if (profile !== undefined) return [profile];
  if (vendor !== undefined) return [undefined];
  return (await storedProfiles(config)).map(({ name }) => name);
}

async function accountFindings(host: Host, options: DoctorOptions): Promise<Finding[]> {
  try {
    const context = await openContext(host, { ...options, quiet: true }, { offline: false });
    const { account } = context;
    const doubts = account.doubts.map((message) => finding('warning', message));
    const token = tokenFindings(account.credentials['accessToken'], account.credentials['refreshToken'], Date.now());
    const live =
      options.offline === true
        ? [settled(context)]
        : await liveFindings(context).catch((error: unknown) => [findingOf(error)]);
    return [...live, ...wayFindings(context), ...doubts, ...token];
  } catch (error) {
    return [findingOf(error)];
  }
}

/** Which way each address of the account takes. */
function wayFindings({ account, baseUrl, network: { proxies } }: Context): Finding[] {
  const signIn = account.vendor.oauth?.tokenUrl(account.credentials, account.settings);
  const addresses = [
    baseUrl,
    ...(signIn === undefined || account.credentials['refreshToken'] === undefined ? [] : [signIn]),
  ];
  return addresses.map((address) => {
    const url = new URL(address);
    const proxy = proxies.of(url);
    const exception = proxies.exception(url);
    const way =
      proxy === undefined
        ? `directly${exception === undefined ? '' : ` (${exception})`}`
        : `through the proxy ${proxy.host} (${proxy.source})`;
    return finding('ok', `${url.host} is reached ${way}`);
  });
}

function settled({ account, baseUrl }: Context): Finding {
  const place = `${account.vendor.title} at ${new URL(baseUrl).host}`;
  return finding('ok', `${place}: settings and credentials are there (not tried: --offline)`);
}

async function liveFindings(context: Context): Promise<Finding[]> {
  const { vendor } = context.account;
  const wire = await openWire(context, { timeoutMs: defaultTimeoutMs });
  try {
    const forgotten = await wire.forgetStated();
    const signal = AbortSignal.timeout(defaultTimeoutMs);
    const { account, host, skewMs } = await proveAccount(context, wire, { signal });
    const name = account === undefined ? '' : ` · ${account}`;
    const skew = skewMs === undefined ? undefined : skewFinding(skewMs, { oauth: vendor.oauth !== undefined });
    return [
      finding('ok', `${vendor.title}${name} · ${host}: the credentials work`),
      ...(skew === undefined ? [] : [skew]),
      ...(forgotten.length === 0 ? [] : [forgottenFinding(forgotten)]),
    ];
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError')
      return [finding('warning', 'Not tried: the quota is in use.', 'Try again later.')];
    throw error;
  } finally {
    await wire.close();
  }
}

function forgottenFinding(rates: readonly string[]): Finding {
  const limit = `the limit of ${rates.join(' and ')} that the vendor stated`;
  return finding('ok', `forgotten: ${limit}; it holds again when the vendor repeats it`);
}

/** Tokens are refused by clocks that are more than five minutes apart. */
const mostOauthSkewMs = 5 * 60_000;

export function skewFinding(skewMs: number, { oauth }: { readonly oauth: boolean }): Finding | undefined {
  if (Math.abs(skewMs) <= notableSkewMs) return undefined;
  const level = oauth && Math.abs(skewMs) > mostOauthSkewMs ? 'error' : 'warning';
  return finding(level, `${skewText(skewMs)}.`, 'Let the clock be set by NTP: `timedatectl set-ntp true`.');
}

const soonMs = 24 * 3_600_000;

/** Of an access token that nothing renews; its claims tell when it ends. */
export function tokenFindings(token: string | undefined, refreshToken: string | undefined, nowMs: number): Finding[] {
  const end = tokenClaims(token)?.['exp'];
  if (refreshToken !== undefined || typeof end !== 'number') return [];
  const leftMs = end * 1000 - nowMs;
  const remedy = 'Type `oppatch profile login NAME` for a token that renews itself, or give a fresh one.';
  if (leftMs <= 0) {
    const ended = finding('error', `The access token ended ${durationText(-leftMs)} ago.`, remedy);
    return [{ ...ended, credentials: true }];
  }
  if (leftMs > soonMs) return [];
  return [finding('warning', `The access token ends in ${durationText(leftMs)}.`, remedy)];
}

export const checkQuotaStore: DoctorCheck = {
  name: 'quota-store',
  run: async ({ host, directories: { config, state }, options: { quotaStore } }) => {
    const given = resolveQuota(quotaStore === undefined ? {} : { quotaStore }, host.env, undefined).quotaStore;
    const kept = (await storedProfiles(config)).flatMap((profile) => profile.quotaStore ?? []);
    // The store of this machine is what the check of locks tries.
    const stores = new Set(given === undefined ? kept : [given]);
    return Promise.all([...stores].map((store) => quotaStoreFinding(store, state)));
  },
};

async function quotaStoreFinding(location: string, state: string): Promise<Finding> {
  const { openPermitStore } = await import('../../quota/open-permit-store.ts');
  try {
    const store = await openPermitStore(location, state, { accountKey: 'doctor', meters: [], userSet: false });
    try {
      await store.rates();
    } finally {
      await store.close();
    }
    return finding('ok', `${new URL(location).host} answers`);
  } catch (error) {
    return findingOf(error);
  }
}

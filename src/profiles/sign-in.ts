import { OppatchError } from '../core/errors.ts';
import type { Credentials, OAuthDeclaration, SignInDeclaration, Vendor } from '../core/vendor.ts';
import type { Sender } from '../core/wire.ts';
import { signedInCredentials } from './access-token.ts';
import { tokenClaims } from './account-key.ts';
import { listed } from './credential-set.ts';
import type { Environment } from './environment-name.ts';
import { grantRequest, repeatableGrant } from './oauth-grant.ts';
import type { Profile } from './profile.ts';
import { resolveSettings } from './resolve-settings.ts';
import type { SecretStore } from './secret-store.ts';
import { signInByBrowser } from './sign-in-browser.ts';
import { openSignInClient, type SignInOptions } from './sign-in-client.ts';
import { signInByDevice, type DeviceCode, type SignInClock } from './sign-in-device.ts';
import type { RefusalCommands } from './token-refusal.ts';
import { requestToken, type FreshToken } from './token-request.ts';

/** How a person signs in. The address and the code are shown; the rest is up to the person, in any browser or in this machine's. */
export type SignInWay =
  | { readonly kind: 'device'; readonly show: (code: DeviceCode) => void }
  | { readonly kind: 'browser'; readonly show: (url: string) => void }
  | { readonly kind: 'refresh-token'; readonly refreshToken: string };

export interface SignInRequest extends SignInClock {
  readonly profile: Profile;
  readonly vendor: Vendor;
  readonly env: Environment;
  readonly secrets: SecretStore;
  readonly transport: Sender;
  readonly way: SignInWay;
  /** Ends it; its reason is thrown. */
  readonly signal: AbortSignal;
  /** For one request to the sign-in server. */
  readonly timeoutMs?: number;
  /** How long a person may take in the browser. */
  readonly browserLifetimeMs?: number;
}

export interface SignedIn {
  /** Of the access token, in milliseconds since the epoch. */
  readonly endsAtMs: number;
  /** What looks wrong about it; warnings. */
  readonly doubts: readonly string[];
  readonly notes: readonly string[];
}

const defaultTimeoutMs = 30_000;

/**
 * Signs a person in and keeps the refresh token, and the access token that came with it, in the profile's secrets: durable when it resolves,
 * and untouched when it fails. Throws an OppatchError; exit 4 where the sign-in server or the person said no.
 */
export async function signIn(request: SignInRequest): Promise<SignedIn> {
  const { profile, vendor, secrets } = request;
  const { oauth, declaration } = signInOf(vendor, profile);
  const { settings, notes } = resolveSettings(vendor, { flags: {}, env: request.env, profile });
  const given = appCredentials(vendor, profile, declaration, await secrets.get(profile.name));
  // Shows that the store can be written, before the person is asked to do anything.
  await secrets.update(profile.name, (before) => before);
  const fresh = await tokenOf(request, { oauth, declaration, settings, given });
  const nowMs = (request.now ?? Date.now)();
  await secrets.update(profile.name, (before) => {
    const unchanged = declaration.needs.every((name) => before?.[name] === given[name]);
    if (before === undefined || !unchanged) throw changedMeanwhile(profile);
    return signedInCredentials(before, fresh, nowMs);
  });
  const claims = tokenClaims(fresh.accessToken);
  const doubt = claims === undefined ? undefined : declaration.doubt?.(claims);
  return { endsAtMs: nowMs + fresh.lifetimeMs, doubts: doubt === undefined ? [] : [doubt], notes };
}

type Prepared = Pick<SignInOptions, 'oauth' | 'declaration' | 'settings' | 'given'>;

async function tokenOf(request: SignInRequest, prepared: Prepared): Promise<FreshToken> {
  const { oauth, declaration, settings, given } = prepared;
  const { profile, vendor, transport, way, signal, timeoutMs = defaultTimeoutMs } = request;
  const commands: RefusalCommands = {
    place: `profile ${profile.name}`,
    store: addCommand(profile, vendor),
    signIn: `oppatch profile login ${profile.name}`,
  };
  if (way.kind === 'refresh-token') {
    const credentials = { ...given, refreshToken: way.refreshToken };
    const grant = repeatableGrant(oauth, credentials);
    if (grant === undefined) throw new Error('a refresh token is of no use to this vendor');
    const fresh = await requestToken({
      ...grantRequest(oauth, grant, credentials, settings),
      transport: {
        ...transport,
        send: (wire, options) => transport.send(wire, { ...options, signal }),
      },
      timeoutMs,
      delaysMs: [1000, 3000],
      ...commands,
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
    return { ...fresh, refreshToken: fresh.refreshToken ?? way.refreshToken };
  }
  const client = await openSignInClient({ ...prepared, transport, timeoutMs, signal, commands });
  if (way.kind === 'browser') return signInByBrowser(client, way.show, request.browserLifetimeMs);
  if (declaration.deviceUrl === undefined) throw noDeviceCode(profile, vendor);
  return signInByDevice(client, way.show, request);
}

function noDeviceCode(profile: Profile, { title }: Vendor): OppatchError {
  return new OppatchError('no-device-code', `${title} has no sign-in by code.`, {
    place: `profile ${profile.name}`,
    hint: `Sign in with a browser on this machine: oppatch profile login ${profile.name} --browser`,
  });
}

/** Throws where the vendor has no sign-in, or the profile keeps no credentials here. */
export function signInOf(
  vendor: Vendor,
  profile: Profile,
): { readonly oauth: OAuthDeclaration; readonly declaration: SignInDeclaration } {
  const { oauth } = vendor;
  if (oauth?.signIn === undefined) {
    throw new OppatchError('no-sign-in', `${vendor.title} has no sign-in that this tool could do.`, {
      place: `profile ${profile.name}`,
      hint: `Store its credentials: ${addCommand(profile, vendor)}`,
    });
  }
  if (profile.credentialSource === 'env') {
    throw new OppatchError(
      'credentials-in-environment',
      `The profile ${profile.name} has its credentials in environment variables, where nothing can be stored.`,
      {
        place: `profile ${profile.name}`,
        hint: `Let the profile keep them, then sign in: ${addCommand(profile, vendor)}`,
      },
    );
  }
  return { oauth, declaration: oauth.signIn };
}

/** What is stored of the app, complete. */
function appCredentials(
  vendor: Vendor,
  profile: Profile,
  { needs }: SignInDeclaration,
  stored: Credentials | undefined,
): Credentials {
  const missing = needs.filter((name) => (stored?.[name] ?? '') === '');
  if (stored !== undefined && missing.length === 0) return stored;
  throw new OppatchError(
    'no-app-to-sign-in',
    `The profile ${profile.name} holds no ${listed(missing)}: a sign-in needs ${listed(needs)}.`,
    {
      place: `profile ${profile.name}`,
      hint: `Store them without a refresh token, then sign in: ${addCommand(profile, vendor)}`,
      exitCode: 4,
    },
  );
}

function addCommand(profile: Profile, vendor: Vendor): string {
  return `oppatch profile add ${profile.name} --vendor ${vendor.name} --force`;
}

function changedMeanwhile(profile: Profile): OppatchError {
  return new OppatchError(
    'credentials-changed',
    `The credentials of the profile ${profile.name} were removed or changed during the sign-in; nothing was stored.`,
    { place: `profile ${profile.name}`, hint: `Sign in again: oppatch profile login ${profile.name}`, exitCode: 4 },
  );
}

import { defined } from '../core/defined.ts';
import { crashPoint } from '../core/crash-point.ts';
import { OppatchError } from '../core/errors.ts';
import { SecretMask } from '../core/redact.ts';
import type { Credentials, Vendor } from '../core/vendor.ts';
import type { Sender } from '../core/wire.ts';
import { passingCredentials } from './account-key.ts';
import { secretValues } from './credential-set.ts';
import { grantRequest, repeatableGrant } from './oauth-grant.ts';
import type { Account } from './resolve.ts';
import { requestToken, signInServerBusy, type FreshToken } from './token-request.ts';

/** Credentials that are good now. */
export interface TokenSource {
  /** The same object as long as nothing has changed. Renews an access token ahead of its end. */
  readonly credentials: () => Credentials | Promise<Credentials>;
  /**
   * Gets another access token after the vendor has refused the present one; true when there is one. Undefined where the credentials
   * can't be renewed.
   */
  readonly renew: (() => Promise<boolean>) | undefined;
}

export interface TokenSourceOptions {
  readonly account: Account;
  readonly transport: Sender;
  /** Every token that is obtained joins it. */
  readonly mask?: SecretMask;
  /** For one request to the token endpoint. */
  readonly timeoutMs?: number;
  readonly delaysMs?: readonly number[];
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Hears once what is doubtful about the account that the token replies name. */
  readonly onDoubt?: (doubt: string) => void;
}

type OAuth = NonNullable<Vendor['oauth']>;

/** Members of a profile's secrets that this module adds: no credential has a dot in its name. */
const kept = { token: 'renewed.accessToken', renewAt: 'renewed.renewAt', endsAt: 'renewed.endsAt' } as const;

const earlyMs = 300_000;
/** After a failure that may pass, while the present token is still good. */
const nextAttemptMs = 30_000;

interface Held {
  readonly credentials: Credentials;
  /** Infinity for a token whose end is not known. */
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

/**
 * Gets access tokens by refresh tokens or client credentials. One renewal at a time in this process and, for a stored profile, on this machine: it is
 * done under a lock, and whoever comes later finds the token of whoever came first in the store. A replaced refresh token is durable before the new access
 * token is used; until then the old one is kept. Credentials that need no token are passed through.
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { account } = options;
  const { oauth } = account.vendor;
  const given = account.credentials;
  if (oauth === undefined || account.credentialOrigin === 'placeholder' || !suffices(oauth, given)) {
    return { credentials: () => given, renew: undefined };
  }
  const now = options.now ?? Date.now;
  const mask = options.mask ?? new SecretMask();
  const renewer = createRenewer(options, oauth, now);
  let held: Held | undefined;
  if (given['accessToken'] !== undefined) held = { credentials: given, renewAtMs: Infinity, endsAtMs: Infinity };
  let pending: Promise<Held> | undefined;
  let notBeforeMs = -Infinity;

  const single = (refused: string | undefined): Promise<Held> => {
    pending ??= renewer(held, refused)
      .then((fresh) => {
        mask.add(...secretValues(account.vendor, fresh.credentials));
        return (held = fresh);
      })
      .finally(() => (pending = undefined));
    return pending;
  };

  const credentials = (): Credentials | Promise<Credentials> => {
    const present = held;
    if (present !== undefined && now() < Math.max(present.renewAtMs, notBeforeMs) && now() < present.endsAtMs)
      return present.credentials;
    return renewed(present);
  };

  const renewed = async (present: Held | undefined): Promise<Credentials> => {
    try {
      return (await single(undefined)).credentials;
    } catch (error) {
      const passing = error instanceof OppatchError && (error.code === signInServerBusy || error.exitCode === 6);
      if (!passing || present === undefined || now() >= present.endsAtMs) throw error;
      notBeforeMs = now() + nextAttemptMs;
      return present.credentials;
    }
  };

  const renew = async (): Promise<boolean> => {
    const refused = held?.credentials['accessToken'];
    return (await single(refused)).credentials['accessToken'] !== refused;
  };

  return { credentials, renew };
}

type Renewer = (held: Held | undefined, refused: string | undefined) => Promise<Held>;

function createRenewer(options: TokenSourceOptions, oauth: OAuth, now: () => number): Renewer {
  const { account, transport } = options;
  const { vendor, profileName, secretStore: secrets } = account;
  const said = new Set<string>();
  const exchange = async (credentials: Credentials): Promise<FreshToken> => {
    const grant = repeatableGrant(oauth, credentials);
    if (grant === undefined) throw new Error('no grant fits credentials that sufficed');
    const fresh = await requestToken({
      ...grantRequest(oauth, grant, credentials, account.settings),
      transport,
      timeoutMs: options.timeoutMs ?? 30_000,
      delaysMs: options.delaysMs ?? [1000, 3000, 9000],
      place: profileName === null ? vendor.title : `profile ${profileName}`,
      store: `oppatch profile add ${profileName ?? 'NAME'} --vendor ${vendor.name}${profileName === null ? '' : ' --force'}`,
      signIn:
        oauth.signIn !== undefined && profileName !== null && secrets !== undefined
          ? `oppatch profile login ${profileName}`
          : undefined,
    });
    const { doubt } = fresh;
    if (doubt !== undefined && !said.has(doubt)) options.onDoubt?.(doubt);
    if (doubt !== undefined) said.add(doubt);
    return fresh;
  };
  if (profileName === null || secrets === undefined) {
    return async (held) => {
      const credentials = held?.credentials ?? account.credentials;
      return heldFrom(credentials, await exchange(credentials), now());
    };
  }
  const renewStored = async (refused: string | undefined): Promise<Held> => {
    const stored = await secrets.get(profileName);
    if (stored === undefined || !suffices(oauth, stored) || !isSameSignIn(stored, account.credentials)) {
      throw changed(profileName);
    }
    const known = heldFromStore(stored);
    if (known !== undefined && now() < known.renewAtMs && known.credentials['accessToken'] !== refused) return known;
    // Shows that the store can be written, before the old refresh token is spent.
    await secrets.update(profileName, (before) => before);
    const credentials = credentialsOf(stored);
    const fresh = heldFrom(credentials, await exchange(credentials), now());
    crashPoint('token-received');
    await secrets.update(profileName, (before) =>
      before?.['refreshToken'] === stored['refreshToken'] ? storedFrom(fresh) : undefined,
    );
    return fresh;
  };
  return async (_held, refused) => {
    try {
      const purpose = `renew the access token of ${profileName}`;
      return await secrets.exclusively(profileName, purpose, () => renewStored(refused));
    } catch (error) {
      if (!(error instanceof OppatchError) || error.exitCode === 4 || error.exitCode === 6) throw error;
      const { code, message, hint, place } = error;
      throw new OppatchError(code, `The access token can't be renewed. ${message}`, {
        hint,
        place,
        exitCode: 4,
        cause: error,
      });
    }
  };
}

function changed(profileName: string): OppatchError {
  return new OppatchError(
    'credentials-changed',
    `The credentials of the profile ${profileName} were removed or changed.`,
    {
      place: `profile ${profileName}`,
      hint: 'Look with `oppatch profile check`, then start again.',
      exitCode: 4,
    },
  );
}

/** The same app and tenant: a run must not slip into another account that was stored under its profile's name. */
function isSameSignIn(stored: Credentials, given: Credentials): boolean {
  return Object.entries(given).every(([name, value]) => passingCredentials.has(name) || stored[name] === value);
}

function suffices(oauth: OAuth, credentials: Credentials): boolean {
  return repeatableGrant(oauth, credentials) !== undefined;
}

function heldFrom(before: Credentials, fresh: FreshToken, nowMs: number): Held {
  const { accessToken, lifetimeMs } = fresh;
  const refreshToken = fresh.refreshToken ?? before['refreshToken'];
  return {
    credentials: { ...before, ...defined({ refreshToken }), accessToken },
    renewAtMs: nowMs + lifetimeMs - Math.min(earlyMs, lifetimeMs / 2),
    endsAtMs: nowMs + lifetimeMs,
  };
}

/** What is stored after a sign-in: the credentials with this refresh token, and the access token that came with it. */
export function signedInCredentials(before: Credentials, fresh: FreshToken, nowMs: number): Credentials {
  return storedFrom(heldFrom(credentialsOf(before), fresh, nowMs));
}

/** The credentials as they were given, without what this module added. */
function credentialsOf(stored: Credentials): Credentials {
  const added: ReadonlySet<string> = new Set(Object.values(kept));
  return Object.fromEntries(Object.entries(stored).filter(([name]) => !added.has(name)));
}

function heldFromStore(stored: Credentials): Held | undefined {
  const accessToken = stored[kept.token];
  if (accessToken === undefined) return undefined;
  const credentials = { ...credentialsOf(stored), accessToken };
  return { credentials, renewAtMs: Number(stored[kept.renewAt]), endsAtMs: Number(stored[kept.endsAt]) };
}

/** An access token that was given by hand is left out: it is older than the renewed one. */
function storedFrom({ credentials: { accessToken = '', ...credentials }, renewAtMs, endsAtMs }: Held): Credentials {
  return {
    ...credentials,
    [kept.token]: accessToken,
    [kept.renewAt]: String(renewAtMs),
    [kept.endsAt]: String(endsAtMs),
  };
}

import { createHash } from 'node:crypto';
import type { Credentials } from '../core/vendor.ts';
import { plainJsonIn } from '../core/plain-json.ts';
import { isPart } from './profile.ts';

/** Credentials that are replaced as time goes by, or belong to the app and not to the account. */
export const passingCredentials: ReadonlySet<string> = new Set(['accessToken', 'refreshToken', 'clientSecret']);

/**
 * What tells this account from others, the same for every process and every run: SHA-256 (hexadecimal) of vendor, parsed address and the credentials that
 * stay. Where those name an app only (OAuth), who signed in is taken from the profile's name where tokens are renewed, so that it stays the same; else
 * from the access token, which says so (tenant, user) or stands for itself.
 */
export function accountKey(of: {
  readonly vendorName: string;
  readonly baseUrl: string;
  readonly credentials: Credentials;
  readonly profileName: string | null;
}): string {
  const lasting = Object.entries(of.credentials)
    .filter(([name]) => !passingCredentials.has(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const renewed = Object.keys(of.credentials).some((name) => passingCredentials.has(name));
  const { refreshToken, accessToken } = of.credentials;
  const owner = renewed
    ? ((refreshToken === undefined ? (tokenOwner(accessToken) ?? accessToken) : undefined) ?? of.profileName ?? '')
    : '';
  const parts = ['oppatch account', of.vendorName, canonicalAddress(of.baseUrl), lasting, owner];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** One spelling for all of a web address: of scheme, host, port and path. Any other text stays as it is; it is refused where it is used. */
export function canonicalAddress(address: string): string {
  if (!URL.canParse(address)) return address;
  const { protocol, hostname, port, pathname } = new URL(address);
  if (protocol !== 'https:' && protocol !== 'http:') return address;
  const host = hostname.replace(/\.+$/, '');
  const path = pathname.replace(/%[0-9a-f]{2}/gi, (coded) => {
    const plain = String.fromCharCode(Number.parseInt(coded.slice(1), 16));
    return /[\w.~-]/.test(plain) ? plain : coded.toUpperCase();
  });
  return `${protocol}//${host}${port === '' ? '' : `:${port}`}${path.replace(/\/+$/, '')}`;
}

/** Tenant and user of a token, undefined where it does not say. */
function tokenOwner(token: string | undefined): string | undefined {
  const claims = tokenClaims(token);
  if (typeof claims?.['oid'] !== 'string') return undefined;
  return `${typeof claims['tid'] === 'string' ? claims['tid'] : ''} ${claims['oid']}`;
}

/** The claims of a token in JWT form (Microsoft's are), undefined for another. Nothing is verified: they tell apart and warn, no more. */
export function tokenClaims(token: string | undefined): Readonly<Record<string, unknown>> | undefined {
  const [, payload] = token?.split('.') ?? [];
  if (payload === undefined) return undefined;
  const claims = plainJsonIn(Buffer.from(payload, 'base64url').toString('utf8'));
  return isPart(claims) ? claims : undefined;
}

import { OppatchError } from '../../core/errors.ts';
import type { Authorisation, CredentialSet, Grant } from '../../core/vendor.ts';

/* Signing in as an app with a client id and a secret (RFC 6749), which most vendors share. */

/** The credentials of an app and a person who has let it in, each with its description; an access token may stand beside them. */
export function appCredentials(
  clientId: string,
  clientSecret: string,
  refreshToken: string,
  accessToken: string,
): CredentialSet {
  return {
    title: 'OAuth',
    fields: [
      { name: 'clientId', secret: false, description: clientId },
      { name: 'clientSecret', secret: true, description: clientSecret },
      { name: 'refreshToken', secret: true, description: refreshToken },
      { name: 'accessToken', secret: true, optional: true, description: accessToken },
    ],
  };
}

/** A refresh token; the app names itself in the form, with its secret where it has one. */
export function refreshTokenGrant(needs: readonly string[] = ['clientId', 'clientSecret', 'refreshToken']): Grant {
  return {
    kind: 'refresh',
    needs,
    form: ({ clientId = '', clientSecret = '', refreshToken = '' }) => ({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: clientId,
      ...(clientSecret === '' ? {} : { client_secret: clientSecret }),
    }),
  };
}

/** The access token in the Authorization header. Without one an `OppatchError` says what the vendor `wants`. */
export function tokenHeader(token: string | undefined, wants: string, hint: string, scheme = 'Bearer'): Authorisation {
  if (token) return { headers: { authorization: `${scheme} ${token}` }, query: [] };
  throw new OppatchError('credentials-missing', wants, { hint, exitCode: 4 });
}

/** Whether credentials may go there: https, or plain http to this machine; without a query, a fragment or credentials in it. */
export function isSafeAddress(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isLocal = url?.protocol === 'http:' && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  return (url?.protocol === 'https:' || isLocal) && !/[?#@\s]/.test(value);
}

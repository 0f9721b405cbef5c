import type { Credentials, Grant, OAuthDeclaration, Settings } from '../core/vendor.ts';
import type { TokenRequest } from './token-request.ts';

/** Whether all credentials that the grant needs are there. */
function suffices({ needs }: Grant, credentials: Credentials): boolean {
  return needs.every((name) => (credentials[name] ?? '') !== '');
}

/** The grant that gives an access token with these credentials, any number of times; undefined where none does. A one-time code is no such thing. */
export function repeatableGrant({ grants }: OAuthDeclaration, credentials: Credentials): Grant | undefined {
  return grants.find((grant) => grant.kind !== 'code' && suffices(grant, credentials));
}

/** The grant by which a one-time code becomes a refresh token, where these credentials hold such a code. */
export function codeGrant({ grants }: OAuthDeclaration, credentials: Credentials): Grant | undefined {
  return grants.find((grant) => grant.kind === 'code' && suffices(grant, credentials));
}

/** What a token request by this grant consists of: address, form, the client's own authentication, and what counts as a refusal. */
export function grantRequest(
  oauth: OAuthDeclaration,
  grant: Grant,
  credentials: Credentials,
  settings: Settings,
): Pick<TokenRequest, 'url' | 'form' | 'basic' | 'refusal' | 'doubt'> {
  const { doubt } = oauth;
  const { clientId = '', clientSecret = '' } = credentials;
  return {
    url: oauth.tokenUrl(credentials, settings),
    form: grant.form(credentials, settings),
    ...(oauth.clientAuthentication === 'basic' ? { basic: { clientId, clientSecret } } : {}),
    ...(oauth.refusal === undefined ? {} : { refusal: oauth.refusal }),
    ...(doubt === undefined ? {} : { doubt: (body) => doubt(body, settings) }),
  };
}

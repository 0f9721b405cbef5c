import type {
  CredentialField,
  CredentialSet,
  Credentials,
  Grant,
  Setting,
  Settings,
  SignInDeclaration,
} from '../../core/vendor.ts';
import { isSafeAddress } from './app-sign-in.ts';

/*
 * Signing in at Microsoft Entra, which several of Microsoft's services share: the refresh token of an app and a user, a browser or a device code.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code and v2-oauth2-auth-code-flow, 2026-10.
 */

export const tenantField: CredentialField = {
  name: 'tenantId',
  secret: false,
  description: 'Id of your Entra tenant (a GUID), from Entra > Overview.',
};

/** `app`: which app registration the client id is of. `token`: where the refresh token comes from. */
export function appAndUser(app: string, token: string): CredentialSet {
  return {
    title: 'App and user, by refresh token',
    fields: [
      tenantField,
      { name: 'clientId', secret: false, description: app },
      { name: 'refreshToken', secret: true, description: token },
      {
        name: 'clientSecret',
        secret: true,
        optional: true,
        description: 'Only for a confidential app; leave it out for a public (native) one.',
      },
    ],
  };
}

export function givenAccessToken(description: string): CredentialSet {
  const kept = { secret: false, optional: true, description: 'Not needed, kept where it is given.' } as const;
  return {
    title: 'Access token',
    fields: [
      {
        name: 'accessToken',
        secret: true,
        description,
        doubt: (value) =>
          value.split('.').length === 3 ? undefined : 'does not look like a token (three parts with dots between)',
      },
      { name: 'tenantId', ...kept },
      { name: 'clientId', ...kept },
    ],
  };
}

export function authoritySetting(description: string): Setting {
  return {
    name: 'authority',
    description,
    default: 'https://login.microsoftonline.com',
    role: 'address',
    problem: (value) =>
      isSafeAddress(value) ? undefined : 'is not an https address alone, such as https://login.microsoftonline.com',
  };
}

export function entraUrl(endpoint: 'token' | 'devicecode' | 'authorize') {
  return ({ tenantId = '' }: Credentials, settings: Settings): string =>
    `${(settings['authority'] ?? '').replace(/\/+$/, '')}/${encodeURIComponent(tenantId)}/oauth2/v2.0/${endpoint}`;
}

export function refreshGrant(scope: (settings: Settings) => string): Grant {
  return {
    kind: 'refresh',
    needs: ['tenantId', 'clientId', 'refreshToken'],
    form: ({ clientId = '', refreshToken = '', clientSecret }, settings) => ({
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: refreshToken,
      scope: scope(settings),
      ...(clientSecret === undefined || clientSecret === '' ? {} : { client_secret: clientSecret }),
    }),
  };
}

export function entraSignIn(
  scope: (settings: Settings) => string,
  own: Pick<SignInDeclaration, 'advice' | 'doubt'>,
): SignInDeclaration {
  return {
    deviceUrl: entraUrl('devicecode'),
    authorizationUrl: entraUrl('authorize'),
    scope,
    needs: ['tenantId', 'clientId'],
    // The port counts for nothing with this name only. https://learn.microsoft.com/entra/identity-platform/reply-url, 2026-10.
    redirectHost: 'localhost',
    ...own,
  };
}

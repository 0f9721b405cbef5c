import type { Grant, OAuthDeclaration, Setting } from '../../core/vendor.ts';
import type { OauthForm, VendorForm } from './form.ts';
import { filled } from './templates.ts';
import { httpsProblem } from './text-problems.ts';

/** How a described vendor gives access tokens. */

type Kind = NonNullable<OauthForm['grants']>[number];

/** The names that the credentials of an app have, and the members of the form that carry them. */
export const oauthCredentials = {
  clientId: 'client_id',
  clientSecret: 'client_secret',
  refreshToken: 'refresh_token',
} as const;
type OauthCredential = keyof typeof oauthCredentials;

const needed: Readonly<Record<Kind, readonly OauthCredential[]>> = {
  refresh: ['clientId', 'clientSecret', 'refreshToken'],
  'client-credentials': ['clientId', 'clientSecret'],
};

/** What each grant needs of the credentials that the file declares: an app without a secret has none. */
export function grantNeeds({
  oauth,
  credentials,
}: VendorForm): readonly { readonly kind: Kind; readonly needs: readonly OauthCredential[] }[] {
  return (oauth?.grants ?? ['refresh']).map((kind) => ({
    kind,
    needs: needed[kind].filter((name) => credentials.has(name)),
  }));
}

/** The setting by which another address of tokens takes the place of the file's: that of a proxy, or of a server for tests. */
export const tokenSetting = 'token-url';

export function tokenSettings({ oauth, title }: VendorForm): readonly Setting[] {
  if (oauth === undefined) return [];
  return [
    {
      name: tokenSetting,
      description: `Where access tokens of ${title} come from, in place of ${oauth.tokenUrl}.`,
      default: '',
      role: 'address',
      problem: (value) =>
        value === '' ||
        httpsProblem(value) === undefined ||
        /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?\/[^\s\\]*$/.test(value)
          ? undefined
          : 'is neither an https address nor one of this machine',
    },
  ];
}

export function describedOauth(form: VendorForm, oauth: OauthForm): OAuthDeclaration {
  return {
    tokenUrl: (_credentials, settings) => settings[tokenSetting] || filled(oauth.tokenUrl, settings),
    ...(oauth.client === 'basic' ? { clientAuthentication: 'basic' } : {}),
    grants: grantNeeds(form).map(({ kind, needs }): Grant => ({
      kind,
      needs: needs.filter((name) => form.credentials.get(name)?.optional !== true),
      form: (credentials, settings) => {
        const sent = needs.filter((name) => name === 'refreshToken' || oauth.client !== 'basic');
        return {
          ...Object.fromEntries([...(oauth.form ?? [])].map(([name, value]) => [name, filled(value, settings)])),
          grant_type: kind === 'refresh' ? 'refresh_token' : 'client_credentials',
          ...Object.fromEntries(
            sent.flatMap((name) =>
              credentials[name] === undefined ? [] : [[oauthCredentials[name], credentials[name]]],
            ),
          ),
        };
      },
    })),
    named: true,
  };
}

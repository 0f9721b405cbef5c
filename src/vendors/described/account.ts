import type {
  Authorisation,
  CredentialField,
  Credentials,
  CredentialSet,
  Grant,
  OAuthDeclaration,
  Setting,
} from '../../core/vendor.ts';
import type { CredentialForm, OauthForm, SettingForm, VendorForm } from './form.ts';
import { filled, holesOf } from './templates.ts';
import { httpsProblem } from './text-problems.ts';

/** The account of a described vendor: its credentials and its settings. */

/** The ways to sign in: those that the file names; else one for each grant, and one with an access token; else all credentials together. */
export function credentialSets(form: VendorForm): readonly CredentialSet[] {
  const names = [...form.credentials.keys()];
  const besides = names.filter((name) => name !== 'accessToken' && form.credentials.get(name)?.as !== 'oauth');
  const sets =
    form.alternatives ??
    (form.oauth === undefined
      ? [names]
      : [...grantNeeds(form).map(({ needs }) => besides.concat(needs)), [...besides, 'accessToken']]);
  return sets.map((set): CredentialSet => {
    const fields = set.flatMap((name) => credentialField(form, name, form.credentials.get(name)));
    return { title: set.join(', '), fields };
  });
}

function credentialField(
  form: VendorForm,
  name: string,
  credential: CredentialForm | undefined,
): readonly CredentialField[] {
  if (credential === undefined) return [];
  const { description, optional, beginsWith } = credential;
  const doubt = (value: string): string | undefined =>
    value.startsWith(beginsWith ?? '') ? undefined : `does not begin with ${beginsWith}, as those of ${form.title} do`;
  return [
    {
      name,
      secret: credential.public !== true,
      ...(optional === undefined ? {} : { optional }),
      description,
      ...(beginsWith === undefined ? {} : { doubt }),
    },
  ];
}

/** What a setting decides follows from where the file uses it: in the address, in how calls are sent, or in what values mean. */
export function settingsOf(form: VendorForm): readonly Setting[] {
  const addresses = [form.baseUrl, form.oauth?.tokenUrl ?? ''];
  const inAddress = new Set(addresses.flatMap(holesOf));
  const inHost = new Set(addresses.flatMap((address) => holesOf(address.slice('https://'.length).split('/')[0] ?? '')));
  const inZones = new Set([...form.fields.values()].flatMap(({ zone = '' }) => holesOf(zone)));
  const declared = ([name, said]: readonly [string, SettingForm]): Setting => {
    const { description, options, default: value = '' } = said;
    const required = inAddress.has(name) && value === '';
    const question = said.question ?? (required ? description : undefined);
    return {
      name,
      description,
      default: value,
      ...(options === undefined ? {} : { options }),
      role: inAddress.has(name) ? 'address' : inZones.has(name) ? 'values' : 'sending',
      ...(question === undefined ? {} : { question }),
      ...(required ? { required } : {}),
      problem: (text) => settingProblem(text, inHost.has(name) ? 'host' : inAddress.has(name) ? 'address' : 'text'),
    };
  };
  return [...(form.settings ?? [])].map(declared);
}

/** A value may become part of a host, of the path of the address, or of a header: it must not change what stands around it. */
function settingProblem(value: string, place: 'host' | 'address' | 'text'): string | undefined {
  if (value === '') return undefined;
  if (place === 'host')
    return /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,200}[A-Za-z0-9])?$/.test(value) && !value.includes('..')
      ? undefined
      : 'is not a part of a host';
  if (place === 'address') return /^[\w~-][\w.~-]{0,200}$/.test(value) ? undefined : 'is not a part of an address';
  return /^[\x20-\x7e]{1,500}$/.test(value) ? undefined : 'holds a character that cannot be sent';
}

export function authorise(form: VendorForm, credentials: Credentials): Authorisation {
  const headers: Record<string, string> = {};
  const query: (readonly [string, string])[] = [];
  const part = { 'basic-user': '', 'basic-password': '' };
  for (const [name, { header, query: parameter, as, prefix = '' }] of form.credentials) {
    const value = credentials[name];
    if (value === undefined || value === '') continue;
    if (header !== undefined) headers[header] = prefix + value;
    else if (parameter !== undefined) query.push([parameter, value]);
    else if (as === 'bearer') headers['Authorization'] = `Bearer ${value}`;
    else if (as !== undefined && as !== 'oauth') part[as] = value;
  }
  const { 'basic-user': user, 'basic-password': password } = part;
  if (user !== '' || password !== '')
    headers['Authorization'] = `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
  return { headers, query };
}

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

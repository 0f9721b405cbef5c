import type { Json, JsonObject } from '../../core/json.ts';
import type { Authorisation, Credentials, Settings, Vendor } from '../../core/vendor.ts';
import { oauthCredentials } from './oauth.ts';
import { addressProblem, tokenAddressProblem } from './text-problems.ts';

/** The address and the credentials of a vendor as a file says them. */

/** With the settings at their defaults. */
export function addressOf(vendor: Vendor, settings: Settings): string {
  const address = vendor.baseUrl(settings);
  return addressProblem(address) === undefined ? address : 'https://api.example.com';
}

const secretMark = 'SECRET0123456789';

function credentialsOf(vendor: Vendor, settings: Settings): JsonObject {
  for (const { fields } of [
    ...vendor.credentials,
    { fields: [{ name: 'accessToken', description: 'An access token.' }] },
  ]) {
    const given = Object.fromEntries(fields.map(({ name }, index) => [name, `${secretMark}${index}x`]));
    const { headers, query } = authorised(vendor, given, settings);
    const said = fields.flatMap(({ name, description }): (readonly [string, JsonObject])[] => {
      const value = given[name] ?? '';
      const header = Object.entries(headers).find(([, text]) => text.includes(value));
      const parameter = query.find(([, text]) => text === value);
      if (header?.[1] === `Bearer ${value}`) return [[name, { description, as: 'bearer' }]];
      if (header !== undefined)
        return [
          [
            name,
            {
              description,
              header: header[0],
              ...(header[1] === value ? {} : { prefix: header[1].slice(0, header[1].indexOf(value)) }),
            },
          ],
        ];
      if (parameter !== undefined) return [[name, { description, query: parameter[0] }]];
      const basic = Buffer.from(
        /^Basic (.*)$/.exec(headers['Authorization'] ?? headers['authorization'] ?? '')?.[1] ?? '',
        'base64',
      ).toString('utf8');
      const [user, password] = basic.split(':');
      return user === value
        ? [[name, { description, as: 'basic-user' }]]
        : password === value
          ? [[name, { description, as: 'basic-password' }]]
          : [];
    });
    if (said.length > 0) return Object.fromEntries(said);
  }
  return { accessToken: { description: 'An access token.', as: 'bearer' } };
}

/** A vendor may refuse credentials that do not fit its settings. */
function authorised(vendor: Vendor, given: Credentials, settings: Settings): Authorisation {
  try {
    return vendor.authorise(given, settings);
  } catch {
    return { headers: {}, query: [] };
  }
}

/** The credentials; with those for access tokens where they are needed, and the form can say how this vendor gives them. */
export function signInOf(
  vendor: Vendor,
  settings: Settings,
): { readonly oauth?: JsonObject; readonly credentials: JsonObject } {
  const { oauth } = vendor;
  const carried = credentialsOf(vendor, settings);
  // A key that needs no token is simpler.
  if (oauth === undefined || carried['accessToken'] === undefined) return { credentials: carried };
  const names = Object.keys(oauthCredentials);
  const given = Object.fromEntries(names.map((name) => [name, secretMark]));
  const filledIn: ReadonlySet<string> = new Set(['grant_type', ...Object.values(oauthCredentials)]);
  const usable = oauth.grants.filter(
    ({ kind, needs }) => kind !== 'code' && needs.every((name) => names.includes(name)),
  );
  const [first] = usable;
  const tokenUrl = oauth.tokenUrl(given, settings);
  if (first === undefined || tokenAddressProblem(tokenUrl) !== undefined) return { credentials: carried };
  const constant = Object.entries(first.form(given, settings)).filter(([name]) => !filledIn.has(name));
  const needed = new Set(usable.flatMap(({ needs }) => needs));
  const declared = vendor.credentials.flatMap(({ fields }) => fields);
  return {
    credentials: Object.fromEntries([
      ...[...needed].map((name): readonly [string, Json] => {
        const field = declared.find((one) => one.name === name);
        const open: JsonObject = field?.secret === false ? { public: true } : {};
        return [name, { description: field?.description ?? name, as: 'oauth', ...open }];
      }),
      ...Object.entries(carried),
    ]),
    oauth: {
      tokenUrl,
      grants: usable.map(({ kind }) => kind),
      ...(oauth.clientAuthentication === 'basic' ? { client: 'basic' } : {}),
      ...(constant.length === 0 ? {} : { form: Object.fromEntries(constant) }),
    },
  };
}

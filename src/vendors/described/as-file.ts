import type { Call } from '../../core/call.ts';
import { rateText } from '../../core/duration.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Authorisation, Credentials, Service, Settings, Vendor } from '../../core/vendor.ts';
import { oauthCredentials } from './account.ts';
import { idMark, placedField, withId } from './as-file-fields.ts';
import { addressProblem, tokenAddressProblem } from './text-problems.ts';

/** A vendor as a file to begin with, as far as the form can say it, and what it leaves out. */
export interface AsFile {
  readonly file: JsonObject;
  /** For people, a phrase each. */
  readonly leftOut: readonly string[];
}

/** Puts a file together from what the vendor declares: the calls that it plans for a sample of each field show where values go. */
export function asFile(vendor: Vendor): AsFile {
  const settings = Object.fromEntries(
    vendor.settings.map((setting) => [setting.name, setting.default || (setting.role === 'address' ? 'example' : '')]),
  );
  const service = vendor.open(settings);
  const placed = service.fields.flatMap((field) => placedField(service, field) ?? []);
  const [main] = placed;
  const others = placed.filter(({ call }) => call.path !== main?.call.path || call.method !== main.call.method);
  const lists = placed.find(({ list }) => list !== undefined)?.list;
  const extra = others.map(({ name, call }) => Object.assign({ fields: [name] }, call));
  const read = service.records?.call({ row: 1, line: 1, id: idMark, changes: [] });
  const { oauth, credentials } = signInOf(vendor, settings);
  const file: JsonObject = {
    name: `${vendor.name}-by-file`,
    title: vendor.title,
    documentation: vendor.documentation,
    baseUrl: addressOf(vendor, settings),
    credentials,
    ...(oauth === undefined ? {} : { oauth }),
    ...(service.idNames.length === 0 ? {} : { id: { columns: service.idNames } }),
    ...quotasOf(vendor),
    update: {
      method: main?.call.method ?? 'PUT',
      path: main?.call.path ?? '/{id}',
      ...(main?.call.idAt === undefined ? {} : { idAt: main.call.idAt }),
      ...(main?.patch === true ? { patch: {} } : {}),
    },
    ...(extra.length === 0 ? {} : { extra }),
    ...(lists === undefined ? {} : { lists: { entries: lists } }),
    fields: Object.fromEntries(placed.map(({ name, said }) => [name, said])),
    ...(read === undefined
      ? {}
      : {
          read: {
            ...(read.method === 'POST' ? { method: 'POST' } : {}),
            path: withId(read.path),
            ...queryOf(read.query),
          },
        }),
    check: { path: service.check.call.path, ...queryOf(service.check.call.query) },
  };
  return { file, leftOut: leftOut(vendor, service, oauth) };
}

/** Quotas of single groups of calls are taken for all calls where there are no others: that is never too fast. */
function quotasOf({ quotas }: Vendor): JsonObject {
  const ofAll = quotas.filter(({ group, unit }) => group === undefined && unit === undefined);
  const chosen = ofAll.length > 0 ? ofAll : quotas.filter(({ unit }) => unit === undefined);
  const said = chosen.map(({ name, count, windowMs, window, description }) => ({
    name,
    rate: rateText({ count, windowMs }),
    window,
    description,
  }));
  return said.length === 0 ? {} : { quotas: said };
}

function leftOut(vendor: Vendor, service: Service, oauth: JsonObject | undefined): readonly string[] {
  return [
    'what a success and a refusal look like: each write is proved by reading the record',
    ...(service.batches === undefined ? [] : ['calls of several records']),
    ...(service.records?.bulk === undefined ? [] : ['reads of several records']),
    ...(service.list === undefined && service.find === undefined ? [] : ['lists, and other keys than the id']),
    ...(service.metadata === undefined ? [] : ["the account's own fields, options and users"]),
    ...(vendor.oauth === undefined
      ? []
      : [oauth === undefined ? 'signing in: give an access token' : 'signing a person in: give a refresh token']),
    ...(service.openField === undefined ? [] : ['fields whose names are a pattern']),
  ];
}

function queryOf(query: Call['query']): JsonObject {
  return query === undefined || query.length === 0
    ? {}
    : { query: Object.fromEntries(query.map(([name, value]) => [name, withId(value)])) };
}

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

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rateText } from '../../src/core/duration.ts';
import { OppatchError } from '../../src/core/errors.ts';
import { createRedact } from '../../src/core/redact.ts';
import type { Vendor } from '../../src/core/vendor.ts';
import type { Profile } from '../../src/profiles/profile.ts';
import { openProfileStore, type ProfileStore } from '../../src/profiles/profile-store.ts';
import { environmentName, resolveAccount, type Account, type AccountFlags } from '../../src/profiles/resolve.ts';
import { openSecretFile } from '../../src/profiles/secret-file.ts';
import type { SecretStore } from '../../src/profiles/secret-store.ts';
import { salesforce } from '../../src/vendors/salesforce/vendor.ts';
import { sampleProfile } from './sample-profile.ts';
import { acme, sampleVendors, twoKeys } from './sample-vendors.ts';

let home: string;
let store: ProfileStore;
let secrets: SecretStore;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'oppatch-resolve-'));
  store = await openProfileStore(home);
  secrets = openSecretFile(home);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function keep(name: string, changes: Partial<Profile> = {}, credentials?: Record<string, string>): Promise<void> {
  await store.save(sampleProfile(name, changes));
  if (credentials !== undefined) await secrets.set(name, credentials);
}

function resolve(
  flags: Partial<AccountFlags> = {},
  env: Record<string, string> = {},
  more: { readonly credentialsNeeded?: boolean; readonly vendors?: readonly Vendor[] } = {},
): Promise<Account> {
  return resolveAccount({
    flags: { settings: {}, rates: [], ...flags },
    env,
    store,
    secrets: () => secrets,
    vendors: sampleVendors,
    ...more,
  });
}

async function failure(attempt: Promise<unknown>): Promise<OppatchError> {
  const error: unknown = await attempt.then(
    () => new Error('It did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof OppatchError) return error;
  throw error;
}

const keys = { accessKey: 'access-stored', secretKey: 'secret-stored' };
const keysInEnv = { TWO_KEYS_ACCESS_KEY: 'access-env', TWO_KEYS_SECRET_KEY: 'secret-env' };

describe('the name of an environment variable', () => {
  it.each([
    ['partner-center', 'tenantId', 'PARTNER_CENTER_TENANT_ID'],
    ['raze', 'apiKey', 'RAZE_API_KEY'],
    ['leadsquared', 'accessKey', 'LEADSQUARED_ACCESS_KEY'],
    ['leadsquared', 'keys-in', 'LEADSQUARED_KEYS_IN'],
    ['close', 'refreshToken', 'CLOSE_REFRESH_TOKEN'],
  ])('%s %s is %s', (vendor, name, variable) => expect(environmentName(vendor, name)).toBe(variable));
});

describe('which profile is used', () => {
  it.each([
    { flag: 'a', env: 'b', current: 'c', used: 'a' },
    { flag: undefined, env: 'b', current: 'c', used: 'b' },
    { flag: undefined, env: undefined, current: 'c', used: 'c' },
    { flag: undefined, env: '', current: 'c', used: 'c' },
    { flag: 'a', env: undefined, current: undefined, used: 'a' },
    { flag: undefined, env: 'b', current: undefined, used: 'b' },
  ])('flag $flag, OPPATCH_PROFILE $env, `use` $current: $used', async ({ flag, env, current, used }) => {
    for (const name of ['a', 'b', 'c']) await keep(name, {}, { apiKey: `key-${name}` });
    if (current !== undefined) await store.use(current);
    const account = await resolve(
      flag === undefined ? {} : { profile: flag },
      env === undefined ? {} : { OPPATCH_PROFILE: env },
    );
    expect(account.profileName).toBe(used);
    expect(account.credentials).toEqual({ apiKey: `key-${used}` });
  });

  it('is the only one', async () => {
    await keep('only', {}, { apiKey: 'key' });
    expect((await resolve()).profileName).toBe('only');
  });

  it('is asked for where there are several', async () => {
    await keep('a');
    await keep('b');
    const error = await failure(resolve());
    expect(error).toMatchObject({ code: 'which-profile', exitCode: 2 });
    expect(error.hint).toMatch(/a, b.*profile use/);
  });

  it('is to be added where there is none; an environment that suffices is pointed out', async () => {
    const error = await failure(resolve());
    expect(error).toMatchObject({ code: 'no-profile', exitCode: 2 });
    expect(error.hint).toContain('oppatch profile add NAME --vendor acme|two-keys');
    const ready = await failure(resolve({}, keysInEnv));
    expect(ready.hint).toContain('--vendor two-keys');
    expect(ready.hint).not.toContain('secret-env');
  });

  it.each([{ profile: 'prodd' }, {}])('is named where it is unknown', async (flags) => {
    await keep('prod');
    const error = await failure(resolve(flags, { OPPATCH_PROFILE: 'prodd' }));
    expect(error).toMatchObject({
      code: 'unknown-profile',
      hint: expect.stringContaining('Did you mean prod?') as string,
    });
  });

  it('is none with --vendor', async () => {
    await keep('a', { vendor: 'two-keys', settings: { host: 'stored.example.com' }, production: true }, keys);
    await store.use('a');
    const account = await resolve({ vendor: 'TWO-keys' }, { ...keysInEnv, OPPATCH_PROFILE: 'a' });
    expect(account).toMatchObject({
      profileName: null,
      vendor: twoKeys,
      production: false,
      credentialOrigin: 'environment',
    });
    expect(account.settings['host']).toBe('api.example.com');
    expect(account.notes.join()).toContain('OPPATCH_PROFILE (a) is not used');
  });

  it('must be one of --vendor', async () => {
    await keep('a', {}, { apiKey: 'key' });
    expect((await resolve({ profile: 'a', vendor: 'acme' })).profileName).toBe('a');
    expect(await failure(resolve({ profile: 'a', vendor: 'two-keys' }))).toMatchObject({
      code: 'other-vendor',
      message: 'The profile a is one of acme, not of two-keys.',
    });
  });

  it('has a vendor that is known', async () => {
    await keep('a', { vendor: 'gone' });
    expect(await failure(resolve())).toMatchObject({ code: 'unknown-vendor', place: 'profile a' });
    const error = await failure(resolve({ vendor: 'acmee' }));
    expect(error).toMatchObject({
      code: 'unknown-vendor',
      place: '--vendor',
      hint: 'Did you mean acme? Known are acme, two-keys.',
    });
  });
});

describe('flag, environment, profile, default', () => {
  const layers = fc.record({ flag: fc.boolean(), env: fc.boolean(), profile: fc.boolean() });

  it('decide a setting in this order', async () => {
    await fc.assert(
      fc.asyncProperty(layers, async ({ flag, env, profile }) => {
        await keep('a', { vendor: 'two-keys', settings: profile ? { host: 'profile.example.com' } : {} }, keys);
        const account = await resolve(
          { settings: flag ? { host: 'flag.example.com' } : {} },
          env ? { TWO_KEYS_HOST: 'env.example.com' } : {},
        );
        const host = flag ? 'flag' : env ? 'env' : profile ? 'profile' : 'api';
        expect(account.settings).toEqual({ host: `${host}.example.com`, 'keys-in': 'headers' });
        expect(account.baseUrl).toBe(`https://${host}.example.com/v2`);
        expect(account.notes.some((note) => note.includes('TWO_KEYS_HOST'))).toBe(env && !flag);
      }),
      { numRuns: 20 },
    );
  });

  it('decide the address in this order', async () => {
    await fc.assert(
      fc.asyncProperty(layers, async ({ flag, env, profile }) => {
        await keep('a', { vendor: 'two-keys', ...(profile ? { baseUrl: 'http://127.0.0.1:3/' } : {}) }, keys);
        const account = await resolve(
          flag ? { baseUrl: 'http://127.0.0.1:1/' } : {},
          env ? { TWO_KEYS_BASE_URL: 'http://127.0.0.1:2' } : {},
        );
        const port = flag ? 1 : env ? 2 : 3;
        expect(account.baseUrl).toBe(
          flag || env || profile ? `http://127.0.0.1:${port}` : 'https://api.example.com/v2',
        );
        expect(account.notes.some((note) => note.includes('TWO_KEYS_BASE_URL'))).toBe(env && !flag);
      }),
      { numRuns: 20 },
    );
  });

  it('decide the rates in this order', async () => {
    await fc.assert(
      fc.asyncProperty(layers, async ({ flag, env, profile }) => {
        await keep('a', { vendor: 'two-keys', rates: profile ? ['3/s', '30/1m'] : [] }, keys);
        const account = await resolve({ rates: flag ? ['1/1s'] : [] }, env ? { TWO_KEYS_RATE: '2/1s, 20/1m' } : {});
        const rates = flag ? '1/1s' : env ? '2/1s 20/1m' : profile ? '3/1s 30/1m' : undefined;
        expect(account.rates?.map(rateText).join(' ')).toBe(rates);
      }),
      { numRuns: 20 },
    );
  });

  it('let a host on the command line go before the address of the profile', async () => {
    await keep('a', { vendor: 'two-keys', baseUrl: 'http://127.0.0.1:3' }, keys);
    const account = await resolve({ settings: { host: 'flag.example.com' } });
    expect(account.baseUrl).toBe('https://flag.example.com/v2');
    expect(account.notes.join()).toContain('host on the command line');
    expect((await resolve({ settings: { 'keys-in': 'query' } })).baseUrl).toBe('http://127.0.0.1:3');
  });

  it('refuse what is not a setting, no value and no rate, wherever it stands', async () => {
    await keep('good', { vendor: 'two-keys' }, keys);
    const good = { profile: 'good' };
    expect(await failure(resolve({ ...good, settings: { hosst: 'x' } }))).toMatchObject({
      code: 'unknown-setting',
      hint: 'Did you mean host? Known are host, keys-in.',
    });
    expect(await failure(resolve({ ...good, settings: { ['__proto__']: 'x' } }))).toMatchObject({
      code: 'unknown-setting',
    });
    expect(await failure(resolve({ ...good, settings: { 'keys-in': 'header' } }))).toMatchObject({
      code: 'bad-setting',
      hint: 'Did you mean headers? Possible are headers, query.',
    });
    expect(await failure(resolve(good, { TWO_KEYS_HOST: 'a/b' }))).toMatchObject({
      code: 'bad-setting',
      place: 'TWO_KEYS_HOST',
      message: 'host: "a/b" is not a host.',
    });
    expect(await failure(resolve({ ...good, rates: ['25'] }))).toMatchObject({ code: 'bad-rate', place: '--rate' });
    expect(await failure(resolve(good, { TWO_KEYS_RATE: 'x/y' }))).toMatchObject({
      code: 'bad-rate',
      place: 'TWO_KEYS_RATE',
    });
    await keep('bad', { vendor: 'two-keys', rates: ['0/s'] }, keys);
    expect(await failure(resolve({ profile: 'bad' }))).toMatchObject({ code: 'bad-rate', place: 'profile bad' });
    await keep('bad', { vendor: 'two-keys', settings: { Host: 'x' } }, keys);
    expect(await failure(resolve({ profile: 'bad' }))).toMatchObject({ code: 'unknown-setting', place: 'profile bad' });
  });

  it('carry over what else the profile says', async () => {
    const more = { map: { Size: 'amount' }, ignore: ['Comment'], idColumn: 'Ref', production: true };
    await keep('a', more, { apiKey: 'key' });
    expect(await resolve()).toMatchObject({ ...more, vendor: acme });
  });
});

describe('credentials', () => {
  it('of the environment go before the stored ones, as a whole, and that is said', async () => {
    await keep('a', { vendor: 'two-keys' }, keys);
    const stored = await resolve();
    expect(stored).toMatchObject({ credentials: keys, credentialOrigin: 'store', notes: [] });
    expect(stored.credentialSource).toContain(join(home, 'secrets.json'));
    const account = await resolve({}, keysInEnv);
    expect(account.credentials).toEqual({ accessKey: 'access-env', secretKey: 'secret-env' });
    expect(account.credentialOrigin).toBe('environment');
    expect(account.notes.join()).toContain('TWO_KEYS_ACCESS_KEY and TWO_KEYS_SECRET_KEY');
    expect(account.notes.join()).toContain('not the stored ones of a');
  });

  it('of two sources are never mixed', async () => {
    await keep('a', { vendor: 'two-keys' }, keys);
    const account = await resolve({}, { TWO_KEYS_ACCESS_KEY: 'access-env' });
    expect(account.credentials).toEqual(keys);
    expect(account.notes.join()).toContain('TWO_KEYS_ACCESS_KEY in the environment: not all that is needed');
  });

  it('are read from the variables that the profile names, and from no others', async () => {
    await keep('a', {
      vendor: 'two-keys',
      credentialSource: 'env',
      environmentNames: { accessKey: 'EU_ACCESS', secretKey: 'EU_SECRET' },
    });
    const account = await resolve({}, { ...keysInEnv, EU_ACCESS: ' access-eu\n', EU_SECRET: 'secret-eu' });
    expect(account.credentials).toEqual({ accessKey: 'access-eu', secretKey: 'secret-eu' });
    expect(account.credentialSource).toBe('the environment: EU_ACCESS and EU_SECRET');
    const error = await failure(resolve({}, { ...keysInEnv, EU_ACCESS: 'access-eu' }));
    expect(error).toMatchObject({ code: 'no-credentials', exitCode: 4, place: 'profile a' });
    expect(error.message).toContain('EU_SECRET is missing');
    const none = await failure(resolve({}, keysInEnv));
    expect(none.message).toContain('EU_ACCESS and EU_SECRET');
  });

  it('are named where they are missing: all of them, with what to type', async () => {
    const error = await failure(resolve({ vendor: 'acme' }));
    expect(error).toMatchObject({ code: 'no-credentials', exitCode: 4 });
    const names = 'ACME_API_KEY, or ACME_CLIENT_ID, ACME_CLIENT_SECRET and ACME_REFRESH_TOKEN';
    expect(error.message).toBe(`There are no credentials of Acme in the environment: ${names}.`);
    expect(error.hint).toContain('oppatch profile add NAME --vendor acme');
    const some = await failure(
      resolve({ vendor: 'acme' }, { ACME_CLIENT_ID: 'app-id', ACME_REFRESH_TOKEN: 'token-1' }),
    );
    expect(some.message).toContain('ACME_CLIENT_SECRET is missing');
    expect(`${some.message} ${some.hint}`).not.toMatch(/app-id|token-1/);
  });

  it('are missed in the store', async () => {
    await keep('a', { vendor: 'two-keys' });
    const error = await failure(resolve());
    expect(error).toMatchObject({ code: 'no-credentials', exitCode: 4, place: 'profile a' });
    expect(error.hint).toContain('oppatch profile add a --vendor two-keys --force');
    await secrets.set('a', { accessKey: 'half-of-it' });
    const half = await failure(resolve());
    expect(half.message).toContain('secretKey is missing');
    expect(`${half.message} ${half.hint}`).not.toContain('half-of-it');
  });

  it('are those of the first way of signing in that they suffice for', async () => {
    const signIn = { clientId: 'app', clientSecret: 'hush', refreshToken: 'again' };
    await keep('a', {}, { ...signIn, apiKey: 'key' });
    expect(await resolve()).toMatchObject({ credentials: { apiKey: 'key' }, credentialSet: { title: 'API key' } });
    await secrets.set('a', { ...signIn, unknown: 'x' });
    const account = await resolve();
    expect(account).toMatchObject({ credentials: signIn, credentialSet: { title: 'OAuth' } });
    expect(account.credentials).not.toHaveProperty('unknown');
    expect(account.secrets.toSorted()).toEqual(['again', 'hush', 'x']);
  });

  it('that look wrong raise a doubt; what can be no credential is refused; neither is repeated', async () => {
    await keep('a', {}, { apiKey: 'with blank' });
    const account = await resolve();
    expect(account.doubts).toEqual(['apiKey holds a blank, which no key does']);
    await secrets.set('a', { apiKey: 'two\nlines' });
    const error = await failure(resolve());
    expect(error).toMatchObject({ code: 'bad-credential', exitCode: 4 });
    expect(error.message).not.toContain('lines');
  });

  it('are not needed for a plan that sends nothing: no secret is read', async () => {
    await keep('a', {}, { apiKey: 'real-key' });
    chmodSync(join(home, 'secrets.json'), 0o644);
    const account = await resolve({}, { ACME_API_KEY: 'env-key' }, { credentialsNeeded: false });
    expect(account.credentialOrigin).toBe('placeholder');
    expect(account.credentials).toEqual({ apiKey: '***apiKey***' });
    expect(createRedact(account.secrets)(`Basic ${Buffer.from('***apiKey***:').toString('base64')}`)).toBe('Basic ***');
    const [, oauth] = acme.credentials;
    const signInOnly: Vendor = { ...acme, credentials: oauth === undefined ? [] : [oauth] };
    const other = await resolve({ vendor: 'acme' }, {}, { credentialsNeeded: false, vendors: [signInOnly] });
    expect(other.credentials['accessToken']).toBe('***accessToken***');
    const byApp = await resolve({ vendor: 'salesforce' }, {}, { credentialsNeeded: false, vendors: [salesforce] });
    expect(byApp.credentials).toEqual({
      clientId: '***clientId***',
      clientSecret: '***clientSecret***',
      accessToken: '***accessToken***',
    });
  });
});

const key = async (flags: Partial<AccountFlags>, env: Record<string, string>) => (await resolve(flags, env)).accountKey;
const jwt = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;

describe('the key of an account', () => {
  it('is the same for the same account, however it is reached, and shows nothing', async () => {
    const direct = await key({ vendor: 'two-keys' }, keysInEnv);
    expect(direct).toMatch(/^[0-9a-f]{64}$/);
    await keep('a', { vendor: 'two-keys' }, { accessKey: 'access-env', secretKey: 'secret-env' });
    expect(await key({}, {})).toBe(direct);
    expect(await key({ baseUrl: 'https://api.example.com/v2/' }, {})).toBe(direct);
  });

  it('differs with vendor, address and credentials', async () => {
    const all = await Promise.all([
      key({ vendor: 'two-keys' }, keysInEnv),
      key({ vendor: 'two-keys' }, { ...keysInEnv, TWO_KEYS_ACCESS_KEY: 'other' }),
      key({ vendor: 'two-keys', baseUrl: 'http://127.0.0.1:1' }, keysInEnv),
      key({ vendor: 'acme' }, { ACME_API_KEY: 'access-env' }),
    ]);
    expect(new Set(all).size).toBe(4);
  });

  it('stays when tokens are renewed', async () => {
    const signIn = { clientId: 'app', clientSecret: 'one', refreshToken: 'one' };
    await keep('a', {}, signIn);
    const before = await key({}, {});
    await secrets.set('a', { clientId: 'app', clientSecret: 'two', refreshToken: 'two', accessToken: 'two' });
    expect(await key({}, {})).toBe(before);
    await keep('b', {}, signIn);
    expect(await key({ profile: 'b' }, {})).not.toBe(before);
  });

  it('of an access token alone is that of its user', async () => {
    const tokenOnly: Vendor = {
      ...acme,
      credentials: [{ title: 'Token', fields: [{ name: 'accessToken', secret: true, description: '' }] }],
    };
    const of = async (token: string) =>
      (await resolve({ vendor: 'acme' }, { ACME_ACCESS_TOKEN: token }, { vendors: [tokenOnly] })).accountKey;
    expect(await of(jwt({ tid: 't', oid: 'ada', exp: 1 }))).toBe(await of(jwt({ tid: 't', oid: 'ada', exp: 2 })));
    expect(await of(jwt({ tid: 't', oid: 'ada' }))).not.toBe(await of(jwt({ tid: 't', oid: 'kim' })));
    // One that does not say so stands for itself.
    expect(await of('opaque-1')).not.toBe(await of('opaque.2.%'));
    expect(await of('opaque-1')).toBe(await of('opaque-1'));
  });
});

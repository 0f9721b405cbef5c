import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OppatchError } from '../../src/core/errors.ts';
import type { CredentialField, Credentials, Grant, OAuthDeclaration, Vendor } from '../../src/core/vendor.ts';
import { createTokenSource, type TokenSource } from '../../src/profiles/access-token.ts';
import { exchangeCode, type ExchangedCode } from '../../src/profiles/exchange-code.ts';
import { openProfileStore } from '../../src/profiles/profile-store.ts';
import { resolveAccount } from '../../src/profiles/resolve.ts';
import { openSecretFile } from '../../src/profiles/secret-file.ts';
import { sampleProfile } from './sample-profile.ts';
import { acme } from './sample-vendors.ts';
import { cut, plainTransport, refuse, startTokenServer, type TokenServer } from './token-server.ts';

let home: string;
let server: TokenServer;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'oppatch-grants-'));
  server = await startTokenServer();
});
afterEach(async () => {
  await server.close();
  rmSync(home, { recursive: true, force: true });
});

const refresh: Grant = {
  kind: 'refresh',
  needs: ['clientId', 'refreshToken'],
  form: ({ refreshToken = '' }) => ({ grant_type: 'refresh_token', refresh_token: refreshToken }),
};
const code: Grant = {
  kind: 'code',
  needs: ['clientId', 'clientSecret', 'code'],
  form: ({ code: given = '' }) => ({ grant_type: 'authorization_code', code: given }),
};
const appItself: Grant = {
  kind: 'client-credentials',
  needs: ['clientId', 'clientSecret'],
  form: () => ({ grant_type: 'client_credentials' }),
};

function vendorWith(changes: Partial<OAuthDeclaration>): Vendor {
  const { oauth } = acme;
  if (oauth === undefined) throw new Error('acme has OAuth');
  const fields: CredentialField[] = [
    { name: 'clientId', secret: false, description: '' },
    ...['clientSecret', 'refreshToken', 'code', 'accessToken'].map((name): CredentialField => ({
      name,
      secret: true,
      optional: true,
      description: '',
    })),
  ];
  return { ...acme, credentials: [{ title: 'OAuth', fields }], oauth: { ...oauth, grants: [refresh], ...changes } };
}

async function sourceOf(vendor: Vendor, credentials: Credentials): Promise<TokenSource> {
  const secrets = openSecretFile(home);
  await secrets.set('main', credentials);
  const store = await openProfileStore(home);
  await store.save(sampleProfile('main', { settings: { 'login-host': server.host } }));
  const account = await resolveAccount({
    flags: { settings: {}, rates: [] },
    env: {},
    store,
    secrets: () => secrets,
    vendors: [vendor],
  });
  return createTokenSource({ account, transport: plainTransport, delaysMs: [1, 1] });
}

async function failureOf(work: Promise<unknown>): Promise<OppatchError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OppatchError)) throw new Error('It did not fail as it should', { cause: error });
  return error;
}

/** Refusals in a reply that has status 200. */
const refusal: NonNullable<OAuthDeclaration['refusal']> = ({ error }) =>
  typeof error === 'string' ? { code: error, message: 'it is not known here' } : undefined;

describe('a one-time code', () => {
  const given = { clientId: 'app', clientSecret: 'secret', code: 'code-1' };

  function exchange(vendor: Vendor, credentials: Credentials = given): Promise<ExchangedCode | undefined> {
    const settings = { 'login-host': server.host };
    return exchangeCode({
      vendor,
      settings,
      credentials,
      profileName: 'main',
      transport: plainTransport,
      now: () => 1000,
    });
  }

  it('becomes a refresh token and the first access token, and is not kept', async () => {
    server.code = 'code-1';
    const vendor = vendorWith({ grants: [refresh, code] });
    const exchanged = await exchange(vendor);
    expect(exchanged?.credentials).toEqual({
      clientId: 'app',
      clientSecret: 'secret',
      refreshToken: 'refresh-1',
      'renewed.accessToken': 'access-1',
      'renewed.renewAt': String(1000 + 3_300_000),
      'renewed.endsAt': String(1000 + 3_600_000),
    });
    const source = await sourceOf(vendor, exchanged?.credentials ?? {});
    expect((await source.credentials())['accessToken']).toBe('access-2');
    expect(server.forms.map((form) => Object.fromEntries(form))).toEqual([
      { grant_type: 'authorization_code', code: 'code-1' },
      { grant_type: 'refresh_token', refresh_token: 'refresh-1' },
    ]);
  });

  it('is sent once, whatever becomes of it', async () => {
    const vendor = vendorWith({ grants: [refresh, code], refusal });
    const answers = [
      [cut, 'no-reply'],
      [refuse(503, ''), 'sign-in-server-busy'],
      [refuse(400, { error: 'invalid_code' }), undefined],
      [refuse(200, { error: 'invalid_code' }), 'sign-in-refused'],
      [refuse(200, { access_token: 'a' }), 'no-refresh-token'],
    ] as const;
    for (const [index, [answer, expected]] of answers.entries()) {
      server.answerNext.push(answer);
      const error = await failureOf(exchange(vendor));
      expect([error.exitCode, server.forms.length]).toEqual([answer === cut ? 6 : 4, index + 1]);
      if (expected !== undefined) expect(error.code).toBe(expected);
      expect(`${error.message} ${error.hint}`).not.toContain('code-1');
    }
  });

  it('is nothing to a vendor that takes none, and needs what names the app', async () => {
    expect(await exchange(vendorWith({}))).toBeUndefined();
    const vendor = vendorWith({ grants: [refresh, code] });
    expect(await exchange(vendor, { clientId: 'app', code: 'code-1' })).toBeUndefined();
    expect(server.forms).toHaveLength(0);
  });
});

describe('an app that signs in by itself', () => {
  const given = { clientId: 'app:1', clientSecret: 'sécret/ 1' };
  const vendor = vendorWith({ grants: [refresh, appItself], clientAuthentication: 'basic' });

  it('gets tokens by its own credentials, which go into the header with each part encoded', async () => {
    server.appSecret = 'sécret/ 1';
    const source = await sourceOf(vendor, given);
    expect((await source.credentials())['accessToken']).toBe('access-1');
    const [authorization = ''] = server.authorizations;
    const decoded = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString('utf8');
    // Form encoding, as RFC 6749 (2.3.1) wants it, writes a blank as a plus.
    expect(decoded).toBe('app%3A1:s%C3%A9cret%2F+1');
    expect(Object.fromEntries(server.forms[0] ?? [])).toEqual({ grant_type: 'client_credentials' });
  });

  it('gets another token when one is refused, and stores no refresh token', async () => {
    server.appSecret = 'plain';
    const source = await sourceOf(vendor, { clientId: 'app:1', clientSecret: 'plain' });
    expect((await source.credentials())['accessToken']).toBe('access-1');
    expect(await source.renew?.()).toBe(true);
    expect((await source.credentials())['accessToken']).toBe('access-2');
    expect(await openSecretFile(home).get('main')).not.toHaveProperty('refreshToken');
  });

  it('prefers a refresh token where it has one', async () => {
    const source = await sourceOf(vendor, { ...given, refreshToken: 'refresh-0' });
    expect((await source.credentials())['refreshToken']).toBe('refresh-1');
    expect(server.forms[0]?.get('grant_type')).toBe('refresh_token');
  });
});

describe('a refusal in a reply that has status 200', () => {
  it('is final: it is not asked again', async () => {
    server.answerNext.push(refuse(200, { error: 'invalid_client' }));
    const source = await sourceOf(vendorWith({ refusal }), { clientId: 'app', refreshToken: 'refresh-0' });
    const error = await failureOf(Promise.resolve(source.credentials()));
    expect([error.code, error.exitCode]).toEqual(['sign-in-refused', 4]);
    expect(error.message).toContain('invalid_client');
    expect(server.forms).toHaveLength(1);
  });

  it('that no one declares is taken for a server that is out of order, and asked again', async () => {
    server.answerNext.push(refuse(200, { error: 'busy' }));
    const source = await sourceOf(vendorWith({}), { clientId: 'app', refreshToken: 'refresh-0' });
    expect((await source.credentials())['accessToken']).toBe('access-1');
    expect(server.forms).toHaveLength(2);
  });
});

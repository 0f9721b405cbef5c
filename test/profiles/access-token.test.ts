import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Credentials } from '../../src/core/vendor.ts';
import { createTokenSource, type TokenSource } from '../../src/profiles/access-token.ts';
import { openProfileStore } from '../../src/profiles/profile-store.ts';
import { resolveAccount, type Account } from '../../src/profiles/resolve.ts';
import { openSecretFile } from '../../src/profiles/secret-file.ts';
import type { SecretStore } from '../../src/profiles/secret-store.ts';
import { compileChild, ended, message, type ChildProgram } from '../state/child-program.ts';
import { sampleProfile } from './sample-profile.ts';
import { sampleVendors } from './sample-vendors.ts';
import { cut, plainTransport, refuse, startTokenServer, type TokenServer } from './token-server.ts';

const signIn: Credentials = { clientId: 'app', clientSecret: 'client-secret-1', refreshToken: 'refresh-0' };
const minuteMs = 60_000;

let home: string;
let server: TokenServer;
let secrets: SecretStore;
let program: ChildProgram;
let nowMs = Date.now();

beforeAll(() => {
  program = compileChild(join(import.meta.dirname, 'token-child.ts'));
});
afterAll(() => program.remove());
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'oppatch-token-'));
  server = await startTokenServer();
  secrets = openSecretFile(home);
  nowMs = Date.now();
  await stored(signIn);
});
afterEach(async () => {
  await server.close();
  rmSync(home, { recursive: true, force: true });
});

async function stored(credentials: Credentials): Promise<void> {
  await secrets.set('main', credentials);
  const store = await openProfileStore(home);
  await store.save(sampleProfile('main', { settings: { 'login-host': server.host } }));
}

async function account(env: Record<string, string> = {}, vendor?: string): Promise<Account> {
  const store = await openProfileStore(home);
  const settings: Record<string, string> = vendor === undefined ? {} : { 'login-host': server.host };
  const flags = { settings, rates: [], ...(vendor === undefined ? {} : { vendor }) };
  return resolveAccount({ flags, env, store, secrets: () => secrets, vendors: sampleVendors });
}

function source(of: Account): TokenSource {
  return createTokenSource({
    account: of,
    transport: plainTransport,
    delaysMs: [1, 1],
    now: () => nowMs,
  });
}

async function token(from: TokenSource): Promise<string | undefined> {
  return (await from.credentials())['accessToken'];
}

describe('an access token', () => {
  it('is exchanged for the refresh token by a form, and the new refresh token kept', async () => {
    const tokens = source(await account());
    expect(await token(tokens)).toBe('access-1');
    expect(Object.fromEntries(server.forms[0] ?? [])).toEqual({
      grant_type: 'refresh_token',
      client_id: 'app',
      client_secret: 'client-secret-1',
      refresh_token: 'refresh-0',
    });
    expect(server.contentTypes).toEqual(['application/x-www-form-urlencoded']);
    expect(await secrets.get('main')).toMatchObject({ ...signIn, refreshToken: 'refresh-1' });
    expect(await tokens.credentials()).toBe(await tokens.credentials());
    expect(server.forms).toHaveLength(1);
  });

  it('is asked for once, whatever number of calls wait for it', async () => {
    const tokens = source(await account());
    const all = await Promise.all(Array.from({ length: 20 }, () => token(tokens)));
    expect(new Set(all)).toEqual(new Set(['access-1']));
    expect(server.forms).toHaveLength(1);
  });

  it('is renewed five minutes before its end', async () => {
    const tokens = source(await account());
    await token(tokens);
    nowMs += 54.9 * minuteMs;
    expect(await token(tokens)).toBe('access-1');
    nowMs += 0.2 * minuteMs;
    expect(await token(tokens)).toBe('access-2');
    expect(server.forms.map((form) => form.get('refresh_token'))).toEqual(['refresh-0', 'refresh-1']);
  });

  it.each([
    ['a short life', 60, 29_000, 31_000],
    ['a life as text', '3599', 54 * minuteMs, 56 * minuteMs],
    ['no word on its life: an hour', undefined, 54 * minuteMs, 56 * minuteMs],
  ])('is renewed in time with %s', async (_name, expiresIn, goodForMs, notForMs) => {
    server.expiresIn = expiresIn;
    const tokens = source(await account());
    await token(tokens);
    const startedMs = nowMs;
    nowMs = startedMs + goodForMs;
    expect(await token(tokens)).toBe('access-1');
    nowMs = startedMs + notForMs;
    expect(await token(tokens)).toBe('access-2');
  });

  it('goes on with a refresh token that is not replaced', async () => {
    server.rotates = false;
    const tokens = source(await account());
    await token(tokens);
    nowMs += 60 * minuteMs;
    expect(await token(tokens)).toBe('access-2');
    expect(await secrets.get('main')).toMatchObject({ refreshToken: 'refresh-0' });
  });

  it('is shared through the store: a later process asks for none', async () => {
    await token(source(await account()));
    expect(await token(source(await account()))).toBe('access-1');
    expect(server.forms).toHaveLength(1);
    const { secrets: masked, credentials } = await account();
    expect(masked).toEqual(expect.arrayContaining(['access-1', 'refresh-1', 'client-secret-1']));
    expect(credentials).not.toHaveProperty('accessToken');
  });

  it('is renewed when the vendor refuses it, unless another process has done so', async () => {
    const [one, two] = [source(await account()), source(await account())];
    expect([await token(one), await token(two)]).toEqual(['access-1', 'access-1']);
    expect(await one.renew?.()).toBe(true);
    expect(await token(one)).toBe('access-2');
    expect(await two.renew?.()).toBe(true);
    expect(await token(two)).toBe('access-2');
    expect(server.forms).toHaveLength(2);
  });

  it('that was given by hand is used until it is refused', async () => {
    await stored({ ...signIn, accessToken: 'by-hand' });
    const tokens = source(await account());
    expect(await token(tokens)).toBe('by-hand');
    expect(server.forms).toHaveLength(0);
    expect(await tokens.renew?.()).toBe(true);
    expect(await token(tokens)).toBe('access-1');
    expect(Object.values((await secrets.get('main')) ?? {})).not.toContain('by-hand');
  });

  it('is not needed with an API key, and then nothing can be renewed', async () => {
    await stored({ apiKey: 'key-1' });
    const given = await account();
    const tokens = source(given);
    expect(await tokens.credentials()).toBe(given.credentials);
    expect(tokens.renew).toBeUndefined();
    expect(server.forms).toHaveLength(0);
  });

  it('comes from the environment without a word in the store', async () => {
    const env = { ACME_CLIENT_ID: 'app', ACME_CLIENT_SECRET: 'client-secret-2', ACME_REFRESH_TOKEN: 'refresh-0' };
    const given = await account(env, 'acme');
    const tokens = source(given);
    expect(await token(tokens)).toBe('access-1');
    nowMs += 60 * minuteMs;
    expect(await token(tokens)).toBe('access-2');
    expect(await secrets.get('main')).toEqual(signIn);
    expect(given.notes.join()).toContain("can't be replaced there");
  });

  it('is not saved over credentials that were stored meanwhile', async () => {
    const tokens = source(await account());
    const fresh = { ...signIn, refreshToken: 'newly-stored' };
    server.answerNext.push((response) => {
      void secrets
        .set('main', fresh)
        .then(() => response.end('{"access_token":"access-x","refresh_token":"refresh-x"}'));
    });
    expect(await token(tokens)).toBe('access-x');
    expect(await secrets.get('main')).toEqual(fresh);
  });

  it('never slips to another app that was stored under the name of the profile', async () => {
    const tokens = source(await account());
    await secrets.set('main', { ...signIn, clientId: 'other-app' });
    await expect(token(tokens)).rejects.toMatchObject({ code: 'credentials-changed', exitCode: 4 });
    await secrets.remove('main');
    await expect(token(tokens)).rejects.toMatchObject({ code: 'credentials-changed', exitCode: 4 });
    expect(server.forms).toHaveLength(0);
  });

  it('is not asked for where it could not be saved', async () => {
    const tokens = source(await account());
    chmodSync(join(home, 'secrets.json'), 0o644);
    await expect(token(tokens)).rejects.toMatchObject({
      code: 'file-open-to-others',
      exitCode: 4,
      hint: expect.stringContaining('chmod 600') as string,
    });
    expect(server.forms).toHaveLength(0);
  });
});

describe('a sign-in server that does not answer as it should', () => {
  it.each([
    ['503', refuse(503, '<html>busy</html>')],
    ['429', refuse(429, '', { 'retry-after': '0' })],
    ['temporarily_unavailable', refuse(400, { error: 'temporarily_unavailable', error_codes: [90033] })],
    ['a passing number', refuse(400, { error: 'odd', error_codes: [50087] })],
    ['a cut connection', cut],
    ['a reply without a token', refuse(200, '{}')],
    ['a page', refuse(200, '<html>')],
  ])('is asked again after %s', async (name, answer) => {
    server.answerNext.push(answer, answer);
    expect(await token(source(await account()))).toBe('access-1');
    expect(server.forms).toHaveLength(3);
    server.answerNext.push(answer, answer, answer);
    nowMs += 61 * minuteMs;
    const failure =
      name === 'a cut connection' ? { code: 'no-reply', exitCode: 6 } : { code: 'sign-in-server-busy', exitCode: 4 };
    await expect(token(source(await account()))).rejects.toMatchObject(failure);
    expect(server.forms).toHaveLength(6);
    expect(await secrets.get('main')).toMatchObject({ refreshToken: 'refresh-1' });
    expect(await token(source(await account()))).toBe('access-2');
  });

  it('does not stop a run whose token is still good', async () => {
    const tokens = source(await account());
    await token(tokens);
    server.answerNext.push(cut, cut, cut);
    nowMs += 56 * minuteMs;
    expect(await token(tokens)).toBe('access-1');
    expect(server.forms).toHaveLength(4);
    expect(await token(tokens)).toBe('access-1');
    expect(server.forms).toHaveLength(4);
    nowMs += minuteMs;
    expect(await token(tokens)).toBe('access-2');
  });

  it.each([
    ['invalid_grant', { error: 'invalid_grant' }, 'sign-in-again'],
    ['interaction_required', { error: 'interaction_required' }, 'sign-in-again'],
    ['MFA', { error: 'invalid_grant', error_codes: [50076] }, 'sign-in-again', /MFA/],
    ['an old sign-in', { error: 'invalid_grant', error_codes: [700082] }, 'sign-in-again', /run out/],
    ['Conditional Access', { error: 'invalid_grant', error_codes: [53003] }, 'ask-admin', /administrator/],
    ['a disabled user', { error: 'invalid_grant', error_codes: [50057] }, 'ask-admin'],
    ['a wrong client secret', { error: 'invalid_client', error_codes: [7000215] }, 'app-misconfigured', /secret/],
    ['another tenant', { error: 'unauthorized_client', error_codes: [700016] }, 'app-misconfigured', /tenantId/],
    ['invalid_client', { error: 'invalid_client' }, 'app-misconfigured'],
    ['no body', '', 'app-misconfigured'],
    ['a hostile error', { error: '\u001b[2J refresh-0' }, 'app-misconfigured'],
  ])('is final with %s', async (_name, body, code, told = /./) => {
    const text =
      typeof body === 'string'
        ? body
        : { ...body, error_description: 'refresh-0 and client-secret-1 of ada@example.com' };
    server.answerNext.push(refuse(400, text));
    const failure: unknown = await token(source(await account())).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, exitCode: 4, place: 'profile main' });
    const { message: said, hint, cause } = failure as { message: string; hint: string; cause: unknown };
    expect(`${said} ${hint}`).toMatch(told);
    expect(hint).toContain('oppatch profile add main --vendor acme --force');
    expect(`${said} ${hint} ${JSON.stringify(cause)}`).not.toMatch(/refresh-0|client-secret-1|ada@/);
    expect(said).not.toContain('\u001b');
    expect(server.forms).toHaveLength(1);
    expect(await secrets.get('main')).toEqual(signIn);
  });

  it('is not spoken to in plain http unless it is on loopback', async () => {
    const store = await openProfileStore(home);
    await store.save(sampleProfile('main', { settings: { 'login-host': 'login.example.com' } }));
    await expect(token(source(await account()))).rejects.toMatchObject({
      code: 'insecure-sign-in-address',
      exitCode: 4,
    });
  });
});

/** Eight processes that ask at once; their tokens. */
async function ask(how: string): Promise<string[]> {
  const children = Array.from({ length: 8 }, () => program.start(home, how));
  expect(new Set(await Promise.all(children.map(message)))).toEqual(new Set(['ready']));
  const answers = children.map(async (child) => message(child) as Promise<string>);
  for (const child of children) child.send('go');
  const tokens = await Promise.all(answers);
  expect(await Promise.all(children.map(ended))).toEqual(Array(8).fill(0));
  return tokens;
}

describe('eight processes', () => {
  it('that need a token at once send one request, and all go on', async () => {
    expect(await ask('')).toEqual(Array(8).fill('access-1'));
    expect(server.forms).toHaveLength(1);
    expect(await secrets.get('main')).toMatchObject({ refreshToken: 'refresh-1' });
  });

  it('whose token is refused at once send one request, and all go on', async () => {
    expect(await ask('refused')).toEqual(Array(8).fill('access-2'));
    expect(server.forms).toHaveLength(2);
  });
});

describe('a process that is killed while it renews', () => {
  it('leaves the old refresh token, and the next one goes on', async () => {
    const child = program.start(home);
    await message(child);
    const asked = new Promise<void>((resolve) => server.answerNext.push(() => resolve()));
    child.send('go');
    await asked;
    child.kill('SIGKILL');
    await ended(child);
    expect(await secrets.get('main')).toEqual(signIn);
    expect(await token(source(await account()))).toBe('access-1');
  });
});

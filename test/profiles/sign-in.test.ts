import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OppatchError } from '../../src/core/errors.ts';
import { createTokenSource } from '../../src/profiles/access-token.ts';
import { openProfileStore } from '../../src/profiles/profile-store.ts';
import { resolveAccount } from '../../src/profiles/resolve.ts';
import { openSecretFile } from '../../src/profiles/secret-file.ts';
import type { SecretStore } from '../../src/profiles/secret-store.ts';
import type { DeviceCode } from '../../src/profiles/sign-in-device.ts';
import { signIn, type SignedIn, type SignInRequest, type SignInWay } from '../../src/profiles/sign-in.ts';
import { close } from '../../src/vendors/close/vendor.ts';
import { partnerCenter } from '../../src/vendors/partner-center/vendor.ts';
import { sampleProfile } from './sample-profile.ts';
import { newPerson } from './sign-in-person.ts';
import { clientId, startSignInServer, tenantId, type SignInServer } from './sign-in-server.ts';
import { cut, plainTransport, refuse } from './token-server.ts';

const app = { tenantId, clientId };
const device = 'urn:ietf:params:oauth:grant-type:device_code';

let home: string;
let server: SignInServer;
let secrets: SecretStore;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'oppatch-sign-in-'));
  server = await startSignInServer();
  secrets = openSecretFile(home);
  await secrets.set('prod', app);
  const store = await openProfileStore(home);
  await store.save(profile());
});
afterEach(async () => {
  await server.close();
  rmSync(home, { recursive: true, force: true });
});

function profile() {
  return sampleProfile('prod', { vendor: 'partner-center', settings: { authority: server.authority } });
}

function begin(way: SignInWay, changes: Partial<SignInRequest> = {}): Promise<SignedIn> {
  return signIn({
    profile: profile(),
    vendor: partnerCenter,
    env: {},
    secrets,
    transport: plainTransport,
    way,
    signal: new AbortController().signal,
    ...changes,
  });
}

async function failure(of: Promise<unknown>): Promise<OppatchError> {
  const error: unknown = await of.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OppatchError)) throw new Error('It did not fail as it should', { cause: error });
  return error;
}

/** The stored credentials, renewed through the token source of a run. */
async function tokenSource(nowMs: () => number) {
  const store = await openProfileStore(home);
  const account = await resolveAccount({
    flags: { settings: {}, rates: [] },
    env: {},
    store,
    secrets: () => secrets,
    vendors: [partnerCenter],
  });
  return createTokenSource({ account, transport: plainTransport, delaysMs: [], now: nowMs });
}

function tokenRequests(): readonly unknown[] {
  return server.asked.filter(({ route }) => route === 'token').map(({ parameters }) => parameters['grant_type']);
}

/** What happens while the tool waits between two questions; the waits, and a clock that goes with them. */
function pace(...script: ((code: DeviceCode) => unknown)[]) {
  let nowMs = Date.now();
  let shown: DeviceCode | undefined;
  const waitsMs: number[] = [];
  const way: SignInWay = { kind: 'device', show: (code) => (shown = code) };
  const wait = async (ms: number): Promise<void> => {
    waitsMs.push(ms);
    nowMs += ms;
    if (shown !== undefined) await script.shift()?.(shown);
  };
  return { way, waitsMs, changes: { wait, now: () => nowMs } satisfies Partial<SignInRequest> };
}

const nothing = (): undefined => undefined;
const allow = ({ url, userCode }: DeviceCode): Promise<string> => newPerson().enterCode(url, userCode);

describe('a sign-in by device code', () => {
  it('asks until the person has entered the code, and keeps both tokens', async () => {
    const { way, waitsMs, changes } = pace(nothing, nothing, allow);
    const { doubts, endsAtMs } = await begin(way, changes);
    expect(doubts).toEqual([]);
    expect(endsAtMs).toBe(changes.now() + 3_600_000);
    expect(waitsMs).toEqual([5000, 5000, 5000]);
    expect(server.asked.map(({ route, status }) => [route, status])).toEqual([
      ['device_authorization', 200],
      ['token', 400],
      ['token', 400],
      ['token', 200],
    ]);
    expect(server.asked[0]?.parameters).toMatchObject({
      client_id: clientId,
      scope: 'https://api.partner.microsoft.com/.default offline_access',
    });
    expect(tokenRequests()).toEqual([device, device, device]);
    const stored = await secrets.get('prod');
    expect(stored).toMatchObject({ ...app, refreshToken: expect.stringMatching(/.{20}/) as string });
    expect(stored?.['renewed.accessToken']?.split('.')).toHaveLength(3);
  });

  it('lets a run begin without another request, and rotates the refresh token from then on', async () => {
    const { way, changes } = pace(allow);
    await begin(way, changes);
    const first = await secrets.get('prod');
    let nowMs = Date.now();
    const tokens = await tokenSource(() => nowMs);
    const before = (await tokens.credentials())['accessToken'];
    expect(tokenRequests()).toEqual([device]);
    nowMs += 56 * 60_000;
    const after = (await tokens.credentials())['accessToken'];
    expect(after).not.toBe(before);
    nowMs += 56 * 60_000;
    expect((await tokens.credentials())['accessToken']).not.toBe(after);
    expect(tokenRequests()).toEqual([device, 'refresh_token', 'refresh_token']);
    const last = await secrets.get('prod');
    expect(last?.['refreshToken']).not.toBe(first?.['refreshToken']);
    // The server is strict: a refresh token that was used once ends the whole sign-in.
    await secrets.set('prod', first ?? {});
    const error = await failure(Promise.resolve((await tokenSource(() => nowMs)).credentials()));
    expect(error).toMatchObject({ code: 'sign-in-again', exitCode: 4 });
    expect(error.hint).toContain('oppatch profile login prod');
  });

  it('obeys the interval of the server and slow_down', async () => {
    server.interval = 7;
    server.answerNext.push(
      refuse(400, { error: 'authorization_pending', error_codes: [70016] }, { 'content-type': 'application/json' }),
      refuse(400, { error: 'slow_down' }, { 'content-type': 'application/json' }),
      refuse(400, { error: 'slow_down' }, { 'content-type': 'application/json' }),
    );
    const { way, waitsMs, changes } = pace(nothing, nothing, nothing, allow);
    await begin(way, changes);
    expect(waitsMs).toEqual([7000, 7000, 12_000, 17_000]);
  });

  it('goes on, more slowly, when the server is away for a while', async () => {
    server.answerNext.push(cut, refuse(503, '<html>busy</html>', { 'content-type': 'text/html' }));
    const { way, waitsMs, changes } = pace(nothing, nothing, allow);
    await begin(way, changes);
    expect(waitsMs).toEqual([5000, 10_000, 15_000]);
  });

  it('ends where the person declines, with nothing stored', async () => {
    const { way, changes } = pace(({ url, userCode }) => newPerson().enterCode(url, userCode, false));
    expect(await failure(begin(way, changes))).toMatchObject({
      code: 'sign-in-declined',
      exitCode: 4,
      hint: 'Begin again and allow it: oppatch profile login prod',
    });
    expect(await secrets.get('prod')).toEqual(app);
  });

  it('ends when the code has run out, by the clock here or by the word of the server', async () => {
    const idle = pace();
    expect(await failure(begin(idle.way, idle.changes))).toMatchObject({ code: 'sign-in-expired', exitCode: 4 });
    expect(idle.waitsMs.reduce((sum, ms) => sum + ms)).toBe(900_000);
    expect(tokenRequests()).toHaveLength(179);

    const expired = pace(nothing, () => server.expireDeviceCode());
    expect(await failure(begin(expired.way, expired.changes))).toMatchObject({ code: 'sign-in-expired', exitCode: 4 });
    expect(expired.waitsMs).toHaveLength(2);
    expect(await secrets.get('prod')).toEqual(app);
  });

  it.each([
    ['authorization_declined', [], 'sign-in-declined', 'oppatch profile login prod'],
    ['access_denied', [65004], 'ask-admin', 'oppatch profile login prod'],
    ['invalid_grant', [53003], 'ask-admin', 'administrator'],
    ['invalid_client', [7000218], 'app-misconfigured', 'oppatch profile add prod --vendor partner-center --force'],
    ['unauthorized_client', [700016], 'app-misconfigured', 'tenantId'],
  ])('explains %s %j and repeats no prose', async (error, numbers, code, told) => {
    const body = { error, error_codes: numbers, error_description: 'of ada@example.com' };
    server.answerNext.push(refuse(401, body, { 'content-type': 'application/json', 'www-authenticate': 'Basic' }));
    const { way, changes } = pace(nothing);
    const refused = await failure(begin(way, changes));
    expect(refused).toMatchObject({ code, exitCode: 4, place: 'profile prod' });
    expect(refused.hint).toContain(told);
    expect(`${refused.message}${refused.hint}`).not.toContain('ada@');
  });

  it('ends at once when it is given up', async () => {
    const end = new AbortController();
    const cancelled = new OppatchError('cancelled', 'Cancelled.', { exitCode: 130 });
    const way: SignInWay = { kind: 'device', show: () => end.abort(cancelled) };
    expect(await failure(begin(way, { signal: end.signal }))).toBe(cancelled);
    expect(tokenRequests()).toEqual([]);
    expect(await secrets.get('prod')).toEqual(app);
  });

  it('warns of a token without a second factor', async () => {
    server.amr = ['pwd'];
    const { way, changes } = pace(allow);
    expect((await begin(way, changes)).doubts).toEqual([expect.stringContaining('MFA')]);
    expect(await secrets.get('prod')).toHaveProperty('refreshToken');
  });

  it('is not taken for done where no refresh token comes', async () => {
    server.refreshTokens = false;
    const { way, changes } = pace(allow);
    expect(await failure(begin(way, changes))).toMatchObject({ code: 'no-refresh-token', exitCode: 4 });
    expect(await secrets.get('prod')).toEqual(app);
  });

  it('is not stored over an app that was changed meanwhile', async () => {
    const other = { ...app, clientId: 'other-app' };
    const { way, changes } = pace(async (code) => {
      await allow(code);
      await secrets.set('prod', other);
    });
    expect(await failure(begin(way, changes))).toMatchObject({ code: 'credentials-changed', exitCode: 4 });
    expect(await secrets.get('prod')).toEqual(other);
  });
});

/** Begins a sign-in by browser; `url` is what the person opens. */
function opened(changes: Partial<SignInRequest> = {}) {
  let told: ((url: string) => void) | undefined;
  const url = new Promise<string>((resolve) => (told = resolve));
  const ended = begin({ kind: 'browser', show: (text) => told?.(text) }, changes);
  return { url, ended };
}

describe('a sign-in by browser', () => {
  it('proves by PKCE that it began it, and tells the person in the browser', async () => {
    const { url, ended } = opened();
    const address = new URL(await url);
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      client_id: clientId,
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: expect.stringMatching(/^http:\/\/localhost:\d+\/$/) as string,
    });
    // This server grants offline_access by browser only where consent is asked for (OpenID Connect Core, 11).
    address.searchParams.set('prompt', 'consent');
    const redirect = await newPerson().signIn(address.href);
    const page = await fetch(redirect);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('You are signed in')]);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect((await ended).doubts).toEqual([]);
    expect(tokenRequests()).toEqual(['authorization_code']);
    expect(await secrets.get('prod')).toMatchObject({ ...app, refreshToken: expect.any(String) as string });
    await expect(fetch(redirect)).rejects.toThrow();
    expect(await (await tokenSource(() => Date.now() + 3_599_000)).credentials()).toHaveProperty('accessToken');
    expect(tokenRequests()).toEqual(['authorization_code', 'refresh_token']);
  });

  it('comes back to the port and path that the registration of the app names, or says that the port is taken', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const fixed = { ...partnerCenter.oauth.signIn, redirect: { port, path: '/oauth/callback' } };
    const vendor = { ...partnerCenter, oauth: { ...partnerCenter.oauth, signIn: fixed } };
    const way: SignInWay = { kind: 'browser', show: nothing };
    expect(await failure(begin(way, { vendor }))).toMatchObject({ code: 'redirect-port-in-use', exitCode: 1 });
    taken.close();
    await once(taken, 'close');
    let shown = nothing as (url: string) => void;
    const url = new Promise<string>((resolve) => (shown = resolve));
    const ended = begin({ kind: 'browser', show: (address) => shown(address) }, { vendor });
    const address = new URL(await url);
    expect(address.searchParams.get('redirect_uri')).toBe(`http://localhost:${port}/oauth/callback`);
    address.searchParams.set('prompt', 'consent');
    expect((await fetch(await newPerson().signIn(address.href))).status).toBe(200);
    await ended;
    expect(await secrets.get('prod')).toMatchObject({ refreshToken: expect.any(String) as string });
  });

  it('takes no redirect but its own', async () => {
    const { url, ended } = opened();
    const redirect = await newPerson().signIn(await url);
    const strange = new URL(redirect);
    strange.searchParams.set('state', 'another');
    const twice = new URL(redirect);
    twice.searchParams.append('state', 'another');
    const without = new URL(redirect);
    without.searchParams.delete('state');
    const elsewhere = new URL(redirect);
    elsewhere.pathname = '/favicon.ico';
    const rebound = new URL(redirect);
    rebound.hostname = '127.0.0.1';
    const statuses = [];
    for (const one of [strange, twice, without, elsewhere, rebound]) statuses.push((await fetch(one)).status);
    statuses.push((await fetch(redirect, { method: 'POST' })).status);
    expect(statuses).toEqual([400, 400, 400, 404, 404, 405]);
    expect(tokenRequests()).toEqual([]);
    expect((await fetch(redirect)).status).toBe(200);
    await ended;
  });

  it('ends where the person declines or the code is refused, and the browser says so', async () => {
    const declined = opened();
    const refusing = failure(declined.ended);
    const page = await fetch(await newPerson().decline(await declined.url));
    expect([page.status, await page.text()]).toEqual([400, expect.stringContaining('did not succeed')]);
    expect(await refusing).toMatchObject({ code: 'sign-in-declined', exitCode: 4 });

    const forged = opened();
    const failing = failure(forged.ended);
    const redirect = new URL(await newPerson().signIn(await forged.url));
    redirect.searchParams.set('code', 'forged');
    expect((await fetch(redirect)).status).toBe(400);
    expect(await failing).toMatchObject({ code: 'sign-in-expired', exitCode: 4 });
    expect(await secrets.get('prod')).toEqual(app);
  });

  it('does not wait for ever, and not at all once it is given up', async () => {
    expect(await failure(opened({ browserLifetimeMs: 1 }).ended)).toMatchObject({ code: 'sign-in-expired' });
    const end = new AbortController();
    const { url, ended } = opened({ signal: end.signal });
    const failing = failure(ended);
    await url;
    end.abort(new OppatchError('cancelled', 'Cancelled.', { exitCode: 130 }));
    expect(await failing).toMatchObject({ code: 'cancelled' });
  });
});

describe('a refresh token that is brought along', () => {
  it('is tried, replaced and kept', async () => {
    const { way, changes } = pace(allow);
    await begin(way, changes);
    const { refreshToken = '' } = (await secrets.get('prod')) ?? {};
    await secrets.set('prod', app);
    await begin({ kind: 'refresh-token', refreshToken });
    const stored = await secrets.get('prod');
    expect(stored).toMatchObject(app);
    expect(stored?.['refreshToken']).not.toBe(refreshToken);
    expect(tokenRequests()).toEqual([device, 'refresh_token']);
  });

  it('is not kept where it is refused', async () => {
    const error = await failure(begin({ kind: 'refresh-token', refreshToken: 'hidden-token' }));
    expect(error).toMatchObject({ code: 'sign-in-again', exitCode: 4 });
    expect(`${error.message}${error.hint}`).not.toContain('hidden-token');
    expect(await secrets.get('prod')).toEqual(app);
  });
});

describe('a sign-in is refused', () => {
  const way: SignInWay = { kind: 'refresh-token', refreshToken: 'hidden-token' };

  it('for a vendor that has none', async () => {
    expect(await failure(begin(way, { vendor: close }))).toMatchObject({ code: 'no-sign-in', exitCode: 2 });
  });

  it('by a code where the vendor has none', async () => {
    const { deviceUrl: _deviceUrl, ...declared } = partnerCenter.oauth.signIn;
    const vendor = { ...partnerCenter, oauth: { ...partnerCenter.oauth, signIn: declared } };
    expect(await failure(begin({ kind: 'device', show: nothing }, { vendor }))).toMatchObject({
      code: 'no-device-code',
      exitCode: 2,
    });
    expect(server.asked).toEqual([]);
  });

  it('for a profile whose credentials are in the environment', async () => {
    const fromEnvironment = sampleProfile('prod', { vendor: 'partner-center', credentialSource: 'env' });
    expect(await failure(begin(way, { profile: fromEnvironment }))).toMatchObject({
      code: 'credentials-in-environment',
      exitCode: 2,
    });
  });

  it('for a profile that names no app', async () => {
    await secrets.set('prod', { accessToken: 'a.b.c' });
    expect(await failure(begin(way))).toMatchObject({
      code: 'no-app-to-sign-in',
      message: 'The profile prod holds no tenantId and clientId: a sign-in needs tenantId and clientId.',
      exitCode: 4,
    });
  });

  it('where the way to the server is open to others', async () => {
    const declared = { ...partnerCenter.oauth.signIn, deviceUrl: () => 'http://login.example.com/' };
    const vendor = { ...partnerCenter, oauth: { ...partnerCenter.oauth, signIn: declared } };
    expect(await failure(begin({ kind: 'device', show: nothing }, { vendor }))).toMatchObject({
      code: 'insecure-sign-in-address',
      exitCode: 2,
    });
  });
});

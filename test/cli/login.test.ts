import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newOpener } from '../profiles/sample-opener.ts';
import { startKeychain } from '../profiles/keychain-server.ts';
import { newPerson } from '../profiles/sign-in-person.ts';
import { clientId, startSignInServer, tenantId, type SignInServer } from '../profiles/sign-in-server.ts';
import { newPlace, run, runProcess, start, type Ended, type Place } from './oppatch.ts';

let server: SignInServer;
beforeAll(async () => {
  server = await startSignInServer();
  server.interval = 0.2;
});
afterAll(() => server.close());

/** A home with the profile `prod`, which names an app and has no refresh token. */
async function newHome(): Promise<Place> {
  const place = newPlace();
  const words = ['profile', 'add', 'prod', '--vendor', 'partner-center', '--credentials-stdin'];
  const added = await run([...words, '--setting', `authority=${server.authority}`], {
    home: place.home,
    input: JSON.stringify({ tenantId, clientId }),
  });
  expect(added.stderr).toBe('');
  expect(added.stdout).toContain('Next: oppatch profile login prod');
  return place;
}

function storedIn(home: string): Record<string, string> {
  const all = JSON.parse(readFileSync(join(home, 'secrets.json'), 'utf8')) as Record<string, Record<string, string>>;
  return all['prod'] ?? {};
}

function expectNoSecret({ stdout, stderr }: Ended, home: string): void {
  const { refreshToken = '', 'renewed.accessToken': accessToken = '' } = storedIn(home);
  expect(refreshToken.length).toBeGreaterThan(20);
  expect(accessToken.length).toBeGreaterThan(20);
  for (const secret of [refreshToken, accessToken]) expect(stdout + stderr).not.toContain(secret);
}

/** The first match in what the process has said on stderr so far. */
async function heard(running: ReturnType<typeof start>, pattern: RegExp): Promise<RegExpExecArray> {
  let text = '';
  const { stderr } = running.child;
  if (stderr === null) throw new Error('There is no stderr');
  return new Promise((resolve, reject) => {
    stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const match = pattern.exec(text);
      if (match !== null) resolve(match);
    });
    stderr.once('close', () => reject(new Error(`It never said ${String(pattern)}: ${text}`)));
  });
}

const codeForm = /^ {2}(http\S+)\n.*\n {2}(\S+)\n/m;

describe('profile login', () => {
  it('signs in by device code without a terminal, and a run needs nothing more', async () => {
    const { home } = await newHome();
    const before = await run(['profile', 'check', 'prod'], { home });
    expect([before.code, before.stderr]).toEqual([4, expect.stringContaining('oppatch profile login prod')]);

    const running = start(['profile', 'login', 'prod', '--json', '--quiet'], { home });
    const [, url = '', userCode = ''] = await heard(running, codeForm);
    await newPerson().enterCode(url, userCode);
    const ended = await running.ended;
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      ok: true,
      profile: 'prod',
      vendor: 'partner-center',
      method: 'device',
      warnings: [],
    });
    expect(statSync(join(home, 'secrets.json')).mode & 0o777).toBe(0o600);
    expect(storedIn(home)).toMatchObject({ tenantId, clientId });
    expectNoSecret(ended, home);

    const asked = server.asked.length;
    const check = ['profile', 'check', 'prod', '--base-url', 'http://127.0.0.1:9/'];
    expect((await run(check, { home })).stderr).toContain('No connection to 127.0.0.1:9');
    expect(server.asked).toHaveLength(asked);
  });

  it('shows the masked exchanges with -v', async () => {
    const { home } = await newHome();
    const running = start(['profile', 'login', 'prod', '-v'], { home });
    const [, url = '', userCode = ''] = await heard(running, codeForm);
    await newPerson().enterCode(url, userCode);
    const ended = await running.ended;
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/^#1 → POST http.*\bclient_id=/m);
    expect(ended.stderr).toMatch(/^#\d+ ← 200 .*"access_token":"\*\*\*"/m);
    expect(ended.stderr).toContain('device_code=***');
    expect(ended.stderr).not.toMatch(/device_code(=|":")[^*]/);
    expectNoSecret(ended, home);
  });

  it('moves the credentials to the store that is asked for, or does nothing', async () => {
    const { home } = await newHome();
    const words = ['profile', 'login', 'prod', '--store'];
    const none = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' };
    const refused = await runProcess([...words, 'keychain'], { home, env: none });
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('--store file')]);
    const environment = await run([...words, 'env'], { home });
    expect([environment.code, environment.stderr]).toEqual([2, expect.stringContaining('--store keychain')]);
    expect(storedIn(home)).toEqual({ tenantId, clientId });

    const keychain = await startKeychain();
    try {
      const running = start([...words, 'keychain'], { home, env: keychain.env });
      const [, url = '', userCode = ''] = await heard(running, codeForm);
      await newPerson().enterCode(url, userCode);
      const ended = await running.ended;
      expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining('The refresh token is in the keychain')]);
      expect(storedIn(home)).toEqual({});
      const check = ['profile', 'check', 'prod', '--base-url', 'http://127.0.0.1:9/'];
      expect((await runProcess(check, { home, env: keychain.env })).stderr).toContain('No connection to 127.0.0.1:9');
    } finally {
      await keychain.close();
    }
  });

  it('opens the browser where there is one, and hands it no secret', async () => {
    const { home, directory } = await newHome();
    const bin = join(directory, 'bin');
    mkdirSync(bin);
    const opener = newOpener(bin, ['xdg-open', 'open']);
    const env = { PATH: opener.path, DISPLAY: ':9', PARTNER_CENTER_REFRESH_TOKEN: 'hidden-refresh-token' };

    const unopened = start(['profile', 'login', 'prod', '--browser', '--no-open'], { home, env });
    const [, alone = ''] = await heard(unopened, /^ {2}(http\S+)\n/m);
    await fetch(await newPerson().signIn(alone));
    expect((await unopened.ended).code).toBe(0);
    expect(opener.wasCalled()).toBe(false);

    const running = start(['profile', 'login', 'prod', '--browser'], { home, env });
    const opened = await opener.written();
    const [address = ''] = opened.split('\n');
    expect(opened).not.toContain('hidden-refresh-token');
    const page = await fetch(await newPerson().signIn(address));
    expect(page.status).toBe(200);
    const ended = await running.ended;
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining('Next: oppatch profile check prod')]);
    expect(ended.stderr).toContain(`  ${address}\n`);
    expectNoSecret(ended, home);
  });

  it('leaves credentials that eight processes renew with one request, when all need it at once', async () => {
    const { home } = await newHome();
    const running = start(['profile', 'login', 'prod'], { home });
    const [, url = '', userCode = ''] = await heard(running, codeForm);
    await newPerson().enterCode(url, userCode);
    expect((await running.ended).code).toBe(0);
    const before = storedIn(home);
    const old = { ...before, 'renewed.renewAt': '1', 'renewed.endsAt': '1' };
    writeFileSync(join(home, 'secrets.json'), JSON.stringify({ prod: old }), { mode: 0o600 });

    const bearers: (string | undefined)[] = [];
    const vendor = createServer((request, response) => {
      bearers.push(request.headers.authorization);
      response.setHeader('content-type', 'application/json');
      response.end('{"value":[]}');
    });
    vendor.listen(0, '127.0.0.1');
    await once(vendor, 'listening');
    const asked = server.asked.length;
    const words = [
      'profile',
      'check',
      'prod',
      '--base-url',
      `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`,
    ];
    const checks = await Promise.all(
      Array.from({ length: 8 }, () => runProcess([...words, '--rate', '100/1s'], { home })),
    );
    vendor.close();
    expect(checks.map(({ code, stderr }) => [code, stderr])).toEqual(checks.map(() => [0, '']));
    expect(server.asked.slice(asked).map(({ parameters, status }) => [parameters['grant_type'], status])).toEqual([
      ['refresh_token', 200],
    ]);
    const after = storedIn(home);
    expect(after['refreshToken']).not.toBe(before['refreshToken']);
    expect(bearers).toEqual(Array(8).fill(`Bearer ${after['renewed.accessToken']}`));
  });

  it('lets a run outlive its access tokens: each is renewed in flight, before it ends', async () => {
    const place = await newHome();
    const { home } = place;
    server.accessTokenSeconds = 4;
    const running = start(['profile', 'login', 'prod'], { home });
    const [, url = '', userCode = ''] = await heard(running, codeForm);
    await newPerson().enterCode(url, userCode);
    expect((await running.ended).code).toBe(0);

    const used = new Set<string>();
    const late: string[] = [];
    const vendor = createServer((request, response) => {
      const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
      used.add(token);
      const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp: number };
      if (claims.exp * 1000 < Date.now()) late.push(token);
      const id = request.url?.split('/').at(-1) ?? '';
      response.setHeader('content-type', 'application/json');
      request.resume().once('end', () => response.end(JSON.stringify({ id, details: { notes: 'called' } })));
    });
    vendor.listen(0, '127.0.0.1');
    await once(vendor, 'listening');
    const rows = Array.from(
      { length: 32 },
      (_, row) => `9f8bed52-e4df-4d0c-9ca6-${String(row).padStart(12, '0')},called`,
    );
    const file = place.file('edits.csv', `id,/details/notes\n${rows.join('\n')}\n`);
    const asked = server.asked.length;
    const base = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
    const words = ['apply', file, '--base-url', base, '--rate', '4/1s', '--blind', '--yes', '--json'];
    const ended = await run(words, { home });
    server.accessTokenSeconds = 3600;
    vendor.close();
    expect(ended.code, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ rows: { applied: 32 }, calls: { sent: 32, retried: 0 } });
    expect(late).toEqual([]);
    expect(used.size).toBeGreaterThanOrEqual(3);
    const grants = server.asked.slice(asked).map(({ parameters, status }) => [parameters['grant_type'], status]);
    expect(grants).toEqual(grants.map(() => ['refresh_token', 200]));
    expect(grants.length).toBeLessThanOrEqual(used.size + 1);
  });

  it('takes a refresh token from stdin, and keeps the one that replaces it', async () => {
    const { home } = await newHome();
    const running = start(['profile', 'login'], { home });
    const [, url = '', userCode = ''] = await heard(running, codeForm);
    await newPerson().enterCode(url, userCode);
    expect((await running.ended).code).toBe(0);
    const { refreshToken = '' } = storedIn(home);

    const other = await newHome();
    const words = ['profile', 'login', 'prod', '--refresh-token-stdin'];
    const ended = await run(words, { home: other.home, input: `${refreshToken}\n` });
    expect(ended.code).toBe(0);
    expectNoSecret(ended, other.home);
    expect(ended.stdout + ended.stderr).not.toContain(refreshToken);
    const kept = storedIn(other.home)['refreshToken'];
    expect(kept).not.toBe(refreshToken);

    const used = await run([...words, '--json'], { home: other.home, input: refreshToken });
    expect(used.code).toBe(4);
    expect(JSON.parse(used.stdout)).toMatchObject({ error: { code: 'sign-in-again' } });
    expect(used.stdout + used.stderr).not.toContain(refreshToken);
    expect(storedIn(other.home)['refreshToken']).toBe(kept);
    for (const input of ['', 'two\nlines', '{"refreshToken":"hidden-token"}']) {
      const wrong = await run(words, { home: other.home, input });
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('The refresh token')]);
      expect(wrong.stderr).not.toContain('hidden-token');
    }
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at once on %s, with nothing stored', async (signal, code) => {
    const { home } = await newHome();
    for (const way of [[], ['--browser', '--no-open']]) {
      const running = start(['profile', 'login', 'prod', ...way], { home });
      await running.told(/Ctrl-C gives up/);
      running.child.kill(signal);
      expect((await running.ended).code).toBe(code);
      expect(storedIn(home)).toEqual({ tenantId, clientId });
    }
  });

  it('says what to do where there is nothing to sign in to', async () => {
    const { home } = newPlace();
    const none = await run(['profile', 'login'], { home });
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('oppatch profile add')]);
    const words = ['profile', 'add', 'keys', '--vendor', 'close', '--credentials-stdin'];
    await run(words, { home, input: '{"apiKey":"api_hidden"}' });
    const other = await run(['profile', 'login', 'keys', '--json'], { home });
    expect(other.code).toBe(2);
    expect(JSON.parse(other.stdout)).toMatchObject({ error: { code: 'no-sign-in' } });
    const both = await run(['profile', 'login', 'keys', '--browser', '--refresh-token-stdin'], { home });
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('two ways')]);
  });
});

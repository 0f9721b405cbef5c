import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { makeAuthority } from '../transport/certificates.ts';
import { newPlace, newSandbox, run, start, summaryOf, type Place } from './oppatch.ts';

/**
 * Signing in at the vendors' own addresses. Every host is a TLS server of this machine, to which a proxy leads: its token server gives tokens that soon end,
 * one of which is withdrawn in mid run, and its API is the sandbox, which sees the token of the sandbox wherever one came that was good.
 */

interface Case {
  readonly vendor: string;
  readonly api: string;
  readonly tokens: { readonly host: string; readonly path: string };
  readonly words: readonly string[];
  readonly credentials: Readonly<Record<string, string>>;
  /** The scheme of the header. */
  readonly scheme: string;
  /** Whether each refresh token works once. */
  readonly rotates: boolean;
  /** The body where the token is not good. */
  readonly expired: unknown;
  readonly id: (row: number) => string;
}

const app = { clientId: 'app-1', clientSecret: 'secret-of-the-app' };

const cases: readonly Case[] = [
  {
    vendor: 'hubspot',
    api: 'api.hubapi.com',
    tokens: { host: 'api.hubapi.com', path: '/oauth/2026-09/token' },
    words: [],
    credentials: { ...app, refreshToken: 'refresh-0' },
    scheme: 'Bearer',
    rotates: true,
    expired: { status: 'error', message: 'The OAuth token is expired', category: 'EXPIRED_AUTHENTICATION' },
    id: (row) => String(71_000_000 + row),
  },
  {
    vendor: 'zoho',
    api: 'www.zohoapis.eu',
    tokens: { host: 'accounts.zoho.eu', path: '/oauth/v2/token' },
    words: ['--setting', 'data-centre=eu'],
    credentials: { ...app, code: 'code-0' },
    scheme: 'Zoho-oauthtoken',
    rotates: false,
    expired: { code: 'INVALID_TOKEN', details: {}, message: 'invalid oauth token', status: 'error' },
    id: (row) => String(7_123_400_000_006_000_000n + BigInt(row)),
  },
  {
    vendor: 'pipedrive',
    api: 'northwind.pipedrive.com',
    tokens: { host: 'oauth.pipedrive.com', path: '/oauth/token' },
    words: ['--setting', 'company-domain=northwind'],
    credentials: { ...app, refreshToken: 'refresh-0' },
    scheme: 'Bearer',
    rotates: false,
    expired: { success: false, error: 'unauthorized access', errorCode: 401 },
    id: (row) => String(50_000 + row),
  },
];

interface Internet {
  /** The words that lead there. */
  readonly way: readonly string[];
  /** Of each request for a token. */
  readonly grants: readonly string[];
  /** Tokens that were good, in the order of their first call. */
  readonly used: ReadonlySet<string>;
  /** Calls that were refused for their token. */
  readonly refused: readonly string[];
  /** Withdraws the token of the call after so many more. */
  withdrawAfter: number;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
  return body;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function internet(one: Case, sandbox: Sandbox): Promise<Internet> {
  const good = new Set<string>();
  const [grants, used, refused]: [string[], Set<string>, string[]] = [[], new Set(), []];
  const net = { way: [] as string[], grants, used, refused, withdrawAfter: Number.POSITIVE_INFINITY };
  let refreshToken = one.credentials['refreshToken'];

  function giveToken(form: URLSearchParams, authorization: string | undefined, response: ServerResponse): void {
    const grant = form.get('grant_type') ?? '';
    const isGood =
      grant === 'authorization_code' ? form.get('code') === 'code-0' : form.get('refresh_token') === refreshToken;
    const basic = `Basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64')}`;
    const isApp = form.get('client_secret') === app.clientSecret || authorization === basic;
    grants.push(isGood && isApp ? grant : `refused ${grant}`);
    if (!isGood || !isApp) return answer(response, 400, { error: 'invalid_grant' });
    if (grant === 'authorization_code' || one.rotates) refreshToken = `refresh-${grants.length}`;
    const token = `token-${grants.length}`;
    good.add(token);
    const given = grant === 'authorization_code' || one.rotates ? { refresh_token: refreshToken } : {};
    answer(response, 200, { access_token: token, token_type: 'Bearer', expires_in: 1, ...given });
  }

  async function call(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    const token = (request.headers.authorization ?? '').replace(`${one.scheme} `, '');
    net.withdrawAfter -= 1;
    if (net.withdrawAfter === 0) good.delete(token);
    if (!good.has(token)) {
      refused.push(token);
      return answer(response, 401, one.expired);
    }
    used.add(token);
    const base = new URL(sandbox.baseUrls[one.vendor] ?? '');
    // The sandbox has the vendor's own paths behind a first part of its own.
    const [, first = ''] = base.pathname.split('/');
    const reply = await fetch(`${base.origin}/${first}${request.url ?? ''}`, {
      method: request.method ?? 'GET',
      headers: {
        authorization: `${one.scheme} sandbox-access-token`,
        ...(body === '' ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === '' ? {} : { body }),
    });
    const type = reply.headers.get('content-type');
    response.writeHead(reply.status, type === null ? {} : { 'content-type': type }).end(await reply.text());
  }

  const hosts = [...new Set([one.api, one.tokens.host])];
  const authority = makeAuthority(hosts);
  const server = createHttpsServer({ key: authority.key, cert: authority.cert }, (request, response) => {
    void bodyOf(request).then((body) => {
      const isToken = request.headers.host === one.tokens.host && request.url === one.tokens.path;
      return isToken
        ? giveToken(new URLSearchParams(body), request.headers.authorization, response)
        : call(request, body, response);
    });
  });
  const port = await listening(server);
  const proxy = createServer((socket) => {
    socket.once('data', (head) => {
      const [, host = ''] = /^CONNECT (\S+):443 HTTP/.exec(String(head)) ?? [];
      if (!hosts.includes(host)) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      const behind = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        socket.pipe(behind).pipe(socket);
      });
      socket.on('error', () => behind.destroy());
      behind.on('error', () => socket.destroy());
    });
  });
  const proxyPort = await listening(proxy);
  net.way.push('--proxy', `http://127.0.0.1:${proxyPort}`, '--ca', authority.file);
  return net;
}

function storedIn({ home }: Place): Record<string, string> {
  const all = JSON.parse(readFileSync(join(home, 'secrets.json'), 'utf8')) as Record<string, Record<string, string>>;
  return all['prod'] ?? {};
}

describe.each(cases)('$vendor', (one) => {
  it('is added, checked and edited with tokens that end in mid run', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const net = await internet(one, sandbox);
    const options = { home: place.home };
    const words = ['profile', 'add', 'prod', '--vendor', one.vendor, '--credentials-stdin', ...one.words, ...net.way];
    const added = await run(words, { ...options, input: JSON.stringify(one.credentials) });
    expect(added.code, added.stderr).toBe(0);
    const checked = await run(['profile', 'check', 'prod'], options);
    expect(checked.code, checked.stderr).toBe(0);

    const rows = 12;
    const lines = Array.from({ length: rows }, (_, index) => `${one.id(index + 1)},${index + 1}`);
    const file = place.file('edits.csv', `id,amount\n${lines.join('\n')}\n`);
    const way = ['--rate', '5/1s', '--no-bulk', '--blind', '--yes', '--json'];
    const tokens = net.used.size;
    net.withdrawAfter = 8;
    const ended = await run(['apply', file, ...way], options);
    expect(ended.code, ended.stderr).toBe(0);
    expect(summaryOf(ended)).toMatchObject({ rows: { applied: rows } });
    expect(net.refused.length).toBeGreaterThanOrEqual(1);
    expect(net.used.size - tokens).toBeGreaterThanOrEqual(2);
    const [first, ...others] = net.grants;
    expect(first).toBe('code' in one.credentials ? 'authorization_code' : 'refresh_token');
    expect(new Set(others)).toEqual(new Set(['refresh_token']));

    const { refreshToken, code, 'renewed.accessToken': token } = storedIn(place);
    expect(code).toBeUndefined();
    expect(token).toBe([...net.used].at(-1));
    if (one.rotates) expect(refreshToken).toBe(`refresh-${net.grants.length}`);
    else expect(refreshToken).toBe('code' in one.credentials ? 'refresh-1' : 'refresh-0');
    const all = `${added.stdout}${checked.stdout}${ended.stdout}${added.stderr}${checked.stderr}${ended.stderr}`;
    for (const secret of [app.clientSecret, refreshToken ?? 'refresh', token ?? 'token', 'code-0'])
      expect(all).not.toContain(secret);
  });
});

describe('salesforce', () => {
  it('is signed in to by browser, with PKCE and the address that the app is registered with', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const forms: URLSearchParams[] = [];
    let challenge = '';
    const server = createHttpServer((request, response) => {
      void bodyOf(request).then((body) => {
        const url = new URL(request.url ?? '/', 'http://login.test');
        if (url.pathname === '/services/oauth2/authorize') {
          const asked = Object.fromEntries(url.searchParams);
          challenge = asked['code_challenge'] ?? '';
          expect(asked).toMatchObject({
            response_type: 'code',
            client_id: '3MVG9sandbox.ConsumerKey',
            redirect_uri: 'http://localhost:1717/OauthRedirect',
            scope: 'api refresh_token',
            code_challenge_method: 'S256',
          });
          const back = `${asked['redirect_uri'] ?? ''}?code=code-1&state=${asked['state'] ?? ''}`;
          return void response.writeHead(302, { location: back }).end();
        }
        const form = new URLSearchParams(body);
        forms.push(form);
        const verifier = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url');
        if (form.get('code') !== 'code-1' || verifier !== challenge)
          return answer(response, 400, { error: 'invalid_grant', error_description: 'invalid code verifier' });
        // No expires_in: a token ends with its session.
        return answer(response, 200, {
          access_token: `${sandbox.credentials['salesforce']?.['accessToken'] ?? ''}.${randomUUID()}`,
          refresh_token: '5Aep861refreshOfThePerson',
          instance_url: 'https://northwind.my.salesforce.com',
          token_type: 'Bearer',
        });
      });
    });
    const port = await listening(server);
    const { home } = place;
    const words = ['profile', 'add', 'prod', '--vendor', 'salesforce', '--credentials-stdin'];
    const where = ['--instance', 'northwind.my.salesforce.com', '--setting', `login-url=http://127.0.0.1:${port}`];
    const added = await run([...words, ...where, '--base-url', sandbox.baseUrls['salesforce'] ?? ''], {
      home,
      input: JSON.stringify({ clientId: '3MVG9sandbox.ConsumerKey' }),
    });
    expect(added.code, added.stderr).toBe(0);

    const signing = start(['profile', 'login', 'prod', '--browser', '--no-open', '--json'], { home });
    let told = '';
    signing.child.stderr?.on('data', (chunk: Buffer) => (told += chunk.toString('utf8')));
    await signing.told(/^ {2}http\S+\n/m);
    const redirect = await fetch(/^ {2}(http\S+)\n/m.exec(told)?.[1] ?? '', { redirect: 'manual' });
    const page = await fetch(redirect.headers.get('location') ?? '');
    expect(await page.text()).toContain('You are signed in');
    const ended = await signing.ended;
    expect(ended.code, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ ok: true, vendor: 'salesforce', method: 'browser' });
    expect(forms.map((form) => form.get('redirect_uri'))).toEqual(['http://localhost:1717/OauthRedirect']);
    expect(storedIn(place)['refreshToken']).toBe('5Aep861refreshOfThePerson');
    expect(ended.stdout + ended.stderr).not.toContain('5Aep861');

    const checked = await run(['profile', 'check', 'prod', '--json'], { home });
    expect(JSON.parse(checked.stdout), checked.stderr).toMatchObject({ ok: true });
  });
});

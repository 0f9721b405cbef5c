import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { makeAuthority, type TestAuthority } from '../transport/certificates.ts';
import { startTinyproxy } from '../transport/tinyproxy.ts';
import { environmentOf, newPlace, newSandbox, run, runProcess, summaryOf, writesOf } from './oppatch.ts';

/** An address of this machine that is not a loopback address: what goes there takes the proxy. */
const outside = '0.0.0.0';
const vendor = 'raze';
const password = 'hidden-w0rd';
const encoded = 'hidden%2Dw0rd';
const user = `me:${encoded}`;

let authority: TestAuthority;
let open: Awaited<ReturnType<typeof startTinyproxy>>;
let guarded: Awaited<ReturnType<typeof startTinyproxy>>;
beforeAll(async () => {
  authority = makeAuthority(outside);
  open = await startTinyproxy();
  guarded = await startTinyproxy(`BasicAuth me ${password}`);
});
afterAll(async () => {
  await open.close();
  await guarded.close();
});

/** A sandbox behind TLS, a file of two rows, and the words that apply it. */
async function ready() {
  const sandbox = await newSandbox();
  const place = newPlace();
  const target = new URL(sandbox.baseUrls[vendor] ?? '');
  const server = createTlsServer({ key: authority.key, cert: authority.cert }, (socket) => {
    const behind = connect(Number(target.port), '127.0.0.1');
    socket.pipe(behind).pipe(socket);
    for (const [one, other] of [
      [socket, behind],
      [behind, socket],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const address = `${outside}:${port}`;
  const url = `https://${address}${target.pathname}`;
  const file = place.file('edits.csv', 'id,amount\nx1,1\nx2,2\n');
  const words = ['apply', file, '--vendor', vendor, '--base-url', url, '--yes', '--json', '--blind'];
  const env = environmentOf(sandbox, vendor);
  return { sandbox, place, address, url, file, words, env, home: place.home, ca: ['--ca', authority.file] };
}

describe('a real proxy', () => {
  it.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'HTTP_PROXY'])('%s is obeyed', async (name) => {
    const at = await ready();
    const env = { ...at.env, [name]: `http://${open.host}` };
    const ended = await run([...at.words, ...at.ca], { home: at.home, env });
    expect(summaryOf(ended)).toMatchObject({ exit_code: 0, rows: { applied: 2 } });
    expect(open.asked()).toContain(at.address);
  });

  it.each(['0.0.0.0', '*', '10.0.0.0/8, 0.0.0.0/8', 'x.example 0.0.0.0'])('NO_PROXY=%s goes past it', async (list) => {
    const at = await ready();
    const env = { ...at.env, HTTPS_PROXY: `http://${open.host}`, NO_PROXY: list };
    const ended = await run([...at.words, ...at.ca], { home: at.home, env });
    expect(summaryOf(ended)).toMatchObject({ exit_code: 0, rows: { applied: 2 } });
    expect(open.asked()).not.toContain(at.address);
  });

  it('is never taken to a loopback host', async () => {
    const at = await ready();
    const words = at.words.map((word) => (word === at.url ? (at.sandbox.baseUrls[vendor] ?? '') : word));
    const env = { ...at.env, HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9' };
    expect((await run(words, { home: at.home, env })).code).toBe(0);
  });

  it('--proxy counts before the environment, and `none` is none', async () => {
    const at = await ready();
    const env = { ...at.env, HTTPS_PROXY: 'http://127.0.0.1:9' };
    const through = await run([...at.words, ...at.ca, '--proxy', open.host], { home: at.home, env });
    expect(through.code).toBe(0);
    expect(open.asked()).toContain(at.address);
    const direct = await run([...at.words, ...at.ca, '--proxy', 'none'], { home: at.home, env });
    expect(direct.code).toBe(0);
  });

  it('a profile keeps its password in the secret store, and nobody tells it', async () => {
    const at = await ready();
    const add = ['profile', 'add', 't', '--vendor', vendor, '--base-url', at.url, ...at.ca, '--credentials-stdin'];
    const input = JSON.stringify(at.sandbox.credentials[vendor]);
    const outputs = [await run([...add, '--proxy', `http://${user}@${guarded.host}`], { home: at.home, input })];
    const log = join(at.place.directory, 'log');
    const apply = ['apply', at.file, '-p', 't', '--yes', '--json', '--verbose', '--log-file', log];
    outputs.push(await run(apply, { home: at.home }));
    outputs.push(await run(['profile', 'show', 't'], { home: at.home }));
    outputs.push(await run(['doctor', '-p', 't', '--json'], { home: at.home }));
    for (const { code, stderr } of outputs) expect(code, stderr).toBe(0);
    expect(guarded.asked()).toContain(at.address);
    expect(writesOf(at.sandbox, vendor)).toHaveLength(2);
    expect(outputs[3]?.stdout).toContain(`is reached through the proxy ${guarded.host} (the profile)`);
    const files = readdirSync(at.home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'secrets.json')
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    const all = [
      ...files,
      readFileSync(log, 'utf8'),
      ...outputs.flatMap(({ stdout, stderr }) => [stdout, stderr]),
    ].join();
    const basic = Buffer.from(`me:${password}`).toString('base64');
    for (const secret of [password, encoded, basic]) expect(all).not.toContain(secret);
    expect(readFileSync(join(at.home, 'secrets.json'), 'utf8')).toContain(encoded);
  });

  it('a profile without a secret store takes no password of a proxy', async () => {
    const at = await ready();
    const add = ['profile', 'add', 't', '--vendor', vendor, '--from-env', '--proxy', `http://${user}@${guarded.host}`];
    const ended = await run([...add, '--json'], { home: at.home, env: at.env });
    expect(ended.code).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'proxy-secret' } });
    expect(ended.stdout + ended.stderr).not.toContain('hidden-w0rd');
  });

  it('takes --notify, too', async () => {
    const at = await ready();
    const words = [...at.words, ...at.ca, '--notify', `https://${at.address}/hook`];
    const env = { ...at.env, HTTPS_PROXY: `http://${user}@${guarded.host}` };
    const ended = await run(words, { home: at.home, env });
    expect(ended.stderr).toMatch(/--notify: 0\.0\.0\.0:\d+ answered HTTP 404/);
    expect(guarded.asked()).toContain(at.address);
  });

  it('NODE_EXTRA_CA_CERTS counts behind it, with and without --ca', async () => {
    const at = await ready();
    const other = makeAuthority('10.0.0.1');
    const env = { ...at.env, HTTPS_PROXY: `http://${open.host}`, NODE_EXTRA_CA_CERTS: authority.file };
    for (const more of [[], ['--ca', other.file]]) {
      const ended = await runProcess([...at.words, ...more], { home: at.home, env });
      expect(summaryOf(ended)).toMatchObject({ exit_code: 0, rows: { applied: 2 } });
    }
  });
});

/**
 * What one command says and ends with where the way is blocked; the run and `profile check`'s kind of command alike. `goesAgain`: calls are tried for
 * seconds by the clock, so that the waits of a test's own process are too short.
 */
async function blocked(env: Record<string, string>, { ca = true, goesAgain = false } = {}) {
  const command = goesAgain ? runProcess : run;
  const at = await ready();
  const words = ca ? at.ca : [];
  const ended = await command([...at.words, ...words], { home: at.home, env: { ...at.env, ...env } });
  expect(summaryOf(ended)).toMatchObject({ exit_code: 6, status: 'stopped', rows: { unprocessed: 2 } });
  const account = ['--vendor', vendor, '--base-url', at.url, '--json', ...words];
  const got = await command(['get', 'x1', ...account], { home: at.home, env: { ...at.env, ...env } });
  expect(got.code).toBe(6);
  const { error } = JSON.parse(got.stdout) as { error: { code: string; message: string; hint: string } };
  expect(ended.stdout + ended.stderr + got.stdout + got.stderr).not.toContain('hidden-w0rd');
  return error;
}

describe('what stands in the way is told apart', () => {
  it('a proxy that wants credentials', async () => {
    const { code, hint } = await blocked({ HTTPS_PROXY: `http://${guarded.host}` });
    expect({ code, hint }).toEqual({
      code: 'proxy-credentials',
      hint: expect.stringContaining('USER:PASSWORD@') as string,
    });
  });

  it('a proxy that refuses the credentials', async () => {
    const error = await blocked({ HTTPS_PROXY: `http://me:hidden-w0rd-not@${guarded.host}` });
    expect(error).toMatchObject({ code: 'proxy-credentials', message: expect.stringContaining('refuses') as string });
  });

  it('a proxy that blocks', async () => {
    const strict = await startTinyproxy('ConnectPort 443');
    onTestFinished(() => strict.close());
    const error = await blocked({ HTTPS_PROXY: `http://${strict.host}` });
    expect(error).toMatchObject({ code: 'proxy-blocked', hint: expect.stringContaining('NO_PROXY') as string });
  });

  it('a proxy that is not there', async () => {
    const { code, message } = await blocked({ HTTPS_PROXY: 'http://127.0.0.1:9' }, { goesAgain: true });
    expect({ code, message }).toMatchObject({
      code: 'proxy-unreachable',
      message: expect.stringContaining('127.0.0.1:9') as string,
    });
  });

  it("a company's authority that nobody knows", async () => {
    const { code, hint } = await blocked({ HTTPS_PROXY: `http://${open.host}` }, { ca: false });
    expect({ code, hint }).toEqual({
      code: 'certificate-unknown-issuer',
      hint: expect.stringContaining('--ca FILE') as string,
    });
  });

  it.each([
    [
      'a portal in place of the proxy',
      'HTTP/1.1 302 Found\r\nlocation: http://login.wifi.example/\r\n\r\n',
      'captive-portal',
      true,
    ],
    ['a proxy that says yes and sends a page', 'HTTP/1.1 200 OK\r\n\r\n<html>Welcome</html>', 'not-tls', false],
    ['a proxy that does not reach the vendor', 'HTTP/1.1 502 Bad Gateway\r\n\r\n', 'proxy-failed', true],
    ['a proxy that hangs up', '', 'proxy-unreachable', true],
  ])('%s', async (_what, answer, code, goesAgain) => {
    const lying = createServer((socket: Socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    });
    lying.listen(0, '127.0.0.1');
    await once(lying, 'listening');
    onTestFinished(() => void lying.close());
    const { port } = lying.address() as AddressInfo;
    const error = await blocked({ HTTPS_PROXY: `http://127.0.0.1:${port}` }, { goesAgain });
    expect(error).toMatchObject({ code });
  });

  it.each([
    ['200 with HTML', 200, {}],
    ['a redirect to another host', 302, { location: 'http://login.wifi.example/?to=x' }],
    ['511', 511, {}],
  ])('a captive portal: %s', async (_what, status, headers) => {
    const { createServer: createHttpServer } = await import('node:http');
    const portal = createHttpServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<html>Welcome</html>');
    });
    portal.listen(0, '127.0.0.1');
    await once(portal, 'listening');
    onTestFinished(() => void portal.close());
    const { port } = portal.address() as AddressInfo;
    const words = ['get', 'x1', '--vendor', vendor, '--base-url', `http://127.0.0.1:${port}`, '--json'];
    const ended = await runProcess(words, { home: newPlace().home, env: { RAZE_API_KEY: 'gr_live_hidden' } });
    expect(ended.code).toBe(6);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'captive-portal' } });
  });

  it.each([
    ['bad-proxy', ['--proxy', 'socks5://127.0.0.1:1080']],
    ['ca-file', ['--ca', '/nowhere/ca.pem']],
    ['ca-file', ['--ca', import.meta.filename]],
  ])('%s is an error of the command', async (code, words) => {
    const at = await ready();
    const ended = await run([...at.words, ...words], { home: at.home, env: at.env });
    expect(ended.code).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code } });
  });
});

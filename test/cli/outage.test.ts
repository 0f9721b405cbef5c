import { createServer as createTlsServer } from 'node:tls';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { selfSigned } from '../transport/self-signed.ts';
import {
  environmentOf,
  newPlace,
  newSandbox,
  run,
  runProcess,
  start,
  summaryOf,
  writesOf,
  type VendorName,
} from './oppatch.ts';

/** A way to a server that can be cut and joined again, on the same port. */
class Way {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(target: string) {
    this.#target = new URL(target);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}${this.#target.pathname}`;
  }

  async join(): Promise<void> {
    this.#server = createServer((socket) => {
      const behind = connect(Number(this.#target.port), '127.0.0.1');
      for (const one of [socket, behind]) {
        this.#sockets.add(one);
        one.on('error', () => undefined);
        one.on('close', () => {
          this.#sockets.delete(one);
          socket.destroy();
          behind.destroy();
        });
      }
      socket.pipe(behind).pipe(socket);
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A run of 60 rows at 20 a second, over a way that can be cut. */
async function ready(vendor: VendorName, sending: readonly string[] = ['--blind']) {
  const sandbox = await newSandbox();
  const place = newPlace();
  const way = new Way(sandbox.baseUrls[vendor] ?? '');
  await way.join();
  onTestFinished(() => way.cut());
  const rows = Array.from({ length: 60 }, (_, index) => `oppo_${index + 1},${index + 1}\n`);
  const file = place.file('edits.csv', `id,amount\n${rows.join('')}`);
  const options = { home: place.home, env: environmentOf(sandbox, vendor) };
  const words = ['apply', file, '--vendor', vendor, '--base-url', way.url, '--yes', '--json', '--rate', '20/1s'];
  return { sandbox, place, way, words: [...words, ...sending], options };
}

describe('an outage', () => {
  it('of five seconds costs no row', async () => {
    const { way, words, options, sandbox } = await ready('raze');
    const running = start([...words, '--verbose'], options);
    await running.told(/#20 ←/);
    way.cut();
    await running.told(/not get through/);
    setTimeout(() => void way.join(), 5_000);
    const ended = await running.ended;
    expect(summaryOf(ended)).toMatchObject({ exit_code: 0, rows: { read: 60, applied: 60 } });
    expect(writesOf(sandbox, 'raze').length).toBeGreaterThanOrEqual(60);
  });

  it.each([
    ['side by side', 'raze', ['--blind']],
    ['one call at a time', 'raze', ['--blind', '--concurrency', '1']],
    ['one read at a time', 'partner-center', ['--concurrency', '1']],
  ] as const)(
    'without an end stops the run within a minute, and resume finishes it: %s',
    async (_how, vendor, sending) => {
      const { way, words, options } = await ready(vendor, sending);
      const running = start([...words, '--verbose'], options);
      await running.told(/#20 ←/);
      way.cut();
      const cutAt = performance.now();
      const ended = await running.ended;
      expect(performance.now() - cutAt).toBeLessThan(60_000);
      const { rows, calls, ...summary } = summaryOf(ended);
      expect(summary).toMatchObject({ exit_code: 6, status: 'stopped' });
      expect(rows).toMatchObject({ read: 60, failed: 0, in_doubt: 0 });
      expect(rows.unprocessed).toBeGreaterThan(0);
      expect(rows.applied + rows.unprocessed).toBe(60);
      // All rows have one cause: none of them uses up its five tries.
      expect(calls.sent).toBeLessThan(20 + 40 * 5);
      expect(ended.stderr).toMatch(/No connection to 127.0.0.1:\d+ \(ECONNREFUSED[^]*firewall/);
      await way.join();
      const resumed = summaryOf(await run(['resume', '--base-url', way.url, '--json'], options));
      expect(resumed).toMatchObject({ exit_code: 0, rows: { read: 60, applied: 60 } });
    },
  );

  it.each(['raze', 'partner-center', 'close'] as const)(
    'from the beginning stops before the first row: %s',
    async (vendor) => {
      const { way, words, options } = await ready(vendor);
      way.cut();
      const startedAt = performance.now();
      const ended = await runProcess(words, options);
      expect(performance.now() - startedAt).toBeLessThan(20_000);
      expect(ended.code).toBe(6);
      // Close has its names looked up before there is a run.
      if (ended.stdout.includes('"run"'))
        expect(summaryOf(ended).rows).toMatchObject({ read: 60, unprocessed: 60, failed: 0 });
      else expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'connection-refused' } });
    },
  );

  it.each([['profile', 'check'], ['get', 'x1'], ['doctor']])(
    'a command that is not a run ends with 6: %s %s',
    async (...words) => {
      const { way, options } = await ready('raze');
      const add = ['profile', 'add', 't', '--vendor', 'raze', '--base-url', way.url, '--from-env'];
      expect((await run(add, options)).code).toBe(0);
      way.cut();
      const ended = await runProcess([...words, '--json'], options);
      expect(ended.code, ended.stderr).toBe(6);
    },
  );
});

describe('what no repetition can change', () => {
  it('a certificate that is refused is tried once, for the whole file', async () => {
    let connections = 0;
    const server = createTlsServer(selfSigned);
    server.on('connection', () => (connections += 1));
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const place = newPlace();
    const file = place.file('edits.csv', 'id,amount\nx1,1\nx2,2\nx3,3\n');
    const words = ['apply', file, '--vendor', 'raze', '--base-url', `https://127.0.0.1:${port}`, '--yes', '--json'];
    const ended = await run([...words, '--blind', '--concurrency', '1'], {
      home: place.home,
      env: { RAZE_API_KEY: 'gr_live_hidden' },
    });
    expect(summaryOf(ended)).toMatchObject({ exit_code: 6, rows: { unprocessed: 3 } });
    expect(connections).toBe(1);
    expect(ended.stderr).toMatch(/signed by itself[^]*--ca FILE/);
  });

  it('no network at sign-in is not a refusal of the credentials', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const file = place.file('edits.csv', 'id,amount\n5ca5b042-51ea-4699-b6f0-000000000001,1\n');
    const env = {
      PARTNER_CENTER_TENANT_ID: '11111111-1111-4111-8111-111111111111',
      PARTNER_CENTER_CLIENT_ID: '22222222-2222-4222-8222-222222222222',
      PARTNER_CENTER_REFRESH_TOKEN: 'abcdefgh-hidden',
    };
    const account = ['--vendor', 'partner-center', '--base-url', sandbox.baseUrls['partner-center'] ?? ''];
    const words = ['apply', file, ...account, '--setting', 'authority=http://127.0.0.1:9', '--yes', '--json'];
    const ended = await runProcess([...words, '--blind'], { home: place.home, env });
    expect(summaryOf(ended)).toMatchObject({ exit_code: 6, status: 'stopped', rows: { unprocessed: 1 } });
    expect(ended.stderr).not.toMatch(/refused the credentials|store the credentials again/);
  });
});

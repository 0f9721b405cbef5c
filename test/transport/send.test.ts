import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { WireRequest } from '../../src/core/wire.ts';
import { openTransport, startServer } from './test-server.ts';

function put(url: string, body = '{"stage":"won"}'): WireRequest {
  return { method: 'PUT', url, headers: { 'content-type': 'application/json', authorization: 'Bearer s3cret' }, body };
}

const soon = { timeoutMs: 5_000 };

describe('a request on the wire', () => {
  it('has its length, its headers, our name, and is not chunked', async () => {
    const server = await startServer((_request, response) => response.end());
    const transport = await openTransport();
    const body = '{"note":"Zürich – 5 €"}';
    await transport.send(put(`${server.url}/v1/opportunity/o_1/?expand=a%20b`, body), soon);
    const [received] = server.received;
    expect(received).toMatchObject({ method: 'PUT', url: '/v1/opportunity/o_1/?expand=a%20b', body });
    expect(received?.headers).toMatchObject({
      'content-length': String(Buffer.byteLength(body)),
      'content-type': 'application/json',
      authorization: 'Bearer s3cret',
      'user-agent': 'oppatch/1.2.3',
      'accept-encoding': 'identity',
    });
    expect(received?.headers).not.toHaveProperty('transfer-encoding');
  });

  it('without a body has none', async () => {
    const server = await startServer((_request, response) => response.end());
    const transport = await openTransport();
    await transport.send({ method: 'GET', url: `${server.url}/me`, headers: {} }, soon);
    expect(server.received[0]).toMatchObject({ method: 'GET', body: '' });
    expect(server.received[0]?.headers).not.toHaveProperty('content-type');
  });

  it('goes over the connection that is there already', async () => {
    const server = await startServer((_request, response) => response.end('{}'));
    const transport = await openTransport({ connections: 1 });
    for (let index = 0; index < 5; index += 1) await transport.send(put(server.url), soon);
    expect(server.connections()).toBe(1);
    expect(server.received).toHaveLength(5);
  });

  it('goes over no more connections than there may be, and waits its turn', async () => {
    const server = await startServer((_request, response) => setTimeout(() => response.end(), 5));
    const transport = await openTransport({ connections: 3 });
    await Promise.all(Array.from({ length: 12 }, () => transport.send(put(server.url), soon)));
    expect(server.connections()).toBe(3);
    expect(server.received).toHaveLength(12);
  });

  it.each(['x\r\nx-evil: 1', 'x\nx', 'tick\u2713'])(
    'with the header value %j is refused before anything is sent',
    async (value) => {
      const server = await startServer((_request, response) => response.end());
      const transport = await openTransport();
      const request = { method: 'GET', url: server.url, headers: { 'x-api-key': value } };
      await expect(transport.send(request, soon)).rejects.toMatchObject({ code: 'BAD_REQUEST', mayHaveArrived: false });
      expect(server.connections()).toBe(0);
    },
  );
});

describe('a reply', () => {
  it.each([200, 204, 304, 400, 401, 404, 429, 500, 503])('of status %i is a reply', async (status) => {
    const server = await startServer((_request, response) => response.writeHead(status).end());
    const transport = await openTransport();
    const before = Date.now();
    const reply = await transport.send(put(server.url), soon);
    expect(reply).toMatchObject({ status, body: '' });
    expect(reply.receivedAtMs).toBeGreaterThanOrEqual(before);
    expect(reply.receivedAtMs).toBeLessThanOrEqual(Date.now());
  });

  it('has header names in lower case, and several of one name joined', async () => {
    const server = await startServer((_request, response) => {
      response.setHeader('RateLimit', 'limit=100, remaining=50, reset=0.8');
      response.setHeader('Warning', ['one', 'two']);
      response.end();
    });
    const transport = await openTransport();
    const { headers } = await transport.send(put(server.url), soon);
    expect(headers).toMatchObject({ ratelimit: 'limit=100, remaining=50, reset=0.8', warning: 'one, two' });
  });

  it('is read as UTF-8 without its byte order mark, in one piece or in many', async () => {
    const text = '{"name":"Zoë ✓ 東京"}';
    const server = await startServer((_request, response) => {
      for (const byte of Buffer.from(`\ufeff${text}`)) response.write(Buffer.from([byte]));
      response.end();
    });
    const transport = await openTransport();
    expect((await transport.send(put(server.url), soon)).body).toBe(text);
  });

  it('that is not UTF-8 is a reply nevertheless', async () => {
    const server = await startServer((_request, response) => response.end(Buffer.from([0x7b, 0xff, 0x7d])));
    const transport = await openTransport();
    expect((await transport.send(put(server.url), soon)).body).toBe('{\ufffd}');
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['GZIP', gzipSync],
  ])('that is compressed (%s) without having been asked to is unpacked', async (encoding, pack) => {
    const text = JSON.stringify({ rows: Array.from({ length: 500 }, (_, row) => ({ row })) });
    const server = await startServer((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(pack(Buffer.from(text))),
    );
    const transport = await openTransport();
    expect((await transport.send(put(server.url), soon)).body).toBe(text);
  });

  it('that claims a compression it does not have, or unpacks beyond the limit, stays as it is', async () => {
    const server = await startServer((_request, response, { url }) => {
      const body = url === '/bomb' ? gzipSync(Buffer.alloc(5_000_000)) : Buffer.from('{"plain":true}');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(body);
    });
    const transport = await openTransport({ mostBodyBytes: 100_000 });
    expect((await transport.send(put(`${server.url}/lie`), soon)).body).toBe('{"plain":true}');
    expect((await transport.send(put(`${server.url}/bomb`), soon)).body.length).toBeLessThan(10_000);
  });

  it('is cut at the limit, however long it goes on', async () => {
    const server = await startServer((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(1_000)));
      };
      response.on('drain', more);
      more();
    });
    const transport = await openTransport({ connections: 1, mostBodyBytes: 12_345 });
    expect((await transport.send(put(server.url), soon)).body).toBe('x'.repeat(12_345));
    // The connection is given up, and the next request takes another.
    expect((await transport.send(put(server.url), soon)).body).toHaveLength(12_345);
    expect(server.connections()).toBe(2);
  });

  it('that comes after an informational one is the reply', async () => {
    const server = await startServer((_request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.writeHead(200, { 'x-final': 'yes' }).end('{}');
    });
    const transport = await openTransport();
    expect(await transport.send(put(server.url), soon)).toMatchObject({ status: 200, headers: { 'x-final': 'yes' } });
  });

  it.each([301, 302, 303, 307, 308])('that redirects (%i) is not followed', async (status) => {
    const target = await startServer((_request, response) => response.end('stolen'));
    const server = await startServer((_request, response) =>
      response.writeHead(status, { location: `${target.url}/elsewhere` }).end(),
    );
    const transport = await openTransport({ anyReply: true });
    const reply = await transport.send(put(server.url), soon);
    expect(reply).toMatchObject({ status, headers: { location: `${target.url}/elsewhere` } });
    const strict = await openTransport();
    await expect(strict.send(put(server.url), soon)).rejects.toMatchObject({ code: 'PORTAL' });
    expect(target.connections()).toBe(0);
  });
});

import { EventEmitter, getEventListeners, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { WireError, type WireRequest } from '../../src/core/wire.ts';
import { freePort, openTransport, startServer, startSocketServer } from './test-server.ts';

const soon = { timeoutMs: 30_000 };
const secret = 's3cret-key';

function post(base: string): WireRequest {
  return {
    method: 'POST',
    url: `${base}/Update?accessKey=${secret}`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: '{"a":1}',
  };
}

async function failure(sent: Promise<unknown>): Promise<WireError> {
  const error = await sent.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WireError);
  expect(String(error)).not.toContain(secret);
  expect((error as WireError).message).not.toContain('?');
  return error as WireError;
}

describe('a request that certainly did not arrive', () => {
  it('met nobody who listens', async () => {
    const transport = await openTransport();
    const port = await freePort();
    const error = await failure(transport.send(post(`http://127.0.0.1:${port}`), soon));
    expect(error).toMatchObject({ code: 'ECONNREFUSED', mayHaveArrived: false });
    expect(error.message).toContain(`127.0.0.1:${port}`);
  });

  it('met nobody on any of the addresses of a name', async () => {
    const transport = await openTransport();
    const error = await failure(transport.send(post(`http://localhost:${await freePort()}`), soon));
    expect(error).toMatchObject({ code: 'ECONNREFUSED', mayHaveArrived: false });
  });

  it('was for a name that does not exist', async () => {
    const transport = await openTransport();
    const error = await failure(transport.send(post('https://no-such-host.invalid'), { timeoutMs: 20_000 }));
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(error.code);
    expect(error.mayHaveArrived).toBe(false);
  });

  it('was for a server whose certificate nobody vouches for', async () => {
    const server = await startServer((_request, response) => response.end(), { secure: true });
    const transport = await openTransport();
    const error = await failure(transport.send(post(server.url), soon));
    expect(error).toMatchObject({ code: 'CERTIFICATE_SELF_SIGNED', mayHaveArrived: false });
    expect(server.received).toEqual([]);
  });

  it('was for a server that never finishes its handshake, at the deadline of the call', async () => {
    const host = await startSocketServer(() => undefined);
    const transport = await openTransport();
    const startedAt = performance.now();
    const error = await failure(transport.send(post(`https://${host}`), { timeoutMs: 150 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', mayHaveArrived: false });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('was for a server that never finishes its handshake, at the deadline for connecting', async () => {
    const host = await startSocketServer(() => undefined);
    const transport = await openTransport({ connectTimeoutMs: 100 });
    const error = await failure(transport.send(post(`https://${host}`), { timeoutMs: 20_000 }));
    expect(error).toMatchObject({ code: 'CONNECT_TIMEOUT', mayHaveArrived: false });
  });

  it('was given up before its turn, and is not sent afterwards', async () => {
    const held = new EventEmitter<{ first: [ServerResponse] }>();
    const asked = once(held, 'first') as Promise<[ServerResponse]>;
    const server = await startServer((_request, response, { url }) => {
      if (url === '/first') held.emit('first', response);
      else response.end();
    });
    const transport = await openTransport({ connections: 1 });
    const first = transport.send({ method: 'GET', url: `${server.url}/first`, headers: {} }, soon);
    const [response] = await asked;
    const giveUp = new AbortController();
    const second = transport.send(post(server.url), { ...soon, signal: giveUp.signal });
    const late = transport.send(post(server.url), { timeoutMs: 50 });
    giveUp.abort(new Error('enough'));
    expect(await failure(second)).toMatchObject({ code: 'ABORTED', mayHaveArrived: false });
    expect(await failure(late)).toMatchObject({ code: 'TIMEOUT', mayHaveArrived: false });
    response.end();
    await first;
    await transport.send({ method: 'GET', url: `${server.url}/third`, headers: {} }, soon);
    expect(server.received.map(({ url }) => url)).toEqual(['/first', '/third']);
  });

  it('was given up before it was asked for', async () => {
    const server = await startServer((_request, response) => response.end());
    const transport = await openTransport();
    const error = await failure(transport.send(post(server.url), { ...soon, signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: 'ABORTED', mayHaveArrived: false });
    expect(server.connections()).toBe(0);
  });

  it('was asked of a transport that is closed', async () => {
    const transport = await openTransport();
    await transport.close();
    expect(await failure(transport.send(post('http://127.0.0.1:9'), soon))).toMatchObject({ mayHaveArrived: false });
  });
});

describe('a request that may have arrived', () => {
  it('got no reply before the deadline', async () => {
    const server = await startServer(() => undefined);
    const transport = await openTransport();
    const error = await failure(transport.send(post(server.url), { timeoutMs: 150 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', mayHaveArrived: true });
    expect(error.message).toContain('within 0.15 s');
    expect(server.received).toHaveLength(1);
  });

  it('got headers a byte at a time', async () => {
    const host = await startSocketServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
        const timer = setInterval(() => socket.write('x'), 10);
        socket.on('close', () => clearInterval(timer));
      });
    });
    const transport = await openTransport();
    const error = await failure(transport.send(post(`http://${host}`), { timeoutMs: 200 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', mayHaveArrived: true });
  });

  it('got a body that never ends', async () => {
    const server = await startServer((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    });
    const transport = await openTransport();
    const error = await failure(transport.send(post(server.url), { timeoutMs: 200 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', mayHaveArrived: true });
  });

  it('was cut before the reply, and is not sent again', async () => {
    const server = await startServer((request) => request.socket.destroy());
    const transport = await openTransport();
    const error = await failure(transport.send(post(server.url), soon));
    expect(error).toMatchObject({ code: 'CUT', mayHaveArrived: true });
    expect(server.received).toHaveLength(1);
  });

  it('was reset', async () => {
    const server = await startServer((request) => request.socket.resetAndDestroy());
    const transport = await openTransport();
    const error = await failure(transport.send(post(server.url), soon));
    expect(error).toMatchObject({ code: 'ECONNRESET', mayHaveArrived: true });
    expect(server.received).toHaveLength(1);
  });

  it('was cut in the midst of the body', async () => {
    const server = await startServer((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    const transport = await openTransport();
    const error = await failure(transport.send(post(server.url), soon));
    expect(error.mayHaveArrived).toBe(true);
    expect(server.received).toHaveLength(1);
  });

  it('went over a kept connection that the server closes instead of answering', async () => {
    const server = await startServer((request, response, { url }) => {
      if (url === '/first') response.end();
      else request.socket.destroy();
    });
    const transport = await openTransport({ connections: 1 });
    await transport.send({ method: 'GET', url: `${server.url}/first`, headers: {} }, soon);
    expect(await failure(transport.send(post(server.url), soon))).toMatchObject({ code: 'CUT', mayHaveArrived: true });
    expect(server.connections()).toBe(1);
    expect(server.received).toHaveLength(2);
  });

  it('got something that is not HTTP', async () => {
    const host = await startSocketServer((socket) => {
      socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9\r\n'));
    });
    const transport = await openTransport();
    const error = await failure(transport.send(post(`http://${host}`), soon));
    expect(error).toMatchObject({ code: 'BAD_REPLY', mayHaveArrived: true });
  });

  it('got more headers than anyone sends', async () => {
    const host = await startSocketServer((socket) => {
      socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(200_000)}\r\n\r\n`));
    });
    const transport = await openTransport();
    const error = await failure(transport.send(post(`http://${host}`), soon));
    expect(error).toMatchObject({ code: 'BAD_REPLY', mayHaveArrived: true });
  });

  it('was given up while it was under way', async () => {
    const giveUp = new AbortController();
    const server = await startServer(() => giveUp.abort(new Error('enough')));
    const transport = await openTransport();
    const error = await failure(transport.send(post(server.url), { ...soon, signal: giveUp.signal }));
    expect(error).toMatchObject({ code: 'ABORTED', mayHaveArrived: true });
  });
});

describe('after a failure', () => {
  it('the next request goes over a connection of its own', async () => {
    const server = await startServer((request, response, { url }) => {
      if (url === '/cut') request.socket.destroy();
      else response.end('{}');
    });
    const transport = await openTransport({ connections: 1 });
    for (let index = 0; index < 3; index += 1) {
      await failure(transport.send({ method: 'PUT', url: `${server.url}/cut`, headers: {}, body: '{}' }, soon));
      await expect(
        transport.send({ method: 'PUT', url: `${server.url}/ok`, headers: {}, body: '{}' }, soon),
      ).resolves.toMatchObject({ status: 200 });
    }
    expect(server.received).toHaveLength(6);
  });

  it('and after a success nothing listens to the signal any more', async () => {
    const server = await startServer((request, response, { url }) => {
      if (url === '/cut') request.socket.destroy();
      else response.end();
    });
    const transport = await openTransport();
    const run = new AbortController();
    for (const path of ['/ok', '/cut', '/ok']) {
      await transport
        .send({ method: 'GET', url: server.url + path, headers: {} }, { ...soon, signal: run.signal })
        .catch(() => undefined);
    }
    expect(getEventListeners(run.signal, 'abort')).toEqual([]);
  });

  it('closing the transport ends what is under way', async () => {
    const transport = await openTransport();
    const server = await startServer(() => void transport.close());
    expect(await failure(transport.send(post(server.url), soon))).toMatchObject({ mayHaveArrived: true });
  });
});

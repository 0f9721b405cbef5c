import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import {
  createServer as createSocketServer,
  type AddressInfo,
  type Server as SocketServer,
  type Socket,
} from 'node:net';
import type { Transport } from '../../src/core/wire.ts';
import { createTransport, type TransportOptions } from '../../src/transport/send.ts';
import { afterFile } from '../clean-up.ts';
import { selfSigned } from './self-signed.ts';

/** A request as the server got it. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Port of the client's end: the same for requests over one connection. */
  readonly clientPort: number;
}

export interface TestServer {
  readonly url: string;
  readonly received: Received[];
  /** Connections that were accepted. */
  readonly connections: () => number;
}

type Answer = (...words: [...Parameters<RequestListener>, Received]) => void;

/** A real HTTP server on loopback that keeps what it got. Closed after the tests of the file, like everything else here. */
export async function startServer(answer: Answer, { secure = false } = {}): Promise<TestServer> {
  const received: Received[] = [];
  let connections = 0;
  const listener: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const { method = '', url = '', headers, socket } = request;
      const one = { method, url, headers, body, clientPort: socket.remotePort ?? 0 };
      received.push(one);
      answer(request, response, one);
    });
  };
  const server: Server = secure ? createSecureServer(selfSigned, listener) : createServer(listener);
  server.on('connection', () => {
    connections += 1;
  });
  afterFile(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `${secure ? 'https' : 'http'}://127.0.0.1:${await listen(server)}`,
    received,
    connections: () => connections,
  };
}

/** A bare TCP server, for what HTTP servers never do. */
export async function startSocketServer(serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  afterFile(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${await listen(server)}`;
}

/** A port on which nothing listens any more. */
export async function freePort(): Promise<number> {
  const server = createSocketServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function listen(server: SocketServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

export async function openTransport(more: Partial<TransportOptions> = {}): Promise<Transport> {
  const transport = await createTransport({ connections: 4, version: '1.2.3', ...more });
  afterFile(() => transport.close());
  return transport;
}

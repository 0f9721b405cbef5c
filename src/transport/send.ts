import type { Reply } from '../core/call.ts';
import { WireError, type Transport } from '../core/wire.ts';
import { createAbortWatch } from './abort-watch.ts';
import { createAddressReader } from './address.ts';
import { Exchange } from './exchange.ts';

export interface TransportOptions {
  /** Connections to the vendor at most. */
  readonly connections: number;
  /** Of oppatch, for the user-agent header. */
  readonly version: string;
  /** Bytes of a reply's body that are kept, packed and unpacked; a longer one is cut there. */
  readonly mostBodyBytes?: number;
  /** Of one attempt to connect, TLS included; the deadline of the call holds besides. */
  readonly connectTimeoutMs?: number;
}

const defaultMostBodyBytes = 8 << 20;
const defaultConnectTimeoutMs = 10_000;

/** Longer than the pause between two bursts of a quota of seconds, shorter than what proxies keep idle connections for. */
const keepAliveMs = 10_000;

/**
 * HTTP/1.1 over undici with kept-alive connections. Sends each request once: no retry, no redirect, no pipelining. One deadline covers
 * the whole exchange: waiting for a connection, connecting, headers and body. Certificates are always verified.
 * `dispatch` is used rather than undici's `request`, which neither tells whether a request was written nor gives up while it connects.
 */
export async function createTransport(options: TransportOptions): Promise<Transport> {
  const { Agent } = await import('undici');
  const mostBodyBytes = options.mostBodyBytes ?? defaultMostBodyBytes;
  const agent = new Agent({
    connections: options.connections,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: options.connectTimeoutMs ?? defaultConnectTimeoutMs, rejectUnauthorized: true },
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: 64 << 10,
  });
  const addressOf = createAddressReader();
  const watch = createAbortWatch();
  const ownHeaders = { 'user-agent': `oppatch/${options.version}`, 'accept-encoding': 'identity' };
  return {
    send: (request, { timeoutMs, signal }) =>
      new Promise<Reply>((resolve, reject) => {
        const url = addressOf(request.url);
        if (signal?.aborted === true) {
          reject(new WireError('ABORTED', `the call to ${url.host} was given up`, false, signal.reason));
          return;
        }
        agent.dispatch(
          {
            origin: url.origin,
            path: url.path,
            method: request.method,
            headers: { ...request.headers, ...ownHeaders },
            body: request.body ?? null,
          },
          new Exchange({ host: url.host, timeoutMs, signal, watch, mostBodyBytes, resolve, reject }),
        );
      }),
    close: () => agent.destroy(),
  };
}

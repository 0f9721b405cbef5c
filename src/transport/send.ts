import type { Dispatcher } from 'undici';
import type { Reply } from '../core/call.ts';
import { WireError, type Transport, type WireRequest } from '../core/wire.ts';
import { AbortWatch } from './abort-watch.ts';
import { createAddressReader } from './address.ts';
import { HttpExchange } from './http-exchange.ts';
import { noProxies, type Proxies, type Proxy } from './proxies.ts';

export interface TransportOptions {
  /** Connections to the vendor at most. */
  readonly connections: number;
  /** Of oppatch, for the user-agent header. */
  readonly version: string;
  /** Bytes of a reply's body that are kept, packed and unpacked; a longer one is cut there. */
  readonly mostBodyBytes?: number;
  /** Of one attempt to connect, TLS included; the deadline of the call holds besides. */
  readonly connectTimeoutMs?: number;
  /** The way to each address; directly where it is not given. */
  readonly proxies?: Proxies;
  /** Certificates of authorities, in place of Node's own. */
  readonly authorities?: readonly string[] | undefined;
  /** True: any page is an answer, as of a chat's webhook. Else a web page in place of one is taken for another server's. */
  readonly anyReply?: boolean;
}

/** How an origin is reached. */
interface Route {
  readonly dispatcher: Dispatcher;
  readonly proxy: Proxy | undefined;
}

const defaultMostBodyBytes = 8 << 20;
const defaultConnectTimeoutMs = 10_000;

/** Longer than the pause between two bursts of a quota of seconds, shorter than what proxies keep idle connections for. */
const keepAliveMs = 10_000;

/**
 * HTTP/1.1 over undici with kept-alive connections. Sends each request once: no retry, no redirect, no pipelining. One deadline covers
 * the whole exchange: waiting for a connection, connecting, headers and body. Certificates are always verified, those behind a proxy too.
 * `dispatch` is used rather than undici's `request`, which neither tells whether a request was written nor gives up while it connects.
 */
export async function createTransport(options: TransportOptions): Promise<Transport> {
  const { default: Agent } = await import('undici/lib/dispatcher/agent.js');
  const { proxies = noProxies, authorities, anyReply = false, mostBodyBytes = defaultMostBodyBytes } = options;
  const connect = {
    timeout: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
    rejectUnauthorized: true,
    ...(authorities === undefined ? {} : { ca: [...authorities] }),
  };
  const common = {
    connections: options.connections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: 64 << 10,
  };
  const direct = new Agent({ ...common, connect });
  const routes = new Map<string, Route>();
  const throughProxies = new Map<string, Dispatcher>();
  const throughProxy = proxies === noProxies ? undefined : (await import('./proxy-agent.ts')).proxyAgent;
  const routeTo = (origin: string): Route => {
    const known = routes.get(origin);
    if (known !== undefined) return known;
    const proxy = proxies.of(new URL(origin));
    let dispatcher: Dispatcher = direct;
    if (proxy !== undefined && throughProxy !== undefined) {
      const { url } = proxy;
      dispatcher =
        throughProxies.get(url) ?? throughProxy(proxy, { ...common, proxyTls: connect, requestTls: connect });
      throughProxies.set(url, dispatcher);
    }
    const route = { dispatcher, proxy };
    routes.set(origin, route);
    return route;
  };
  const addressOf = createAddressReader();
  const watch = new AbortWatch();
  const ownHeaders = { 'user-agent': `oppatch/${options.version}`, 'accept-encoding': 'identity' };
  let headers: { readonly given: WireRequest['headers']; readonly all: WireRequest['headers'] } | undefined;
  return {
    send: (request, { timeoutMs, signal }) =>
      new Promise<Reply>((resolve, reject) => {
        const url = addressOf(request.url);
        if (signal?.aborted === true) {
          reject(new WireError('ABORTED', `the call to ${url.host} was given up`, false, signal.reason));
          return;
        }
        const { dispatcher, proxy } = routeTo(url.origin);
        if (headers?.given !== request.headers)
          headers = { given: request.headers, all: { ...request.headers, ...ownHeaders } };
        dispatcher.dispatch(
          {
            origin: url.origin,
            path: url.path,
            method: request.method,
            headers: headers.all,
            body: request.body ?? null,
          },
          new HttpExchange({
            origin: url.origin,
            host: url.host,
            proxy,
            timeoutMs,
            signal,
            watch,
            mostBodyBytes: request.mostReplyBytes ?? mostBodyBytes,
            anyReply,
            resolve,
            reject,
          }),
        );
      }),
    close: async () => {
      await Promise.all([direct, ...throughProxies.values()].map((agent) => agent.destroy()));
    },
  };
}

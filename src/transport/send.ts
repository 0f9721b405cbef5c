import type { Dispatcher } from 'undici';
import type { Reply } from '../core/call.ts';
import { WireError, type Transport, type WireRequest } from '../core/wire.ts';

export interface TransportOptions {
  /** Sockets to the vendor at most. */
  readonly connections: number;
  /** Of oppatch, for the user-agent header. */
  readonly version: string;
  /** Bytes of a reply's body that are kept; what comes after is dropped. */
  readonly mostBodyBytes?: number;
}

const defaultMostBodyBytes = 8 << 20;

/**
 * HTTP/1.1 over undici with kept-alive connections. Sends each request once: no retry, no redirect, no pipelining. One deadline covers
 * the whole exchange: connecting, headers and body.
 */
export async function createTransport(options: TransportOptions): Promise<Transport> {
  const { Agent, request: sendRequest } = await import('undici');
  const mostBodyBytes = options.mostBodyBytes ?? defaultMostBodyBytes;
  const agent = new Agent({
    connections: options.connections,
    pipelining: 1,
    connect: { timeout: 0 },
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 20_000,
    maxHeaderSize: 64 << 10,
  });
  const userAgent = `oppatch/${options.version}`;
  return {
    send: async (request, { timeoutMs, signal }) => {
      // One controller a call, taken off the caller's signal when the call ends: joined signals outlive their calls.
      const cut = new AbortController();
      let late = false;
      const deadline = setTimeout(() => {
        late = true;
        cut.abort();
      }, timeoutMs);
      const giveUp = (): void => cut.abort();
      signal?.addEventListener('abort', giveUp, { once: true });
      if (signal?.aborted === true) giveUp();
      try {
        const response = await sendRequest(request.url, {
          dispatcher: agent,
          method: request.method,
          headers: { ...request.headers, 'user-agent': userAgent, 'accept-encoding': 'identity' },
          body: request.body ?? null,
          signal: cut.signal,
        });
        const body = await readBody(response.body, mostBodyBytes);
        return { status: response.statusCode, headers: joinHeaders(response.headers), body, receivedAtMs: Date.now() };
      } catch (error) {
        throw wireError(error, request, { timeoutMs, late, givenUp: signal?.aborted === true });
      } finally {
        clearTimeout(deadline);
        signal?.removeEventListener('abort', giveUp);
      }
    },
    close: () => agent.destroy(),
  };
}

async function readBody(body: Dispatcher.ResponseData['body'], mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (bytes < mostBytes) chunks.push(chunk.subarray(0, mostBytes - bytes));
    bytes += chunk.length;
  }
  const [first] = chunks;
  return (chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)).toString('utf8');
}

function joinHeaders(headers: Record<string, string | string[] | undefined>): Reply['headers'] {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return joined;
}

/** Failures before a connection stood: the request cannot have arrived. */
const neverConnected: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_INVALID_ARG',
]);

interface Circumstances {
  readonly timeoutMs: number;
  /** The deadline passed. */
  readonly late: boolean;
  readonly givenUp: boolean;
}

function wireError(error: unknown, { url }: WireRequest, { timeoutMs, late, givenUp }: Circumstances): WireError {
  const { host } = new URL(url);
  if (givenUp) return new WireError('ABORTED', `the call to ${host} was given up`, true, error);
  if (late)
    return new WireError('TIMEOUT', `no reply from ${host} within ${timeoutMs / 1000} s`, true, error);
  const code = errorCode(error);
  if (isCertificateProblem(code)) {
    return new WireError('CERTIFICATE', `the certificate of ${host} is not accepted (${code})`, false, error);
  }
  if (neverConnected.has(code)) return new WireError(code, `no connection to ${host} (${code})`, false, error);
  return new WireError(code, `the connection to ${host} broke before the reply was complete (${code})`, true, error);
}

function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && code !== 'UND_ERR_SOCKET') return code;
  if (cause !== undefined && cause !== null) return errorCode(cause);
  return typeof code === 'string' ? 'CUT' : 'UNKNOWN';
}

function isCertificateProblem(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_TLS|^EPROTO$/.test(code);
}

import type { Dispatcher } from 'undici';
import type { Reply } from '../core/call.ts';
import { WireError } from '../core/wire.ts';
import type { Abortable, AbortWatch } from './abort-watch.ts';
import type { Proxy } from './proxies.ts';
import { replyBody } from './reply-body.ts';
import { wireFailure } from './wire-failure.ts';

export interface HttpExchangeOptions {
  readonly origin: string;
  readonly host: string;
  readonly proxy: Proxy | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly watch: AbortWatch;
  readonly mostBodyBytes: number;
  readonly anyReply: boolean;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: WireError) => void;
}

const longestTimerMs = 2 ** 31 - 1;

/**
 * One request and its reply, as undici reports them. It ends once: with the reply, with a failure, at the deadline or by the signal; whatever is
 * reported afterwards is ignored. `onRequestStart` comes when a connection stands and before the first byte is written: only from then on may
 * the request have arrived.
 */
export class HttpExchange implements Dispatcher.DispatchHandler, Abortable {
  readonly #options: HttpExchangeOptions;
  readonly #deadline: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #ended = false;
  #status = 0;
  #headers: Record<string, string> = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(options: HttpExchangeOptions) {
    this.#options = options;
    this.#deadline = setTimeout(timeOut, Math.min(options.timeoutMs, longestTimerMs), this);
    if (options.signal !== undefined) options.watch.add(options.signal, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const again = this.#controller !== undefined;
    this.#controller = controller;
    if (this.#ended) controller.abort(new Error('The exchange has ended.'));
    // Sending a second time is for the journal to decide, never for the HTTP client.
    else if (again) this.#fail(new WireError('CUT', `the connection to ${this.#options.host} broke`, true));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: RawHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = joinedHeaders(headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = this.#options.mostBodyBytes - this.#bytes;
    this.#chunks.push(chunk.length <= room ? chunk : chunk.subarray(0, room));
    this.#bytes += Math.min(chunk.length, room);
    if (chunk.length <= room) return;
    this.#complete();
    this.#controller?.abort(new Error('The body is longer than the limit.'));
  }

  onResponseEnd(): void {
    this.#complete();
  }

  onResponseError(_controller: unknown, error: Error): void {
    const { host, proxy } = this.#options;
    if (!this.#ended) this.#fail(wireFailure(error, { host, proxy, written: this.#controller !== undefined }));
  }

  timeOut(): void {
    const { host, timeoutMs } = this.#options;
    const written = this.#controller !== undefined;
    const missing = written ? `no complete reply from ${host}` : `no connection to ${host}`;
    this.#fail(new WireError('TIMEOUT', `${missing} within ${timeoutMs / 1000} s`, written));
  }

  giveUp(): void {
    const { host, signal } = this.#options;
    const written = this.#controller !== undefined;
    this.#fail(new WireError('ABORTED', `the call to ${host} was given up`, written, signal?.reason));
  }

  #complete(): void {
    if (this.#ended) return;
    const { mostBodyBytes, origin, host, anyReply, resolve } = this.#options;
    const page = anyReply ? undefined : foreignPage(this.#status, this.#headers, origin);
    if (page !== undefined) {
      // Whose page it is nobody knows: the request may have gone further.
      this.#fail(new WireError('PORTAL', `a web page came in place of an answer of ${host} (${page})`, true));
      return;
    }
    this.#end();
    resolve({
      status: this.#status,
      headers: this.#headers,
      body: replyBody(this.#chunks, this.#headers['content-encoding'], mostBodyBytes),
      receivedAtMs: Date.now(),
    });
  }

  #fail(error: WireError): void {
    if (this.#ended) return;
    this.#end();
    this.#options.reject(error);
    this.#controller?.abort(error);
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#deadline);
    const { signal, watch } = this.#options;
    if (signal !== undefined) watch.remove(signal, this);
  }
}

function timeOut(exchange: HttpExchange): void {
  exchange.timeOut();
}

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

function joinedHeaders(headers: RawHeaders): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined) joined[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return joined;
}

/** Network Authentication Required (RFC 6585): what a captive portal should answer with. */
const authenticationRequired = 511;

/** What shows that a reply to a call of an API is another server's page: a portal's that wants a sign-in, a parked name's; undefined for all others. */
function foreignPage(status: number, headers: Readonly<Record<string, string>>, origin: string): string | undefined {
  const { location, 'content-type': type = '' } = headers;
  if (status === authenticationRequired) return `HTTP ${status}`;
  const moves = status >= 301 && status <= 308 && location !== undefined && URL.canParse(location, origin);
  if (moves) {
    const target = new URL(location, origin);
    if (target.origin !== origin) return `HTTP ${status} to ${target.host}`;
  }
  if (status >= 200 && status < 400 && /^text\/html\b/i.test(type)) return `HTTP ${status}, HTML`;
  return undefined;
}

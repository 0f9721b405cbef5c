import { defined } from '../core/defined.ts';
import { isIP } from 'node:net';
import type { RedisClientType } from '@redis/client';
import { redisPlace, type RedisAddress } from './redis-address.ts';
import { RedisFailure } from './redis-failure.ts';

/** Of a connection with its greeting, and of one command. */
const answerWithinMs = 2_500;

interface Link {
  readonly client: RedisClientType<{}, {}, {}, 2>;
  readonly ready: Promise<void>;
}

/**
 * One connection to a Redis server, made when it is first needed and again after it was lost. A command is sent now or fails: nothing is kept
 * to be sent later, and a connection on which one answer fails to come is given up, with all that it still may say.
 */
export class RedisConnection {
  readonly #first: RedisAddress;
  #address: RedisAddress;
  #link: Promise<Link> | undefined;
  #closed = false;

  constructor(address: RedisAddress) {
    this.#first = address;
    this.#address = address;
  }

  get address(): RedisAddress {
    return this.#address;
  }

  /** For people. */
  get place(): string {
    return redisPlace(this.#address);
  }

  /** The answer, as text. Rejects with {@link RedisFailure}; `NOSCRIPT` in its `why` is for the caller. */
  async send(words: readonly string[], mayMove = true): Promise<string> {
    if (this.#closed) throw new RedisFailure('it was closed', 'lasting');
    const opening = (this.#link ??= open(this.#address));
    let link: Link | undefined;
    try {
      link = await opening;
      await inTime(link.ready);
      const answer: unknown = await inTime(link.client.sendCommand([...words]));
      return typeof answer === 'string' ? answer : '';
    } catch (error) {
      const moved = /^MOVED \d+ (.*):(\d+)/.exec(error instanceof Error ? error.message : '');
      const failure = failureOf(error, this.#address);
      // A former master answers, but the next connection may reach the one that took over.
      const gone =
        !isReply(error) || moved !== null || failure.kind === 'credentials' || failure.why.startsWith('READONLY');
      if (gone) {
        if (this.#link === opening) {
          this.#link = undefined;
          this.#address = this.#first;
        }
        if (link?.client.isOpen === true) link.client.destroy();
      }
      if (moved === null || !mayMove) throw failure;
      // A cluster keeps the account on another of its servers, or keeps it there from now on.
      this.#address = { ...this.#address, host: moved[1] || this.#address.host, port: Number(moved[2]) };
      return this.send(words, false);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const link = await this.#link?.catch(() => undefined);
    this.#link = undefined;
    if (link?.client.isOpen === true) link.client.destroy();
  }
}

async function open({ host, port, tls, username, password, database }: RedisAddress): Promise<Link> {
  const { createClient } = await import('@redis/client');
  const common = { host, port, connectTimeout: answerWithinMs, reconnectStrategy: false } as const;
  const client = createClient({
    RESP: 2,
    socket: tls ? { ...common, tls: true, ...(isIP(host) === 0 ? { servername: host } : {}) } : common,
    database,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    ...defined({ username, password }),
  });
  // What goes wrong shows in the command under way; without a listener it would end the process.
  client.on('error', () => undefined);
  const ready = client.connect().then(() => undefined);
  ready.catch(() => undefined);
  return { client, ready };
}

function inTime<Value>(answer: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new RedisFailure(`no answer within ${answerWithinMs} ms`, 'passing'));
    const timer = setTimeout(late, answerWithinMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const refusesUser = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR (?:invalid password|AUTH |Client sent AUTH))/i;
const passesByItself =
  /^(?:LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|ASK|MOVED|BUSY|OOM|MISCONF|NOREPLICAS|ERR max number of clients)/;

/** The server answered, so that the connection is sound. */
function isReply(error: unknown): boolean {
  return error instanceof Error && /^[A-Z]{3,} /.test(error.message);
}

/** Without the error itself as its cause: a server may quote what it was sent, a password for one. */
function failureOf(error: unknown, { tls, password }: RedisAddress): RedisFailure {
  if (error instanceof RedisFailure) return error;
  const code = error instanceof Error ? codeOf(error) : '';
  const line = (error instanceof Error ? (error.message.split(/[\r\n]/)[0] ?? '') : '').replace(/, with args.*/, '');
  const why = (password === undefined ? line : line.replaceAll(password, '***')).slice(0, 120);
  if (refusesUser.test(why)) return new RedisFailure(why, 'credentials');
  if (passesByItself.test(why)) return new RedisFailure(why, 'passing');
  if (isReply(error)) return new RedisFailure(why, 'lasting');
  if (tls && /^(?:ERR_SSL|EPROTO)/.test(code)) return new RedisFailure('it does not speak TLS', 'lasting');
  if (tls && /CERT|SIGNATURE|ALTNAME/.test(code)) {
    return new RedisFailure(`its certificate is not trusted (${code})`, 'lasting');
  }
  return new RedisFailure(code || why || 'the connection was lost', 'passing');
}

function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return codeOf(error.errors[0]);
  return error.cause instanceof Error ? codeOf(error.cause) : '';
}

import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  LedgerPermitStore,
  Unavailable,
  type Found,
  type LedgerPlace,
  type ReadClock,
  type Written,
} from './ledger-permit-store.ts';
import type { StoredQuota } from './open-permit-store.ts';
import type { PermitStore } from './permit-store.ts';
import { parseRedisAddress } from './redis-address.ts';
import { RedisConnection } from './redis-connection.ts';
import { explained, RedisFailure } from './redis-failure.ts';

/**
 * The permits of an account on a Redis server (5 or later), for all machines that reach it: a text that is replaced only where nobody else has replaced it
 * since it was read, by the server's clock. `quota-store-unreachable` (exit code 6) where it stays lost; a server that answers but refuses is
 * `quota-store-refused`; an address of another form `quota-store-url`.
 */
export function openRedisPermitStore(url: string, options: StoredQuota): Promise<PermitStore> {
  const place = new RedisLedgerPlace(new RedisConnection(parseRedisAddress(url)), redisKey(options.accountKey));
  return new LedgerPermitStore(place, options).open();
}

/** Where the account's ledger lies. */
export function redisKey(accountKey: string): string {
  return `oppatch:{${encodeURIComponent(accountKey)}}:ledger`;
}

/** Whatever limits there are, none counts for longer than this. */
const keepMs = 40 * 86_400_000;

/**
 * One step, atomic because it is one script: replaces the text if its stamp is the one named, and then answers with `kept`; else with the time, how long the
 * server has been up where it keeps nothing, the stamp, and the text unless its stamp is the one that the caller knows. ARGV: the known stamp, the stamp that
 * must be found (`?`: only read), the new stamp, the new text.
 */
const script = `
local stamp = redis.call('HGET', KEYS[1], 'stamp') or ''
if ARGV[2] == stamp then
  redis.call('HSET', KEYS[1], 'stamp', ARGV[3], 'text', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ${keepMs})
  return 'kept'
end
local time = redis.call('TIME')
local up, text = '', ''
if stamp == '' then
  local known, info = pcall(redis.call, 'INFO', 'server')
  up = known and type(info) == 'string' and string.match(info, 'uptime_in_seconds:(%d+)') or ''
elseif stamp ~= ARGV[1] then
  text = redis.call('HGET', KEYS[1], 'text') or ''
end
return table.concat({ time[1], time[2], up, stamp, text }, '\\n')
`;

const sha = createHash('sha1').update(script).digest('hex');

class RedisLedgerPlace implements LedgerPlace {
  readonly #connection: RedisConnection;
  readonly #key: string;

  constructor(connection: RedisConnection, key: string) {
    this.#connection = connection;
    this.#key = key;
  }

  get name(): string {
    return this.#connection.place;
  }

  async step<Result>(
    knownStamp: string | undefined,
    work: (found: Found, readClock: ReadClock) => Written<Result>,
  ): Promise<Result> {
    let known = knownStamp;
    try {
      let answer = await this.#evaluate(known ?? '', '?', '', '');
      for (let tries = 0; ; tries += 1) {
        const { stamp, found, readClock } = readAnswer(answer, known);
        const { stamp: next, text, result } = work(found, readClock);
        answer = await this.#evaluate('', stamp, next, text);
        if (answer === 'kept') return result;
        // What `work` left in this process was not kept.
        known = undefined;
        if (tries >= 3) await delay(Math.random() * 5);
      }
    } catch (error) {
      if (!(error instanceof RedisFailure)) throw error;
      const message = `the quota store at ${this.name} is lost: ${error.why}`;
      throw new Unavailable(message, error.kind === 'passing', explained(error, this.#connection.address));
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #evaluate(...words: readonly string[]): Promise<string> {
    const call = ['1', this.#key, ...words];
    try {
      return await this.#connection.send(['EVALSHA', sha, ...call]);
    } catch (error) {
      if (!(error instanceof RedisFailure) || !error.why.startsWith('NOSCRIPT')) throw error;
      return this.#connection.send(['EVAL', script, ...call]);
    }
  }
}

interface Answer {
  readonly stamp: string;
  readonly found: Found;
  readonly readClock: ReadClock;
}

function readAnswer(answer: string, known: string | undefined): Answer {
  const [seconds = '', micros = '', up = '', stamp = ''] = answer.split('\n', 4);
  const serverMs = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  if (!(serverMs > 0)) throw new RedisFailure('its answer is not that of the script', 'lasting');
  const text = answer.slice(seconds.length + micros.length + up.length + stamp.length + 4);
  const readClock: ReadClock = (before) => ({
    // A clock that was set back stands still until it is past that moment again.
    storeMs: Math.max(serverMs, before?.storeMs ?? 0),
    monotonicMs: 0,
    uptimeMs: 0,
    wallMs: serverMs,
    boot: '',
    ...(up === '' ? {} : { freshSinceMs: serverMs - Number(up) * 1_000 }),
  });
  if (stamp === '') return { stamp, found: { kind: 'nothing' }, readClock };
  if (stamp === known && text === '') return { stamp, found: { kind: 'same' }, readClock };
  return { stamp, found: { kind: 'text', stamp, text }, readClock };
}

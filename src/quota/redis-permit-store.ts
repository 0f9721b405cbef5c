import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { QuotaNotice } from '../core/call.ts';
import { rateText, type Rate } from '../core/duration.ts';
import { toldMarginMs } from './allowances.ts';
import type { Declaration } from './meter-book.ts';
import type { Ask, Ending, Grant, MeterUsage, PermitStore } from './permit-store.ts';
import { parseRedisAddress } from './redis-address.ts';
import { RedisConnection } from './redis-connection.ts';
import { explained, RedisFailure } from './redis-failure.ts';
import { redisPermitScript } from './redis-permit-script.ts';
import { largestCount, windowShape, windowShapes, type WindowShape } from './redis-window-shape.ts';

export interface RedisPermitOptions extends Declaration {
  /** Vendor and account, without anything secret. */
  readonly accountKey: string;
  /** How long a lost server is waited for: half a minute unless said otherwise. */
  readonly patienceMs?: number;
}

const defaultPatienceMs = 30_000;
/** Between two tries to reach it. */
const retryMs = 250;
/** Failures further apart than this are not one outage. */
const sameOutageMs = 10_000;
/** Well within the margins of a told end. */
const slowMs = 100;

/**
 * The permits of an account on a Redis server (5 or later), for all machines that reach it. While the server is lost `take` says to wait, for as
 * long as `patienceMs`; the other steps are repeated as long. Then they reject with `quota-store-unreachable` (exit code 6).
 * A server that answers but refuses is `quota-store-refused`; an address of another form `quota-store-url`.
 */
export async function openRedisPermitStore(url: string, options: RedisPermitOptions): Promise<PermitStore> {
  const store = new RedisPermitStore(new RedisConnection(parseRedisAddress(url)), options);
  try {
    await store.rates();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

class RedisPermitStore implements PermitStore {
  readonly #connection: RedisConnection;
  readonly #account: string;
  readonly #windows: readonly WindowShape[];
  readonly #userSet: boolean;
  readonly #reservePercent: number;
  readonly #patienceMs: number;
  readonly #user = randomBytes(12).toString('hex');
  readonly #holders = new Set<string>();
  #known: { epoch: string; step: number } | undefined;
  /** The longest that a call of this process can be under way. */
  #callMs = 0;
  #outage: { readonly sinceMs: number; lastMs: number } | undefined;
  #closed = false;

  constructor(
    connection: RedisConnection,
    { accountKey, meters, userSet, reservePercent, patienceMs }: RedisPermitOptions,
  ) {
    this.#patienceMs = patienceMs ?? defaultPatienceMs;
    this.#connection = connection;
    this.#account = `oppatch:{${encodeURIComponent(accountKey)}}`;
    this.#windows = windowShapes(meters);
    this.#userSet = userSet;
    this.#reservePercent = reservePercent ?? 0;
  }

  readonly take = async (ask: Ask): Promise<Grant> => {
    const { holder, group, graceMs, timeoutMs } = ask;
    this.#callMs = Math.max(this.#callMs, Math.ceil(graceMs) + Math.ceil(timeoutMs));
    this.#holders.add(holder);
    const most = Math.max(1, Math.floor(ask.most));
    const words = { holder, group, most, graceMs: Math.ceil(graceMs), timeoutMs: Math.ceil(timeoutMs) };
    let answer: Answer;
    try {
      answer = await this.#step('take', words);
    } catch (error) {
      if (!(error instanceof RedisFailure)) throw error;
      if (error.kind !== 'passing' || !this.#isPatient()) throw explained(error, this.#connection.address);
      return {
        kind: 'wait',
        waitMs: retryMs,
        reason: `the quota store at ${this.#connection.place} is lost: ${error.why}`,
      };
    }
    const [first, ...rest] = answer.ids ?? [];
    if (first !== undefined) {
      return { kind: 'granted', ids: [first, ...rest] };
    }
    return { kind: 'wait', waitMs: Math.max(1, answer.waitMs ?? retryMs), reason: reasonOf(answer) };
  };

  readonly settle = async (endings: readonly Ending[]): Promise<void> => {
    if (endings.length > 0) await this.#surely('settle', () => ({ endings }));
  };

  readonly pause = async (group: string, waitMs: number | undefined, random: number): Promise<void> => {
    await this.#surely('pause', (lateMs) => ({
      group,
      chance: random,
      ...(waitMs === undefined || !(waitMs >= 0) ? {} : { waitMs: Math.max(0, Math.min(waitMs, longestMs) - lateMs) }),
    }));
  };

  readonly learn = async (group: string, rate: Rate): Promise<void> => {
    if (!(rate.count >= 1) || !(rate.windowMs > 0) || !(rate.windowMs <= longestMs)) return;
    await this.#surely('learn', () => ({ group, learnt: windowShape({ ...rate, window: 'sliding', group }) }));
  };

  readonly notice = async (id: string, group: string, notice: QuotaNotice): Promise<void> => {
    const { limit, remaining, resetMs } = notice;
    const toldAtMs = performance.now();
    for (let turn = 0; turn < 3; turn += 1) {
      const sentAtMs = performance.now();
      await this.#surely('notice', () => {
        const lateMs = Math.ceil(performance.now() - toldAtMs);
        return {
          id,
          group,
          ...(limit === undefined || !(limit <= largestCount) ? {} : { limit }),
          ...(remaining === undefined || Number.isNaN(remaining)
            ? {}
            : { remaining: Math.min(remaining, largestCount) }),
          ...(resetMs === undefined || !(resetMs >= 0) ? {} : { resetMs: Math.min(resetMs, longestMs) - lateMs }),
          marginMs: toldMarginMs(resetMs ?? 0),
        };
      });
      // A step that was slow to be taken has placed the end too late; the earliest telling is the one that holds.
      if (performance.now() - sentAtMs < slowMs) return;
    }
  };

  readonly rates = async (): Promise<readonly Rate[]> => {
    try {
      return (await this.#step('rates', {})).rates ?? [];
    } catch (error) {
      throw error instanceof RedisFailure ? explained(error, this.#connection.address) : error;
    }
  };

  readonly usage = async (): Promise<readonly MeterUsage[]> => {
    try {
      const { usage = [] } = await this.#step('usage', {});
      return usage.map(({ group, count, windowMs, back }) => {
        const named = group === '' ? undefined : group;
        return { count, windowMs, group: named, back };
      });
    } catch (error) {
      throw error instanceof RedisFailure ? explained(error, this.#connection.address) : error;
    }
  };

  readonly close = async (): Promise<void> => {
    if (this.#closed) return;
    this.#closed = true;
    // What it leaves is forgotten by time as well, only later.
    if (this.#known !== undefined && this.#outage === undefined)
      await this.#step('leave', { holders: [...this.#holders] }).catch(() => undefined);
    await this.#connection.close();
  };

  async #step(step: string, words: object): Promise<Answer> {
    const request = JSON.stringify({
      ...words,
      callMs: this.#callMs,
      user: this.#user,
      userSet: this.#userSet,
      reservePercent: this.#reservePercent,
      windows: this.#windows,
      random: randomBytes(6).toString('hex'),
      ...(this.#known === undefined ? {} : { knownEpoch: this.#known.epoch, knownStep: this.#known.step }),
      step,
    });
    try {
      const answer = readReply(await this.#evaluate(request));
      this.#outage = undefined;
      const known = this.#known?.epoch === answer.epoch ? this.#known.step : 0;
      this.#known = { epoch: answer.epoch, step: Math.max(known, answer.step) };
      return answer;
    } catch (error) {
      const nowMs = performance.now();
      if (this.#outage === undefined || nowMs - this.#outage.lastMs > sameOutageMs) {
        this.#outage = { sinceMs: nowMs, lastMs: nowMs };
      } else {
        this.#outage.lastMs = nowMs;
      }
      throw error;
    }
  }

  async #evaluate(request: string): Promise<string> {
    const words = ['1', this.#account, request];
    try {
      return await this.#connection.send(['EVALSHA', redisPermitScript.sha, ...words]);
    } catch (error) {
      if (!(error instanceof RedisFailure) || !error.why.startsWith('NOSCRIPT')) throw error;
      return this.#connection.send(['EVAL', redisPermitScript.text, ...words]);
    }
  }

  /** Repeats a step that may be taken late and twice. `lateMs` is handed how long ago it was due. */
  async #surely(step: string, words: (lateMs: number) => object): Promise<void> {
    const dueMs = performance.now();
    for (;;) {
      try {
        await this.#step(step, words(Math.round(performance.now() - dueMs)));
        return;
      } catch (error) {
        if (!(error instanceof RedisFailure)) throw error;
        if (error.kind !== 'passing' || this.#closed || performance.now() - dueMs > this.#patienceMs)
          throw explained(error, this.#connection.address);
      }
      await delay(retryMs);
    }
  }

  #isPatient(): boolean {
    return this.#outage !== undefined && this.#outage.lastMs - this.#outage.sinceMs < this.#patienceMs;
  }
}

/** Longer waits are told by no sound vendor, and larger numbers lose digits in Lua's JSON. */
const longestMs = 366 * 86_400_000;

interface Answer {
  readonly epoch: string;
  readonly step: number;
  readonly ids?: readonly string[];
  readonly waitMs?: number;
  readonly why?: string;
  readonly count?: number;
  readonly windowMs?: number;
  readonly lost?: boolean;
  readonly rates?: readonly Rate[];
  readonly usage?: readonly MeterUsage[];
}

/** What the script answers is ours, but for the empty list, which Lua can't tell from an empty object. */
function readReply(text: string): Answer {
  let reply: { epoch: string; step: number; answer?: Omit<Answer, 'epoch' | 'step'> };
  try {
    reply = JSON.parse(text) as typeof reply;
  } catch {
    throw new RedisFailure('its answer is not that of the script', 'lasting');
  }
  const { epoch, step, answer = {} } = reply;
  const lists = {
    ...(Array.isArray(answer.rates) ? {} : { rates: [] }),
    ...(Array.isArray(answer.usage) ? {} : { usage: [] }),
  };
  return { ...answer, ...lists, epoch, step };
}

function reasonOf({ why, count, windowMs, lost }: Answer): string {
  if (why === 'paused') return 'paused by the vendor';
  if (why === 'told') return 'the vendor says that the quota is used up';
  if (why === 'others') return 'others who use the account go first';
  const quota = `quota ${rateText({ count: count ?? 0, windowMs: windowMs ?? 0 })}`;
  return lost === true ? `${quota}, taken as used up because the Redis server lost its permits` : quota;
}

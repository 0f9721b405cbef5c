import { randomUUID } from 'node:crypto';
import type { QuotaNotice } from '../core/call.ts';
import { rateText, type Rate } from '../core/duration.ts';
import { defaultGraceMs } from '../core/gate.ts';
import { realClock, type Clock } from './clock.ts';
import type { Ending, PermitStore } from './permit-store.ts';

export interface SharedPermitsOptions {
  readonly store: PermitStore;
  /** What `rates` says until the store has said more. */
  readonly rates: readonly Rate[];
  /** Of one call. */
  readonly timeoutMs: number;
  /** From asking for a permit to sending the call. */
  readonly graceMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Receives limits that the vendor stated and that hold from now on: `10/5s`. */
  readonly onStated?: (rates: readonly string[]) => void;
}

/** A place in the store's line is kept, and permits handed back unused are found, by asking again so often; less often in long waits. */
const shortestAgainMs = 1_000;
const longestAgainMs = 10_000;

/** Above so many calls a second, permits are taken several at a time: as many as go in `leaseMs`. */
const leaseFromPerSecond = 50;
const leaseMs = 20;
const mostLeased = 256;
/** What of a lease nobody has taken by then goes back. */
const leaseLifeMs = 50;

/**
 * Of a quota of so many calls a second, endings reach the store together, late by this share of the shortest window at most where permits are scarce: a
 * permit comes back no earlier for it.
 */
const endingsShare = 1 / 200;
const longestEndingsMs = 20;
/** The same where permits are plenty. */
const plentyEndingsMs = 50;
/** Of the shortest window: for so long after the store gave less than was asked for, or nothing, every permit that comes back late is missed. */
const scarceWindows = 10;

/** Endings that are kept for the next step where the store did not hear them. */
const mostUntold = 1_000;

/** What taking a permit led to. */
export type Taking =
  /** `sendByMs`: a call that is not sent by then must not be sent with this permit. */
  | { readonly taken: true; readonly id: string; readonly sendByMs: number }
  /** `untilMs`: when one can be obtained, as far as is known. `againMs`: when it is worth asking again, since others may have changed it by then. */
  | { readonly taken: false; readonly untilMs: number; readonly againMs: number; readonly reason: string };

/** Permits in hand that no call has taken yet, of calls that permits are alike for. */
interface Lease {
  readonly group: string;
  readonly size: number;
  readonly ids: string[];
  readonly sendByMs: number;
  readonly cancel: () => void;
}

/** The store's last refusal of such calls, which holds until `againMs`. */
type Refusal = Taking & { readonly taken: false };

/**
 * The permits of an account that others use, too, kept in a store. Turns the store's durations into moments of the gate's clock, which
 * are never too early: they count from the arrival of its answer. Endings of one turn of the event loop reach the store in one step.
 *
 * Only `take` may reject, and the call that waits for the permit is then refused. The others never do: a store that cannot be reached keeps
 * the permit counted until it expires, and says so at the next `take`.
 */
export class SharedPermits {
  readonly #options: SharedPermitsOptions & { readonly graceMs: number; readonly random: () => number };
  readonly #store: PermitStore;
  readonly #clock: Clock;
  readonly #holder = randomUUID();
  readonly #refusals = new Map<string, Refusal>();
  readonly #leases = new Map<string, Lease>();
  readonly #underWay = new Set<Promise<unknown>>();
  #rates: readonly Rate[];
  #leaseSize = 1;
  #scarceUntilMs = 0;
  #endings: Ending[] = [];
  #flushing: Promise<void> | undefined;
  /** Sends the endings that wait for others in the next turn. */
  #hurry: (() => void) | undefined;
  /** Sends them at once. */
  #flushNow: (() => void) | undefined;
  #closed = false;

  constructor(options: SharedPermitsOptions) {
    this.#options = { graceMs: defaultGraceMs, random: Math.random, ...options };
    this.#store = options.store;
    this.#clock = options.clock ?? realClock;
    this.#rates = options.rates;
  }

  /** `cost`: of the call, in meters that count another unit than calls. `waiting`: so many such calls are ready to go. */
  take(group: string, cost: number, waiting: number, nowMs: number): Taking | Promise<Taking> {
    if (this.#closed) throw new Error('The permits are closed.');
    const key = cost === 1 ? group : `${cost}\n${group}`;
    const leased = this.#fromLease(key, nowMs);
    if (leased !== undefined) return leased;
    const refusal = this.#refusals.get(key);
    if (refusal !== undefined && nowMs < refusal.againMs) return refusal;
    return this.#keepUnderWay(this.#ask({ group, cost, key }, waiting, nowMs));
  }

  /** A call of this group was refused for lack of quota. */
  pause(group: string, waitMs: number | undefined): Promise<void> {
    for (const [key, lease] of this.#leases) if (lease.group === group) this.#giveBack(key);
    return this.#tell(() => this.#store.pause(group, waitMs, this.#options.random()));
  }

  learn(group: string, rate: Rate): Promise<void> {
    return this.#tell(async () => {
      await this.#store.learn(group, rate);
      await this.#updateRates();
    });
  }

  /** The reply to call `id` of this group said so. May come after its end. */
  notice(id: string, group: string, notice: QuotaNotice): Promise<void> {
    return this.#tell(async () => {
      await this.#store.notice(id, group, notice);
      if (notice.limit !== undefined) await this.#updateRates();
    });
  }

  /** The rates in force, as last known. */
  rates(): readonly Rate[] {
    return this.#rates;
  }

  /** Hands back what no call has taken, tells the store the last endings, closes it. Never rejects: what it does not hear comes back by time. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#hurry?.();
    do {
      for (const key of this.#leases.keys()) this.#giveBack(key);
      await Promise.allSettled(this.#underWay);
      // Whoever got a permit meanwhile has its turn to hand it back.
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#underWay.size > 0 || this.#leases.size > 0);
  }

  async #ask(
    { group, cost, key }: { readonly group: string; readonly cost: number; readonly key: string },
    waiting: number,
    nowMs: number,
  ): Promise<Taking> {
    const { graceMs, timeoutMs } = this.#options;
    const sendByMs = nowMs + graceMs;
    const most = Math.max(this.#leaseSize, Math.min(mostLeased, waiting));
    // In the same step as the endings that wait for others.
    this.#flushNow?.();
    const grant = await this.#store.take({ holder: this.#holder, group, cost, graceMs, timeoutMs, most });
    if (grant.kind === 'wait' || grant.ids.length < most)
      this.#scarceUntilMs = this.#clock.nowMs() + scarceWindows * this.#shortestWindowMs();
    if (grant.kind === 'wait') return this.#refuse(key, grant.waitMs, grant.reason);
    this.#refusals.delete(key);
    if (this.#clock.nowMs() > nowMs + graceMs / 2) {
      // Too little time would be left to send the calls.
      for (const id of grant.ids) void this.end(id, 'unused');
      return this.#refuse(key, leaseLifeMs, 'the store of the quota answers slowly');
    }
    const [first, ...rest] = grant.ids;
    if (rest.length > 0) {
      const cancel = this.#clock.at(this.#clock.nowMs() + leaseLifeMs, () => this.#giveBack(key));
      this.#leases.set(key, { group, size: grant.ids.length, ids: rest, sendByMs, cancel });
    } else this.#growLease();
    return { taken: true, id: first, sendByMs };
  }

  #refuse(key: string, waitMs: number, reason: string): Refusal {
    const nowMs = this.#clock.nowMs();
    const againMs = nowMs + Math.min(waitMs, Math.max(shortestAgainMs, Math.min(longestAgainMs, waitMs / 10)));
    const refusal: Refusal = { taken: false, untilMs: nowMs + waitMs, againMs, reason };
    this.#refusals.set(key, refusal);
    return refusal;
  }

  #fromLease(key: string, nowMs: number): Taking | undefined {
    const lease = this.#leases.get(key);
    if (lease === undefined) return undefined;
    if (nowMs > lease.sendByMs - this.#options.graceMs / 2) {
      this.#giveBack(key);
      return undefined;
    }
    const id = lease.ids.pop();
    if (lease.ids.length === 0) {
      lease.cancel();
      this.#leases.delete(key);
      this.#growLease();
    }
    return id === undefined ? undefined : { taken: true, id, sendByMs: lease.sendByMs };
  }

  /** A lease was used up: the next may be twice as large, as far as the rate is worth it. */
  #growLease(): void {
    const perSecond = this.#perSecond();
    const most = perSecond > leaseFromPerSecond ? Math.min(mostLeased, Math.ceil((perSecond * leaseMs) / 1_000)) : 1;
    this.#leaseSize = Math.min(most, this.#leaseSize * 2);
  }

  /** The next is no larger than what was taken of it. */
  #giveBack(key: string): void {
    const lease = this.#leases.get(key);
    if (lease === undefined) return;
    lease.cancel();
    this.#leases.delete(key);
    this.#leaseSize = lease.size - lease.ids.length;
    for (const id of lease.ids) void this.end(id, 'unused');
  }

  /** `replied`: the reply arrived. `lost`: none will come. `unused`: the call was never sent. */
  end(id: string, how: Ending['how']): Promise<void> {
    this.#endings.push({ id, how });
    // What was not used may serve another at once.
    const delayMs = how === 'unused' || this.#closed ? 0 : this.#endingsDelayMs();
    if (delayMs === 0) this.#hurry?.();
    this.#flushing ??= this.#keepUnderWay(
      new Promise<void>((resolve) => {
        let cancel: (() => void) | undefined;
        const flush = (): void => {
          cancel?.();
          this.#hurry = undefined;
          this.#flushNow = undefined;
          this.#flushing = undefined;
          void this.#flush().then(resolve);
        };
        this.#flushNow = flush;
        const soon = (): void => {
          cancel?.();
          this.#hurry = undefined;
          const immediate = setImmediate(flush);
          cancel = () => clearImmediate(immediate);
        };
        if (delayMs === 0) return soon();
        cancel = this.#clock.at(this.#clock.nowMs() + delayMs, flush);
        this.#hurry = soon;
      }),
    );
    return this.#flushing;
  }

  /** How long endings wait for others to go with them. */
  #endingsDelayMs(): number {
    if (this.#perSecond() <= leaseFromPerSecond) return 0;
    if (this.#clock.nowMs() > this.#scarceUntilMs) return plentyEndingsMs;
    return Math.min(longestEndingsMs, this.#shortestWindowMs() * endingsShare);
  }

  #shortestWindowMs(): number {
    return Math.min(...this.#rates.map(({ windowMs }) => windowMs));
  }

  #perSecond(): number {
    return Math.min(...this.#rates.map(({ count, windowMs }) => (count * 1_000) / windowMs));
  }

  async #flush(): Promise<void> {
    const endings = this.#endings;
    this.#endings = [];
    try {
      await this.#store.release(endings);
      // What comes back unused may serve any group at once.
      if (endings.some(({ how }) => how === 'unused')) this.#refusals.clear();
    } catch {
      // They go with the next ones; what stays untold comes back by time.
      if (this.#endings.length < mostUntold) this.#endings.unshift(...endings);
    }
  }

  /** Tells the store something that may change what it refused. */
  #tell(tell: () => Promise<void>): Promise<void> {
    const told = (): void => this.#refusals.clear();
    // The vendor repeats what is not heard; a store that stays away shows at the next `take`.
    return this.#keepUnderWay(tell().then(told, told));
  }

  async #updateRates(): Promise<void> {
    const before = new Set(this.#rates.map(rateText));
    this.#rates = await this.#store.rates();
    const stated = this.#rates.map(rateText).filter((rate) => !before.has(rate));
    if (stated.length > 0) this.#options.onStated?.(stated);
  }

  #keepUnderWay<Work extends Promise<unknown>>(work: Work): Work {
    const over = (): void => void this.#underWay.delete(work);
    this.#underWay.add(work);
    work.then(over, over);
    return work;
  }
}

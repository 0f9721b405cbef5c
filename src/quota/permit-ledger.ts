import type { QuotaNotice } from '../core/call.ts';
import { rateText, type Rate } from '../core/duration.ts';
import { Allowances, toldMarginMs, type AllowancesState } from './allowances.ts';
import { HolderQueue, type HolderState } from './holder-queue.ts';
import { MeterBook, type BookState, type Declaration } from './meter-book.ts';
import { resetMarginMs } from './ledger-window.ts';
import type { Ask, Ending, Grant, MeterUsage } from './permit-store.ts';
import { RefusalPause, type RefusalPauseState } from './refusal-pause.ts';

/** All that is known of an account's permits, as plain data. Times are milliseconds of the store's clock. */
export interface LedgerState {
  readonly lastId: number;
  readonly book: BookState;
  readonly groups: readonly (readonly [
    name: string,
    { readonly pause: RefusalPauseState; readonly allowances: AllowancesState },
  ])[];
  readonly permits: readonly (readonly [id: number, group: string, expiresAtMs: number, round: number])[];
  readonly holders: readonly (readonly [key: string, HolderState])[];
}

interface Group {
  readonly pause: RefusalPause;
  readonly allowances: Allowances;
}

interface Held {
  readonly group: string;
  /** From then on it can't be counted any more, whatever became of its holder. */
  readonly expiresAtMs: number;
  readonly round: number;
}

/** Longer waits than ten years are told by no sound vendor, and numbers beyond are not kept exactly. */
const longestToldMs = 3650 * 86_400_000;

/**
 * The permits of one account whom several processes hold: pure, the time is handed in, and it never goes back. A permit whose holder is never
 * heard of again comes back by itself (see `PermitStore`). What is due to holders who were served less lately stays free for them.
 */
export class PermitLedger {
  readonly #book: MeterBook;
  readonly #queue: HolderQueue;
  readonly #groups = new Map<string, Group>();
  readonly #held = new Map<number, Held>();
  #lastId: number;

  constructor(state?: LedgerState) {
    this.#lastId = state?.lastId ?? 0;
    for (const [id, group, expiresAtMs, round] of state?.permits ?? [])
      this.#held.set(id, { group, expiresAtMs, round });
    for (const [name, { pause, allowances }] of state?.groups ?? []) {
      this.#groups.set(name, { pause: new RefusalPause(pause), allowances: new Allowances(allowances) });
    }
    this.#queue = new HolderQueue(state?.holders);
    this.#book = new MeterBook((group) => this.#openOf(group), state?.book);
  }

  snapshot(): LedgerState {
    return {
      lastId: this.#lastId,
      book: this.#book.snapshot(),
      groups: [...this.#groups].map(([name, { pause, allowances }]) => [
        name,
        { pause: pause.snapshot(), allowances: allowances.snapshot() },
      ]),
      permits: [...this.#held].map(([id, { group, expiresAtMs, round }]) => [id, group, expiresAtMs, round]),
      holders: this.#queue.snapshot(),
    };
  }

  /** Begins every step: `user` works with this. What time has brought takes effect. */
  enter(user: string, declaration: Declaration, nowMs: number): void {
    for (const [id, { expiresAtMs }] of this.#held) if (expiresAtMs <= nowMs) this.#end(id, expiresAtMs, nowMs);
    this.#book.declare(user, declaration, nowMs);
    this.#queue.forget(nowMs);
  }

  /** The user is gone, and the holders that it asked for. */
  leave(user: string, holders: Iterable<string>): void {
    this.#book.withdraw(user);
    for (const holder of holders) this.#queue.leave(holder);
  }

  take({ holder, group: name, most, graceMs, timeoutMs }: Ask, nowMs: number): Grant {
    const group = this.#group(name);
    const ahead = this.#queue.ask(holder, name, nowMs, (other) => other === name || this.#competes(other, nowMs));
    const { untilMs, reason } = this.#freeAt(name, group, 1, nowMs);
    if (untilMs > nowMs) return { kind: 'wait', waitMs: untilMs - nowMs, reason };
    if (ahead > 0) {
      const behind = this.#freeAt(name, group, 1 + ahead, nowMs);
      // Those ahead may be gone by then; it is worth asking again soon.
      if (behind.untilMs > nowMs)
        return { kind: 'wait', waitMs: Math.min(behind.untilMs - nowMs, 1_000), reason: behind.reason };
    }
    let room = Math.min(most, group.allowances.room(nowMs) - ahead);
    for (const { meter, count } of this.#book.inForce(name))
      room = Math.min(room, count - meter.window.used(nowMs) - ahead);
    const ids = Array.from({ length: Math.max(1, Math.floor(room)) }, () =>
      this.#grant(name, group, nowMs + graceMs + timeoutMs),
    );
    this.#queue.served(holder, name, nowMs);
    const [first = '', ...more] = ids;
    return { kind: 'granted', ids: [first, ...more] };
  }

  settle(endings: readonly Ending[], nowMs: number): void {
    for (const { id: text, how } of endings) {
      const id = Number(text);
      const held = this.#held.get(id);
      if (held === undefined) continue;
      if (how === 'unused') {
        this.#held.delete(id);
        for (const { window } of this.#book.counting(held.group)) window.open -= 1;
        this.#group(held.group).allowances.unused(id);
        continue;
      }
      if (how === 'replied') this.#end(id, nowMs, nowMs);
      else this.#end(id, held.expiresAtMs, nowMs);
      if (how === 'replied') this.#group(held.group).pause.replied(held.round);
    }
  }

  /** Without `waitMs`: one window of the group's shortest sliding meter. */
  pause(name: string, waitMs: number | undefined, random: number, nowMs: number): void {
    const windowsMs = this.#book
      .inForce(name)
      .filter(({ meter }) => !meter.fixed)
      .map(({ meter }) => meter.window.windowMs);
    const told = waitMs === undefined ? undefined : Math.min(waitMs, longestToldMs);
    this.#group(name).pause.refuse(told, Math.min(60_000, ...windowsMs), nowMs, random);
  }

  learn(name: string, rate: Rate, nowMs: number): void {
    if (rate.count >= 1 && rate.windowMs > 0 && rate.windowMs <= longestToldMs) this.#book.learn(name, rate, nowMs);
  }

  notice(id: string, name: string, { limit, remaining, resetMs }: QuotaNotice, nowMs: number): void {
    const resetAtMs =
      resetMs === undefined || !(resetMs >= 0 && resetMs <= longestToldMs) ? undefined : nowMs + resetMs;
    let marginMs = toldMarginMs(resetMs ?? 0);
    for (const { meter } of this.#book.inForce(name)) {
      if (!meter.fixed) continue;
      if (limit !== undefined && limit >= 1 && limit <= Number.MAX_SAFE_INTEGER) this.#book.tell(meter, limit, nowMs);
      if (resetAtMs === undefined) continue;
      meter.window.resetAt(resetAtMs, nowMs);
      marginMs = resetMarginMs(meter.window.windowMs);
    }
    if (remaining === undefined || resetAtMs === undefined || !(remaining >= 0)) return;
    const told = { remaining: Math.min(remaining, Number.MAX_SAFE_INTEGER), resetAtMs, marginMs };
    this.#group(name).allowances.tell(Number(id), told, nowMs);
  }

  rates(): readonly Rate[] {
    return this.#book.inForce().map(({ meter, count }) => ({ count, windowMs: meter.window.windowMs }));
  }

  usage(nowMs: number): readonly MeterUsage[] {
    return this.#book.inForce().map(({ meter: { group, window }, count }) => ({
      count,
      windowMs: window.windowMs,
      group: group ?? undefined,
      back: window.back(nowMs),
    }));
  }

  /** Another group takes from the same quota, and nothing of its own holds it up. */
  #competes(name: string, nowMs: number): boolean {
    return this.#book.isShared() && this.#freeAt(name, this.#group(name), 1, nowMs).untilMs <= nowMs;
  }

  #freeAt(name: string, group: Group, wanted: number, nowMs: number): { untilMs: number; reason: string } {
    let untilMs = group.pause.freeAtMs(nowMs);
    let reason = untilMs > nowMs ? 'paused by the vendor' : '';
    const toldMs = group.allowances.freeAtMs(nowMs, wanted);
    if (toldMs > untilMs) {
      untilMs = toldMs;
      reason = 'the vendor says that the quota is used up';
    }
    for (const { meter, count } of this.#book.inForce(name)) {
      const freeAtMs = meter.window.freeAtMs(nowMs, count, wanted);
      if (freeAtMs <= untilMs) continue;
      untilMs = freeAtMs;
      reason = `quota ${rateText({ count, windowMs: meter.window.windowMs })}`;
    }
    return { untilMs, reason };
  }

  #grant(name: string, group: Group, expiresAtMs: number): string {
    this.#lastId += 1;
    for (const { window } of this.#book.counting(name)) window.open += 1;
    group.allowances.take(this.#lastId);
    this.#held.set(this.#lastId, { group: name, expiresAtMs, round: group.pause.take() });
    return String(this.#lastId);
  }

  /** The call was counted at `countedAtMs` at the latest. */
  #end(id: number, countedAtMs: number, nowMs: number): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#held.delete(id);
    this.#book.close(held.group, countedAtMs);
    this.#group(held.group).allowances.over(id, nowMs);
  }

  #openOf(group: string | null): number {
    let open = 0;
    for (const held of this.#held.values()) if (group === null || held.group === group) open += 1;
    return open;
  }

  #group(name: string): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = { pause: new RefusalPause(), allowances: new Allowances() };
    this.#groups.set(name, group);
    return group;
  }
}

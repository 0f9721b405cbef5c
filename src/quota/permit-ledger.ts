import type { QuotaNotice } from '../core/call.ts';
import { rateText, type Rate } from '../core/duration.ts';
import { Allowances, toldMarginMs, type AllowancesState } from './allowances.ts';
import { HolderQueue, type HolderState } from './holder-queue.ts';
import { resetMarginMs } from './ledger-window.ts';
import { costIn, MeterBook, type BookState, type Declaration } from './meter-book.ts';
import type { Ask, Ending, Grant, MeterUsage } from './permit-store.ts';
import { RefusalPause, type RefusalPauseState } from './refusal-pause.ts';

/** All that is known of an account's permits, as plain data. Times are milliseconds of the store's clock. */
export interface LedgerState {
  /** Another one for each ledger that was begun, so that no permit is taken for one of another ledger. */
  readonly epoch: string;
  readonly lastId: number;
  readonly book: BookState;
  readonly groups: readonly (readonly [
    name: string,
    {
      readonly pause: RefusalPauseState;
      /** By the name of the meter that a notice spoke of; empty for notices without one. */
      readonly allowances: readonly (readonly [meter: string, state: AllowancesState])[];
    },
  ])[];
  readonly permits: readonly (readonly [id: number, group: string, cost: number, expiresAtMs: number, round: number])[];
  readonly holders: readonly (readonly [key: string, HolderState])[];
}

interface Group {
  readonly pause: RefusalPause;
  readonly allowances: Map<string, Allowances>;
}

interface Held {
  readonly group: string;
  readonly cost: number;
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
  readonly #epoch: string;
  readonly #book: MeterBook;
  readonly #queue: HolderQueue;
  readonly #groups = new Map<string, Group>();
  readonly #held = new Map<number, Held>();
  #lastId: number;

  /** Goes on from `state`, or begins a ledger of that name. */
  constructor(state: LedgerState | { readonly epoch: string }) {
    this.#epoch = state.epoch;
    const kept = 'book' in state ? state : undefined;
    this.#lastId = kept?.lastId ?? 0;
    for (const [id, group, cost, expiresAtMs, round] of kept?.permits ?? [])
      this.#held.set(id, { group, cost, expiresAtMs, round });
    for (const [name, { pause, allowances }] of kept?.groups ?? []) {
      const told = new Map(allowances.map(([meter, one]) => [meter, new Allowances(one)]));
      this.#groups.set(name, { pause: new RefusalPause(pause), allowances: told });
    }
    this.#queue = new HolderQueue(kept?.holders);
    this.#book = new MeterBook((group, unit) => this.#openOf(group, unit), kept?.book);
  }

  snapshot(): LedgerState {
    return {
      epoch: this.#epoch,
      lastId: this.#lastId,
      book: this.#book.snapshot(),
      groups: [...this.#groups].map(([name, { pause, allowances }]) => [
        name,
        {
          pause: pause.snapshot(),
          allowances: [...allowances].map(([meter, one]) => [meter, one.snapshot()]),
        },
      ]),
      permits: [...this.#held].map(([id, held]) => [id, held.group, held.cost, held.expiresAtMs, held.round]),
      holders: this.#queue.snapshot(),
    };
  }

  get epoch(): string {
    return this.#epoch;
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

  /** What was counted up to `atMs` is unknown, and counts as all that any meter allows. */
  lose(atMs: number): void {
    this.#book.lose(atMs);
  }

  /** The store may have forgotten calls up to `atMs`, of an account that is new to it. */
  doubt(atMs: number): void {
    this.#book.doubt(atMs);
  }

  take({ holder, group: name, most, cost = 1, graceMs, timeoutMs }: Ask, nowMs: number): Grant {
    const group = this.#group(name);
    const competes = (other: string): boolean => other === name || this.#competes(other, nowMs);
    const ahead = this.#queue.ask(holder, name, nowMs, competes);
    const { untilMs, reason } = this.#freeAt(name, group, 1, cost, nowMs);
    if (untilMs > nowMs) return { kind: 'wait', waitMs: untilMs - nowMs, reason };
    if (ahead > 0) {
      const behind = this.#freeAt(name, group, 1 + ahead, cost, nowMs);
      // Those ahead may be gone by then; it is worth asking again soon.
      if (behind.untilMs > nowMs)
        return { kind: 'wait', waitMs: Math.min(behind.untilMs - nowMs, 1_000), reason: behind.reason };
    }
    let room = Number.POSITIVE_INFINITY;
    for (const [meter, allowance] of group.allowances)
      room = Math.min(room, allowance.room(nowMs) / this.#costAt(name, meter, cost) - ahead);
    for (const { meter, count } of this.#book.inForce(name))
      room = Math.min(room, (count - meter.window.used(nowMs)) / costIn(meter, cost) - ahead);
    // What is free is shared out, so that those who come a moment later find their part of it.
    const share = most > 1 ? room / (1 + this.#queue.others(holder, nowMs, competes)) : 1;
    const ids = Array.from({ length: Math.max(1, Math.floor(Math.min(most, room, Math.ceil(share)))) }, () =>
      this.#grant(name, group, cost, nowMs + graceMs + timeoutMs),
    );
    this.#queue.served(holder, name, nowMs);
    const [first = '', ...more] = ids;
    return { kind: 'granted', ids: [first, ...more] };
  }

  release(endings: readonly Ending[], nowMs: number): void {
    for (const { id: text, how } of endings) {
      const id = this.#idOf(text);
      const held = this.#held.get(id);
      if (held === undefined) continue;
      if (how === 'unused') {
        this.#held.delete(id);
        for (const { meter } of this.#book.counting(held.group)) meter.window.open -= costIn(meter, held.cost);
        for (const allowance of this.#group(held.group).allowances.values()) allowance.unused(id);
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
    this.#book.learn(name, rate, nowMs);
  }

  forgetTold(): void {
    this.#book.forgetTold();
  }

  notice(id: string, name: string, notice: QuotaNotice, nowMs: number): void {
    const { remaining, resetMs } = notice;
    const meter = this.#book.notice(name, notice, nowMs);
    if (resetMs === undefined || !(resetMs >= 0 && resetMs <= longestToldMs)) return;
    const resetAtMs = nowMs + resetMs;
    if (meter?.fixed === true) meter.window.resetAt(resetAtMs, nowMs);
    if (remaining === undefined || !(remaining >= 0)) return;
    const marginMs = meter?.fixed === true ? resetMarginMs(meter.window.windowMs) : toldMarginMs(resetMs);
    const told = { remaining: Math.min(remaining, Number.MAX_SAFE_INTEGER), resetAtMs, marginMs };
    this.#allowances(name, notice.meter ?? '').tell(this.#idOf(id), told, nowMs);
  }

  rates(): readonly Rate[] {
    return this.#book.inForce().map(({ meter, count }) => ({ count, windowMs: meter.window.windowMs }));
  }

  usage(nowMs: number): readonly MeterUsage[] {
    return this.#book.inForce().map(({ meter: { group, unit, window }, count }) => ({
      count,
      windowMs: window.windowMs,
      group: group ?? undefined,
      unit: unit ?? undefined,
      back: window.back(nowMs, count),
    }));
  }

  /** Another group takes from the same quota, and nothing of its own holds it up. */
  #competes(name: string, nowMs: number): boolean {
    return this.#book.isShared() && this.#freeAt(name, this.#group(name), 1, 1, nowMs).untilMs <= nowMs;
  }

  /** When so many calls of that cost may go. */
  #freeAt(name: string, group: Group, calls: number, cost: number, nowMs: number): { untilMs: number; reason: string } {
    let untilMs = group.pause.freeAtMs(nowMs);
    let reason = untilMs > nowMs ? 'paused by the vendor' : '';
    for (const [meter, allowance] of group.allowances) {
      const toldMs = allowance.freeAtMs(nowMs, calls * this.#costAt(name, meter, cost));
      if (toldMs <= untilMs) continue;
      untilMs = toldMs;
      reason = `the vendor says that the quota${meter === '' ? '' : ` of ${meter}`} is used up`;
    }
    for (const { meter, count } of this.#book.inForce(name)) {
      // A call that costs more than all that there is goes alone, and the vendor decides.
      const wanted = Math.min(count, costIn(meter, cost)) + (calls - 1) * costIn(meter, cost);
      const freeAtMs = meter.window.freeAtMs(nowMs, count, wanted);
      if (freeAtMs <= untilMs) continue;
      untilMs = freeAtMs;
      const rate = rateText({ count, windowMs: meter.window.windowMs });
      const lost = meter.window.isLost(nowMs) ? ', taken as used up because its record was lost' : '';
      reason = `quota ${rate}${meter.unit === null ? '' : ` ${meter.unit}`}${lost}`;
    }
    return { untilMs, reason };
  }

  #grant(name: string, group: Group, cost: number, expiresAtMs: number): string {
    this.#lastId += 1;
    for (const { meter } of this.#book.counting(name)) meter.window.open += costIn(meter, cost);
    for (const [meter, allowance] of group.allowances) allowance.take(this.#lastId, this.#costAt(name, meter, cost));
    this.#held.set(this.#lastId, { group: name, cost, expiresAtMs, round: group.pause.take() });
    return `${this.#epoch}-${this.#lastId}`;
  }

  /** The call was counted at `countedAtMs` at the latest. */
  #end(id: number, countedAtMs: number, nowMs: number): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#held.delete(id);
    this.#book.close(held.group, countedAtMs, held.cost);
    for (const allowance of this.#group(held.group).allowances.values()) allowance.over(id, nowMs);
  }

  /** 0 for a permit of another ledger. */
  #idOf(text: string): number {
    return text.startsWith(`${this.#epoch}-`) ? Number(text.slice(this.#epoch.length + 1)) : 0;
  }

  #openOf(group: string | null, unit: string | null): number {
    let open = 0;
    for (const held of this.#held.values())
      if (group === null || held.group === group) open += costIn({ unit }, held.cost);
    return open;
  }

  /** What a call of that cost takes of what headers said of the meter of that name. */
  #costAt(group: string, meter: string, cost: number): number {
    return meter === '' ? 1 : costIn({ unit: this.#book.unitOf(group, meter) }, cost);
  }

  /** Calls in flight are missing in what no header has said yet. */
  #allowances(name: string, meter: string): Allowances {
    const { allowances } = this.#group(name);
    const known = allowances.get(meter);
    if (known !== undefined) return known;
    const made = new Allowances();
    for (const [id, held] of this.#held) if (held.group === name) made.take(id, this.#costAt(name, meter, held.cost));
    allowances.set(meter, made);
    return made;
  }

  #group(name: string): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = { pause: new RefusalPause(), allowances: new Map<string, Allowances>() };
    this.#groups.set(name, group);
    return group;
  }
}

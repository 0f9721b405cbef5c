/** The end of a window that a header told, and the least that was said to remain in it. */
interface Allowance {
  resetAtMs: number;
  marginMs: number;
  remaining: number;
}

/** As plain data. */
export interface AllowancesState {
  readonly told: readonly Readonly<Allowance>[];
  readonly unaccounted: readonly (readonly [id: number, cost: number])[];
  readonly silent: readonly (readonly [id: number, untilMs: number])[];
}

/** Two tellings of the same end differ by latency; ends of different windows by more than this. */
const sameResetMs = 500;

/** Enough for vendors that report several limits in turn. */
const mostAllowances = 8;

/**
 * What headers said may still go before a window of unknown length ends, for one group of calls and one meter. Costs are 1 where the meter counts calls. Pure: the time is handed in.
 *
 * `remaining` only sinks within a window, so the least told value is the latest count. A call whose own reply has told a value is in that
 * count or in a later one, hence in the least. So at most `remaining` calls may be without such a reply: those in flight, and those whose
 * reply said nothing. Others who use the account show in the next reply.
 */
export class Allowances {
  #told: Allowance[] = [];
  /** Calls that no header has accounted for, and their cost. */
  readonly #unaccounted: Map<number, number>;
  /** Those of them that are over, lost or answered without a word on the quota, and when the windows that they may be missing in have ended. */
  readonly #silent = new Map<number, number>();

  /** Goes on from `state` where it is given. */
  constructor(state?: AllowancesState) {
    this.#unaccounted = new Map(state?.unaccounted);
    if (state === undefined) return;
    this.#told = state.told.map((allowance) => ({ ...allowance }));
    for (const [id, untilMs] of state.silent) this.#silent.set(id, untilMs);
  }

  snapshot(): AllowancesState {
    return { told: this.#told, unaccounted: [...this.#unaccounted], silent: [...this.#silent] };
  }

  /** The moment from which calls of that cost may go together as far as headers say: `nowMs` where they may at once. */
  freeAtMs(nowMs: number, cost = 1): number {
    this.#forget(nowMs);
    let freeAtMs = nowMs;
    const unaccounted = this.#cost();
    for (const { remaining, resetAtMs, marginMs } of this.#told) {
      if (unaccounted + cost > remaining) freeAtMs = Math.max(freeAtMs, resetAtMs + marginMs);
    }
    return freeAtMs;
  }

  /** How much may go at once as far as headers say. */
  room(nowMs: number): number {
    this.#forget(nowMs);
    const unaccounted = this.#cost();
    return Math.min(Number.POSITIVE_INFINITY, ...this.#told.map(({ remaining }) => remaining - unaccounted));
  }

  take(id: number, cost = 1): void {
    this.#unaccounted.set(id, cost);
  }

  /** It was never sent. */
  unused(id: number): void {
    this.#unaccounted.delete(id);
  }

  /** Answered or lost. Until a header accounts for it, it may be missing in what headers said. */
  over(id: number, nowMs: number): void {
    this.#forget(nowMs);
    if (this.#told.length === 0) this.#unaccounted.delete(id);
    else this.#silent.set(id, Math.max(...this.#told.map(({ resetAtMs, marginMs }) => resetAtMs + marginMs)));
  }

  /** The reply to call `id` told this. */
  tell(id: number, allowance: Readonly<Allowance>, nowMs: number): void {
    this.#forget(nowMs);
    this.#unaccounted.delete(id);
    this.#silent.delete(id);
    const same = this.#told.find(({ resetAtMs }) => Math.abs(resetAtMs - allowance.resetAtMs) <= sameResetMs);
    if (same === undefined) {
      this.#told.push({ ...allowance });
    } else {
      same.remaining = Math.min(same.remaining, allowance.remaining);
      same.resetAtMs = Math.min(same.resetAtMs, allowance.resetAtMs);
    }
    if (this.#told.length > mostAllowances) {
      this.#told.sort((a, b) => a.remaining - b.remaining);
      this.#told.length = mostAllowances;
    }
  }

  #cost(): number {
    if (this.#told.length === 0) return 0;
    let sum = 0;
    for (const cost of this.#unaccounted.values()) sum += cost;
    return sum;
  }

  #forget(nowMs: number): void {
    if (this.#told.length > 0)
      this.#told = this.#told.filter(({ resetAtMs, marginMs }) => resetAtMs + marginMs > nowMs);
    for (const [id, untilMs] of this.#silent) {
      if (untilMs > nowMs) continue;
      this.#silent.delete(id);
      this.#unaccounted.delete(id);
    }
  }
}

/** How long after the told end the window has surely ended: a header in whole seconds may have been rounded down. */
export function toldMarginMs(resetMs: number): number {
  return resetMs % 1000 === 0 ? 250 : 50;
}

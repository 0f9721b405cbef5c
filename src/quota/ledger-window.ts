/** As plain data. `buckets`: moments at which calls were counted at the latest, ascending, and how many. `resets`: told ends of fixed windows, ascending. */
export interface LedgerWindowState {
  readonly buckets: readonly (readonly [atMs: number, calls: number])[];
  readonly resets: readonly number[];
}

/** Up to this count every call is kept with its own moment. */
const mostExact = 300;

/** Stands for any number of calls. */
const unknownCalls = 1e12;

/**
 * The arithmetic of one meter: at most `count` calls in any window of `windowMs`, as the vendor sees them. Pure: the time is handed in.
 *
 * Assumed: (1) the vendor counts a call at one moment after its permit was taken and before its reply arrived; (2) a call whose reply never
 * came is counted before `timeoutMs` after its permit was taken, or before it was given up, or never; (3) all moments are read
 * from this machine's monotonic clock, and the vendor's clock runs at the same speed but for `driftShare`.
 *
 * Rule: a permit comes back `windowMs` after the REPLY arrived (for a lost call, after the latest moment at which (2) lets it be counted).
 *
 * What follows: suppose the vendor counts `count + 1` calls within less than `windowMs`, at the moments c₁ ≤ … ≤ cₙ₊₁. Call i took its
 * permit at tᵢ ≤ cᵢ and holds it until rᵢ + windowMs, where rᵢ ≥ cᵢ is the arrival of its reply. Let m be the latest of the tᵢ. Every call had
 * its permit by then; and m ≤ cₙ₊₁ < c₁ + windowMs ≤ cᵢ + windowMs ≤ rᵢ + windowMs, so none has given it back. At m there are `count + 1`
 * permits out, and there are only `count`: a contradiction. Latencies and the order of replies appear nowhere in this, so none can break it.
 * A fixed window of the same count and length lies inside a sliding one, so the rule is safe there too.
 *
 * With `--reserve` the same holds for the smaller count, since `count` is any number here.
 *
 * The price is the round trip: `count` per `windowMs + rtt` instead of `count` per `windowMs`.
 *
 * Where the vendor tells the end of a fixed window (`resetAt`), one more is assumed: (4) it ends within `resetMarginMs` of the moment told, before
 * or after. A call answered more than the margin before that moment was counted in the old window, and by the margin after it the new window has
 * begun, so its permit comes back there. A call answered later may count in the new window, and keeps its permit.
 *
 * It is plain data, to be kept in a store. Where the count is large, moments are rounded up into buckets of a 300th of the window, so that a
 * day's million calls stay small; later is the safe side. A call in flight is known to come back no earlier than a window from now, so that there
 * is always a time at which it is worth asking again.
 */
export class LedgerWindow {
  readonly windowMs: number;
  /** Calls in flight, or what they cost where the meter counts another unit. */
  open: number;
  readonly #heldMs: number;
  readonly #marginMs: number;
  #buckets: [number, number][];
  #resetsAtMs: number[];
  #closed: number;

  constructor(windowMs: number, open = 0, state: LedgerWindowState = { buckets: [], resets: [] }) {
    this.windowMs = windowMs;
    this.open = open;
    this.#heldMs = windowWithDriftMs(windowMs);
    this.#marginMs = resetMarginMs(windowMs);
    this.#buckets = state.buckets.map(([atMs, calls]) => [atMs, calls]);
    this.#resetsAtMs = [...state.resets];
    this.#closed = state.buckets.reduce((sum, [, calls]) => sum + calls, 0);
  }

  snapshot(): LedgerWindowState {
    return { buckets: this.#buckets, resets: this.#resetsAtMs };
  }

  /** A call in flight was counted at `atMs` at the latest. `count`: of the meter, decides how finely it is kept. */
  close(atMs: number, count: number, cost = 1): void {
    this.open -= cost;
    this.#insert(atMs, cost, count);
  }

  /** Makes the window as full as it can be: so many calls are taken to have been counted just now. */
  fill(nowMs: number, count: number): void {
    const missing = count - this.used(nowMs);
    if (missing > 0) this.#insert(nowMs, missing, count);
  }

  /** What was counted up to `atMs` is unknown: it is taken for more than any count. */
  lose(atMs: number): void {
    this.#insert(atMs, unknownCalls, 1);
  }

  /** What was counted is unknown, and may count still. */
  isLost(nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#buckets.some(([, calls]) => calls >= unknownCalls);
  }

  /** The vendor says that its window ends at `atMs`. The same end told again is known from then on by the earliest of the tellings. */
  resetAt(atMs: number, nowMs: number): void {
    this.#forget(nowMs);
    this.#resetsAtMs = this.#resetsAtMs.filter((resetMs) => resetMs + this.#marginMs > nowMs);
    const same = this.#resetsAtMs.findIndex((resetMs) => Math.abs(resetMs - atMs) < this.windowMs / 2);
    if (same >= 0) this.#resetsAtMs[same] = Math.min(atMs, this.#resetsAtMs[same] ?? atMs);
    else this.#resetsAtMs.push(atMs);
    this.#resetsAtMs.sort((a, b) => a - b);
  }

  /** Permits that are out. */
  used(nowMs: number): number {
    this.#forget(nowMs);
    return this.open + this.#closed;
  }

  /** When the permits that are out come back, those in flight as if they were answered now. No entry is larger than `count`. */
  back(nowMs: number, count: number): readonly (readonly [inMs: number, calls: number])[] {
    this.#forget(nowMs);
    const closed = this.#buckets.map(
      ([atMs, calls]) => [this.#backAtMs(atMs) - nowMs, Math.min(calls, count)] as const,
    );
    return this.open === 0 ? closed : [...closed, [this.#backAtMs(nowMs) - nowMs, this.open]];
  }

  /** The moment from which `wanted` calls may go together: `nowMs` where they may at once. Never infinite. */
  freeAtMs(nowMs: number, count: number, wanted: number): number {
    let surplus = this.used(nowMs) + wanted - count;
    if (surplus <= 0) return nowMs;
    for (const [atMs, calls] of this.#buckets) {
      surplus -= calls;
      if (surplus <= 0) return this.#backAtMs(atMs);
    }
    return this.#backAtMs(nowMs);
  }

  #insert(atMs: number, calls: number, count: number): void {
    const widthMs = this.windowMs / mostExact;
    const bucketMs = count <= mostExact ? atMs : Math.ceil(atMs / widthMs) * widthMs;
    this.#closed += calls;
    let index = this.#buckets.length;
    while (index > 0 && (this.#buckets[index - 1]?.[0] ?? 0) > bucketMs) index -= 1;
    const same = this.#buckets[index - 1];
    if (same !== undefined && same[0] === bucketMs) same[1] += calls;
    else this.#buckets.splice(index, 0, [bucketMs, calls]);
  }

  #backAtMs(closedAtMs: number): number {
    const byWindowMs = closedAtMs + this.#heldMs;
    for (const resetMs of this.#resetsAtMs) {
      if (closedAtMs <= resetMs - this.#marginMs) return Math.min(byWindowMs, resetMs + this.#marginMs);
    }
    return byWindowMs;
  }

  #forget(nowMs: number): void {
    let gone = 0;
    for (const [atMs, calls] of this.#buckets) {
      if (this.#backAtMs(atMs) > nowMs) break;
      gone += 1;
      this.#closed -= calls;
    }
    if (gone > 0) this.#buckets.splice(0, gone);
  }
}

/** Two quartz clocks drift apart by less than this. */
const driftShare = 0.0002;

/** How long a permit of a window stays out after its call was counted. */
export function windowWithDriftMs(windowMs: number): number {
  return windowMs + Math.max(1, windowMs * driftShare);
}

/** How far the told end of a window of `windowMs` may be from the true one: whole seconds, rounded either way, and the way of the reply. */
export function resetMarginMs(windowMs: number): number {
  return Math.min(1250, Math.max(250, windowMs / 50));
}

/**
 * The arithmetic of one meter: at most `count` calls in any window of `windowMs`, as the vendor sees them. Pure: the time is handed in.
 *
 * Assumed: (1) the vendor counts a call at one moment between its sending and its reply, both by this machine's monotonic clock; (2) a call
 * whose reply never came is counted before `timeoutMs` after it was sent, or never; (3) the two clocks run at the same speed but for
 * `driftShare`.
 *
 * Rule: a permit taken for a call comes back `windowMs` after its REPLY arrived (after `timeoutMs + windowMs` from the taking where none came).
 *
 * What follows: suppose the vendor counts `count + 1` calls within less than `windowMs`, at the moments c₁ ≤ … ≤ cₙ₊₁. Call i was taken a
 * permit for at tᵢ ≤ cᵢ and holds it until rᵢ + windowMs, where rᵢ ≥ cᵢ is its reply. Let m be the latest of the tᵢ. Every call had its permit by
 * then; and m ≤ cₙ₊₁ < c₁ + windowMs ≤ cᵢ + windowMs ≤ rᵢ + windowMs, so none has given it back. At m there are `count + 1` permits out, and
 * there are only `count`: a contradiction. Latencies and the order of replies appear nowhere in this, so none can break it.
 * A fixed window of the same count and length never holds more than the sliding rule allows, so the rule is safe there too.
 *
 * The price is the round trip: `count` per `windowMs + rtt` instead of `count` per `windowMs`.
 */
export class MeterWindow {
  #count: number;
  readonly #windowMs: number;
  #takenOpen = 0;
  /** Moments from which the window is reckoned, ascending: the arrival of the reply, or `taken + timeout` for a lost call. */
  #closed: number[] = [];
  #firstClosed = 0;
  #resetAtMs = Number.POSITIVE_INFINITY;

  constructor(count: number, windowMs: number) {
    this.#count = count;
    this.#windowMs = windowMs + Math.max(1, windowMs * driftShare);
  }

  get count(): number {
    return this.#count;
  }

  setCount(count: number): void {
    this.#count = count;
  }

  /** The vendor's window ends at this moment: calls whose replies came before it do not count after it. */
  resetAt(atMs: number): void {
    this.#resetAtMs = atMs;
  }

  take(): void {
    this.#takenOpen += 1;
  }

  /** The call was never sent. */
  giveBack(): void {
    this.#takenOpen -= 1;
  }

  /** The call was counted at `atMs` at the latest; may lie in the future for a lost call. */
  close(atMs: number): void {
    this.#takenOpen -= 1;
    let at = this.#closed.length;
    while (at > this.#firstClosed && (this.#closed[at - 1] ?? 0) > atMs) at -= 1;
    if (at === this.#closed.length) this.#closed.push(atMs);
    else this.#closed.splice(at, 0, atMs);
  }

  /** The moment from which a call may be sent: `nowMs` or before where one may go at once, infinite where a reply must come first. */
  freeAtMs(nowMs: number): number {
    this.#forget(nowMs);
    const surplus = this.#takenOpen + this.#closed.length - this.#firstClosed - this.#count;
    if (surplus < 0) return nowMs;
    const last = this.#closed[this.#firstClosed + surplus];
    return last === undefined ? Number.POSITIVE_INFINITY : this.#backAtMs(last);
  }

  #backAtMs(closedAtMs: number): number {
    const byWindow = closedAtMs + this.#windowMs;
    return closedAtMs < this.#resetAtMs
      ? Math.min(byWindow, Math.max(closedAtMs, this.#resetAtMs + resetMarginMs))
      : byWindow;
  }

  #forget(nowMs: number): void {
    for (;;) {
      const first = this.#closed[this.#firstClosed];
      if (first === undefined || this.#backAtMs(first) > nowMs) break;
      this.#firstClosed += 1;
    }
    if (this.#firstClosed > 1024 && this.#firstClosed * 2 > this.#closed.length) {
      this.#closed = this.#closed.slice(this.#firstClosed);
      this.#firstClosed = 0;
    }
    if (this.#resetAtMs + resetMarginMs <= nowMs && this.#firstClosed === this.#closed.length) {
      this.#resetAtMs = Number.POSITIVE_INFINITY;
    }
  }
}

/** Two quartz clocks drift apart by less than this. */
const driftShare = 0.0002;

/** A reset that the vendor tells in whole seconds, and the way of the reply, may be off by this much. */
export const resetMarginMs = 300;

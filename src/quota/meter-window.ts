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
 * With `--reserve` the same holds for the smaller count, since `count` is any number here. `--pace tight` closes a permit before the reply and asks for one
 * assumption more, which `round-trips.ts` states.
 *
 * The price is the round trip: `count` per `windowMs + rtt` instead of `count` per `windowMs`.
 *
 * Where the vendor tells the end of a fixed window (`resetAt`), one more is assumed: (4) it ends within `resetMarginMs` of the moment told, before
 * or after. A call answered more than the margin before that moment was counted in the old window, and by the margin after it the new window has
 * begun, so its permit comes back there. A call answered later may count in the new window, and keeps its permit.
 */
export class MeterWindow {
  readonly #windowMs: number;
  readonly #marginMs: number;
  #count: number;
  #open = 0;
  /** Latest moments at which calls were counted, ascending; those before `#first` have come back. */
  #closedAtMs: number[] = [];
  #first = 0;
  /** Ends of fixed windows, ascending; few. */
  #resetsAtMs: number[] = [];

  constructor(count: number, windowMs: number) {
    this.#count = Math.floor(count);
    this.#windowMs = windowWithDriftMs(windowMs);
    this.#marginMs = resetMarginMs(windowMs);
  }

  get count(): number {
    return this.#count;
  }

  /** Of a count with a fraction the whole number below it holds. */
  setCount(count: number): void {
    this.#count = Math.floor(count);
  }

  /** A permit is taken; the caller has asked {@link freeAtMs}. */
  take(): void {
    this.#open += 1;
  }

  /** The call was never sent. */
  giveBack(): void {
    this.#open -= 1;
  }

  /** The call was counted at `atMs` at the latest, which for a lost call may lie ahead. */
  close(atMs: number): void {
    this.#open -= 1;
    this.#insert(atMs);
  }

  /** Makes the window as full as it can be: so many calls are taken to have been counted just now. */
  fill(nowMs: number): void {
    for (let missing = this.#count - this.#used; missing > 0; missing -= 1) this.#insert(nowMs);
  }

  /** The vendor says that its window ends at `atMs`. The same end told again is known from then on by the earliest of the tellings. */
  resetAt(atMs: number, nowMs: number): void {
    this.#forget(nowMs);
    this.#resetsAtMs = this.#resetsAtMs.filter((resetMs) => resetMs + this.#marginMs > nowMs);
    const same = this.#resetsAtMs.findIndex((resetMs) => Math.abs(resetMs - atMs) < this.#windowMs / 2);
    if (same >= 0) this.#resetsAtMs[same] = Math.min(atMs, this.#resetsAtMs[same] ?? atMs);
    else this.#resetsAtMs.push(atMs);
    this.#resetsAtMs.sort((a, b) => a - b);
  }

  /** The moment from which a call may be sent: `nowMs` where one may go at once, infinite where a reply must come first. */
  freeAtMs(nowMs: number): number {
    this.#forget(nowMs);
    const surplus = this.#used - this.#count;
    if (surplus < 0) return nowMs;
    const decisive = this.#closedAtMs[this.#first + surplus];
    return decisive === undefined ? Number.POSITIVE_INFINITY : this.#backAtMs(decisive);
  }

  get #used(): number {
    return this.#open + this.#closedAtMs.length - this.#first;
  }

  /** Replies come in order of time, so that only after lost calls there is anything to move. */
  #insert(atMs: number): void {
    let index = this.#closedAtMs.length;
    while (index > this.#first && (this.#closedAtMs[index - 1] ?? 0) > atMs) index -= 1;
    if (index === this.#closedAtMs.length) this.#closedAtMs.push(atMs);
    else this.#closedAtMs.splice(index, 0, atMs);
  }

  #backAtMs(closedAtMs: number): number {
    const byWindowMs = closedAtMs + this.#windowMs;
    for (const resetMs of this.#resetsAtMs) {
      if (closedAtMs <= resetMs - this.#marginMs) return Math.min(byWindowMs, resetMs + this.#marginMs);
    }
    return byWindowMs;
  }

  #forget(nowMs: number): void {
    for (;;) {
      const closedAtMs = this.#closedAtMs[this.#first];
      if (closedAtMs === undefined || this.#backAtMs(closedAtMs) > nowMs) break;
      this.#first += 1;
    }
    if (this.#first > 1024 && this.#first * 2 > this.#closedAtMs.length) {
      this.#closedAtMs = this.#closedAtMs.slice(this.#first);
      this.#first = 0;
    }
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

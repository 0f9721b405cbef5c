/** A quota as a vendor counts it: on arrival. */
export interface SandboxQuota {
  readonly count: number;
  readonly windowMs: number;
  /** `fixed`: windows follow each other from the first call on. */
  readonly window?: 'sliding' | 'fixed';
  /** The calls it counts: those of one group of the vendor's, such as `bulk`; all where it is absent. */
  readonly group?: string;
  /** It counts what calls cost in this unit, not the calls. */
  readonly unit?: string;
  /** Refused calls count too. */
  readonly countRefused?: boolean;
}

/** Counts arrivals strictly: a call is refused when with it more than `count` were counted in the last `windowMs` (or in the fixed window it falls into). */
export class QuotaWindow {
  readonly quota: SandboxQuota;
  #arrivals: number[] = [];
  #first = 0;
  #fixedStartMs = Number.NEGATIVE_INFINITY;
  #most = 0;

  constructor(quota: SandboxQuota) {
    this.quota = quota;
  }

  /** The most calls that one window held when a call came, that call included. */
  get most(): number {
    return this.#most;
  }

  /** `price`: what the call costs in the quota's unit. */
  arrive(
    nowMs: number,
    price = 1,
  ): { readonly refused: boolean; readonly remaining: number; readonly resetMs: number } {
    const { count, windowMs, countRefused = false } = this.quota;
    this.#forget(nowMs);
    const inWindow = this.#arrivals.length - this.#first;
    this.#most = Math.max(this.#most, inWindow + price);
    const refused = inWindow + price > count;
    if (!refused || countRefused) for (let unit = 0; unit < price; unit += 1) this.#arrivals.push(nowMs);
    // A sliding window takes a call again when all but `count - 1` have left it; refused ones that count are among them.
    const decisive = this.#arrivals[Math.max(this.#first, this.#arrivals.length - count)] ?? nowMs;
    const resetMs = (this.quota.window === 'fixed' ? this.#fixedStartMs : decisive) + windowMs - nowMs;
    return {
      refused,
      remaining: Math.max(0, count - (this.#arrivals.length - this.#first)),
      resetMs: Math.max(0, resetMs),
    };
  }

  #forget(nowMs: number): void {
    const { windowMs } = this.quota;
    if (this.quota.window === 'fixed') {
      if (nowMs - this.#fixedStartMs < windowMs) return;
      this.#fixedStartMs = nowMs;
      this.#first = this.#arrivals.length;
    }
    while (this.#first < this.#arrivals.length && (this.#arrivals[this.#first] ?? 0) <= nowMs - windowMs)
      this.#first += 1;
    if (this.#first > 4096) {
      this.#arrivals = this.#arrivals.slice(this.#first);
      this.#first = 0;
    }
  }
}

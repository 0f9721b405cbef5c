import type { Rate } from '../../src/core/duration.ts';

/** Counts as a vendor does, on arrival. Moments are handed in, never going back. */
export class StrictCounter {
  readonly #rate: Rate;
  readonly #kind: 'sliding' | 'fixed';
  #arrivalsMs: number[] = [];
  /** Calls that came when the window was full already. */
  refused = 0;

  constructor(rate: Rate, kind: 'sliding' | 'fixed' = 'sliding') {
    this.#rate = rate;
    this.#kind = kind;
  }

  /** True where the call is within the limit. Refused calls count, too. */
  arrive(nowMs: number): boolean {
    const { count, windowMs } = this.#rate;
    const fromMs = this.#kind === 'fixed' ? this.startMs(nowMs) : nowMs - windowMs;
    this.#arrivalsMs = this.#arrivalsMs.filter((atMs) => (this.#kind === 'fixed' ? atMs >= fromMs : atMs > fromMs));
    this.#arrivalsMs.push(nowMs);
    if (this.#arrivalsMs.length <= count) return true;
    this.refused += 1;
    return false;
  }

  /** Of the fixed window that this moment lies in; windows follow each other from 0 on. */
  startMs(nowMs: number): number {
    return Math.floor(nowMs / this.#rate.windowMs) * this.#rate.windowMs;
  }

  /** What the header of a reply that is made now says. */
  header(nowMs: number): { readonly limit: number; readonly remaining: number; readonly resetMs: number } {
    const { count, windowMs } = this.#rate;
    return {
      limit: count,
      remaining: Math.max(0, count - this.#arrivalsMs.length),
      resetMs: this.startMs(nowMs) + windowMs - nowMs,
    };
  }
}

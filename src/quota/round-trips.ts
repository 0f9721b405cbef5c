/** Fewer calls than this say nothing about the shortest round trip. */
const fewestCalls = 100;

/** Of so many calls the usual round trip is taken. */
const mostRecent = 101;

/**
 * How much earlier than a window after its reply a permit may come back at `--pace tight`. Pure: durations are handed in.
 *
 * Let a permit that comes back from call i be taken by call j. Call i was counted at `reply i − way back of i` at the latest, call j is counted no
 * earlier than `taken j + way there of j`. So a permit may come back `creditMs` early as long as
 *
 *     creditMs ≤ way back of i + way there of j.
 *
 * With steady latency the right side is the round trip itself, of which the shortest one seen is a careful estimate. With latency that
 * varies it is not: i may be quick on the way back and j quick on the way there, where no single call was quick on both. So what the usual (the
 * median) round trip lies above the shortest is taken off once more: latency that varies by as much as it is long gives no credit
 * at all, and the pace is the steady one. Long round trips that are rare do no harm: they only make the right side larger.
 *
 * What is left to chance: one way that is shorter than any seen so far, by more than the median lies above the shortest. Then one call too many may
 * arrive; the vendor refuses it, and that is a pause like any other.
 */
export class RoundTrips {
  #calls = 0;
  #shortestMs = Number.POSITIVE_INFINITY;
  readonly #recentMs: number[] = [];
  #creditMs = 0;
  #isStale = false;

  /** From taking the permit to the reply. */
  add(roundTripMs: number): void {
    if (!(roundTripMs >= 0)) return;
    this.#shortestMs = Math.min(this.#shortestMs, roundTripMs);
    this.#recentMs[this.#calls % mostRecent] = roundTripMs;
    this.#calls += 1;
    this.#isStale = true;
  }

  /** 0 until enough calls are known. Never more than the shortest round trip. */
  get creditMs(): number {
    if (this.#isStale) this.#creditMs = this.#credit();
    this.#isStale = false;
    return this.#creditMs;
  }

  #credit(): number {
    if (this.#calls < fewestCalls) return 0;
    const sorted = this.#recentMs.toSorted((a, b) => a - b);
    const usualMs = sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(this.#shortestMs, 2 * this.#shortestMs - usualMs));
  }
}

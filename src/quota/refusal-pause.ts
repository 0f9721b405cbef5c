const longestOwnMs = 60_000;
const shortestOwnMs = 1_000;

/** As plain data. `untilMs` is null where there was no pause yet. */
export interface RefusalPauseState {
  readonly untilMs: number | null;
  readonly round: number;
  readonly replies: number;
  readonly refusals: number;
  readonly fruitlessRounds: number;
}

/**
 * How long a group of calls stays quiet after refusals. Pure: the time and the chance are handed in.
 *
 * A round lasts from the end of one pause to the end of the next. Refusals of one round are one refusal, as its calls were in flight together.
 * Where a whole round passes without a single success, the next pause is doubled; a success ends the doubling.
 */
export class RefusalPause {
  #untilMs = Number.NEGATIVE_INFINITY;
  #round = 0;
  #replies = 0;
  #refusals = 0;
  #fruitlessRounds = 0;

  /** Goes on from `state` where it is given. */
  constructor(state?: RefusalPauseState) {
    if (state === undefined) return;
    this.#untilMs = state.untilMs ?? Number.NEGATIVE_INFINITY;
    this.#round = state.round;
    this.#replies = state.replies;
    this.#refusals = state.refusals;
    this.#fruitlessRounds = state.fruitlessRounds;
  }

  snapshot(): RefusalPauseState {
    return {
      untilMs: this.#untilMs === Number.NEGATIVE_INFINITY ? null : this.#untilMs,
      round: this.#round,
      replies: this.#replies,
      refusals: this.#refusals,
      fruitlessRounds: this.#fruitlessRounds,
    };
  }

  /** The moment from which calls may go: `nowMs` where there is no pause. */
  freeAtMs(nowMs: number): number {
    return Math.max(nowMs, this.#untilMs);
  }

  /** A call goes out. Returns the round that it belongs to, for {@link replied}. */
  take(): number {
    if (this.#refusals > 0) {
      this.#fruitlessRounds = this.#replies > this.#refusals ? 0 : this.#fruitlessRounds + 1;
      this.#round += 1;
      this.#replies = 0;
      this.#refusals = 0;
    }
    return this.#round;
  }

  /** A reply came to a call of that round, refusals included. */
  replied(round: number): void {
    if (round === this.#round) this.#replies += 1;
  }

  /**
   * A call was refused. `waitMs` is what the vendor asks for; without it, the pause is `windowMs` and its doubles. A little is added by chance
   * (`random` in [0, 1)), so that not all clients come back at once. A pause that lasts longer already is kept.
   */
  refuse(waitMs: number | undefined, windowMs: number, nowMs: number, random: number): void {
    this.#refusals += 1;
    const floorMs = this.#fruitlessRounds === 0 ? 0 : doubled(shortestOwnMs, this.#fruitlessRounds - 1);
    const pauseMs =
      waitMs === undefined || !(waitMs >= 0)
        ? doubled(Math.max(shortestOwnMs, windowMs), this.#fruitlessRounds)
        : Math.max(waitMs, floorMs);
    const jitterMs = random * Math.min(1_000, 50 + pauseMs / 20);
    this.#untilMs = Math.max(this.#untilMs, nowMs + pauseMs + jitterMs);
  }
}

function doubled(firstMs: number, times: number): number {
  return Math.min(longestOwnMs, firstMs * 2 ** Math.min(times, 16));
}

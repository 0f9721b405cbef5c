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
  readonly #state: { -readonly [Name in keyof RefusalPauseState]: RefusalPauseState[Name] } = {
    untilMs: null,
    round: 0,
    replies: 0,
    refusals: 0,
    fruitlessRounds: 0,
  };

  /** Goes on from `state` where it is given. */
  constructor(state?: RefusalPauseState) {
    Object.assign(this.#state, state);
  }

  snapshot(): RefusalPauseState {
    return { ...this.#state };
  }

  /** The moment from which calls may go: `nowMs` where there is no pause. */
  freeAtMs(nowMs: number): number {
    return Math.max(nowMs, this.#state.untilMs ?? nowMs);
  }

  /** A call goes out. Returns the round that it belongs to, for {@link replied}. */
  take(): number {
    const { round, replies, refusals, fruitlessRounds } = this.#state;
    if (refusals === 0) return round;
    const fruitless = replies > refusals ? 0 : fruitlessRounds + 1;
    Object.assign(this.#state, { round: round + 1, replies: 0, refusals: 0, fruitlessRounds: fruitless });
    return round + 1;
  }

  /** A reply came to a call of that round, refusals included. */
  replied(round: number): void {
    if (round === this.#state.round) this.#state.replies += 1;
  }

  /**
   * A call was refused. `waitMs` is what the vendor asks for; without it, the pause is `windowMs` and its doubles. A little is added by chance
   * (`random` in [0, 1)), so that not all clients come back at once. A pause that lasts longer already is kept.
   */
  refuse(waitMs: number | undefined, windowMs: number, nowMs: number, random: number): void {
    this.#state.refusals += 1;
    const { untilMs, fruitlessRounds } = this.#state;
    const floorMs = fruitlessRounds === 0 ? 0 : doubled(shortestOwnMs, fruitlessRounds - 1);
    const pauseMs =
      waitMs === undefined || !(waitMs >= 0)
        ? doubled(Math.max(shortestOwnMs, windowMs), fruitlessRounds)
        : Math.max(waitMs, floorMs);
    const jitterMs = random * Math.min(1_000, 50 + pauseMs / 20);
    this.#state.untilMs = Math.max(untilMs ?? nowMs, nowMs + pauseMs + jitterMs);
  }
}

function doubled(firstMs: number, times: number): number {
  return Math.min(longestOwnMs, firstMs * 2 ** Math.min(times, 16));
}

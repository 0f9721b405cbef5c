import type { QuotaNotice } from '../core/call.ts';
import type { Rate } from '../core/duration.ts';

/** What taking a permit led to. */
export type Taking =
  /** `sendByMs`: a call that is not sent by then must not be sent with this permit. */
  | { readonly taken: true; readonly id: number; readonly sendByMs?: number }
  /**
   * `untilMs`: when one can be obtained, as far as is known; infinite where a reply must come first. `againMs`: when it is worth asking again where that
   * is earlier, since others may have changed it by then.
   */
  | { readonly taken: false; readonly untilMs: number; readonly againMs?: number; readonly reason: string };

/** At once, or when a store that is not in this process has answered. */
export type Maybe<Value> = Value | Promise<Value>;

/**
 * The permits of one account: who holds how many of which meter, which groups are paused, which limits were learnt. This is the seam
 * at which sharing between processes or machines comes in: the gate above it only queues and waits. Times are milliseconds of the
 * gate's monotonic clock; a store with a clock of its own answers in terms of the `nowMs` that it was handed.
 *
 * Only `take` may reject, and the call that waits for the permit is then refused. The others never do: a store that cannot be
 * reached keeps the permit counted until it expires, and says so at the next `take`.
 */
export interface Permits {
  /** `cost`: of the call, in meters that count another unit than calls. `waiting`: so many such calls are ready to go. */
  take(group: string, cost: number, waiting: number, nowMs: number): Maybe<Taking>;
  /** The reply arrived at `nowMs`. */
  replied(id: number, nowMs: number): Maybe<void>;
  /** No reply will come; given up at `nowMs`. */
  lost(id: number, nowMs: number): Maybe<void>;
  /** It was never sent. */
  unused(id: number, nowMs: number): Maybe<void>;
  /** A call of this group was refused for lack of quota. */
  pause(group: string, waitMs: number | undefined, nowMs: number): Maybe<void>;
  learn(group: string, rate: Rate, nowMs: number): Maybe<void>;
  /** The reply to call `id` of this group said so. May come after `replied`. */
  notice(id: number, group: string, notice: QuotaNotice, nowMs: number): Maybe<void>;
  /** The rates in force, as last known. */
  rates(): readonly Rate[];
}

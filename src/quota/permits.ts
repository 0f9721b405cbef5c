import type { QuotaNotice } from '../core/call.ts';
import type { Rate } from '../core/duration.ts';

/** What taking a permit led to. */
export type Taking =
  | { readonly taken: true; readonly id: number }
  /** `untilMs`: when it is worth asking again; infinite where a reply must come first. */
  | { readonly taken: false; readonly untilMs: number; readonly reason: string };

/**
 * The permits of one account: who holds how many of which meter, which groups are paused, which limits were learnt. Times are milliseconds of
 * one monotonic clock. This is the seam at which sharing between processes or machines comes in: the gate above it only
 * queues and waits.
 */
export interface Permits {
  take(group: string, nowMs: number): Taking;
  /** The reply arrived at `nowMs`. */
  replied(id: number, nowMs: number): void;
  /** No reply will come. */
  lost(id: number): void;
  unused(id: number): void;
  pause(group: string, waitMs: number | undefined, nowMs: number): void;
  learn(group: string, rate: Rate): void;
  notice(group: string, notice: QuotaNotice, nowMs: number): void;
  rates(): readonly Rate[];
}

import type { QuotaNotice } from './call.ts';
import type { Rate } from './duration.ts';

/** An hour is the longest window that is waited for; a day's budget is not. Whatever asks for a longer pause ends the run, or the command. */
export const longestWaitMs = 65 * 60_000;

/** From asking for a permit to sending the call, at most: enough for a slow disk; what a killed process held is out for so much longer. */
export const defaultGraceMs = 3_000;

/** Who may send now. One gate stands for one account's quota, whoever shares it. */
export interface Gate {
  /**
   * Waits until the call may be sent, in order of asking within a group. Rejects with the signal's reason when it is aborted, and
   * with an `OppatchError` `quota-exhausted` (exit code 6) where the wait would be longer than `longestWaitMs`. `cost`: of the call in meters that count another unit than calls; 1 unless said otherwise.
   */
  readonly acquire: (quotaGroup: string, signal?: AbortSignal, cost?: number) => Promise<Permit>;
  /** Nobody of this group sends for `waitMs` from now. Without `waitMs`: one whole window of the longest short meter, growing when refusals follow each other. */
  readonly pause: (quotaGroup: string, waitMs: number | undefined) => void;
  /** A limit that the vendor stated in a refusal: the meter with that window takes it over. It lowers what is configured, and raises it only as far as the meter's `mostCount`. */
  readonly learn: (quotaGroup: string, rate: Rate) => void;
  /** What a reply's headers said. `permit` is the one that the reply answers. */
  readonly notice: (permit: Permit, notice: QuotaNotice) => void;
  readonly status: () => GateStatus;
}

/** The right to send one call. Exactly one of its endings (`replied`, `lost`, `unused`) is called, once. */
export interface Permit {
  /**
   * True where it is too old to be sent with: those who share the quota may count on its not being used any more. To be asked in the same turn in
   * which the call is sent; an expired one is handed back `unused`, and another acquired.
   */
  expired(): boolean;
  /** The reply has arrived: the vendor counted the call before this moment. */
  replied(): void;
  /** No reply will come, but the vendor may count the call up to `timeoutMs` after it was sent. */
  lost(): void;
  /** It was never sent: the permit is free at once. */
  unused(): void;
}

export interface GateStatus {
  /** Milliseconds until the next call may go; 0 when one may go now. */
  readonly waitMs: number;
  /** Why it waits, for people: `quota 25/5s`, `paused by the vendor`. Undefined when it does not. */
  readonly reason?: string;
  /** The rates in force, learnt ones included. */
  readonly rates: readonly Rate[];
}

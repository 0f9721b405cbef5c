/** When a call that failed for a passing reason is tried again. */
export interface RetryPolicy {
  /** Calls in all, the first one included. */
  readonly attempts: number;
  /** Upper bound of the first wait, milliseconds; doubles with each failure. */
  readonly baseMs: number;
  /** Upper bound of any wait, milliseconds. */
  readonly capMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 5, baseMs: 500, capMs: 30_000 };

/**
 * Exponential backoff with full jitter: uniformly between 0 and min(cap, base × 2^(failures−1)), so that callers that failed together
 * do not come back together. `failures` counts from 1; `random` is in [0, 1). A wait that the vendor asked for is the least.
 */
export function retryDelayMs(policy: RetryPolicy, failures: number, random: number, askedMs = 0): number {
  const bound = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(failures - 1, 40));
  return Math.max(askedMs, 0) + Math.floor(bound * random);
}

/**
 * The same where no reply came at all: twice as long, and never less than four fifths of the bound: the five tries of a call are spread over 12 s and
 * more, so that it outlasts a short outage, and in a long one the run stops before it gives a row up.
 */
export function faultDelayMs(policy: RetryPolicy, failures: number, random: number): number {
  const bound = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(failures, 40));
  return Math.floor(bound * (0.8 + 0.2 * random));
}

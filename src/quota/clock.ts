/** A monotonic clock with an alarm. */
export interface Clock {
  /** Milliseconds since any fixed moment; never goes back. */
  readonly nowMs: () => number;
  /** Calls back at that moment or shortly after, never before and never at once. Returns what cancels it. */
  readonly at: (atMs: number, callBack: () => void) => () => void;
}

const longestTimerMs = 2 ** 31 - 1;

export const realClock: Clock = {
  nowMs: () => performance.now(),
  at: (atMs, callBack) => {
    const arm = (): NodeJS.Timeout => {
      const leftMs = Math.ceil(atMs - performance.now());
      return setTimeout(ring, Math.max(1, Math.min(leftMs, longestTimerMs)));
    };
    // A timer may fire a fraction of a millisecond early; the rest is waited too.
    const ring = (): void => {
      if (performance.now() >= atMs) callBack();
      else timer = arm();
    };
    let timer = arm();
    return () => clearTimeout(timer);
  },
};

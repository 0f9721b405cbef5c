/** A monotonic clock with an alarm. */
export interface Clock {
  /** Milliseconds since any fixed moment; never goes back. */
  readonly nowMs: () => number;
  /** Calls back at that moment or shortly after, never before. Returns what cancels it. */
  readonly at: (atMs: number, callBack: () => void) => () => void;
}

const longestTimerMs = 2 ** 31 - 1;

export const realClock: Clock = {
  nowMs: () => performance.now(),
  at: (atMs, callBack) => {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = atMs - performance.now();
      if (leftMs <= 0) callBack();
      else timer = setTimeout(arm, Math.min(Math.ceil(leftMs), longestTimerMs));
    };
    timer = setTimeout(arm, Math.max(0, Math.min(Math.ceil(atMs - performance.now()), longestTimerMs)));
    return () => clearTimeout(timer);
  },
};

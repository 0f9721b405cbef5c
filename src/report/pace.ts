/** How fast a count grows lately. */
export interface Pace {
  /** Says that the count stands at `count` now. */
  readonly at: (nowMs: number, count: number) => void;
  /** Of the last half minute; of the whole time where nothing came lately. 0 where nothing is known yet. */
  readonly perSecond: (nowMs: number, count: number) => number;
}

const windowMs = 30_000;
const sampleMs = 1_000;
/** What is measured over less than this is chance. */
const shortestMs = 300;

export function createPace(startedAtMs: number, startCount: number): Pace {
  const samples = [{ atMs: startedAtMs, count: startCount }];
  const rate = (since: { readonly atMs: number; readonly count: number }, nowMs: number, count: number): number =>
    nowMs - since.atMs < shortestMs ? 0 : ((count - since.count) * 1000) / (nowMs - since.atMs);
  return {
    at: (nowMs, count) => {
      if (nowMs - (samples.at(-1)?.atMs ?? startedAtMs) < sampleMs) return;
      samples.push({ atMs: nowMs, count });
      while (samples.length > 2 && nowMs - (samples[1]?.atMs ?? nowMs) >= windowMs) samples.shift();
    },
    perSecond: (nowMs, count) => {
      const [oldest] = samples;
      const lately = oldest === undefined ? 0 : rate(oldest, nowMs, count);
      return lately > 0 ? lately : rate({ atMs: startedAtMs, count: startCount }, nowMs, count);
    },
  };
}

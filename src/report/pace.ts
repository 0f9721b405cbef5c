const windowMs = 30_000;
const sampleMs = 1_000;
/** What is measured over less than this is chance. */
const shortestMs = 300;

/** How fast a count grows lately. */
export function createPace(startedAtMs: number, startCount: number) {
  const start: Sample = { atMs: startedAtMs, count: startCount };
  const samples = [start];
  return {
    /** Says that the count stands at `count` now. */
    at: (nowMs: number, count: number): void => {
      if (nowMs - (samples.at(-1)?.atMs ?? startedAtMs) < sampleMs) return;
      samples.push({ atMs: nowMs, count });
      while (samples.length > 2 && nowMs - (samples[1]?.atMs ?? nowMs) >= windowMs) samples.shift();
    },
    /** Of the last half minute; of the whole time where nothing came lately. 0 where nothing is known yet. */
    perSecond: (nowMs: number, count: number): number => {
      const now = { atMs: nowMs, count };
      const lately = growth(samples[0] ?? start, now);
      return lately > 0 ? lately : growth(start, now);
    },
  };
}

interface Sample {
  readonly atMs: number;
  readonly count: number;
}

/** A second. */
function growth(since: Sample, now: Sample): number {
  const spanMs = now.atMs - since.atMs;
  return spanMs < shortestMs ? 0 : ((now.count - since.count) * 1000) / spanMs;
}

import type { Rate } from '../core/duration.ts';

/**
 * How long so many calls take at these rates together, in milliseconds, from an unused quota: each window's calls go as fast as the shorter
 * windows let them, and come back a window and a round trip later.
 */
export function estimateMs(rates: readonly Rate[], calls: number, roundTripMs = 100): number {
  if (calls <= 0) return 0;
  const longestFirst = [...rates].sort((a, b) => b.windowMs - a.windowMs || a.count - b.count);
  return lastSentMs(longestFirst, calls, roundTripMs) + roundTripMs;
}

/** When the last of the calls goes out, the first one going out at 0. */
function lastSentMs(rates: readonly Rate[], calls: number, roundTripMs: number): number {
  const [longest, ...shorter] = rates;
  if (longest === undefined) return 0;
  const fullWindows = Math.floor((calls - 1) / longest.count);
  const rest = calls - fullWindows * longest.count;
  const restMs = lastSentMs(shorter, rest, roundTripMs);
  if (fullWindows === 0) return restMs;
  // The first call of the next window follows by the shorter rates or when the first permit is back, whichever is later.
  const turnMs = Math.max(longest.windowMs + roundTripMs, lastSentMs(shorter, longest.count + 1, roundTripMs));
  return Math.max(fullWindows * turnMs + restMs, lastSentMs(shorter, calls, roundTripMs));
}

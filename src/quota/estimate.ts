import type { Rate } from '../core/duration.ts';

/**
 * How long so many calls take at these rates, in milliseconds: for each rate the first window's calls go at once, each further
 * window's calls a window (and a round trip) later; the slowest rate decides.
 */
export function estimateMs(rates: readonly Rate[], calls: number, roundTripMs = 100): number {
  if (calls <= 0) return 0;
  let slowestMs = 0;
  for (const { count, windowMs } of rates) {
    slowestMs = Math.max(slowestMs, Math.floor((calls - 1) / count) * (windowMs + roundTripMs));
  }
  return slowestMs + roundTripMs;
}

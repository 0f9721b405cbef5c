/**
 * What of a meter's count is left when `reservePercent` of it, from 0 to below 100, is kept for others: rounded down, at least 1. Infinite stays
 * infinite.
 */
export function withoutReserve(count: number, reservePercent: number): number {
  if (reservePercent === 0 || count === Number.POSITIVE_INFINITY) return count;
  return Math.max(1, Math.floor((count * (100 - reservePercent)) / 100));
}

/** The same of meters. */
export function withReserve<Counted extends { readonly count: number }>(
  meters: readonly Counted[],
  reservePercent: number,
): readonly Counted[] {
  return meters.map((meter) => Object.assign({}, meter, { count: withoutReserve(meter.count, reservePercent) }));
}

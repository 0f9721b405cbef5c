const factor = Number(process.env['OPPATCH_PROPERTY_RUNS'] ?? 1);

/** How many cases a property test tries: `usual`, or so many times more as `OPPATCH_PROPERTY_RUNS` says. */
export function propertyRuns(usual: number): number {
  return Math.ceil(usual * factor);
}

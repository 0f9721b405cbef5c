/** `steady`: a permit comes back a window after the reply. `tight`: as much earlier as steady round trips allow; see `src/quota/round-trips.ts`. */
export const paces = ['steady', 'tight'] as const;
export type Pace = (typeof paces)[number];

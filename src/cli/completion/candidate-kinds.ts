/** What a shell can't know by itself. */
export const candidateKinds = [
  'profiles',
  'vendors',
  'fields',
  'assignments',
  'mappings',
  'runs',
  'unfinished-runs',
  'settings',
] as const;
export type CandidateKind = (typeof candidateKinds)[number];

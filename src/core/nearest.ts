import { distance } from 'fastest-levenshtein';

/** The name that was probably meant, or undefined where none is near. Letter case, blanks, `_` and `-` count for nothing. */
export function nearestName(typed: string, names: Iterable<string>): string | undefined {
  const plain = plainName(typed);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const name of names) {
    const gap = distance(plain, plainName(name));
    if (gap < bestDistance) [best, bestDistance] = [name, gap];
  }
  return best;
}

/** `Did you mean stage? `, for the beginning of a hint; empty where no name is near. */
export function nearestHint(typed: string, names: Iterable<string>): string {
  const near = nearestName(typed, names);
  return near === undefined ? '' : `Did you mean ${near}? `;
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '');
}

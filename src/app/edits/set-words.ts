import { OppatchError } from '../../core/errors.ts';
import { parseAssignment } from '../../input/assignment.ts';

/** What `set` is asked for. */
export interface SetWords {
  readonly ids: readonly string[];
  /** Null clears. */
  readonly changes: readonly (readonly [string, string | null])[];
  /** Further ids come from stdin, one a line. */
  readonly readsStdin: boolean;
}

/**
 * Words before the first FIELD=VALUE are ids, `-` stands for those on stdin; `named` are the ids of `--id`, which may hold a `=`, `cleared` the
 * fields of `--clear`. Throws `no-id` or `no-change` where one of the two is missing.
 */
export function setWords(
  words: readonly string[],
  named: readonly string[],
  cleared: readonly string[] = [],
): SetWords {
  const first = words.findIndex((word) => word.includes('='));
  const before = first < 0 ? words : words.slice(0, first);
  const assigned = first < 0 ? [] : words.slice(first).map(readAssignment);
  const changes = [...assigned, ...cleared.map((field) => [field, null] as const)];
  const readsStdin = before.includes('-');
  const ids = [...new Set([...before.filter((word) => word !== '-'), ...named])];
  if (ids.length === 0 && !readsStdin) {
    throw new OppatchError('no-id', 'No id is given.', {
      hint: 'Type `oppatch set ID FIELD=VALUE`; an id that contains = goes with --id.',
    });
  }
  if (changes.length === 0) {
    throw new OppatchError('no-change', 'No change is given.', {
      hint: `Type \`oppatch set ${ids[0] ?? '-'} FIELD=VALUE\`, for example amount=42000.`,
    });
  }
  return { ids, changes, readsStdin };
}

/** The ids of a text, one a line; blank lines count for nothing, and each id once. Throws `no-id` where there is none. */
export function idsOfLines(text: string): readonly string[] {
  const ids = new Set(
    text
      .replace(/^\ufeff/, '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );
  if (ids.size > 0) return [...ids];
  throw new OppatchError('no-id', 'No id came on stdin.', { place: 'stdin', hint: 'Pipe ids in, one a line.' });
}

/** The same changes for each id, as NDJSON. `key`: the member that holds the ids, or what stands for them. `clearToken` clears. Throws `field-twice`. */
export function editLines(
  ids: readonly string[],
  changes: SetWords['changes'],
  clearToken: string,
  key = 'id',
): string {
  const names = new Set([key]);
  const members = changes.map(([name, value]) => {
    if (names.has(name))
      throw new OppatchError('field-twice', `${name} is given twice.`, { hint: 'Give each field once.' });
    names.add(name);
    return `${JSON.stringify(name)}:${value === null || value.trim() === clearToken ? 'null' : JSON.stringify(value)}`;
  });
  return ids.map((id) => `{${[`${JSON.stringify(key)}:${JSON.stringify(id)}`, ...members].join(',')}}\n`).join('');
}

/** `FIELD=VALUE`, also of `--set` and `--where`. */
export function readAssignment(word: string): readonly [string, string] {
  const { name, text } = parseAssignment(word);
  return [name, text];
}

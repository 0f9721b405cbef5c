import type { SessionEnd } from '../../journal/session-end.ts';
import { shellWord } from '../../profiles/owner-only.ts';
import type { FailureGroup } from '../../report/failure-tally.ts';

/** The groups, each with the command that sends it again, corrected, where there is one. */
export function withFixCommands(run: string, groups: readonly FailureGroup[]): readonly FailureGroup[] {
  return groups.map((group) => {
    const fix = fixCommand(run, group);
    return fix === undefined ? group : { ...group, fix };
  });
}

/** What to type after a run that ended so. `doubt`: what is added where all that is left may have been applied. */
export function commandsAfter(
  run: string,
  { status, rows }: Pick<SessionEnd, 'status' | 'rows'>,
  doubt = '',
): string[] {
  if (status !== 'finished') return [`oppatch resume ${run}`];
  const done = rows.applied + rows.unchanged;
  if (done === rows.read) return [];
  return [`oppatch retry ${run}${done + rows.in_doubt === rows.read ? ` --include-in-doubt${doubt}` : ''}`];
}

/** A repeat is guarded by the same values, and would end in the same way. */
const guardedConflicts = new Set(['changed-since', 'partly-undone', 'not-seen']);

/** `VALUE` stands for what only the person can know. Undefined where sending the rows again does not help. */
function fixCommand(run: string, { status, code, field }: FailureGroup): string | undefined {
  // A name that was cut or made printable does not select its rows.
  if (code === 'other' || !isWhole(code) || (field !== undefined && !isWhole(field))) return undefined;
  const group = `oppatch retry ${run} --only-code ${shellWord(code)}`;
  switch (status) {
    case 'failed':
      return group;
    case 'conflict':
      return guardedConflicts.has(code) ? undefined : group;
    case 'in_doubt':
      return `${group} --only-status in_doubt --include-in-doubt`;
    case 'invalid':
    case 'rejected': {
      if (field === undefined) return undefined;
      const cure = code === 'cannot-be-cleared' ? `--ignore ${shellWord(field)}` : `--set ${shellWord(field)}=VALUE`;
      return `${group} --only-field ${shellWord(field)} ${cure}`;
    }
    case 'applied':
    case 'unchanged':
    case 'unprocessed':
      return undefined;
  }
}

function isWhole(name: string): boolean {
  return !/[…\ufffd]/.test(name);
}

import { expect, it } from 'vitest';
import { withFixCommands } from '../../src/app/runs/fix-command.ts';
import type { FailureGroup } from '../../src/report/failure-tally.ts';

function fixOf(group: Pick<FailureGroup, 'status' | 'code'> & { readonly field?: string }): string | undefined {
  return withFixCommands('R', [{ message: '', count: 1, examples: [], ...group }])[0]?.fix;
}

it.each([
  [{ status: 'failed', code: 'http-503' }, 'oppatch retry R --only-code http-503'],
  [{ status: 'conflict', code: 'preconditionFailed/99918' }, 'oppatch retry R --only-code preconditionFailed/99918'],
  [
    { status: 'in_doubt', code: 'no-reply-timeout' },
    'oppatch retry R --only-code no-reply-timeout --only-status in_doubt --include-in-doubt',
  ],
  [
    { status: 'rejected', code: 'a b', field: "Ann's size" },
    String.raw`oppatch retry R --only-code 'a b' --only-field 'Ann'\''s size' --set 'Ann'\''s size'=VALUE`,
  ],
  [
    { status: 'invalid', code: 'cannot-be-cleared', field: 'value' },
    'oppatch retry R --only-code cannot-be-cleared --only-field value --ignore value',
  ],
] as const)('%j is fixed', (group, command) => {
  expect(fixOf(group)).toBe(command);
});

it.each([
  { status: 'rejected', code: 'not-found' },
  { status: 'invalid', code: 'closed-referral' },
  { status: 'conflict', code: 'changed-since' },
  { status: 'failed', code: 'other' },
  { status: 'failed', code: 'cut…' },
  { status: 'invalid', code: 'bad-value', field: 'a\ufffdb' },
] as const)('%j is not fixed by sending it again, or not chosen by its name', (group) => {
  expect(fixOf(group)).toBeUndefined();
});

import type { RowIdentity } from '../core/edit.ts';
import { rowStatuses, type RowOutcome, type RowStatus } from '../core/outcome.ts';
import { excerpt } from '../core/printable.ts';

/** Rows that failed for the same reason. Its texts are printable. */
export interface FailureGroup {
  readonly status: RowStatus;
  readonly code: string;
  /** The column that is at fault, where that is known. */
  readonly field?: string;
  /** Of the first row of the group. */
  readonly message: string;
  /** Of the first row of the group that has one. */
  readonly hint?: string;
  /** The command that sends the group again, corrected, where there is one. */
  readonly fix?: string;
  readonly count: number;
  /** The first few. */
  readonly examples: readonly RowIdentity[];
}

export interface FailureTally {
  /** Rows that are unchanged, unprocessed, or applied without a word are passed over. `field`: asked for the column at fault of a failure. */
  readonly add: (outcome: RowOutcome, field?: () => string | undefined) => void;
  /** The largest first, of equal ones the earliest; what found no group of its own stands last, under the code `other`. */
  readonly groups: () => readonly FailureGroup[];
}

interface OpenGroup {
  readonly status: RowStatus;
  readonly code: string;
  readonly field?: string;
  readonly message: string;
  hint?: string;
  count: number;
  readonly examples: RowIdentity[];
}

const mostGroups = 200;
/** One of the groups of each status is kept for what comes when all others are taken. */
const mostNamedGroups = mostGroups - rowStatuses.length;
const mostExamples = 3;
const otherCode = 'other';

/** Groups failures by status, code, column and message, numbers, ids and quoted values in the message left out of account. Memory is bounded. */
export function createFailureTally(): FailureTally {
  const named = new Map<string, OpenGroup>();
  const others = new Map<RowStatus, OpenGroup>();

  const groupOf = ({ status, code = status, message = '' }: RowOutcome, field: string | undefined): OpenGroup => {
    const key = `${status}\n${code}\n${field ?? ''}\n${generalised(message)}`;
    const known = named.get(key) ?? (named.size < mostNamedGroups ? undefined : others.get(status));
    if (known !== undefined) return known;
    const open = { status, count: 0, examples: [] };
    if (named.size < mostNamedGroups) {
      const group = {
        ...open,
        code: excerpt(code, 80),
        ...(field === undefined ? {} : { field: excerpt(field, 80) }),
        message: excerpt(message, 300),
      };
      named.set(key, group);
      return group;
    }
    const group = { ...open, code: otherCode, message: 'other reasons' };
    others.set(status, group);
    return group;
  };

  return {
    add: (outcome, field) => {
      const { row, line, id, status, code, hint } = outcome;
      if (status === 'unchanged' || status === 'unprocessed' || (status === 'applied' && code === undefined)) return;
      const group = groupOf(outcome, field?.());
      group.count += 1;
      if (hint !== undefined && group.code !== otherCode) group.hint ??= excerpt(hint, 300);
      if (group.examples.length < mostExamples) group.examples.push({ row, line, id: excerpt(id, 60) });
    },
    groups: () => [...[...named.values()].sort((a, b) => b.count - a.count), ...others.values()],
  };
}

/** A message without what differs from row to row: quoted values, numbers, and words with a digit in them, as ids are. */
function generalised(message: string): string {
  return message
    .slice(0, 500)
    .replace(/"[^"]*"|“[^”]*”|`[^`]*`|(?<![\p{L}\p{N}])'[^']*'(?![\p{L}\p{N}])/gu, '…')
    .replace(/[\w@.+-]*\d[\w@.+-]*/g, '#');
}

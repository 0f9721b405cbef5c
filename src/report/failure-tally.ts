import type { RowOutcome, RowStatus } from '../core/outcome.ts';
import { excerpt } from '../core/printable.ts';

/** Rows that failed for the same reason. */
export interface FailureGroup {
  readonly status: RowStatus;
  readonly code: string;
  /** Of the first row of the group. */
  readonly message: string;
  readonly hint?: string;
  readonly count: number;
  /** The first few. */
  readonly examples: readonly { readonly row: number; readonly line: number; readonly id: string }[];
}

export interface FailureTally {
  readonly add: (outcome: RowOutcome) => void;
  /** The largest first. */
  readonly groups: () => readonly FailureGroup[];
}

interface OpenGroup {
  readonly status: RowStatus;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  count: number;
  readonly examples: { readonly row: number; readonly line: number; readonly id: string }[];
}

const mostGroups = 200;
const mostExamples = 3;

/** Groups failures by status, code and message, numbers and quoted values in the message left out of account. Memory is bounded. */
export function createFailureTally(): FailureTally {
  const groups = new Map<string, OpenGroup>();
  return {
    add: ({ row, line, id, status, code = status, message = '', hint }) => {
      if (status === 'applied' || status === 'unchanged' || status === 'unprocessed') return;
      const exact = `${status} ${code} ${generalised(message)}`;
      const key = groups.has(exact) || groups.size < mostGroups ? exact : `${status} other`;
      let group = groups.get(key);
      if (group === undefined) {
        const told =
          key === exact ? { code, message: excerpt(message, 300) } : { code: 'other', message: 'other reasons' };
        group = {
          status,
          ...told,
          ...(hint === undefined ? {} : { hint: excerpt(hint, 300) }),
          count: 0,
          examples: [],
        };
        groups.set(key, group);
      }
      group.count += 1;
      if (group.examples.length < mostExamples) group.examples.push({ row, line, id: excerpt(id, 60) });
    },
    groups: () => [...groups.values()].sort((a, b) => b.count - a.count),
  };
}

function generalised(message: string): string {
  return message
    .slice(0, 500)
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '…')
    .replace(/[\w-]*\d[\w.-]*/g, '#');
}

import { exitCodes, type ExitCode } from '../core/exit-code.ts';
import { rowStatuses, type RowCounts } from '../core/outcome.ts';
import { plainJsonIn } from '../core/plain-json.ts';
import type { CallCounts } from '../core/run-event.ts';
import { count, misfit, object, oneOf, optional, text, type Check, type MemberChecks } from '../core/member-checks.ts';

/** How a process left a run. */
export interface SessionEnd {
  readonly status: 'finished' | 'stopped' | 'interrupted';
  readonly reason?: string;
  readonly exitCode: ExitCode;
  readonly rows: RowCounts;
  readonly calls: CallCounts;
  /** Of this and all earlier sessions. */
  readonly elapsedMs: number;
}

const rowChecks = Object.fromEntries(['read', ...rowStatuses].map((name) => [name, count])) as Record<
  keyof RowCounts,
  Check
>;

const endChecks: MemberChecks<SessionEnd> = {
  status: oneOf('finished', 'stopped', 'interrupted'),
  reason: optional(text),
  exitCode: oneOf(...Object.keys(exitCodes).map(Number)),
  rows: object<RowCounts>(rowChecks),
  calls: object<CallCounts>({ sent: count, reads: count, throttled: count, retried: count }),
  elapsedMs: count,
};

/** The body of an `end` record; undefined where a member is not what it should be. */
export function readEnd(line: string): SessionEnd | undefined {
  const end = plainJsonIn(line);
  return misfit(end, endChecks) === undefined ? (end as SessionEnd) : undefined;
}

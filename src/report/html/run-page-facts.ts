import type { Rate } from '../../core/duration.ts';
import type { RowCounts } from '../../core/outcome.ts';
import type { CallCounts } from '../../core/run-event.ts';
import type { FailureGroup } from '../failure-tally.ts';
import type { CallTimes } from '../../core/call-times.ts';

/** What the page tells of a run besides its rows. */
export interface RunPageFacts {
  readonly run: string;
  readonly state: 'finished' | 'stopped' | 'interrupted' | 'unfinished';
  /** Why it ended early, where it did. */
  readonly stopReason?: string;
  readonly command: string;
  readonly parent?: string;
  /** The profile's name; null for credentials of the environment. */
  readonly profile: string | null;
  readonly vendorTitle: string;
  readonly baseUrl: string;
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Undefined where no process has ended the run. */
  readonly elapsedMs?: number;
  readonly calls?: CallCounts;
  readonly tool: string;
  /** True where values were not read before they were written. */
  readonly blind: boolean;
  readonly counts: RowCounts;
  readonly causes: readonly FailureGroup[];
  readonly chart: CallTimes;
  readonly quota: Rate | undefined;
  /** What to type next. */
  readonly nextCommands: readonly string[];
  /** Rows that the page is given; the rest stands in the result files only. */
  readonly rowsShown: number;
}

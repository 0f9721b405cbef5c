import type { RowOutcome } from './outcome.ts';
import type { Call } from './call.ts';

/** What happens during a run, for whoever shows it. Nothing in it is secret; texts of vendors are not yet made printable. */
export type RunEvent =
  | { readonly kind: 'call-sent'; readonly call: Call; readonly attempt: number }
  | {
      readonly kind: 'call-replied';
      readonly call: Call;
      readonly attempt: number;
      readonly status: number;
      readonly tookMs: number;
    }
  | { readonly kind: 'throttled'; readonly message: string; readonly waitMs?: number }
  | {
      readonly kind: 'retry';
      readonly call: Call;
      readonly attempt: number;
      readonly code: string;
      readonly message: string;
      readonly delayMs: number;
    }
  | { readonly kind: 'row-settled'; readonly outcome: RowOutcome }
  /** The account can do less than its vendor offers, and the run goes on without; or a job's results say what was not asked. */
  | { readonly kind: 'notice'; readonly notice: Notice; readonly message: string }
  /** A job of the vendor's goes on: `done` of its `rows` are worked on. */
  | { readonly kind: 'job'; readonly job: string; readonly done: number; readonly rows: number }
  | { readonly kind: 'stopping'; readonly reason: string };

/** `cannot-read`: edits are sent without reading what the fields hold. `no-…`: from here on each edit goes, or is read, by itself. */
export type Notice = 'cannot-read' | 'no-batches' | 'no-bulk-reads' | 'no-jobs' | 'odd-results';

export interface CallCounts {
  /** Calls that were sent, repeats and reads included. */
  readonly sent: number;
  readonly reads: number;
  readonly throttled: number;
  readonly retried: number;
}

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
  /** The account can't read opportunities: edits are sent without reading what the fields hold. */
  | { readonly kind: 'cannot-read'; readonly message: string }
  /** The vendor does not take several edits in one call: from here on each is sent by itself. */
  | { readonly kind: 'no-batches'; readonly message: string }
  /** The vendor does not show several opportunities in one read: from here on each is looked at by itself. */
  | { readonly kind: 'no-bulk-reads'; readonly message: string }
  /** A job of the vendor's goes on: `done` of its `rows` are worked on. */
  | { readonly kind: 'job'; readonly job: string; readonly done: number; readonly rows: number }
  /** What a job's results say that was not asked. */
  | { readonly kind: 'odd-results'; readonly message: string }
  /** The vendor does not take jobs: from here on edits are sent without. */
  | { readonly kind: 'no-jobs'; readonly message: string }
  | { readonly kind: 'stopping'; readonly reason: string };

export interface CallCounts {
  /** Calls that were sent, repeats and reads included. */
  readonly sent: number;
  readonly reads: number;
  readonly throttled: number;
  readonly retried: number;
}

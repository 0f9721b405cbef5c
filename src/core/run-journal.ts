import type { RowIdentity } from './edit.ts';
import type { RowOutcome } from './outcome.ts';

/**
 * What the engine writes down while it runs. Every promise resolves when the record is on the disk; a rejection means that
 * nothing more may be sent.
 */
export interface RunJournal {
  /** The call `callIndex` of this row is about to be sent. */
  readonly intent: (row: RowIdentity, callIndex: number) => Promise<void>;
  /** It is certain that the call did nothing: the intent is taken back. */
  readonly notApplied: (row: RowIdentity, callIndex: number) => Promise<void>;
  /** The call was applied, and more calls of this row follow. */
  readonly callApplied: (row: RowIdentity, callIndex: number, attempts: number) => Promise<void>;
  /** The row has its final outcome. */
  readonly settle: (outcome: RowOutcome) => Promise<void>;
}

import type { RowIdentity } from './edit.ts';
import type { RecordName } from './record-name.ts';

/** In the order in which reports show them. Their counts always add up to the number of rows read. */
export const rowStatuses = [
  'applied',
  'unchanged',
  'invalid',
  'rejected',
  'conflict',
  'failed',
  'in_doubt',
  'unprocessed',
] as const;
export type RowStatus = (typeof rowStatuses)[number];

export const rowStatusMeanings: Readonly<Record<RowStatus, string>> = {
  applied: 'done',
  unchanged: 'there was nothing to change',
  invalid: 'refused here, never sent',
  rejected: 'refused by the vendor',
  conflict: 'changed by someone else meanwhile',
  failed: 'gave up, not applied',
  in_doubt: 'may or may not have been applied',
  unprocessed: 'never tried',
};

export type RowCounts = Readonly<Record<'read' | RowStatus, number>>;

/** How a row ended. Title and address of its record are told as it happens; the journal keeps them with what was planned. */
export interface RowOutcome extends RowIdentity, RecordName {
  readonly status: RowStatus;
  /** The vendor's code or ours; of an applied row only where there is something to say, such as `changed-more`. */
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
  readonly httpStatus?: number;
  /** Calls sent for this row, repeats included. */
  readonly attempts: number;
  readonly requestId?: string;
}

/** How a row ended before any call of it was sent. */
export type RowEnding = Pick<RowOutcome, 'status' | 'code' | 'message' | 'hint'>;

/** An outcome while it is put together. */
export type OpenOutcome = { -readonly [Name in keyof RowOutcome]: RowOutcome[Name] };

/** Which result file a row goes into. */
export function resultFile(status: RowStatus): 'success' | 'failed' | 'unprocessed' {
  if (status === 'applied' || status === 'unchanged') return 'success';
  return status === 'unprocessed' ? 'unprocessed' : 'failed';
}

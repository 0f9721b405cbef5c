import type { Call } from '../core/call.ts';
import type { Change, Edit, RowIdentity } from '../core/edit.ts';
import type { RowEnding } from '../core/outcome.ts';
import type { Expected } from './row-planner.ts';

/** A row on its way through the engine. */
export interface RunRow extends RowIdentity {
  readonly work:
    | {
        readonly kind: 'send';
        readonly calls: readonly Call[];
        /** What the calls are made of, where a look at the opportunity may still change them. */
        readonly edit?: Edit;
        /** What the fields are to hold for the edit to be sent: for undo. */
        readonly expected?: Expected;
        /** Why the row is not a success although its calls are applied. */
        readonly left?: string;
      }
    /** It has its outcome: there is nothing to change, it can't be sent, or it ended when it was planned. */
    | { readonly kind: 'ended'; readonly ending: RowEnding };
  /**
   * What earlier sessions of the run did: calls known to be applied, calls tried, and whether the next one may have been applied. `job`: the job that carries
   * the call in doubt.
   */
  readonly before?: {
    readonly callsApplied: number;
    readonly callsTried: number;
    readonly inDoubt: boolean;
    readonly job?: string;
  };
  /** The rows that are sent as this one, itself the first; absent where it goes by itself. */
  readonly members?: readonly MergedRow[];
}

/** A row that is sent as one edit with others of its opportunity. */
export interface MergedRow extends RowIdentity {
  readonly changes: readonly Change[];
  /** By earlier sessions. */
  readonly callsTried: number;
}

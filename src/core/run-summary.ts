import type { RowIdentity } from './edit.ts';
import type { ExitCode } from './exit-code.ts';
import type { RowCounts } from './outcome.ts';
import type { CallCounts } from './run-event.ts';

/** Something about edits that may not be wanted, such as a field that is emptied. */
export interface RunWarning {
  readonly code: string;
  /** Without the rows. */
  readonly message: string;
  /** Rows it is about. */
  readonly count: number;
  /** The first of them. */
  readonly rows: readonly RowIdentity[];
}

/** The result of a run as `--json` prints it. */
export interface RunSummary {
  readonly run: string;
  readonly status: 'finished' | 'stopped' | 'interrupted';
  /** Null where the credentials came from the environment without a profile. */
  readonly profile: string | null;
  readonly vendor: string;
  /** Whom the credentials belong to, as the vendor says; absent where it does not. */
  readonly account?: string;
  /** The file's name as it was given; `-` for stdin. */
  readonly source: string;
  readonly rows: RowCounts;
  readonly calls: CallCounts;
  readonly elapsed_ms: number;
  readonly exit_code: ExitCode;
  /** What may not be wanted of the edits, told before they were sent. */
  readonly warnings: readonly RunWarning[];
  readonly files: {
    readonly directory: string;
    readonly success?: string;
    readonly failed?: string;
    readonly unprocessed?: string;
    /** What the changed fields held before, as edits that put it back. */
    readonly before?: string;
  };
}

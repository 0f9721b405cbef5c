import { OppatchError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/exit-code.ts';
import type { RunSummary } from '../../core/run-summary.ts';

/** Errors after which there is nothing to go on with: what is known of the run is no longer on the disk, or can't be believed. */
const lost: ReadonlySet<string> = new Set(['journal-lost', 'journal-damaged', 'copy-damaged', 'metadata-damaged']);

/** A run ended by an error, its `cause`, in place of an outcome of each row. Scripts get what is known of it all the same. */
export class RunBrokeOff extends Error {
  readonly summary: RunSummary;

  constructor(cause: unknown, summary: RunSummary) {
    super('the run broke off', { cause });
    this.name = 'RunBrokeOff';
    this.summary = summary;
  }

  /** What to type next; undefined where the run can't be resumed. */
  get next(): string | undefined {
    if (this.cause instanceof OppatchError && lost.has(this.cause.code)) return undefined;
    return `oppatch resume ${this.summary.run}`;
  }
}

/** The exit code of an error that ended a run. 2 says that nothing was sent, so it is not given once something was. */
export function brokenOffCode(error: unknown, sent: boolean): ExitCode {
  const code = error instanceof OppatchError ? error.exitCode : 1;
  return code === 2 && sent ? 1 : code;
}

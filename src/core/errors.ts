import type { ExitCode } from './exit-code.ts';

export interface ErrorDetails {
  /** What to type or do next, one or two sentences. */
  readonly hint?: string | undefined;
  /** Where: a file, `file:line`, a flag, a profile. */
  readonly place?: string | undefined;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/**
 * A failure that is explained to a person: what (message), where (place), why, and what to type next (hint). `code` is stable
 * for scripts, in kebab-case. No secret may stand in any of them. Shown without a stack trace. Exit code 2 unless said otherwise.
 */
export class OppatchError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly place: string | undefined;
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'OppatchError';
    this.code = code;
    this.hint = details.hint;
    this.place = details.place;
    this.exitCode = details.exitCode ?? 2;
  }
}

import { setMaxListeners } from 'node:events';
import { OppatchError } from '../core/errors.ts';
import type { ExitCode } from '../core/exit-code.ts';

export interface StopReason {
  readonly code:
    | 'max-errors'
    | 'fail-fast'
    | 'max-duration'
    | 'quota-exhausted'
    | 'unauthorised'
    | 'unsupported'
    | 'unreachable'
    | 'job-aborted'
    | 'interrupted'
    | 'terminated'
    | 'failure';
  readonly message: string;
  readonly hint?: string | undefined;
  readonly exitCode: ExitCode;
  /** The failure behind it, for `failure`, `unreachable` and, where there is one, `unauthorised`. */
  readonly error?: unknown;
}

/** The reason as a failure that is explained to a person: the one behind it, where that is. */
export function stopError({ error, code, message, ...details }: StopReason): OppatchError {
  return error instanceof OppatchError ? error : new OppatchError(code, message, details);
}

/**
 * How a run is asked to stop. The first reason counts. `sending` is aborted at the first request: no call begins after it, those
 * in flight are waited for. `flight` is aborted by {@link cut}: those in flight are given up.
 */
export class RunStop {
  readonly #sending = new AbortController();
  readonly #flight = new AbortController();
  #reason: StopReason | undefined;

  constructor() {
    // Each call under way listens.
    setMaxListeners(0, this.#sending.signal, this.#flight.signal);
  }

  get sending(): AbortSignal {
    return this.#sending.signal;
  }

  get flight(): AbortSignal {
    return this.#flight.signal;
  }

  get reason(): StopReason | undefined {
    return this.#reason;
  }

  request(reason: StopReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#sending.abort(new Error(reason.message));
  }

  cut(): void {
    this.#flight.abort(new Error('cut off'));
  }
}

import type { Reading } from '../core/call.ts';
import { OppatchError } from '../core/errors.ts';
import type { RunStop } from './run-stop.ts';

/** What refused or missing credentials mean for all calls of a run: one renewal, or the end of the run. */
export class CredentialRenewal {
  readonly #renew: (() => Promise<boolean>) | undefined;
  readonly #stop: RunStop;
  #generation = 0;
  /** Whether the vendor accepted the present credentials. */
  #accepted = true;
  #renewing: Promise<boolean> | undefined;

  /** `renew`: see `CallParts`. */
  constructor(renew: (() => Promise<boolean>) | undefined, stop: RunStop) {
    this.#renew = renew;
    this.#stop = stop;
  }

  /** Counts the renewals: a call remembers with which credentials it was sent. */
  get generation(): number {
    return this.#generation;
  }

  /** The vendor accepted the credentials of a call. */
  accepted(): void {
    this.#accepted = true;
  }

  /** A call of this generation was refused: the credentials are renewed, or the run stops. */
  async refused({ message, hint }: Reading & { kind: 'unauthorised' }, generation: number): Promise<void> {
    if (await this.#renewed(generation)) return;
    this.#stop.request({ code: 'unauthorised', message, exitCode: 4, hint });
  }

  /** The credentials cannot be obtained (exit 4), or the sign-in server cannot be reached (6): stops the run. Throws any other error. */
  missing(error: unknown): void {
    if (!(error instanceof OppatchError) || (error.exitCode !== 4 && error.exitCode !== 6)) throw error;
    const { message, hint, exitCode } = error;
    const code = exitCode === 6 ? 'unreachable' : 'unauthorised';
    this.#stop.request({ code, message, exitCode, error, hint });
  }

  /** One renewal serves all calls that were refused with the same credentials; a refusal right after a renewal is final. */
  async #renewed(generation: number): Promise<boolean> {
    if (this.#renew === undefined || this.#stop.sending.aborted) return false;
    if (generation < this.#generation) return true;
    if (!this.#accepted) return false;
    this.#renewing ??= this.#renew()
      .catch((error: unknown) => {
        this.missing(error);
        return false;
      })
      .finally(() => {
        this.#generation += 1;
        this.#accepted = false;
        this.#renewing = undefined;
      });
    return this.#renewing;
  }
}

import { networkError, networkFault } from '../core/network-fault.ts';
import type { WireError } from '../core/wire.ts';
import type { RunStop } from './run-stop.ts';

/** After so many calls in a row without any reply, over at least this time, the vendor counts as out of reach. */
const outOfReach = { calls: 10, leastMs: 10_000 };

/** The same as long as nobody has been answered since the run began: there may be no network at all. */
const neverReached = { calls: 3, leastMs: 2_000 };

/** Watches for a vendor that can't be reached any more, and stops the run then, resumable. */
export class Outage {
  readonly #stop: RunStop;
  #unanswered = 0;
  /** When the first of the calls in a row without a reply was sent; monotonic. */
  #sinceMs = 0;
  #everAnswered = false;

  constructor(stop: RunStop) {
    this.#stop = stop;
  }

  answered(): void {
    this.#unanswered = 0;
    this.#everAnswered = true;
  }

  /** A call that was sent at `sentAtMs` got no reply. What no repetition can change stops the run at once. */
  unanswered(error: WireError, sentAtMs: number): void {
    if (this.#unanswered === 0) this.#sinceMs = sentAtMs;
    this.#unanswered += 1;
    const { calls, leastMs } = this.#everAnswered ? outOfReach : neverReached;
    const lasts = this.#unanswered >= calls && performance.now() - this.#sinceMs >= leastMs;
    if (lasts || networkFault(error).final) this.#request(error);
  }

  /**
   * A call has used up its tries. True where none of them got a reply and nobody else was answered meanwhile, for as long as an outage takes to be one: one call
   * at a time never comes to so many. The run stops then.
   */
  outlastsTries(error: WireError, tries: number): boolean {
    const isOver = this.#unanswered >= tries && performance.now() - this.#sinceMs >= outOfReach.leastMs;
    if (isOver) this.#request(error);
    return isOver;
  }

  #request(error: WireError): void {
    const told = networkError(error);
    const { message, hint = '' } = told;
    this.#stop.request({ code: 'unreachable', message, hint, exitCode: 6, error: told });
  }
}

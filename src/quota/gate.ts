import { durationText } from '../core/duration.ts';
import { OppatchError } from '../core/errors.ts';
import { longestWaitMs, type Gate, type GateStatus, type Permit } from '../core/gate.ts';
import type { QuotaNotice } from '../core/call.ts';
import type { Rate } from '../core/duration.ts';
import { realClock, type Clock } from './clock.ts';
import type { Ending } from './permit-store.ts';
import type { SharedPermits, Taking } from './shared-permits.ts';
import { WaitingLine, type Waiter } from './waiting-line.ts';

export interface GateOptions {
  readonly permits: SharedPermits;
  /** A longer wait than this is not waited: the budget counts as used up. */
  readonly longestWaitMs?: number;
  readonly clock?: Clock;
}

/** Hands out permits in order of asking within each group, as early as the permits allow and never earlier. */
export class PermitGate implements Gate {
  readonly #permits: SharedPermits;
  readonly #clock: Clock;
  readonly #longestWaitMs: number;
  readonly #lines = new Map<string, WaitingLine>();
  #lastNumber = 0;
  /** A `take` is under way; those who come meanwhile are seen to after it. */
  #asking = false;
  #askAgain = false;
  #awaited: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(options: GateOptions) {
    this.#permits = options.permits;
    this.#clock = options.clock ?? realClock;
    this.#longestWaitMs = options.longestWaitMs ?? longestWaitMs;
  }

  readonly acquire = (group: string, signal?: AbortSignal, cost = 1): Promise<Permit> => {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const line = this.#lines.get(group) ?? new WaitingLine(group);
    this.#lines.set(group, line);
    let taking: Taking | Promise<Taking> | undefined;
    if (this.#nobodyWaits()) {
      try {
        taking = this.#permits.take(group, cost, 1, this.#clock.nowMs());
      } catch (error) {
        return Promise.reject(error);
      }
      if (!(taking instanceof Promise) && taking.taken) {
        return Promise.resolve(this.#permit(group, taking));
      }
    }
    return new Promise<Permit>((resolve, reject) => {
      this.#lastNumber += 1;
      const giveUp = (): void => {
        line.leave(waiter);
        reject(signal?.reason as Error);
        this.#serve();
      };
      const served = (): void => {
        line.leave(waiter);
        signal?.removeEventListener('abort', giveUp);
      };
      const waiter: Waiter = {
        number: this.#lastNumber,
        cost,
        resolve: (permit) => {
          served();
          resolve(permit);
        },
        reject: (reason) => {
          served();
          reject(reason);
        },
      };
      const first = line.empty;
      line.join(waiter);
      signal?.addEventListener('abort', giveUp, { once: true });
      if (taking !== undefined) this.#ask({ line, taking, cost });
      // Behind others who wait there is nothing to ask for.
      else if (first) this.#serve();
    });
  };

  readonly pause = (group: string, waitMs: number | undefined): void => {
    this.#after(this.#permits.pause(group, waitMs));
  };

  readonly learn = (group: string, rate: Rate): void => {
    this.#after(this.#permits.learn(group, rate));
  };

  readonly notice = (permit: Permit, notice: QuotaNotice): void => {
    if (!(permit instanceof HeldPermit)) return;
    this.#after(this.#permits.notice(permit.id, permit.group, notice));
  };

  readonly status = (): GateStatus => {
    const rates = this.#permits.rates();
    const waiting = [...this.#lines.values()].filter(({ empty, reason }) => !empty && reason !== '');
    const [next] = waiting.sort((a, b) => a.untilMs - b.untilMs);
    if (next === undefined) return { waitMs: 0, rates };
    return { waitMs: Math.max(0, next.untilMs - this.#clock.nowMs()), reason: next.reason, rates };
  };

  /** Serves whoever can be served: across groups in order of asking, too, so that none starves another. */
  #serve(): void {
    this.#askAgain = true;
    if (!this.#asking) this.#ask();
  }

  #nobodyWaits(): boolean {
    if (this.#asking) return false;
    for (const line of this.#lines.values()) if (!line.empty) return false;
    return true;
  }

  /** Asks for one waiter after another until all are served or must wait. `begun` is a question that is put already. */
  #ask(begun?: { readonly line: WaitingLine; readonly taking: Promise<Taking> | Taking; readonly cost: number }): void {
    this.#asking = true;
    let given = begun;
    for (;;) {
      if (this.#askAgain) {
        this.#askAgain = false;
        for (const line of this.#lines.values()) line.blocked = false;
      }
      const line = given?.line ?? this.#nextLine();
      if (line === undefined) break;
      const cost = given?.cost ?? line.first?.cost ?? 1;
      try {
        const taking = given?.taking ?? this.#permits.take(line.group, cost, line.alike(cost), this.#clock.nowMs());
        given = undefined;
        if (taking instanceof Promise) {
          taking
            .then(
              (settled) => this.#settle(line, settled, cost),
              (error: unknown) => line.first?.reject(error),
            )
            .finally(() => this.#ask())
            .catch(() => undefined);
          return;
        }
        this.#settle(line, taking, cost);
      } catch (error) {
        line.first?.reject(error);
      }
    }
    this.#asking = false;
    this.#schedule();
  }

  #nextLine(): WaitingLine | undefined {
    let next: WaitingLine | undefined;
    for (const line of this.#lines.values()) {
      if (line.blocked || line.empty) continue;
      if (next === undefined || (line.first?.number ?? 0) < (next.first?.number ?? 0)) next = line;
    }
    return next;
  }

  #settle(line: WaitingLine, taking: Taking, cost: number): void {
    if (taking.taken) {
      line.reason = '';
      const permit = this.#permit(line.group, taking);
      // Who asked may have left meanwhile.
      if (line.first?.cost === cost) line.first.resolve(permit);
      else permit.unused();
      return;
    }
    const { untilMs, againMs, reason } = taking;
    line.untilMs = untilMs;
    line.againMs = againMs;
    line.reason = reason;
    const waitMs = untilMs - this.#clock.nowMs();
    if (waitMs > this.#longestWaitMs) line.first?.reject(exhausted(reason, waitMs));
    else line.blocked = true;
  }

  #permit(group: string, { id, sendByMs }: Taking & { taken: true }): HeldPermit {
    return new HeldPermit(id, group, sendByMs, this.#clock, this.#handBack);
  }

  readonly #handBack: HandBack = (id, how) => this.#after(this.#permits.end(id, how));

  /** What is done together is heard of once. */
  #after(done: Promise<void>): void {
    if (done === this.#awaited) return;
    this.#awaited = done;
    void done.then(() => this.#serve());
  }

  /** Wakes up when the first of the groups that wait may go, or may ask again. */
  #schedule(): void {
    let atMs = Number.POSITIVE_INFINITY;
    for (const line of this.#lines.values()) if (!line.empty) atMs = Math.min(atMs, line.againMs);
    if (atMs === this.#timerAtMs) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAtMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#clock.at(atMs, () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#cancelTimer = undefined;
      this.#serve();
    });
  }
}

type HandBack = (id: string, how: Ending['how']) => void;

/** The right to send one call, by the name and the group that the permits know it by. */
class HeldPermit implements Permit {
  readonly id: string;
  readonly group: string;
  readonly #sendByMs: number;
  readonly #clock: Clock;
  #handBack: HandBack | undefined;

  constructor(id: string, group: string, sendByMs: number, clock: Clock, handBack: HandBack) {
    this.id = id;
    this.group = group;
    this.#sendByMs = sendByMs;
    this.#clock = clock;
    this.#handBack = handBack;
  }

  expired(): boolean {
    return this.#clock.nowMs() > this.#sendByMs;
  }

  replied(): void {
    this.#end('replied');
  }

  lost(): void {
    this.#end('lost');
  }

  unused(): void {
    this.#end('unused');
  }

  /** The first ending counts. */
  #end(how: Ending['how']): void {
    const handBack = this.#handBack;
    this.#handBack = undefined;
    handBack?.(this.id, how);
  }
}

function exhausted(reason: string, waitMs: number): OppatchError {
  const back = new Date(Date.now() + waitMs).toISOString().slice(0, 16).replace('T', ' ');
  return new OppatchError(
    'quota-exhausted',
    `The quota is used up (${reason}); it is back in ${durationText(waitMs)}, at ${back} UTC.`,
    { hint: 'Try again then; `oppatch resume` goes on with a run.', exitCode: 6 },
  );
}

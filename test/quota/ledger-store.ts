import type { Meter } from '../../src/core/vendor.ts';
import { PermitLedger, type LedgerState } from '../../src/quota/permit-ledger.ts';
import type { Ask, Ending, Grant, PermitStore } from '../../src/quota/permit-store.ts';
import type { SimulatedClock } from './simulated-clock.ts';

interface Account {
  state: string | undefined;
}

interface LedgerStoreOptions {
  readonly meters: readonly Meter[];
  readonly userSet: boolean;
  readonly reservePercent?: number;
  readonly clock: SimulatedClock;
  /** How long the next step takes, half of it before and half after the step. */
  readonly answerMs: () => number;
}

/** A store in memory on a simulated clock: the true ledger, kept as text between the steps as on a disk. */
export class LedgerStore implements PermitStore {
  static #users = 0;
  asked = 0;
  broken = false;
  readonly settled: (readonly Ending[])[] = [];
  readonly #account: Account;
  readonly #options: LedgerStoreOptions;
  readonly #user: string;
  readonly #holders = new Set<string>();

  constructor(account: Account, options: LedgerStoreOptions) {
    LedgerStore.#users += 1;
    this.#user = `user ${LedgerStore.#users}`;
    this.#account = account;
    this.#options = options;
  }

  static newAccount(): Account {
    return { state: undefined };
  }

  readonly take = (ask: Ask): Promise<Grant> => {
    this.asked += 1;
    this.#holders.add(ask.holder);
    return this.#step((ledger, nowMs) => ledger.take(ask, nowMs));
  };
  readonly release = (endings: readonly Ending[]): Promise<void> =>
    this.#step((ledger, nowMs) => {
      this.settled.push(endings);
      ledger.release(endings, nowMs);
    });
  readonly pause: PermitStore['pause'] = (group, waitMs, random) =>
    this.#step((ledger, nowMs) => ledger.pause(group, waitMs, random, nowMs));
  readonly learn: PermitStore['learn'] = (group, rate) =>
    this.#step((ledger, nowMs) => ledger.learn(group, rate, nowMs));
  readonly notice: PermitStore['notice'] = (id, group, notice) =>
    this.#step((ledger, nowMs) => ledger.notice(id, group, notice, nowMs));
  readonly forgetTold: PermitStore['forgetTold'] = () => this.#step((ledger) => ledger.forgetTold());
  readonly rates: PermitStore['rates'] = () => this.#step((ledger) => ledger.rates());
  readonly usage: PermitStore['usage'] = () => this.#step((ledger, nowMs) => ledger.usage(nowMs));
  readonly close = async (): Promise<void> => {
    await this.#step((ledger) => ledger.leave(this.#user, this.#holders));
  };

  async #step<Value>(work: (ledger: PermitLedger, nowMs: number) => Value): Promise<Value> {
    const { clock, answerMs, meters, userSet, reservePercent = 0 } = this.#options;
    const halfMs = answerMs() / 2;
    if (halfMs > 0) await clock.wait(halfMs);
    else await Promise.resolve();
    if (this.broken) throw new Error('the store is gone');
    const { state } = this.#account;
    const ledger = new PermitLedger(state === undefined ? { epoch: 'one' } : (JSON.parse(state) as LedgerState));
    ledger.enter(this.#user, { meters, userSet, reservePercent }, clock.nowMs());
    const value = work(ledger, clock.nowMs());
    this.#account.state = JSON.stringify(ledger.snapshot());
    if (halfMs > 0) await clock.wait(halfMs);
    return value;
  }
}

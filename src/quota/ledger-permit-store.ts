import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { QuotaNotice } from '../core/call.ts';
import type { Rate } from '../core/duration.ts';
import { OppatchError } from '../core/errors.ts';
import { keptText, readKept, type KeptLedger } from './kept-ledger.ts';
import type { ClockNote } from './machine-clock.ts';
import type { Declaration } from './meter-book.ts';
import { PermitLedger } from './permit-ledger.ts';
import type { Ask, Ending, Grant, MeterUsage, PermitStore } from './permit-store.ts';

/** What lies at the place: nothing, a text that is still as this process left it (`text` is left out then), or another. */
export type Found =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'same' }
  | { readonly kind: 'text'; readonly stamp: string; readonly text: string }
  /** Something that this program did not write, or not whole. */
  | { readonly kind: 'damaged'; readonly why: string };

/** What comes of a step: the text that is kept from now on, and its stamp, which no other text ever has. */
export interface Written<Result> {
  readonly stamp: string;
  readonly text: string;
  readonly result: Result;
}

/** Where the ledger of an account lies, and what makes a step on it atomic. */
export interface LedgerPlace {
  /** For people: a path, an address without secrets. */
  readonly name: string;
  /**
   * `work` is handed what lies there, and what is kept is what it answers with. It may be called several times until its answer is kept; the last one
   * counts. `knownStamp`: the text with that stamp need not be read. Rejects with an {@link Unavailable} where the place can't be used now.
   */
  readonly step: <Result>(
    knownStamp: string | undefined,
    work: (found: Found, readClock: ReadClock) => Written<Result>,
  ) => Promise<Result>;
  readonly close: () => Promise<void> | void;
}

/** The place's time, given its note of the step before. `freshSinceMs`: what was counted before may have been forgotten without a trace. */
export type ReadClock = (before: ClockNote | undefined) => ClockNote & { readonly freshSinceMs?: number };

/** The place can't be used. `passing`: the same may go well in a moment. */
export class Unavailable extends Error {
  readonly passing: boolean;
  readonly explained: OppatchError;

  constructor(why: string, passing: boolean, explained: OppatchError) {
    super(why, { cause: explained });
    this.name = 'Unavailable';
    this.passing = passing;
    this.explained = explained;
  }
}

export interface LedgerPermitStoreOptions extends Declaration {
  /** How long a place that can't be used is waited for: half a minute unless said otherwise. */
  readonly patienceMs?: number;
  /** The longest that a call of another process may be under way, where its ledger is lost. */
  readonly callMs?: number;
  /** When the account was last used as far as is known elsewhere (milliseconds since the epoch): asked where the place keeps nothing of it. */
  readonly lastUsedMs?: () => Promise<number | undefined>;
  /** Hears, in words for people, that what was counted is not known. */
  readonly onLoss?: (message: string) => void;
}

interface Waiting {
  readonly work: (ledger: PermitLedger, nowMs: number) => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (reason: unknown) => void;
}

/** The place keeps nothing of the account, and what is known elsewhere was not asked yet. */
class PastUnknown extends Error {}

/** The ledger as this process left it. */
interface Known {
  readonly stamp: string;
  readonly kept: Omit<KeptLedger, 'ledger'>;
  readonly ledger: PermitLedger;
}

const defaultPatienceMs = 30_000;
/** Between two tries to use a place. */
const retryMs = 250;
/** Failures further apart than this are not one outage. */
const sameOutageMs = 10_000;

/**
 * The permits of one account at a place that keeps a text. Steps that are asked for meanwhile go together in the next one.
 *
 * A text that is damaged, gone, or older than one that this process has seen is a loss: what was counted up to then is unknown, so that every window
 * counts as full from the moment at which all calls in flight are over. A loss begins a ledger of another epoch, by which others see that it
 * was counted already. While the place can't be used `take` says to wait, for as long as `patienceMs`, and the other steps are
 * repeated as long; then they reject, with exit code 6 where a run may be resumed.
 */
export class LedgerPermitStore implements PermitStore {
  readonly #place: LedgerPlace;
  readonly #options: LedgerPermitStoreOptions;
  readonly #user = randomUUID();
  readonly #holders = new Set<string>();
  #known: Known | undefined;
  /** The latest that this process has seen. */
  #seen: { readonly epoch: string; readonly step: number; readonly begunAtMs: number } | undefined;
  #steps = 0;
  #callMs: number;
  #waiting: Waiting[] = [];
  #isWorking = false;
  /** What is known elsewhere of an account of which the place keeps nothing; absent until that was asked. */
  #past: { readonly lastUsedMs: number | undefined } | undefined;
  #outage: { readonly sinceMs: number; lastMs: number } | undefined;
  #closed = false;

  constructor(place: LedgerPlace, options: LedgerPermitStoreOptions) {
    this.#place = place;
    this.#options = options;
    this.#callMs = options.callMs ?? 0;
  }

  /** Asks elsewhere for the account's past where the place is new, and proves that the place can be used. */
  async open(): Promise<this> {
    try {
      await this.#surely(() => undefined).catch(async (error: unknown) => {
        if (!(error instanceof PastUnknown)) throw error;
        this.#past = { lastUsedMs: await this.#options.lastUsedMs?.() };
        await this.#surely(() => undefined);
      });
      return this;
    } catch (error) {
      await this.#place.close();
      throw error;
    }
  }

  readonly take = async (ask: Ask): Promise<Grant> => {
    this.#callMs = Math.max(this.#callMs, ask.graceMs + ask.timeoutMs);
    this.#holders.add(ask.holder);
    try {
      return await this.#step((ledger, nowMs) => ledger.take(ask, nowMs));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      if (!error.passing || !this.#isPatient()) throw this.#failure(error);
      return { kind: 'wait', waitMs: retryMs, reason: error.message };
    }
  };

  readonly release = (endings: readonly Ending[]): Promise<void> =>
    this.#surely((ledger, nowMs) => ledger.release(endings, nowMs));

  readonly pause = (group: string, waitMs: number | undefined, random: number): Promise<void> =>
    this.#surely((ledger, nowMs, lateMs) =>
      ledger.pause(group, waitMs === undefined ? undefined : Math.max(0, waitMs - lateMs), random, nowMs),
    );

  readonly learn = (group: string, rate: Rate): Promise<void> =>
    this.#surely((ledger, nowMs) => ledger.learn(group, rate, nowMs));

  readonly forgetTold = (): Promise<void> => this.#surely((ledger) => ledger.forgetTold());

  readonly notice = (id: string, group: string, notice: QuotaNotice): Promise<void> =>
    this.#surely((ledger, nowMs, lateMs) => {
      const { resetMs } = notice;
      const told = resetMs === undefined ? notice : { ...notice, resetMs: Math.max(0, resetMs - lateMs) };
      ledger.notice(id, group, resetMs !== undefined && resetMs >= 0 ? told : notice, nowMs);
    });

  readonly rates = (): Promise<readonly Rate[]> => this.#surely((ledger) => ledger.rates());

  readonly usage = (): Promise<readonly MeterUsage[]> => this.#surely((ledger, nowMs) => ledger.usage(nowMs));

  /** Never rejects: what it leaves is forgotten by time as well, only later. */
  readonly close = async (): Promise<void> => {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#seen !== undefined && this.#outage === undefined)
      await this.#step((ledger) => ledger.leave(this.#user, this.#holders)).catch(() => undefined);
    await this.#place.close();
  };

  /** Repeats a step that may be taken late and twice. `lateMs` is handed how long ago it was due. */
  async #surely<Result>(work: (ledger: PermitLedger, nowMs: number, lateMs: number) => Result): Promise<Result> {
    const dueMs = performance.now();
    for (;;) {
      try {
        return await this.#step((ledger, nowMs) => work(ledger, nowMs, performance.now() - dueMs));
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        const patienceMs = this.#options.patienceMs ?? defaultPatienceMs;
        if (!error.passing || this.#closed || performance.now() - dueMs > patienceMs) throw this.#failure(error);
      }
      await delay(retryMs);
    }
  }

  /** Once a step was taken, calls may have been sent, so that the run ends as one that can be resumed. */
  #failure({ explained }: Unavailable): OppatchError {
    if (this.#seen === undefined || explained.exitCode === 6 || explained.exitCode === 4) return explained;
    const { code, message, hint, place } = explained;
    return new OppatchError(code, message, { exitCode: 6, cause: explained, hint, place });
  }

  #isPatient(): boolean {
    const patienceMs = this.#options.patienceMs ?? defaultPatienceMs;
    return this.#outage !== undefined && this.#outage.lastMs - this.#outage.sinceMs < patienceMs;
  }

  #step<Result>(work: (ledger: PermitLedger, nowMs: number) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      if (!this.#isWorking) void this.#workOff();
    });
  }

  async #workOff(): Promise<void> {
    this.#isWorking = true;
    while (this.#waiting.length > 0) {
      // Whoever asks in the same turn goes with it.
      await Promise.resolve();
      const together = this.#waiting.splice(0);
      try {
        const results = await this.#place.step(this.#known?.stamp, (found, readClock) =>
          this.#on(found, readClock, together),
        );
        this.#outage = undefined;
        for (const [index, { resolve }] of together.entries()) resolve(results[index] as never);
      } catch (error) {
        this.#noteOutage();
        for (const { reject } of together) reject(error);
      }
    }
    this.#isWorking = false;
  }

  #on(found: Found, readClock: ReadClock, together: readonly Waiting[]): Written<readonly unknown[]> {
    const before = this.#before(found);
    // Where the answer is not kept, the next one begins from the text.
    this.#known = undefined;
    const { freshSinceMs, ...clock } = readClock(before?.kept.clock);
    const nowMs = clock.storeMs;
    const loss = before === undefined ? this.#lossOf(found, nowMs) : undefined;
    const begunAtMs = before?.kept.begunAtMs ?? Date.now();
    const ledger = before?.ledger ?? new PermitLedger({ epoch: randomUUID() });
    ledger.enter(this.#user, this.#options, nowMs);
    if (loss !== undefined) ledger.lose(loss.atMs);
    else if (before === undefined && freshSinceMs !== undefined) ledger.doubt(freshSinceMs);
    const results = together.map(({ work }) => work(ledger, nowMs));
    this.#steps += 1;
    const stamp = `${this.#user} ${this.#steps}`;
    const kept = { step: (before?.kept.step ?? 0) + 1, begunAtMs, clock };
    const text = keptText({ ...kept, ledger: ledger.snapshot() });
    this.#known = { stamp, kept, ledger };
    this.#seen = { epoch: ledger.epoch, step: kept.step, begunAtMs };
    if (loss !== undefined) this.#options.onLoss?.(loss.message);
    return { stamp, text, result: results };
  }

  /** The ledger that lies there; undefined where one has to be begun. */
  #before(found: Found): Known | undefined {
    if (found.kind === 'same') return this.#known;
    if (found.kind !== 'text') return undefined;
    const kept = readKept(found.text);
    if (kept === undefined || this.#isOlder(kept)) return undefined;
    return { stamp: found.stamp, kept, ledger: new PermitLedger(kept.ledger) };
  }

  /** It does not know what this process knows: it was put back, or begun by somebody who had not seen that one was lost. */
  #isOlder({ step, begunAtMs, ledger }: KeptLedger): boolean {
    if (this.#seen === undefined) return false;
    if (ledger.epoch === this.#seen.epoch) return step < this.#seen.step;
    return ledger.book.lostAtMs === null || begunAtMs < this.#seen.begunAtMs;
  }

  /** Why what was counted is unknown, and until when calls may have been counted; undefined for an account that is truly new. */
  #lossOf(found: Found, nowMs: number): { readonly message: string; readonly atMs: number } | undefined {
    const { name } = this.#place;
    if (found.kind === 'nothing' && this.#seen === undefined) {
      if (this.#past === undefined && this.#options.lastUsedMs !== undefined) throw new PastUnknown();
      const lastUsedMs = this.#past?.lastUsedMs;
      if (lastUsedMs === undefined) return undefined;
      return {
        message: `The quota of this account is kept in a new place (${name}), although there are runs of the account. What they sent counts as all that the quota allows, from the end of the last one.`,
        atMs: nowMs - Math.max(0, Date.now() - lastUsedMs) + this.#callMs,
      };
    }
    const why =
      found.kind === 'damaged' ? found.why : found.kind === 'nothing' ? 'is gone' : 'is damaged or out of date';
    return {
      message: `The record of the quota (${name}) ${why}. What was sent before is unknown, so the whole quota counts as used up now.`,
      atMs: nowMs + this.#callMs,
    };
  }

  #noteOutage(): void {
    const nowMs = performance.now();
    if (this.#outage === undefined || nowMs - this.#outage.lastMs > sameOutageMs)
      this.#outage = { sinceMs: nowMs, lastMs: nowMs };
    else this.#outage.lastMs = nowMs;
  }
}

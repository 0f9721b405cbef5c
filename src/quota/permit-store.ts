import type { QuotaNotice } from '../core/call.ts';
import type { Rate } from '../core/duration.ts';

/**
 * The permits of one account, kept where all who use the account can reach them: on this machine's disk, or on a server that several
 * machines share. Every method is one atomic step there. The store's clock counts, one clock for all holders, so that
 * only durations cross this interface: no holder's clock is ever compared with another's.
 *
 * Assumed, besides what `ledger-window.ts` assumes: a holder sends a call within `graceMs` of the moment at which it ASKED for the permit, or gives
 * the permit back unused; and a step that the store takes happens between its request and its answer. What follows: a permit that was
 * granted at `g` and never settled is counted by the vendor before `g + graceMs + timeoutMs`, or never; so it comes back
 * `windowMs` after that by itself, and a killed holder takes nothing with it. A settled one comes back `windowMs` after the step that settled it, which is
 * later than its reply. Both are what the proof in `ledger-window.ts` asks for.
 *
 * Every method may reject with an `OppatchError` that says why the store can't be reached; nothing is sent then.
 */
export interface PermitStore {
  readonly take: (ask: Ask) => Promise<Grant>;
  /** In one step. Ids that are not known any more (expired) are passed over. */
  readonly release: (endings: readonly Ending[]) => Promise<void>;
  /** A call of this group was refused for lack of quota; see `RefusalPause`. `random` in [0, 1). */
  readonly pause: (group: string, waitMs: number | undefined, random: number) => Promise<void>;
  /** Kept for a week, so that the next run knows it too. */
  readonly learn: (group: string, rate: Rate) => Promise<void>;
  /** Forgets the limits that the vendor stated. */
  readonly forgetTold: () => Promise<void>;
  /** The reply to the call that had permit `id` said so; see `Allowances`. */
  readonly notice: (id: string, group: string, notice: QuotaNotice) => Promise<void>;
  /** The rates in force for the account, learnt ones included. */
  readonly rates: () => Promise<readonly Rate[]>;
  /** The same with what is used of them, by any program; for forecasts. */
  readonly usage: () => Promise<readonly MeterUsage[]>;
  readonly close: () => Promise<void>;
}

/** A rate in force, and what of it is used. */
export interface MeterUsage extends Rate {
  /** The group whose calls it counts; all where it is undefined. */
  readonly group?: string | undefined;
  /** What it counts, where that is not calls. */
  readonly unit?: string | undefined;
  /** Calls (or what they cost in the unit) that are counted, by the milliseconds from now until they are no more; none where it is undefined. */
  readonly back?: readonly (readonly [inMs: number, calls: number])[] | undefined;
}

/** What a holder wants. */
export interface Ask {
  /** This process: unique among all that ever used the store. */
  readonly holder: string;
  readonly group: string;
  /** Permits wanted at once, a lease; from 1. The grant may be smaller, never larger. */
  readonly most: number;
  /** Of each of the calls, in meters that count another unit than calls; 1 unless said otherwise. */
  readonly cost?: number;
  /** Milliseconds from the asking within which the holder sends the call or gives the permit back. */
  readonly graceMs: number;
  /** Of one call: after it the holder gives the call up. */
  readonly timeoutMs: number;
}

export type Grant =
  | { readonly kind: 'granted'; readonly ids: readonly [string, ...string[]] }
  /**
   * Nothing now: worth asking again in `waitMs`. The holder keeps its place: a holder that was served less lately goes before one that was served
   * more lately, as long as it asks again in time, so that a one-off is not starved by a bulk run.
   */
  | { readonly kind: 'wait'; readonly waitMs: number; readonly reason: string };

export interface Ending {
  readonly id: string;
  /** `lost`: it stays counted until it would have come back by itself. */
  readonly how: 'replied' | 'lost' | 'unused';
}

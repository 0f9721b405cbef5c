import type { QuotaNotice } from '../core/call.ts';
import type { Rate } from '../core/duration.ts';
import type { Meter } from '../core/vendor.ts';
import { withoutReserve } from './reserve.ts';
import { LedgerWindow, type LedgerWindowState } from './ledger-window.ts';

/** Which of an account's meters it is. */
interface MeterIdentity {
  /** The group whose calls it counts, null for all. */
  readonly group: string | null;
  readonly fixed: boolean;
  /** What it counts, null for calls. */
  readonly unit: string | null;
}

/** A meter of the account; every call that it concerns is counted, whoever sends it and whether or not it is in force. */
export interface BookMeter extends MeterIdentity {
  readonly window: LedgerWindow;
  /** What the vendor stated last, and when. */
  told: { readonly count: number; readonly atMs: number } | null;
  declaredAtMs: number;
}

/** A meter with the count that holds; infinite where it is not in force. */
interface MeterCount {
  readonly meter: BookMeter;
  readonly count: number;
}

/** A rate that a user of the account works with. */
interface Declared extends MeterIdentity, Rate {
  readonly name: string;
  /** The most that the vendor may raise the count to. */
  readonly mostCount: number;
}

interface User {
  readonly seenAtMs: number;
  readonly meters: readonly Declared[];
  readonly reservePercent: number;
}

/** What a user of the account works with. */
export interface Declaration {
  readonly meters: readonly Meter[];
  /** The meters are rates that the user set: what the vendor says may lower the counts, never raise them. */
  readonly userSet: boolean;
  /** Of each meter's count, left for others; 0 unless said otherwise. */
  readonly reservePercent?: number;
}

export interface BookState {
  readonly meters: readonly (Omit<BookMeter, 'window'> & {
    readonly windowMs: number;
    readonly open: number;
    readonly window: LedgerWindowState;
  })[];
  readonly users: readonly (readonly [name: string, User])[];
  /** What was counted before is unknown; null where it is known. */
  readonly lostAtMs: number | null;
}

/** What a process declared binds the others for as long as it is heard of at least this often. */
const userLifeMs = 60_000;

/** The account's plan may have been enlarged since; if not, the vendor says so again. */
const toldLifeMs = 7 * 86_400_000;

const longestDoubtMs = 60_000;

/** No vendor is known to state a longer one, but where it is declared. */
const longestLearntMs = 86_400_000;

/**
 * Which meters an account has and which counts hold: the strictest of what its present users declare. What the vendor states
 * lowers all of them, and raises those whose `mostCount` allows it. The largest reserve of a present user is left free of whatever holds.
 */
export class MeterBook {
  readonly #openOf: (group: string | null, unit: string | null) => number;
  readonly #users: Map<string, User>;
  #meters: BookMeter[];
  #lostAtMs: number | null;
  /** By group, undefined for all; since the last change. */
  readonly #known = new Map<string | undefined, readonly MeterCount[]>();

  /** `openOf`: the calls in flight of a group (null for all), or what they cost in a unit. */
  constructor(openOf: (group: string | null, unit: string | null) => number, state?: BookState) {
    this.#openOf = openOf;
    this.#users = new Map(state?.users);
    this.#lostAtMs = state?.lostAtMs ?? null;
    this.#meters = (state?.meters ?? []).map(({ windowMs, open, window, ...meter }) =>
      Object.assign(meter, { window: new LedgerWindow(windowMs, open, window) }),
    );
  }

  snapshot(): BookState {
    return {
      meters: this.#meters.map(({ window, ...meter }) => ({
        ...meter,
        windowMs: window.windowMs,
        open: window.open,
        window: window.snapshot(),
      })),
      users: [...this.#users],
      lostAtMs: this.#lostAtMs,
    };
  }

  declare(user: string, declaration: Declaration, nowMs: number): void {
    const known = this.#users.get(user) ?? declaredBy(declaration);
    this.#users.set(user, { ...known, seenAtMs: nowMs });
    for (const [name, { seenAtMs }] of this.#users) if (nowMs - seenAtMs > userLifeMs) this.#users.delete(name);
    for (const declared of known.meters) {
      const meter = this.#find(declared, declared.windowMs) ?? this.#add(declared, declared.windowMs);
      meter.declaredAtMs = nowMs;
    }
    this.#forget(nowMs);
    this.#known.clear();
  }

  withdraw(user: string): void {
    this.#users.delete(user);
    this.#known.clear();
  }

  /** What was counted up to `atMs` is unknown: every window is full then, and so is each that is declared later. */
  lose(atMs: number): void {
    this.#lostAtMs = atMs;
    for (const { window } of this.#meters) window.lose(atMs);
  }

  /** Calls up to `atMs` may have been forgotten. Seconds of them are waited for; a day is not. */
  doubt(atMs: number): void {
    for (const { window } of this.#meters) if (window.windowMs <= longestDoubtMs) window.lose(atMs);
  }

  /** Those that count the calls of the group (of any group, without it). */
  counting(group?: string): readonly MeterCount[] {
    const known = this.#known.get(group);
    if (known !== undefined) return known;
    const meters = this.#meters.filter((meter) => group === undefined || meter.group === null || meter.group === group);
    const counting = meters.map((meter) => ({ meter, count: this.#countOf(meter) }));
    this.#known.set(group, counting);
    return counting;
  }

  /** Those of them that limit the calls. */
  inForce(group?: string): readonly MeterCount[] {
    return this.counting(group).filter(({ count }) => count !== Number.POSITIVE_INFINITY);
  }

  /** True where calls of different groups take from one quota. */
  isShared(): boolean {
    return this.inForce().some(({ meter }) => meter.group === null);
  }

  /** A call of the group that was in flight was counted at `atMs` at the latest. */
  close(group: string, atMs: number, cost: number): void {
    for (const { meter, count } of this.counting(group)) meter.window.close(atMs, count, costIn(meter, cost));
  }

  /** The meter of that window takes the rate over; without one, it is new, and full: it was just hit. */
  learn(group: string, { count, windowMs }: Rate, nowMs: number): void {
    const longestMs = Math.max(longestLearntMs, ...this.#meters.map(({ window }) => window.windowMs));
    if (!(count >= 1) || !(windowMs > 0) || !(windowMs <= longestMs)) return;
    const calls = this.inForce(group).filter(({ meter }) => meter.unit === null);
    // A group's own limit rather than that of all calls.
    const alike = calls.filter(({ meter }) => meter.window.windowMs === windowMs);
    const same = alike.find(({ meter }) => meter.group === group) ?? alike[0];
    if (same !== undefined) {
      this.#tell(same.meter, count, nowMs);
      return;
    }
    const identity = { group, fixed: false, unit: null };
    const meter = this.#find(identity, windowMs) ?? this.#add(identity, windowMs);
    this.#tell(meter, count, nowMs);
    meter.window.fill(nowMs, Math.floor(count));
  }

  /**
   * What a reply to a call of the group said of a meter: the one of that name, else the shortest. A count is taken over where the window is fixed, or
   * the meter says how far it may be raised. Answers with that meter, if there is one.
   */
  notice(group: string, { meter: name, limit }: QuotaNotice, nowMs: number): BookMeter | undefined {
    const meters = this.inForce(group).map(({ meter }) => meter);
    const named = name === undefined ? meters : meters.filter((meter) => this.#isNamed(meter, name));
    const [meter] = named.toSorted(
      (a, b) => Number(b.fixed) - Number(a.fixed) || a.window.windowMs - b.window.windowMs,
    );
    if (meter === undefined || limit === undefined || !(limit >= 1 && limit <= Number.MAX_SAFE_INTEGER)) return meter;
    if (meter.fixed || this.#declared(meter).some(({ count, mostCount }) => mostCount > count))
      this.#tell(meter, limit, nowMs);
    return meter;
  }

  /** What the meter of that name counts of the group's calls, null for calls. */
  unitOf(group: string, name: string): string | null {
    return this.inForce(group).find(({ meter }) => this.#isNamed(meter, name))?.meter.unit ?? null;
  }

  /** Forgets all that the vendor stated. */
  forgetTold(): void {
    for (const meter of this.#meters) meter.told = null;
    this.#known.clear();
  }

  #tell(meter: BookMeter, count: number, nowMs: number): void {
    meter.told = { count: Math.floor(count), atMs: nowMs };
    this.#known.clear();
  }

  #declared(meter: BookMeter): readonly Declared[] {
    return [...this.#users.values()].flatMap(({ meters }) =>
      meters.filter((one) => isOf(one, meter) && one.windowMs === meter.window.windowMs),
    );
  }

  #isNamed(meter: BookMeter, name: string): boolean {
    return this.#declared(meter).some((declared) => declared.name === name);
  }

  /** Infinite where it is not in force. */
  #countOf(meter: BookMeter): number {
    const told = meter.told?.count;
    let least = Number.POSITIVE_INFINITY;
    for (const { count, mostCount } of this.#declared(meter))
      least = Math.min(least, told === undefined ? count : Math.min(told, mostCount));
    if (told !== undefined && least === Number.POSITIVE_INFINITY) least = told;
    const reserves = [...this.#users.values()].map(({ reservePercent }) => reservePercent);
    return withoutReserve(least, Math.max(0, ...reserves));
  }

  #find(identity: MeterIdentity, windowMs: number): BookMeter | undefined {
    return this.#meters.find((meter) => isOf(identity, meter) && meter.window.windowMs === windowMs);
  }

  /** Starts with the history of the longest meter of the same group and unit. */
  #add({ group, fixed, unit }: MeterIdentity, windowMs: number): BookMeter {
    const alike = this.#meters.filter((meter) => meter.group === group && meter.unit === unit);
    const longest = alike.toSorted((a, b) => b.window.windowMs - a.window.windowMs)[0];
    const buckets = longest?.window.snapshot().buckets ?? [];
    const window = new LedgerWindow(windowMs, this.#openOf(group, unit), { buckets, resets: [] });
    if (longest === undefined && this.#lostAtMs !== null) window.lose(this.#lostAtMs);
    const meter: BookMeter = { group, fixed, unit, window, told: null, declaredAtMs: Number.NEGATIVE_INFINITY };
    this.#meters.push(meter);
    return meter;
  }

  /** What nobody has asked for during a whole window, and what the vendor stated long ago. */
  #forget(nowMs: number): void {
    for (const meter of this.#meters) {
      if (meter.told !== null && nowMs - meter.told.atMs > toldLifeMs) meter.told = null;
    }
    this.#meters = this.#meters.filter(
      ({ told, declaredAtMs, window }) => told !== null || nowMs - declaredAtMs <= window.windowMs + userLifeMs,
    );
  }
}

/** What a call of that cost takes of the meter. */
export function costIn({ unit }: Pick<BookMeter, 'unit'>, cost: number): number {
  return unit === null ? 1 : cost;
}

function declaredBy({ meters, userSet, reservePercent = 0 }: Declaration): Omit<User, 'seenAtMs'> {
  return {
    meters: meters.map(({ name, group = null, unit = null, window, windowMs, count: stated, mostCount: most }) => {
      const count = Math.floor(stated);
      const mostCount = userSet ? count : Math.max(count, Math.floor(most ?? count));
      return { name, group, fixed: window === 'fixed', unit, count, windowMs, mostCount };
    }),
    reservePercent,
  };
}

function isOf({ group, fixed, unit }: MeterIdentity, meter: BookMeter): boolean {
  return meter.group === group && meter.fixed === fixed && meter.unit === unit;
}

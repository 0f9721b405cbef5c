import type { Rate } from '../core/duration.ts';
import type { Meter } from '../core/vendor.ts';
import { withoutReserve } from './reserve.ts';
import { LedgerWindow, type LedgerWindowState } from './ledger-window.ts';

/** A meter of the account; every call that it concerns is counted, whoever sends it and whether or not it is in force. */
export interface BookMeter {
  /** The group whose calls it counts, null for all. */
  readonly group: string | null;
  readonly fixed: boolean;
  readonly window: LedgerWindow;
  /** What the vendor stated last, and when. */
  told: { readonly count: number; readonly atMs: number } | null;
  declaredAtMs: number;
}

/** A rate that a user of the account works with. */
interface Declared extends Rate {
  readonly group: string | null;
  readonly fixed: boolean;
}

interface User {
  readonly seenAtMs: number;
  readonly meters: readonly Declared[];
  readonly userSet: boolean;
  /** Absent in books of users without one. */
  readonly reservePercent?: number;
}

/** What a user of the account works with. */
export interface Declaration {
  readonly meters: readonly Meter[];
  /** What the vendor says may lower the counts, never raise them. */
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
}

/** What a process declared binds the others for as long as it is heard of at least this often. */
const userLifeMs = 60_000;

/** A plan may have been enlarged since; if not, the vendor says so again. */
const toldLifeMs = 30 * 86_400_000;

/**
 * Which meters an account has and which counts hold: the strictest of what its present users declare. What the vendor states
 * lowers all of them, and raises those that no user set. The largest reserve of a present user is left free of whatever holds.
 */
export class MeterBook {
  readonly #openOf: (group: string | null) => number;
  readonly #users: Map<string, User>;
  #meters: BookMeter[];
  /** Since the last change. */
  #inForce: readonly { readonly meter: BookMeter; readonly count: number }[] | undefined;

  /** `openOf`: the calls in flight of a group, null for all. */
  constructor(openOf: (group: string | null) => number, state?: BookState) {
    this.#openOf = openOf;
    this.#users = new Map(state?.users);
    this.#meters = (state?.meters ?? []).map(({ group, fixed, told, declaredAtMs, windowMs, open, window }) => ({
      group,
      fixed,
      told,
      declaredAtMs,
      window: new LedgerWindow(windowMs, open, window),
    }));
  }

  snapshot(): BookState {
    return {
      meters: this.#meters.map(({ group, fixed, told, declaredAtMs, window }) => ({
        group,
        fixed,
        told,
        declaredAtMs,
        windowMs: window.windowMs,
        open: window.open,
        window: window.snapshot(),
      })),
      users: [...this.#users],
    };
  }

  declare(user: string, { meters, userSet, reservePercent = 0 }: Declaration, nowMs: number): void {
    const known = this.#users.get(user);
    const declared = known?.meters ?? meters.map(declaredMeter);
    this.#users.set(user, { ...known, seenAtMs: nowMs, meters: declared, userSet, reservePercent });
    for (const [name, { seenAtMs }] of this.#users) if (nowMs - seenAtMs > userLifeMs) this.#users.delete(name);
    for (const { group, fixed, windowMs } of declared) {
      const meter = this.#find(group, fixed, windowMs) ?? this.#add(group, fixed, windowMs);
      meter.declaredAtMs = nowMs;
    }
    this.#forget(nowMs);
    this.#inForce = undefined;
  }

  withdraw(user: string): void {
    this.#users.delete(user);
    this.#inForce = undefined;
  }

  /** Those that count the calls of the group. */
  counting(group: string): readonly BookMeter[] {
    return this.#meters.filter((meter) => meter.group === null || meter.group === group);
  }

  /** Those that limit the calls of the group (of any group, without it), with the count that holds. */
  inForce(group?: string): readonly { readonly meter: BookMeter; readonly count: number }[] {
    this.#inForce ??= this.#meters
      .map((meter) => ({ meter, count: this.#countOf(meter) }))
      .filter(({ count }) => count !== Number.POSITIVE_INFINITY);
    if (group === undefined) return this.#inForce;
    return this.#inForce.filter(({ meter }) => meter.group === null || meter.group === group);
  }

  /** True where calls of different groups take from one quota. */
  isShared(): boolean {
    return this.inForce().some(({ meter }) => meter.group === null);
  }

  /** A call of the group that was in flight was counted at `atMs` at the latest. */
  close(group: string, atMs: number): void {
    for (const meter of this.counting(group)) meter.window.close(atMs, this.#countOf(meter));
  }

  /** The meter of that window takes the rate over; without one, it is new, and full: it was just hit. */
  learn(group: string, { count, windowMs }: Rate, nowMs: number): void {
    // A group's own limit rather than that of all calls.
    const alike = this.inForce(group).filter(({ meter }) => meter.window.windowMs === windowMs);
    const same = alike.find(({ meter }) => meter.group === group) ?? alike[0];
    if (same !== undefined) {
      this.tell(same.meter, count, nowMs);
      return;
    }
    const meter = this.#find(group, false, windowMs) ?? this.#add(group, false, windowMs);
    this.tell(meter, count, nowMs);
    meter.window.fill(nowMs, Math.floor(count));
  }

  /** The vendor stated the count of this meter. */
  tell(meter: BookMeter, count: number, nowMs: number): void {
    meter.told = { count: Math.floor(count), atMs: nowMs };
    this.#inForce = undefined;
  }

  /** Infinite where it is not in force. */
  #countOf(meter: BookMeter): number {
    const told = meter.told?.count;
    let least = told ?? Number.POSITIVE_INFINITY;
    let reservePercent = 0;
    for (const { meters, userSet, reservePercent: reserved = 0 } of this.#users.values()) {
      reservePercent = Math.max(reservePercent, reserved);
      if (told !== undefined && !userSet) continue;
      for (const declared of meters) if (isOf(declared, meter)) least = Math.min(least, declared.count);
    }
    return withoutReserve(least, reservePercent);
  }

  #find(group: string | null, fixed: boolean, windowMs: number): BookMeter | undefined {
    return this.#meters.find((meter) => isOf({ group, fixed, windowMs }, meter));
  }

  /** It knows of the calls that the longest meter of the same calls knows of. */
  #add(group: string | null, fixed: boolean, windowMs: number): BookMeter {
    const alike = this.#meters.filter((meter) => meter.group === group);
    const longest = alike.toSorted((a, b) => b.window.windowMs - a.window.windowMs)[0];
    const buckets = longest?.window.snapshot().buckets ?? [];
    const window = new LedgerWindow(windowMs, this.#openOf(group), { buckets, resets: [] });
    const meter: BookMeter = { group, fixed, window, told: null, declaredAtMs: Number.NEGATIVE_INFINITY };
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

function declaredMeter({ group, window, count, windowMs }: Meter): Declared {
  return { group: group ?? null, fixed: window === 'fixed', count: Math.floor(count), windowMs };
}

function isOf({ group, fixed, windowMs }: Pick<Declared, 'group' | 'fixed' | 'windowMs'>, meter: BookMeter): boolean {
  return meter.group === group && meter.fixed === fixed && meter.window.windowMs === windowMs;
}

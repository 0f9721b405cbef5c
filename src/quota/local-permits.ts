import type { QuotaNotice } from '../core/call.ts';
import { rateText, type Rate } from '../core/duration.ts';
import type { Pace } from '../core/pace.ts';
import type { Meter } from '../core/vendor.ts';
import { Allowances, toldMarginMs } from './allowances.ts';
import { MeterWindow, resetMarginMs } from './meter-window.ts';
import type { Permits, Taking } from './permits.ts';
import { RefusalPause } from './refusal-pause.ts';
import { withoutReserve } from './reserve.ts';
import { RoundTrips } from './round-trips.ts';

export interface PermitOptions {
  readonly meters: readonly Meter[];
  /** The meters are rates that the user set: what the vendor says may lower them, never raise them. */
  readonly userSet: boolean;
  /** Of one call; a lost one may be counted until then. */
  readonly timeoutMs: number;
  /** Of each meter's count, left for others; 0 unless said otherwise. */
  readonly reservePercent?: number;
  /** `tight`: permits come back earlier; see `RoundTrips`. `steady` unless said otherwise. */
  readonly pace?: Pace;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

interface Counted {
  readonly group: string | undefined;
  readonly windowMs: number;
  readonly fixed: boolean;
  /** What nothing that the vendor says can raise. */
  readonly mostCount: number;
  readonly window: MeterWindow;
}

interface Group {
  readonly name: string;
  /** The meters that count its calls. */
  counted: readonly Counted[];
  readonly allowances: Allowances;
  readonly pause: RefusalPause;
}

interface Held {
  readonly group: Group;
  readonly windows: { readonly window: MeterWindow; readonly fixed: boolean }[];
  readonly takenAtMs: number;
  readonly round: number;
}

/** The permits of an account that only this process uses. Everything is answered at once. */
export class LocalPermits implements Permits {
  readonly #options: PermitOptions;
  readonly #counted: Counted[];
  readonly #groups = new Map<string, Group>();
  readonly #held = new Map<number, Held>();
  readonly #reservePercent: number;
  readonly #roundTrips: RoundTrips | undefined;
  #lastId = 0;

  constructor(options: PermitOptions) {
    this.#options = options;
    this.#reservePercent = options.reservePercent ?? 0;
    this.#roundTrips = options.pace === 'tight' ? new RoundTrips() : undefined;
    this.#counted = options.meters.map((meter) => ({
      group: meter.group,
      windowMs: meter.windowMs,
      fixed: meter.window === 'fixed',
      mostCount: options.userSet ? meter.count : Number.POSITIVE_INFINITY,
      window: new MeterWindow(this.#left(meter.count), meter.windowMs),
    }));
  }

  take(groupName: string, nowMs: number): Taking {
    const group = this.#group(groupName);
    let untilMs = group.pause.freeAtMs(nowMs);
    let reason = untilMs > nowMs ? 'paused by the vendor' : '';
    const toldMs = group.allowances.freeAtMs(nowMs);
    if (toldMs > untilMs) {
      untilMs = toldMs;
      reason = 'the vendor says that the quota is used up';
    }
    for (const { window, windowMs } of group.counted) {
      const freeAtMs = window.freeAtMs(nowMs);
      if (freeAtMs <= untilMs) continue;
      untilMs = freeAtMs;
      reason = `quota ${rateText({ count: window.count, windowMs })}`;
    }
    if (untilMs > nowMs) return { taken: false, untilMs, reason };

    this.#lastId += 1;
    for (const { window } of group.counted) window.take();
    group.allowances.take(this.#lastId);
    this.#held.set(this.#lastId, {
      group,
      windows: group.counted.map(({ window, fixed }) => ({ window, fixed })),
      takenAtMs: nowMs,
      round: group.pause.take(),
    });
    return { taken: true, id: this.#lastId };
  }

  replied(id: number, nowMs: number): void {
    const held = this.#end(id);
    if (held === undefined) return;
    this.#roundTrips?.add(nowMs - held.takenAtMs);
    const creditMs = this.#roundTrips?.creditMs ?? 0;
    // The end of a fixed window asks for the moment itself.
    for (const { window, fixed } of held.windows) window.close(fixed ? nowMs : nowMs - creditMs);
    held.group.allowances.over(id, nowMs);
    held.group.pause.replied(held.round);
  }

  lost(id: number, nowMs: number): void {
    const held = this.#end(id);
    if (held === undefined) return;
    const latestMs = Math.max(nowMs, held.takenAtMs + this.#options.timeoutMs);
    for (const { window } of held.windows) window.close(latestMs);
    held.group.allowances.over(id, nowMs);
  }

  unused(id: number): void {
    const held = this.#end(id);
    if (held === undefined) return;
    for (const { window } of held.windows) window.giveBack();
    held.group.allowances.unused(id);
  }

  /** Without `waitMs`: one window of the group's shortest sliding meter. */
  pause(groupName: string, waitMs: number | undefined, nowMs: number): void {
    const group = this.#group(groupName);
    const windowsMs = group.counted.filter(({ fixed }) => !fixed).map(({ windowMs }) => windowMs);
    group.pause.refuse(waitMs, Math.min(60_000, ...windowsMs), nowMs, this.#options.random());
  }

  learn(groupName: string, rate: Rate, nowMs: number): void {
    if (!(rate.count >= 1) || !(rate.windowMs > 0)) return;
    const group = this.#group(groupName);
    // A group's own limit rather than that of all calls.
    const alike = group.counted.filter(({ windowMs }) => windowMs === rate.windowMs);
    const same = alike.find((counted) => counted.group === groupName) ?? alike[0];
    if (same !== undefined) {
      same.window.setCount(this.#left(Math.min(rate.count, same.mostCount)));
      return;
    }
    // The limit was just hit: its window is full, and the calls in flight count besides.
    const window = new MeterWindow(this.#left(rate.count), rate.windowMs);
    window.fill(nowMs);
    for (const held of this.#held.values()) {
      if (held.group !== group) continue;
      held.windows.push({ window, fixed: false });
      window.take();
    }
    const { windowMs } = rate;
    this.#counted.push({ group: groupName, windowMs, fixed: false, mostCount: Number.POSITIVE_INFINITY, window });
    group.counted = this.#countedOf(groupName);
  }

  notice(id: number, groupName: string, { limit, remaining, resetMs }: QuotaNotice, nowMs: number): void {
    const group = this.#group(groupName);
    const resetAtMs = resetMs === undefined || !(resetMs >= 0) ? undefined : nowMs + resetMs;
    let marginMs = toldMarginMs(resetMs ?? 0);
    for (const { fixed, window, windowMs, mostCount } of group.counted) {
      if (!fixed) continue;
      if (limit !== undefined && limit >= 1) window.setCount(this.#left(Math.min(limit, mostCount)));
      if (resetAtMs === undefined) continue;
      window.resetAt(resetAtMs, nowMs);
      marginMs = resetMarginMs(windowMs);
    }
    if (remaining === undefined || resetAtMs === undefined || !(remaining >= 0)) return;
    group.allowances.tell(id, { remaining, resetAtMs, marginMs }, nowMs);
  }

  rates(): readonly Rate[] {
    return this.#counted.map(({ window, windowMs }) => ({ count: window.count, windowMs }));
  }

  #group(name: string): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = { name, counted: this.#countedOf(name), allowances: new Allowances(), pause: new RefusalPause() };
    this.#groups.set(name, group);
    return group;
  }

  #left(count: number): number {
    return withoutReserve(count, this.#reservePercent);
  }

  #countedOf(name: string): readonly Counted[] {
    return this.#counted.filter(({ group }) => group === undefined || group === name);
  }

  #end(id: number): Held | undefined {
    const held = this.#held.get(id);
    this.#held.delete(id);
    return held;
  }
}

import type { QuotaNotice } from '../core/call.ts';
import { durationText, rateText, type Rate } from '../core/duration.ts';
import type { Meter } from '../core/vendor.ts';
import { MeterWindow, resetMarginMs } from './meter-window.ts';
import type { Permits, Taking } from './permits.ts';

export interface PermitOptions {
  readonly meters: readonly Meter[];
  /** The meters are rates that the user set: nothing the vendor says raises them. */
  readonly userSet: boolean;
  /** Of one call; a lost one may still be counted until then. */
  readonly timeoutMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

interface Counted {
  readonly meter: Meter;
  readonly window: MeterWindow;
}

interface Held {
  readonly takenAtMs: number;
  readonly group: string;
  readonly windows: readonly MeterWindow[];
}

/** What a header said of a group: so many calls may still go before the reset. */
interface Allowance {
  left: number;
  untilMs: number;
}

interface Pause {
  untilMs: number;
  refusals: number;
}

const longestOwnPauseMs = 60_000;

/** The permits of an account that only this process uses. */
export class LocalPermits implements Permits {
  readonly #options: PermitOptions;
  readonly #counted: Counted[];
  readonly #held = new Map<number, Held>();
  readonly #inFlight = new Map<string, number>();
  readonly #allowances = new Map<string, Allowance>();
  readonly #pauses = new Map<string, Pause>();
  #lastId = 0;

  constructor(options: PermitOptions) {
    this.#options = options;
    this.#counted = options.meters.map((meter) => ({ meter, window: new MeterWindow(meter.count, meter.windowMs) }));
  }

  take(group: string, nowMs: number): Taking {
    const pause = this.#pauses.get(group);
    if (pause !== undefined && pause.untilMs > nowMs) {
      return { taken: false, untilMs: pause.untilMs, reason: 'paused by the vendor' };
    }
    const allowance = this.#allowances.get(group);
    if (allowance !== undefined && allowance.untilMs <= nowMs) this.#allowances.delete(group);
    else if (allowance !== undefined && allowance.left <= 0) {
      return { taken: false, untilMs: allowance.untilMs, reason: 'the vendor says the quota is used up' };
    }
    const mine = this.#counted.filter(({ meter }) => meter.group === undefined || meter.group === group);
    let untilMs = nowMs;
    let reason = '';
    for (const { meter, window } of mine) {
      const freeAtMs = window.freeAtMs(nowMs);
      if (freeAtMs > untilMs) {
        untilMs = freeAtMs;
        reason = `quota ${rateText({ count: window.count, windowMs: meter.windowMs })}`;
      }
    }
    if (untilMs > nowMs) return { taken: false, untilMs, reason };
    for (const { window } of mine) window.take();
    if (allowance !== undefined) allowance.left -= 1;
    this.#inFlight.set(group, (this.#inFlight.get(group) ?? 0) + 1);
    this.#lastId += 1;
    this.#held.set(this.#lastId, { takenAtMs: nowMs, group, windows: mine.map(({ window }) => window) });
    return { taken: true, id: this.#lastId };
  }

  replied(id: number, nowMs: number): void {
    for (const window of this.#end(id)?.windows ?? []) window.close(nowMs);
  }

  lost(id: number): void {
    const held = this.#end(id);
    for (const window of held?.windows ?? [])
      window.close(held === undefined ? 0 : held.takenAtMs + this.#options.timeoutMs);
  }

  unused(id: number): void {
    const held = this.#end(id);
    for (const window of held?.windows ?? []) window.giveBack();
    const allowance = held === undefined ? undefined : this.#allowances.get(held.group);
    if (allowance !== undefined) allowance.left += 1;
  }

  pause(group: string, waitMs: number | undefined, nowMs: number): void {
    const before = this.#pauses.get(group);
    // Refusals of calls that were in flight together are one refusal.
    const again = before !== undefined && before.untilMs <= nowMs;
    const refusals = before === undefined ? 1 : before.refusals + (again ? 1 : 0);
    const ownMs = Math.min(longestOwnPauseMs, this.#shortestWindowMs() * 2 ** Math.min(refusals - 1, 10));
    const untilMs = nowMs + (waitMs ?? ownMs) * (1 + 0.05 * this.#options.random());
    this.#pauses.set(group, { refusals, untilMs: Math.max(untilMs, before?.untilMs ?? 0) });
  }

  learn(group: string, rate: Rate): void {
    const same = this.#counted.find(
      ({ meter }) => meter.windowMs === rate.windowMs && (meter.group ?? group) === group,
    );
    if (same !== undefined) {
      const most = this.#options.userSet ? same.meter.count : Number.POSITIVE_INFINITY;
      same.window.setCount(Math.max(1, Math.min(rate.count, most)));
      return;
    }
    const meter: Meter = {
      ...rate,
      name: rateText(rate),
      window: 'sliding',
      group,
      evidence: 'documented',
      description: `told by the vendor in a refusal (${durationText(rate.windowMs)})`,
    };
    this.#counted.push({ meter, window: new MeterWindow(rate.count, rate.windowMs) });
  }

  notice(group: string, { limit, remaining, resetMs }: QuotaNotice, nowMs: number): void {
    const pause = this.#pauses.get(group);
    if (pause !== undefined && pause.untilMs <= nowMs) this.#pauses.delete(group);
    const fixed = this.#counted.filter(({ meter }) => meter.window === 'fixed' && (meter.group ?? group) === group);
    for (const { window } of fixed) {
      if (limit !== undefined && limit > 0) window.setCount(limit);
      if (resetMs !== undefined) window.resetAt(nowMs + resetMs);
    }
    if (remaining === undefined || resetMs === undefined) return;
    const left = remaining - (this.#inFlight.get(group) ?? 0);
    const untilMs = nowMs + resetMs + resetMarginMs;
    const known = this.#allowances.get(group);
    if (known === undefined || known.untilMs <= nowMs || known.untilMs < untilMs - 2 * resetMarginMs - 1000) {
      this.#allowances.set(group, { left, untilMs });
    } else {
      known.left = Math.min(known.left, left);
      known.untilMs = untilMs;
    }
  }

  rates(): readonly Rate[] {
    return this.#counted.map(({ meter, window }) => ({ count: window.count, windowMs: meter.windowMs }));
  }

  #end(id: number): Held | undefined {
    const held = this.#held.get(id);
    if (held === undefined) return undefined;
    this.#held.delete(id);
    this.#inFlight.set(held.group, (this.#inFlight.get(held.group) ?? 1) - 1);
    return held;
  }

  #shortestWindowMs(): number {
    return Math.max(1000, Math.min(longestOwnPauseMs, ...this.#counted.map(({ meter }) => meter.windowMs)));
  }
}

import type { Rate } from '../core/duration.ts';
import type { MeterUsage } from './permit-store.ts';

/** What a number of calls takes. */
export interface Forecast {
  /** From the first call to the last reply, waits for a budget that comes back days later among it. */
  readonly durationMs: number;
  /** How often the run stops because the next call may only go later than it waits. */
  readonly stops: number;
  readonly firstStop?: FirstStop;
}

export interface FirstStop {
  /** The one that is used up. */
  readonly rate: Rate;
  /** Calls that went before it. */
  readonly calls: number;
  readonly atMs: number;
  /** From the stop until a call may go again. */
  readonly backInMs: number;
}

export interface ForecastOptions {
  /** Calls in flight at once; any number unless said otherwise. */
  readonly concurrency?: number;
  readonly roundTripMs?: number;
  /** A run does not wait longer than this; forever unless said otherwise. */
  readonly longestWaitMs?: number;
  /** After so many steps of the arithmetic the rest is taken to go at the average rate of the slowest meter. */
  readonly mostSteps?: number;
}

/** A meter as the calls of a forecast meet it. */
export interface CountedMeter extends MeterUsage {
  /** What the vendor or the user calls it, where that is another count. */
  readonly stated?: Rate;
}

/** A meter as far as it counts these calls: what may go now, and what comes back when. */
class Allowance {
  readonly rate: Rate;
  readonly count: number;
  readonly windowMs: number;
  #free: number;
  #back: [atMs: number, calls: number][];
  #next = 0;

  constructor({ count, windowMs, back = [], stated = { count, windowMs } }: CountedMeter) {
    this.rate = stated;
    this.count = count;
    this.windowMs = windowMs;
    this.#back = back.map(([inMs, calls]): [number, number] => [inMs, calls]).sort((a, b) => a[0] - b[0]);
    this.#free = count - back.reduce((sum, [, calls]) => sum + calls, 0);
  }

  freeAt(timeMs: number): number {
    for (;;) {
      const first = this.#back[this.#next];
      if (first === undefined || first[0] > timeMs) break;
      this.#free += first[1];
      this.#next += 1;
    }
    if (this.#next > 4096) {
      this.#back = this.#back.slice(this.#next);
      this.#next = 0;
    }
    return this.#free;
  }

  /** When one may go, given that none may now. */
  freeAgainMs(): number {
    let free = this.#free;
    for (let index = this.#next; ; index += 1) {
      const event = this.#back[index];
      if (event === undefined) return Number.POSITIVE_INFINITY;
      free += event[1];
      if (free >= 1) return event[0];
    }
  }

  take(calls: number, backAtMs: number): void {
    this.#free -= calls;
    // A told end of a window may bring earlier calls back later than these: the order of time is kept.
    let index = this.#back.length;
    while (index > this.#next && (this.#back[index - 1]?.[0] ?? 0) > backAtMs) index -= 1;
    if (index === this.#back.length) this.#back.push([backAtMs, calls]);
    else this.#back.splice(index, 0, [backAtMs, calls]);
  }
}

const defaultMostSteps = 200_000;

/**
 * What so many calls take where all these meters count each of them, given what is used of them already: each call goes as early as
 * all of them let it, and its permits come back a window and a round trip later. Pure.
 */
export function forecastOf(meters: readonly CountedMeter[], calls: number, options: ForecastOptions = {}): Forecast {
  const { concurrency, roundTripMs = 100, longestWaitMs = Number.POSITIVE_INFINITY } = options;
  const { mostSteps = defaultMostSteps } = options;
  if (!(calls > 0)) return { durationMs: 0, stops: 0 };
  const inFlight = concurrency === undefined ? [] : [{ count: Math.max(1, concurrency), windowMs: 0 }];
  const allowances = [...meters, ...inFlight].map((meter) => new Allowance(meter));
  let nowMs = 0;
  let sent = 0;
  let stops = 0;
  let firstStop: FirstStop | undefined;
  for (let step = 0; sent < calls; step += 1) {
    if (step >= mostSteps) {
      const rest = restOf(allowances, calls - sent, roundTripMs, longestWaitMs);
      nowMs += rest.durationMs;
      stops += rest.stops;
      break;
    }
    let most = calls - sent;
    let slowest: Allowance | undefined;
    let nextMs = nowMs;
    for (const allowance of allowances) {
      const free = Math.floor(allowance.freeAt(nowMs));
      most = Math.min(most, free);
      const againMs = free >= 1 ? nowMs : allowance.freeAgainMs();
      if (againMs > nextMs) [nextMs, slowest] = [againMs, allowance];
    }
    if (most >= 1) {
      for (const allowance of allowances) allowance.take(most, nowMs + allowance.windowMs + roundTripMs);
      sent += most;
      continue;
    }
    // A meter without any call in its window never lets one go.
    if (slowest === undefined || nextMs === Number.POSITIVE_INFINITY) break;
    if (nextMs - nowMs > longestWaitMs) {
      stops += 1;
      firstStop ??= { rate: slowest.rate, calls: sent, atMs: nowMs, backInMs: nextMs - nowMs };
    }
    nowMs = nextMs;
  }
  return { durationMs: nowMs + roundTripMs, stops, ...(firstStop === undefined ? {} : { firstStop }) };
}

/** In the long run the slowest meter sets the pace; whoever it holds up longest is held up once in each of its windows. */
function restOf(
  allowances: readonly Allowance[],
  calls: number,
  roundTripMs: number,
  longestWaitMs: number,
): { durationMs: number; stops: number } {
  const msEach = (meter: Allowance): number => (meter.windowMs + roundTripMs) / meter.count;
  const [slowest, next] = allowances.toSorted((a, b) => msEach(b) - msEach(a));
  if (slowest === undefined) return { durationMs: 0, stops: 0 };
  const heldUpMs = slowest.windowMs + roundTripMs - (next === undefined ? 0 : msEach(next) * slowest.count);
  return {
    durationMs: calls * msEach(slowest),
    stops: heldUpMs > longestWaitMs ? Math.floor(calls / slowest.count) : 0,
  };
}

/** The meters as all calls meet them, given how many calls of which group there are: one that counts half of them lets twice as many go. */
export function metersForAll(
  meters: readonly MeterUsage[],
  callsByGroup: ReadonlyMap<string, number>,
): readonly CountedMeter[] {
  const all = [...callsByGroup.values()].reduce((sum, calls) => sum + calls, 0);
  return meters.flatMap((meter) => {
    const counted = meter.group === undefined ? all : (callsByGroup.get(meter.group) ?? 0);
    if (counted === 0) return [];
    const times = all / counted;
    const back = (meter.back ?? []).map(([inMs, calls]): [number, number] => [inMs, calls * times]);
    const { count, windowMs } = meter;
    return [{ windowMs, count: Math.max(1, Math.floor(count * times)), back, stated: { count, windowMs } }];
  });
}

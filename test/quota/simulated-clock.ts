import type { Clock } from '../../src/quota/clock.ts';

interface Alarm {
  readonly atMs: number;
  readonly number: number;
  readonly ring: () => void;
}

/** Time that passes only when nothing is left to do at the present moment. */
export class SimulatedClock implements Clock {
  #nowMs = 0;
  #lastNumber = 0;
  readonly #alarms = new Set<Alarm>();
  readonly #turns: number;

  /** `turns` of the event loop are needed at most until everything that can be done at one moment is done. */
  constructor(turns = 1) {
    this.#turns = turns;
  }

  readonly nowMs = (): number => this.#nowMs;

  readonly at = (atMs: number, ring: () => void): (() => void) => {
    this.#lastNumber += 1;
    const alarm = { atMs: Math.max(atMs, this.#nowMs), number: this.#lastNumber, ring };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  };

  /** Resolves after so much simulated time. */
  readonly wait = (durationMs: number): Promise<void> =>
    new Promise((resolve) => {
      this.at(this.#nowMs + durationMs, resolve);
    });

  /** Runs until no alarm is left, or until `untilMs`. */
  async run(untilMs = Number.POSITIVE_INFINITY): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < this.#turns; turn += 1) await settled();
      const next = this.#next();
      if (next === undefined || next.atMs > untilMs) break;
      this.#alarms.delete(next);
      this.#nowMs = next.atMs;
      next.ring();
    }
    if (untilMs !== Number.POSITIVE_INFINITY) this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #next(): Alarm | undefined {
    let next: Alarm | undefined;
    for (const alarm of this.#alarms) {
      const before = next === undefined || alarm.atMs < next.atMs;
      if (before || (alarm.atMs === next?.atMs && alarm.number < next.number)) next = alarm;
    }
    return next;
  }
}

/** Resolves when every promise that can go on has gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

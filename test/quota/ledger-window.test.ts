import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LedgerWindow, resetMarginMs, windowWithDriftMs } from '../../src/quota/ledger-window.ts';
import { propertyRuns } from '../property-runs.ts';

/** The window of a meter of one count, kept as text after each step as a store keeps it. */
class CountedWindow {
  #window: LedgerWindow;
  #count: number;

  constructor(count: number, windowMs: number) {
    this.#window = new LedgerWindow(windowMs);
    this.#count = count;
  }

  take(): void {
    this.#window.open += 1;
  }

  giveBack(): void {
    this.#window.open -= 1;
  }

  close(atMs: number): void {
    this.#window.close(atMs, this.#count);
    this.#keep();
  }

  resetAt(atMs: number, nowMs: number): void {
    this.#window.resetAt(atMs, nowMs);
    this.#keep();
  }

  fill(nowMs: number): void {
    this.#window.fill(nowMs, this.#count);
  }

  setCount(count: number): void {
    this.#count = count;
  }

  freeAtMs(nowMs: number): number {
    return this.#window.freeAtMs(nowMs, this.#count, 1);
  }

  #keep(): void {
    const { windowMs, open } = this.#window;
    const kept = JSON.parse(JSON.stringify(this.#window.snapshot())) as ReturnType<LedgerWindow['snapshot']>;
    this.#window = new LedgerWindow(windowMs, open, kept);
  }
}

function full(window: CountedWindow, count: number, closedAtMs: number): void {
  for (let index = 0; index < count; index += 1) window.take();
  for (let index = 0; index < count; index += 1) window.close(closedAtMs);
}

describe('a window', () => {
  it('gives a permit back one window after the reply, with a little for the drift of clocks', () => {
    const window = new CountedWindow(2, 5_000);
    window.take();
    window.take();
    // As if it were answered now.
    expect(window.freeAtMs(0)).toBe(windowWithDriftMs(5_000));
    window.close(300);
    expect(window.freeAtMs(300)).toBeCloseTo(5_301);
    expect(window.freeAtMs(5_300)).toBeCloseTo(5_301);
    expect(window.freeAtMs(5_301)).toBe(5_301);
  });

  it('gives back at once what was never used', () => {
    const window = new CountedWindow(1, 5_000);
    window.take();
    window.giveBack();
    expect(window.freeAtMs(1)).toBe(1);
  });

  it('keeps a call that was lost until it can no longer be counted, and lets others pass it', () => {
    const window = new CountedWindow(2, 1_000);
    window.take();
    window.take();
    window.close(30_000);
    expect(window.freeAtMs(10)).toBeCloseTo(31_001);
    window.close(100);
    expect(window.freeAtMs(100)).toBeCloseTo(1_101);
    window.take();
    expect(window.freeAtMs(1_200)).toBeCloseTo(31_001);
  });

  it('follows a count that is lowered and raised while permits are out', () => {
    const window = new CountedWindow(4, 1_000);
    for (const closedAtMs of [0, 10, 20, 30]) {
      window.take();
      window.close(closedAtMs);
    }
    window.setCount(2);
    expect(window.freeAtMs(30)).toBeCloseTo(1_021);
    window.setCount(5);
    expect(window.freeAtMs(30)).toBe(30);
  });

  it('is full at once when it is filled', () => {
    const window = new CountedWindow(3, 1_000);
    window.take();
    window.fill(50);
    expect(window.freeAtMs(50)).toBeCloseTo(1_051);
    expect(window.freeAtMs(1_060)).toBe(1_060);
  });
});

describe('a window whose end the vendor tells', () => {
  const hourMs = 3_600_000;
  const marginMs = resetMarginMs(hourMs);

  it('gives back at its end what was answered before', () => {
    const window = new CountedWindow(100, hourMs);
    full(window, 100, 1_000);
    window.resetAt(600_000, 1_000);
    expect(window.freeAtMs(1_000)).toBe(600_000 + marginMs);
    expect(window.freeAtMs(600_000 + marginMs)).toBe(600_000 + marginMs);
  });

  it('keeps what may count in the next window until that one ends', () => {
    const window = new CountedWindow(2, hourMs);
    window.take();
    window.take();
    window.close(599_000);
    window.close(601_500);
    window.resetAt(600_000, 598_000);
    window.resetAt(600_000 + hourMs, 601_600);
    window.take();
    window.close(603_000);
    // Not at the end of the hour that begins with its reply, but with the window that the vendor told.
    expect(window.freeAtMs(603_000)).toBe(600_000 + hourMs + marginMs);
  });

  it('does not forget an end that is about to come when the next is told', () => {
    const window = new CountedWindow(1, hourMs);
    window.take();
    window.close(1_000);
    window.resetAt(600_000, 1_000);
    window.resetAt(600_000 + hourMs, 600_100);
    expect(window.freeAtMs(600_100)).toBe(600_000 + marginMs);
  });

  it('takes the earliest telling of one end', () => {
    const window = new CountedWindow(1, hourMs);
    window.take();
    window.close(1_000);
    for (const toldMs of [600_900, 600_000, 601_000]) window.resetAt(toldMs, 2_000);
    expect(window.freeAtMs(2_000)).toBe(600_000 + marginMs);
  });

  it('without a telling is a sliding window', () => {
    const window = new CountedWindow(1, 1_000);
    window.take();
    window.close(0);
    window.resetAt(-5_000, 0);
    expect(window.freeAtMs(0)).toBeCloseTo(1_001);
  });
});

describe('a window, for any history', () => {
  const step = fc.record({
    gapMs: fc.integer({ min: 0, max: 400 }),
    kind: fc.constantFrom('take', 'reply', 'lose', 'return'),
    which: fc.nat({ max: 20 }),
  });

  it('never has more permits out than it may, and has all of them in the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 1_000 }),
        fc.array(step, { maxLength: 120 }),
        (count, windowMs, steps) => {
          const window = new CountedWindow(count, windowMs);
          const timeoutMs = 500;
          const open: number[] = [];
          const heldUntilMs: number[] = [];
          let nowMs = 0;
          const out = (): number => open.length + heldUntilMs.filter((untilMs) => untilMs > nowMs).length;
          for (const { gapMs, kind, which } of steps) {
            nowMs += gapMs;
            if (kind === 'take') {
              const free = window.freeAtMs(nowMs) <= nowMs;
              if (free) {
                expect(out()).toBeLessThan(count);
                window.take();
                open.push(nowMs);
              }
              continue;
            }
            const [takenAtMs] = open.splice(which % Math.max(1, open.length), 1);
            if (takenAtMs === undefined) continue;
            const closedAtMs = kind === 'reply' ? nowMs : Math.max(nowMs, takenAtMs + timeoutMs);
            if (kind === 'return') window.giveBack();
            else window.close(closedAtMs);
            if (kind !== 'return') heldUntilMs.push(closedAtMs + windowMs);
          }
          for (const takenAtMs of open) window.close(Math.max(nowMs, takenAtMs + timeoutMs));
          nowMs += timeoutMs + windowMs + Math.max(1, windowMs * 0.0002);
          for (let index = 0; index < count; index += 1) {
            expect(window.freeAtMs(nowMs)).toBe(nowMs);
            window.take();
          }
          expect(window.freeAtMs(nowMs)).toBeGreaterThan(nowMs);
        },
      ),
      { numRuns: propertyRuns(500) },
    );
  });
});

describe('a window that is kept in a store', () => {
  it('keeps a large count in few numbers, never too early', () => {
    const windowMs = 86_400_000;
    const count = 1_000_000;
    const window = new LedgerWindow(windowMs);
    const atMs: number[] = [];
    for (let call = 0; call < 100_000; call += 1) {
      window.open += 1;
      atMs.push(call * 700);
      window.close(call * 700, count);
    }
    expect(window.snapshot().buckets.length).toBeLessThanOrEqual(301);
    for (const call of [0, 1, 5_000, 99_999]) {
      const backMs = (atMs[call] ?? 0) + windowMs;
      // All but `call` of them are back when one more than that is wanted of what they leave.
      const freeAtMs = window.freeAtMs(70_000_000, 100_000, call + 1);
      expect(freeAtMs).toBeGreaterThanOrEqual(backMs);
      expect(freeAtMs).toBeLessThanOrEqual(windowWithDriftMs(backMs) + windowMs / 300);
    }
  });

  it('can be filled, and counts several that are wanted together', () => {
    const window = new LedgerWindow(1_000, 2);
    expect(window.freeAtMs(0, 5, 3)).toBe(0);
    expect(window.freeAtMs(0, 5, 4)).toBe(windowWithDriftMs(1_000));
    window.fill(10, 5);
    expect(window.used(10)).toBe(5);
    expect(window.freeAtMs(20, 5, 1)).toBe(10 + windowWithDriftMs(1_000));
  });
});

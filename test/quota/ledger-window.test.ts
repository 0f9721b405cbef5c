import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LedgerWindow } from '../../src/quota/ledger-window.ts';
import { MeterWindow, windowWithDriftMs } from '../../src/quota/meter-window.ts';

const step = fc.record({
  gapMs: fc.integer({ min: 0, max: 400 }),
  kind: fc.constantFrom('take', 'take', 'close', 'lost', 'reset'),
});

describe('the window that processes share', () => {
  it('says of every history what the window of one process says, and something finite where that waits for a reply', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 1_500 }),
        fc.array(step, { maxLength: 60 }),
        (count, windowMs, steps) => {
          const one = new MeterWindow(count, windowMs);
          let shared = new LedgerWindow(windowMs);
          let open = 0;
          let nowMs = 0;
          for (const { gapMs, kind } of steps) {
            nowMs += gapMs;
            const expectedMs = one.freeAtMs(nowMs);
            const freeAtMs = shared.freeAtMs(nowMs, count, 1);
            if (expectedMs === Number.POSITIVE_INFINITY) {
              expect(freeAtMs).toBeGreaterThan(nowMs);
              expect(freeAtMs).toBeLessThanOrEqual(nowMs + windowWithDriftMs(windowMs));
            } else expect(freeAtMs).toBe(expectedMs);
            if (kind === 'take' && expectedMs <= nowMs) {
              one.take();
              shared.open += 1;
              open += 1;
            } else if (kind === 'reset') {
              one.resetAt(nowMs + windowMs / 2, nowMs);
              shared.resetAt(nowMs + windowMs / 2, nowMs);
            } else if (kind !== 'take' && open > 0) {
              const atMs = kind === 'lost' ? nowMs + 500 : nowMs;
              one.close(atMs);
              shared.close(atMs, count);
              open -= 1;
            }
            // As it is kept between two steps.
            const kept = JSON.parse(JSON.stringify(shared.snapshot())) as ReturnType<LedgerWindow['snapshot']>;
            shared = new LedgerWindow(windowMs, shared.open, kept);
          }
        },
      ),
    );
  });

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

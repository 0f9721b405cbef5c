import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMachineClock, storeTime, type ClockReading } from '../../src/quota/machine-clock.ts';

const start: ClockReading = { monotonicMs: 50_000, uptimeMs: 50_000, wallMs: 1e12, boot: 'one' };

describe("the store's clock", () => {
  it('begins with the wall clock and goes on with the monotonic clock, whatever the wall clock does', () => {
    expect(storeTime(undefined, start)).toBe(1e12);
    const note = { ...start, storeMs: 700 };
    for (const wallMs of [0, 1e12, 2e12]) {
      expect(storeTime(note, { monotonicMs: 50_250, uptimeMs: 50_250, wallMs, boot: 'one' })).toBe(950);
    }
  });

  it('goes on over sleep and over a restart', () => {
    const note = { ...start, storeMs: 0 };
    const hourMs = 3_600_000;
    const slept = { monotonicMs: 51_000, uptimeMs: 51_000 + hourMs, wallMs: 1e12 + hourMs + 1_000, boot: 'one' };
    expect(storeTime(note, slept)).toBeGreaterThan(hourMs - 5_000);
    expect(storeTime(note, slept)).toBeLessThanOrEqual(hourMs + 1_000);
    const restarted = { monotonicMs: 70_000, uptimeMs: 70_000, wallMs: 1e12 + hourMs, boot: 'two' };
    expect(storeTime(note, restarted)).toBeGreaterThan(hourMs - 5_000);
    expect(storeTime(note, restarted)).toBeLessThanOrEqual(hourMs);
  });

  it('takes a wall clock that is behind after a restart for no time passed', () => {
    const note = { ...start, storeMs: 123 };
    expect(storeTime(note, { monotonicMs: 10, uptimeMs: 10, wallMs: 0, boot: 'two' })).toBe(123);
  });

  it('never goes back and never runs ahead of the true time, whatever is seen of sleep and restarts', () => {
    const event = fc.record({
      elapsedMs: fc.integer({ min: 0, max: 10 * 86_400_000 }),
      kind: fc.constantFrom('runs', 'runs', 'sleeps', 'restarts'),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.boolean(), (events, hasBootNames) => {
        let trueMs = start.wallMs;
        let boot = 0;
        let reading = { ...start, boot: hasBootNames ? 'boot 0' : '' };
        let storeMs = storeTime(undefined, reading);
        for (const { elapsedMs, kind } of events) {
          const note = { ...reading, storeMs };
          trueMs += elapsedMs;
          const wallMs = reading.wallMs + elapsedMs;
          if (kind === 'restarts') {
            boot += 1;
            // It was off for half the time.
            const upMs = Math.floor(elapsedMs / 2);
            reading = { monotonicMs: upMs, uptimeMs: upMs, wallMs, boot: hasBootNames ? `boot ${boot}` : '' };
          } else {
            reading = {
              ...reading,
              monotonicMs: reading.monotonicMs + (kind === 'sleeps' ? 0 : elapsedMs),
              uptimeMs: reading.uptimeMs + elapsedMs,
              wallMs,
            };
          }
          const nowMs = storeTime(note, reading);
          expect(nowMs).toBeGreaterThanOrEqual(storeMs);
          expect(nowMs).toBeLessThanOrEqual(trueMs);
          storeMs = nowMs;
        }
      }),
    );
  });

  it("reads this machine's clocks", () => {
    const before = readMachineClock();
    const after = readMachineClock();
    expect(after.monotonicMs).toBeGreaterThanOrEqual(before.monotonicMs);
    expect(after.boot).toBe(before.boot);
    expect(Math.abs(Date.now() - after.wallMs)).toBeLessThan(5_000);
    expect(after.uptimeMs).toBeGreaterThan(0);
  });
});

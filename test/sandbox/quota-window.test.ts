import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuotaWindow, type SandboxQuota } from '../../src/sandbox/quota-window.ts';

interface Seen {
  readonly atMs: number;
  readonly counted: boolean;
}

/** The rule once more, as plainly as it can be said: looks at all that ever came. */
class PlainRule {
  readonly #quota: SandboxQuota;
  readonly #seen: Seen[] = [];
  #startMs = Number.NEGATIVE_INFINITY;

  constructor(quota: SandboxQuota) {
    this.#quota = quota;
  }

  refuses(atMs: number): boolean {
    const { count, windowMs, window, countRefused } = this.#quota;
    if (atMs >= this.#startMs + windowMs) this.#startMs = atMs;
    const inside = (seen: Seen): boolean =>
      seen.counted && (window === 'fixed' ? seen.atMs >= this.#startMs : seen.atMs > atMs - windowMs);
    const refused = this.#seen.filter(inside).length >= count;
    this.#seen.push({ atMs, counted: !refused || countRefused === true });
    return refused;
  }
}

const quotas = fc.record({
  count: fc.integer({ min: 1, max: 6 }),
  windowMs: fc.integer({ min: 1, max: 400 }),
  window: fc.constantFrom('sliding', 'fixed'),
  countRefused: fc.boolean(),
});
const gapsMs = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 500 })), {
  maxLength: 80,
});

describe('the quota of the sandbox', () => {
  it('refuses just what the plain rule refuses', () => {
    fc.assert(
      fc.property(quotas, gapsMs, (quota, gaps) => {
        const window = new QuotaWindow(quota);
        const rule = new PlainRule(quota);
        let nowMs = 0;
        for (const gapMs of gaps) {
          nowMs += gapMs;
          expect(window.arrive(nowMs).refused).toBe(rule.refuses(nowMs));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('lets so many go as it says remain, and takes a refused call when it says that it will', () => {
    fc.assert(
      fc.property(quotas, gapsMs, (quota, gaps) => {
        const window = new QuotaWindow(quota);
        let nowMs = 0;
        let promised: { readonly remaining: number; readonly untilMs: number } | undefined;
        for (const gapMs of gaps) {
          nowMs += gapMs;
          const { refused, remaining, resetMs } = window.arrive(nowMs);
          if (promised !== undefined && nowMs < promised.untilMs) expect(refused).toBe(promised.remaining === 0);
          if (refused && !quota.countRefused) expect(resetMs).toBeGreaterThan(0);
          expect(resetMs).toBeLessThanOrEqual(quota.windowMs);
          promised = { remaining, untilMs: nowMs + (remaining === 0 ? resetMs : 0) };
          if (!refused || gapMs % 2 === 0) continue;
          nowMs += resetMs;
          expect(window.arrive(nowMs).refused).toBe(false);
          promised = undefined;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('knows the most that one window held', () => {
    const window = new QuotaWindow({ count: 3, windowMs: 100 });
    for (const atMs of [0, 10, 150, 160, 170]) window.arrive(atMs);
    expect(window.most).toBe(3);
    expect(window.arrive(180).refused).toBe(true);
    expect(window.most).toBe(4);
  });

  it('begins a fixed window with the first call after the one before', () => {
    const window = new QuotaWindow({ count: 1, windowMs: 100, window: 'fixed' });
    expect([0, 99, 130, 229, 230].map((atMs) => window.arrive(atMs).refused)).toEqual([
      false,
      true,
      false,
      true,
      false,
    ]);
    expect(window.arrive(250)).toEqual({ refused: true, remaining: 0, resetMs: 80 });
  });

  it('stays fast and small over a hundred thousand calls', () => {
    const window = new QuotaWindow({ count: 1_000, windowMs: 1_000 });
    let refusals = 0;
    for (let call = 0; call < 100_000; call += 1) if (window.arrive(call).refused) refusals += 1;
    expect(refusals).toBe(0);
    expect(window.most).toBe(1_000);
  });
});

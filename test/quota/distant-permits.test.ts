import { describe, expect, it } from 'vitest';
import type { Meter } from '../../src/core/vendor.ts';
import { createGate } from '../../src/quota/gate.ts';
import { LocalPermits } from '../../src/quota/local-permits.ts';
import type { Maybe, Permits } from '../../src/quota/permits.ts';
import { meter } from './meters.ts';
import { settled } from './simulated-clock.ts';

/** Permits in a store that takes its time to answer, and may be gone. */
class DistantPermits implements Permits {
  readonly #near: LocalPermits;
  reachable = true;

  constructor(meters: readonly Meter[]) {
    this.#near = new LocalPermits({ meters, userSet: true, timeoutMs: 1_000, random: () => 0 });
  }

  readonly #answer = async <Value>(ask: () => Maybe<Value>): Promise<Value> => {
    await settled();
    return ask();
  };

  take = (...words: Parameters<LocalPermits['take']>): ReturnType<Permits['take']> =>
    this.#answer(() => {
      if (!this.reachable) throw new Error('the store is gone');
      return this.#near.take(...words);
    });

  replied = (...words: Parameters<LocalPermits['replied']>): Maybe<void> =>
    this.#answer(() => this.#near.replied(...words));
  lost = (...words: Parameters<LocalPermits['lost']>): Maybe<void> => this.#answer(() => this.#near.lost(...words));
  unused = (...words: Parameters<LocalPermits['unused']>): Maybe<void> =>
    this.#answer(() => this.#near.unused(...words));
  pause = (...words: Parameters<LocalPermits['pause']>): Maybe<void> => this.#answer(() => this.#near.pause(...words));
  learn = (...words: Parameters<LocalPermits['learn']>): Maybe<void> => this.#answer(() => this.#near.learn(...words));
  notice = (...words: Parameters<LocalPermits['notice']>): Maybe<void> =>
    this.#answer(() => this.#near.notice(...words));
  rates = (): ReturnType<LocalPermits['rates']> => this.#near.rates();
}

function distant(meters: readonly Meter[]) {
  const permits = new DistantPermits(meters);
  const gate = createGate({ meters: [], userSet: true, timeoutMs: 1_000, permits });
  return { permits, gate };
}

describe('permits in a distant store', () => {
  it('are handed out in order and within the limit', async () => {
    const { gate } = distant([meter({ count: 3, windowMs: 200 })]);
    const sent: { call: number; atMs: number }[] = [];
    await Promise.all(
      Array.from({ length: 9 }, async (_, call) => {
        const permit = await gate.acquire('calls');
        sent.push({ call, atMs: performance.now() });
        permit.replied();
      }),
    );
    expect(sent.map(({ call }) => call)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    for (let index = 3; index < sent.length; index += 1) {
      expect((sent[index]?.atMs ?? 0) - (sent[index - 3]?.atMs ?? 0)).toBeGreaterThanOrEqual(200);
    }
  });

  it('are handed back when the one who asked has left meanwhile', async () => {
    const { gate } = distant([meter({ count: 1, windowMs: 60_000 })]);
    const impatient = new AbortController();
    const given = gate.acquire('calls', impatient.signal);
    impatient.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    await expect(gate.acquire('calls')).resolves.toBeDefined();
  });

  it('refuse everyone while the store is gone, and serve again when it is back', async () => {
    const { gate, permits } = distant([meter({ count: 5, windowMs: 60_000 })]);
    permits.reachable = false;
    const refused = await Promise.allSettled([gate.acquire('calls'), gate.acquire('calls'), gate.acquire('others')]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    permits.reachable = true;
    await expect(gate.acquire('calls')).resolves.toBeDefined();
  });
});

import { describe, expect, it } from 'vitest';
import type { Gate, Permit } from '../../src/core/gate.ts';
import { meter } from './meters.ts';
import { settled } from './simulated-clock.ts';
import { fast, refusedCall, sendMany, simulated, waitOf } from './simulated-gate.ts';

describe('a refusal', () => {
  it('pauses the group for as long as the vendor says, and no other group', async () => {
    const { clock, gate } = simulated([fast]);
    await refusedCall(gate, 7_000);
    const other = gate.acquire('others');
    await settled();
    await expect(other).resolves.toBeDefined();
    void gate.acquire('calls');
    await settled();
    expect(gate.status()).toMatchObject({ waitMs: 7_000, reason: 'paused by the vendor' });
    await clock.run();
    expect(clock.nowMs()).toBe(7_000);
    expect(gate.status().reason).toBeUndefined();
  });

  it('adds a little by chance, upwards only', async () => {
    const { clock, gate } = simulated([fast], { random: 0.999 });
    await refusedCall(gate, 7_000);
    const waitedMs = await waitOf(gate, clock);
    expect(waitedMs).toBeGreaterThan(7_000);
    expect(waitedMs).toBeLessThan(7_500);
  });

  it('never shortens a pause', async () => {
    const { clock, gate } = simulated([fast]);
    await refusedCall(gate, 9_000);
    gate.pause('calls', 10);
    expect(await waitOf(gate, clock)).toBe(9_000);
  });

  it('without a word pauses for the shortest window, doubled while nothing else comes, up to a minute', async () => {
    const { clock, gate } = simulated([fast, meter({ count: 10_000, windowMs: 86_400_000 })]);
    const pausesMs: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      await refusedCall(gate);
      pausesMs.push(await waitOf(gate, clock));
    }
    expect(pausesMs).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('is one refusal where several calls were under way, and a success ends the doubling', async () => {
    const { clock, gate } = simulated([fast]);
    await refusedCall(gate);
    await waitOf(gate, clock);
    const permits = await Promise.all(Array.from({ length: 8 }, () => gate.acquire('calls')));
    for (const permit of permits) permit.replied();
    for (let index = 0; index < 5; index += 1) gate.pause('calls', undefined);
    expect(await waitOf(gate, clock)).toBe(10_000);
    await refusedCall(gate);
    expect(await waitOf(gate, clock)).toBe(5_000);
  });

  it('that asks for no wait again and again is not answered with a storm', async () => {
    const { clock, gate } = simulated([fast]);
    const pausesMs: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      await refusedCall(gate, 0);
      pausesMs.push(await waitOf(gate, clock));
    }
    expect(pausesMs).toEqual([0, 1_000, 2_000, 4_000]);
  });
});

describe('a limit that the vendor states', () => {
  it('replaces the count of the meter with that window', async () => {
    const { clock, gate } = simulated([meter({ count: 25, windowMs: 5_000 }, { mostCount: 72 })]);
    gate.learn('calls', { count: 10, windowMs: 5_000 });
    await settled();
    expect(gate.status().rates).toEqual([{ count: 10, windowMs: 5_000 }]);
    expect((await sendMany(gate, clock, 20)).filter((atMs) => atMs === 0)).toHaveLength(10);
    gate.learn('calls', { count: 72, windowMs: 5_000 });
    await settled();
    expect(gate.status().rates).toEqual([{ count: 72, windowMs: 5_000 }]);
  });

  it('lowers a rate that the user set and never raises it', async () => {
    const { gate } = simulated([meter({ count: 20, windowMs: 5_000 })], { userSet: true });
    gate.learn('calls', { count: 72, windowMs: 5_000 });
    await settled();
    expect(gate.status().rates).toEqual([{ count: 20, windowMs: 5_000 }]);
    gate.learn('calls', { count: 5, windowMs: 5_000 });
    await settled();
    expect(gate.status().rates).toEqual([{ count: 5, windowMs: 5_000 }]);
  });

  it('of another window is one meter more, which is full at that moment and counts what is under way', async () => {
    const { clock, gate } = simulated([meter({ count: 100, windowMs: 60_000 })]);
    const underWay = await gate.acquire('calls');
    gate.learn('calls', { count: 2, windowMs: 1_000 });
    clock.at(1_500, () => underWay.replied());
    expect(await sendMany(gate, clock, 3)).toEqual([1_001, 2_002, 2_501]);
  });

  it('with a fraction counts as the whole number below it', async () => {
    const { clock, gate } = simulated([meter({ count: 25, windowMs: 5_000 })]);
    gate.learn('calls', { count: 2.5, windowMs: 5_000 });
    expect(await sendMany(gate, clock, 3)).toEqual([0, 0, 5_001]);
    const fixed = simulated([meter({ count: 25, windowMs: 5_000 }, { window: 'fixed' })]);
    await told(fixed.gate, { limit: 3.5 });
    expect(await sendMany(fixed.gate, fixed.clock, 3)).toEqual([0, 0, 5_001]);
  });

  it.each([
    { count: 0, windowMs: 5_000 },
    { count: Number.NaN, windowMs: 5_000 },
    { count: 5, windowMs: 0 },
  ])('that makes no sense changes nothing: %o', async (rate) => {
    const { gate } = simulated([fast]);
    gate.learn('calls', rate);
    await settled();
    expect(gate.status().rates).toEqual([{ count: 100, windowMs: 5_000 }]);
  });
});

async function told(gate: Gate, notice: Parameters<Gate['notice']>[1]): Promise<Permit> {
  const permit = await gate.acquire('calls');
  permit.replied();
  gate.notice(permit, notice);
  await settled();
  return permit;
}

describe('headers', () => {
  const hourly = meter({ count: 100, windowMs: 3_600_000 }, { window: 'fixed', mostCount: 5_000 });

  it('replace the assumed count of a fixed window, and not that of a rate that the user set', async () => {
    const vendors = simulated([hourly]);
    await told(vendors.gate, { limit: 1_000, remaining: 999, resetMs: 3_000_000 });
    expect(vendors.gate.status().rates).toEqual([{ count: 1_000, windowMs: 3_600_000 }]);
    const users = simulated([hourly], { userSet: true });
    await told(users.gate, { limit: 1_000, remaining: 999, resetMs: 3_000_000 });
    expect(users.gate.status().rates).toEqual([{ count: 100, windowMs: 3_600_000 }]);
    await told(users.gate, { limit: 50 });
    expect(users.gate.status().rates).toEqual([{ count: 50, windowMs: 3_600_000 }]);
  });

  it('do not touch a sliding meter, whose window they may not mean', async () => {
    const { gate } = simulated([meter({ count: 8, windowMs: 1_000 })]);
    await told(gate, { limit: 1_000, remaining: 900, resetMs: 60_000 });
    expect(gate.status().rates).toEqual([{ count: 8, windowMs: 1_000 }]);
  });

  it('hold back everything until the reset where nothing remains', async () => {
    const { clock, gate } = simulated([fast]);
    await told(gate, { limit: 100, remaining: 0, resetMs: 800 });
    void gate.acquire('calls');
    await settled();
    expect(gate.status().reason).toContain('used up');
    await clock.run();
    expect(clock.nowMs()).toBe(850);
  });

  it('let no more go than remain, counting what is under way', async () => {
    const { clock, gate } = simulated([fast]);
    const underWay = await Promise.all([gate.acquire('calls'), gate.acquire('calls')]);
    await told(gate, { limit: 100, remaining: 5, resetMs: 2_500 });
    expect((await sendMany(gate, clock, 6)).filter((atMs) => atMs === 0)).toHaveLength(3);
    for (const permit of underWay) permit.replied();
  });

  it('give back what a later header has accounted for', async () => {
    const { clock, gate } = simulated([fast]);
    const underWay = await Promise.all(Array.from({ length: 4 }, () => gate.acquire('calls')));
    await told(gate, { limit: 100, remaining: 4, resetMs: 2_500 });
    // All four were in that count already, as their replies show: four may still go, and no fifth.
    for (const permit of underWay) {
      clock.at(100, () => {
        permit.replied();
        gate.notice(permit, { limit: 100, remaining: 5, resetMs: 2_400 });
      });
    }
    expect(await sendMany(gate, clock, 5)).toEqual([100, 100, 100, 100, 2_550]);
  });

  it.each([
    {},
    { remaining: 0 },
    { remaining: 0, resetMs: Number.NaN },
    { remaining: Number.NaN, resetMs: 1_000 },
    { remaining: 0, resetMs: -5_000 },
    { limit: 0 },
    { limit: Number.NaN, remaining: -1, resetMs: 1_000 },
  ])('that make no sense hold nothing back: %o', async (notice) => {
    const { clock, gate } = simulated([hourly]);
    await told(gate, notice);
    expect(await sendMany(gate, clock, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(gate.status().rates).toEqual([{ count: 100, windowMs: 3_600_000 }]);
  });
});

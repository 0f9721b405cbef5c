import { getEventListeners, setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { OppatchError } from '../../src/core/errors.ts';
import { meter } from './meters.ts';
import { settled } from './simulated-clock.ts';
import { fast, refusedCall, sendMany, simulated, withPermit } from './simulated-gate.ts';

describe('the order of service', () => {
  it('is the order of asking, and all whose permits are back at one moment go at that moment', async () => {
    const { clock, gate } = simulated([meter({ count: 25, windowMs: 5_000 })]);
    const sentAtMs = await sendMany(gate, clock, 75);
    expect(new Set(sentAtMs.slice(0, 25))).toEqual(new Set([0]));
    expect(new Set(sentAtMs.slice(25, 50))).toEqual(new Set([5_001]));
    expect(new Set(sentAtMs.slice(50))).toEqual(new Set([10_002]));
  });

  it('holds across groups that share a meter', async () => {
    const { clock, gate } = simulated([meter({ count: 1, windowMs: 1_000 })]);
    const served: string[] = [];
    for (const group of ['a', 'a', 'b', 'a', 'b']) {
      void withPermit(gate, group, () => served.push(group));
    }
    await clock.run();
    expect(served).toEqual(['a', 'a', 'b', 'a', 'b']);
  });

  it('lets a group pass whose meter is not the one that is used up', async () => {
    const { clock, gate } = simulated([
      meter({ count: 1, windowMs: 1_000 }, { group: 'writes' }),
      meter({ count: 3, windowMs: 1_000 }),
    ]);
    const [writes, reads] = await Promise.all([sendMany(gate, clock, 2, 'writes'), sendMany(gate, clock, 2, 'reads')]);
    expect(writes).toEqual([0, 1_001]);
    expect(reads).toEqual([0, 0]);
  });

  it('takes a permit of every meter', async () => {
    const { clock, gate } = simulated([meter({ count: 2, windowMs: 1_000 }), meter({ count: 3, windowMs: 10_000 })]);
    expect(await sendMany(gate, clock, 4)).toEqual([0, 0, 1_001, 10_002]);
  });
});

describe('giving up', () => {
  it('rejects with the reason of the signal and leaves the line as it was for the others', async () => {
    const { clock, gate } = simulated([meter({ count: 1, windowMs: 1_000 })]);
    const first = await gate.acquire('calls');
    const impatient = new AbortController();
    const given = gate.acquire('calls', impatient.signal);
    const patient = gate.acquire('calls', new AbortController().signal);
    impatient.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    expect(getEventListeners(impatient.signal, 'abort')).toEqual([]);
    first.replied();
    await clock.run();
    (await patient).replied();
    expect(clock.nowMs()).toBe(1_001);
  });

  it('is refused before asking where the signal is aborted already', async () => {
    const { gate } = simulated([meter({ count: 1, windowMs: 1_000 })]);
    await expect(gate.acquire('calls', AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    await expect(gate.acquire('calls')).resolves.toBeDefined();
  });

  it('leaves no listener behind on a signal that serves a whole run', async () => {
    const { clock, gate } = simulated([meter({ count: 5, windowMs: 100 })]);
    const run = new AbortController();
    setMaxListeners(0, run.signal);
    for (let index = 0; index < 40; index += 1)
      void gate.acquire('calls', run.signal).then((permit) => permit.replied());
    await clock.run();
    expect(getEventListeners(run.signal, 'abort')).toEqual([]);
  });

  it('counts a permit once, however often it is handed back', async () => {
    const { clock, gate } = simulated([meter({ count: 2, windowMs: 1_000 })]);
    const permit = await gate.acquire('calls');
    permit.unused();
    permit.unused();
    permit.lost();
    expect(await sendMany(gate, clock, 3)).toEqual([0, 0, 1_001]);
  });
});

describe('a budget that is used up', () => {
  it('is told as such, with the time at which it is back, rather than waited for', async () => {
    const { clock, gate } = simulated([meter({ count: 3, windowMs: 86_400_000 })]);
    await sendMany(gate, clock, 3);
    const refused = await gate.acquire('calls').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OppatchError);
    expect(refused).toMatchObject({ code: 'quota-exhausted', exitCode: 6 });
    expect((refused as OppatchError).message).toMatch(/3\/1d.*back in 1d, at \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC/);
  });

  it('reaches all who wait', async () => {
    const { gate } = simulated([fast], { longestWaitMs: 60_000 });
    await refusedCall(gate);
    const waiting = [gate.acquire('calls'), gate.acquire('calls')].map((asked) =>
      asked.catch((error: unknown) => error),
    );
    await settled();
    gate.pause('calls', 3_600_000);
    for (const outcome of await Promise.all(waiting)) expect(outcome).toMatchObject({ code: 'quota-exhausted' });
  });

  it('an hour is still waited for', async () => {
    const { clock, gate } = simulated([meter({ count: 1, windowMs: 3_600_000 })]);
    expect(await sendMany(gate, clock, 2)).toEqual([0, 3_600_720]);
  });
});

describe('the cost', () => {
  it('of a permit does not grow with those that are out', async () => {
    const { gate } = simulated([meter({ count: 1_000_000, windowMs: 60_000 })]);
    const costOf = async (calls: number): Promise<number> => {
      const { user, system } = process.cpuUsage();
      for (let call = 0; call < calls; call += 1) (await gate.acquire('calls')).replied();
      const used = process.cpuUsage({ user, system });
      return (used.user + used.system) / calls;
    };
    await costOf(1_000);
    const first = await costOf(1_000);
    await costOf(4_000);
    const later = await costOf(1_000);
    // In microseconds of CPU; some ten times what it takes.
    expect(first).toBeLessThan(500);
    expect(later).toBeLessThan(500);
  });
});

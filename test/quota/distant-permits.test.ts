import { describe, expect, it } from 'vitest';
import { meter } from './meters.ts';
import { settled } from './simulated-clock.ts';
import { sendMany, simulated } from './simulated-gate.ts';

describe('permits in a distant store', () => {
  it('are handed out in order and within the limit', async () => {
    const { clock, gate } = simulated([meter({ count: 3, windowMs: 200 })]);
    expect(await sendMany(gate, clock, 9)).toEqual([0, 0, 0, 201, 201, 201, 402, 402, 402]);
  });

  it('are handed back when the one who asked has left meanwhile', async () => {
    const { gate } = simulated([meter({ count: 1, windowMs: 60_000 })]);
    const impatient = new AbortController();
    const given = gate.acquire('calls', impatient.signal);
    impatient.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    await settled();
    await expect(gate.acquire('calls')).resolves.toBeDefined();
  });

  it('refuse everyone while the store is gone, and serve again when it is back', async () => {
    const { gate, store } = simulated([meter({ count: 5, windowMs: 60_000 })]);
    store.broken = true;
    const refused = await Promise.allSettled([gate.acquire('calls'), gate.acquire('calls'), gate.acquire('others')]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    store.broken = false;
    await expect(gate.acquire('calls')).resolves.toBeDefined();
  });
});

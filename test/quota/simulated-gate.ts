import type { Gate } from '../../src/core/gate.ts';
import type { Meter } from '../../src/core/vendor.ts';
import { createGate } from '../../src/quota/gate.ts';
import { meter } from './meters.ts';
import { SimulatedClock } from './simulated-clock.ts';

/** A gate on a simulated clock. */
export function simulated(
  meters: readonly Meter[],
  more: { userSet?: boolean; longestWaitMs?: number; random?: number } = {},
) {
  const clock = new SimulatedClock();
  const { userSet = false, longestWaitMs, random = 0 } = more;
  const gate = createGate({
    meters,
    userSet,
    timeoutMs: 30_000,
    clock,
    random: () => random,
    ...(longestWaitMs === undefined ? {} : { longestWaitMs }),
  });
  return { clock, gate };
}

export async function withPermit(gate: Gate, group: string, send: () => void): Promise<void> {
  const permit = await gate.acquire(group);
  send();
  permit.replied();
}

/** Sends so many calls whose replies come at once; returns the moments at which they went. */
export async function sendMany(gate: Gate, clock: SimulatedClock, calls: number, group = 'calls'): Promise<number[]> {
  const sentAtMs: number[] = [];
  for (let index = 0; index < calls; index += 1) {
    void withPermit(gate, group, () => sentAtMs.push(clock.nowMs()));
  }
  await clock.run();
  return sentAtMs;
}

/** One call that is refused for want of quota. */
export async function refusedCall(gate: Gate, waitMs?: number): Promise<void> {
  const permit = await gate.acquire('calls');
  permit.replied();
  gate.pause('calls', waitMs);
}

/** How long the next call waits. */
export async function waitOf(gate: Gate, clock: SimulatedClock, group = 'calls'): Promise<number> {
  const fromMs = clock.nowMs();
  const asked = gate.acquire(group);
  await clock.run();
  (await asked).unused();
  return clock.nowMs() - fromMs;
}

/** More than these tests send. */
export const fast = meter({ count: 100, windowMs: 5_000 });

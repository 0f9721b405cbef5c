import type { Gate } from '../../src/core/gate.ts';
import type { Meter } from '../../src/core/vendor.ts';
import { PermitGate } from '../../src/quota/gate.ts';
import { SharedPermits } from '../../src/quota/shared-permits.ts';
import { LedgerStore } from './ledger-store.ts';
import { meter } from './meters.ts';
import { SimulatedClock } from './simulated-clock.ts';

export interface SimulatedGateOptions {
  readonly userSet?: boolean;
  readonly reservePercent?: number;
  readonly longestWaitMs?: number;
  readonly timeoutMs?: number;
  readonly random?: number;
}

/** A gate of one process on a simulated clock, over a store in memory that answers at once. */
export function simulated(meters: readonly Meter[], options: SimulatedGateOptions = {}) {
  const { userSet = false, reservePercent = 0, longestWaitMs, timeoutMs = 30_000, random = 0 } = options;
  // Endings reach the store in the next turn.
  const clock = new SimulatedClock(3);
  const store = new LedgerStore(LedgerStore.newAccount(), {
    meters,
    userSet,
    reservePercent,
    clock,
    answerMs: () => 0,
  });
  const rates = meters.map(({ count, windowMs }) => ({ count, windowMs }));
  const permits = new SharedPermits({ store, rates, timeoutMs, clock, random: () => random });
  const gate = new PermitGate({ permits, clock, ...(longestWaitMs === undefined ? {} : { longestWaitMs }) });
  return { clock, gate, store, permits };
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

/** One call that is refused for lack of quota. */
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

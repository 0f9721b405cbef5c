import type { Gate } from '../../src/core/gate.ts';
import type { CallParts } from '../../src/run/call-dispatcher.ts';
import { defaultRetryPolicy } from '../../src/run/retry-delay.ts';

const nothing = (): void => undefined;
const done = (): Promise<void> => Promise.resolve();

/** Lets everybody through at once. */
const openGate: Gate = {
  acquire: () => Promise.resolve({ expired: () => false, replied: nothing, lost: nothing, unused: nothing }),
  pause: nothing,
  learn: nothing,
  notice: nothing,
  status: () => ({ waitMs: 0, rates: [] }),
};

/** What calls are sent with where a test has nothing to say of it: everything goes, at once, and nothing is written down. */
export const plainParts: Omit<CallParts, 'transport'> = {
  read: () => ({ kind: 'settled', verdicts: [{ kind: 'applied' }] }),
  gate: openGate,
  journal: {
    planned: nothing,
    intent: done,
    notApplied: done,
    callApplied: done,
    jobOpened: done,
    jobClosing: done,
    jobDropped: done,
    readSent: nothing,
    recordOutcome: done,
  },
  authorise: () => ({ method: 'PATCH', url: 'http://127.0.0.1/', headers: {} }),
  timeoutMs: 1_000,
  retry: defaultRetryPolicy,
  random: Math.random,
  wait: done,
  onEvent: nothing,
};

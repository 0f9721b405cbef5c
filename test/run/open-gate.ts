import type { Gate } from '../../src/core/gate.ts';

const nothing = (): void => undefined;

/** Lets everybody through at once. */
export const openGate: Gate = {
  acquire: () => Promise.resolve({ expired: () => false, replied: nothing, lost: nothing, unused: nothing }),
  pause: nothing,
  learn: nothing,
  notice: nothing,
  status: () => ({ waitMs: 0, rates: [] }),
};

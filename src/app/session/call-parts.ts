import type { RunEvent } from '../../core/run-event.ts';
import type { RunJournal } from '../../core/run-journal.ts';
import type { Host } from '../../host.ts';
import type { CallParts } from '../../run/call-dispatcher.ts';
import { defaultRetryPolicy } from '../../run/retry-delay.ts';
import type { Wire } from './wire.ts';

/** What a command hands to whatever sends its calls: the way to the vendor, repeats, time. */
export function callParts(
  { wait }: Host,
  wire: Wire,
  parts: Pick<CallParts, 'read' | 'journal' | 'timeoutMs'> & { readonly onEvent: (event: RunEvent) => void },
): CallParts {
  return {
    ...parts,
    gate: wire.gate,
    transport: wire.transport,
    authorise: wire.authorise,
    ...(wire.renew === undefined ? {} : { renew: wire.renew }),
    retry: defaultRetryPolicy,
    random: Math.random,
    wait,
  };
}

/** Reads are not journalled; anything else must not be sent by whoever holds this. */
export const readsOnly: RunJournal = {
  planned: never,
  intent: never,
  notApplied: never,
  callApplied: never,
  jobOpened: never,
  jobClosing: never,
  jobDropped: never,
  readSent: () => undefined,
  recordOutcome: never,
};

function never(): never {
  throw new Error('A command that only reads sends no write');
}

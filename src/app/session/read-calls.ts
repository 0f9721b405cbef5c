import type { Call, Reading, Reply } from '../../core/call.ts';
import type { CallCounts } from '../../core/run-event.ts';
import { CallDispatcher, type ReadReply } from '../../run/call-dispatcher.ts';
import { RunStop, stopError } from '../../run/run-stop.ts';
import { callParts, readsOnly } from './call-parts.ts';
import type { Context } from './context.ts';
import { defaultTimeoutMs } from './session.ts';
import { openWire } from './wire.ts';
import { writeErr } from './output.ts';
import { stopOnSignals } from './signals.ts';

/** Calls that only read, within the quota, for commands and steps that keep no run. */
export interface ReadCalls {
  readonly send: (call: Call) => Promise<ReadReply>;
  /** Why no more is sent, as an error; to be asked after `stopped`. */
  readonly failure: () => Error;
  readonly counts: () => CallCounts;
  readonly close: () => Promise<void>;
}

/** `read`: what replies mean, where that is not what the account's service says. */
export async function openReadCalls(
  context: Context,
  options: {
    readonly concurrency: number;
    /** Milliseconds. */
    readonly timeout?: number;
    readonly verbose?: true;
    readonly read?: (reply: Reply, call: Call) => Reading;
  },
): Promise<ReadCalls> {
  const { host, account } = context;
  const { concurrency, timeout: timeoutMs = defaultTimeoutMs } = options;
  const wire = await openWire(context, {
    timeoutMs,
    ...(options.verbose === true ? { trace: (line: string) => writeErr(host, line) } : {}),
  });
  const stop = new RunStop();
  const takeSignalsOff = stopOnSignals(host, stop, (line) => writeErr(host, line));
  const read = options.read ?? account.service.read;
  const parts = callParts(host, wire, { read, journal: readsOnly, timeoutMs, onEvent: () => undefined });
  const dispatcher = new CallDispatcher(parts, stop, concurrency);
  return {
    send: (call) => dispatcher.readSettled(call),
    failure: () => stopped(stop),
    counts: () => dispatcher.counts,
    close: async () => {
      takeSignalsOff();
      await wire.close();
    },
  };
}

function stopped({ reason }: RunStop): Error {
  if (reason === undefined) return new Error('reading was stopped for no reason');
  return stopError(reason);
}

import type { Call, Reading, Reply } from '../../core/call.ts';
import type { CallCounts, RunEvent } from '../../core/run-event.ts';
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
  readonly dispatcher: CallDispatcher;
  readonly stop: RunStop;
  /** Why no more is sent, as an error; to be asked after `stopped`. */
  readonly failure: () => Error;
  readonly counts: () => CallCounts;
  readonly close: () => Promise<void>;
}

/** `read`: what replies mean, where that is not what the account's service says. `timeout`: milliseconds. */
export async function openReadCalls(
  context: Context,
  options: {
    readonly concurrency: number;
    readonly timeout?: number;
    readonly verbose?: true;
    readonly read?: (reply: Reply, call: Call) => Reading;
    readonly onEvent?: (event: RunEvent) => void;
  },
): Promise<ReadCalls> {
  const { host, account } = context;
  const { concurrency, timeout: timeoutMs = defaultTimeoutMs, verbose } = options;
  const { read = account.service.read, onEvent = () => undefined } = options;
  const wire = await openWire(context, { timeoutMs, verbose });
  const stop = new RunStop();
  const takeSignalsOff = stopOnSignals(host, stop, (line) => writeErr(host, line));
  const parts = callParts(host, wire, { read, journal: readsOnly, timeoutMs, onEvent });
  const dispatcher = new CallDispatcher(parts, stop, concurrency);
  return {
    send: (call) => dispatcher.readSettled(call),
    dispatcher,
    stop,
    failure: () =>
      stop.reason === undefined ? new Error('reading was stopped for no reason') : stopError(stop.reason),
    counts: () => dispatcher.counts,
    close: async () => {
      takeSignalsOff();
      await wire.close();
    },
  };
}

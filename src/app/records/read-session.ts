import type { Edit } from '../../core/edit.ts';
import { OppatchError } from '../../core/errors.ts';
import type { CallCounts, RunEvent } from '../../core/run-event.ts';
import { RecordReader, type RecordResult } from '../../run/record-reader.ts';
import { CallDispatcher } from '../../run/call-dispatcher.ts';
import { RunStop, stopError } from '../../run/run-stop.ts';
import { callParts, readsOnly } from '../session/call-parts.ts';
import type { Context } from '../session/context.ts';
import { defaultTimeoutMs } from '../session/session.ts';
import { openWire } from '../session/wire.ts';
import { currentParts, noticeOf } from './current-parts.ts';
import { writeErr } from '../session/output.ts';
import { stopOnSignals } from '../session/signals.ts';

/** Reads records within the quota. */
export interface ReadSession {
  readonly read: (edit: Edit) => Promise<RecordResult>;
  /** Why nothing more is read, as an error; undefined while all is well. */
  readonly failure: () => OppatchError | undefined;
  readonly calls: () => CallCounts;
  readonly concurrency: number;
  readonly close: () => Promise<void>;
}

/** The way to the vendor for commands that read and keep no run. */
export async function openReadSession(
  context: Context,
  options: {
    readonly concurrency?: number;
    readonly timeoutMs?: number;
    readonly trace?: (line: string) => void;
    readonly quiet?: boolean;
    /** False where each record is to be read by itself. */
    readonly bulk?: boolean;
  },
): Promise<ReadSession> {
  const { host, account, paint } = context;
  const current = currentParts(account, { bulk: options.bulk ?? true });
  if (current === undefined) {
    throw new OppatchError('cannot-read', `${account.vendor.title} offers no way to read opportunities.`, {
      hint: 'Plan with --offline.',
    });
  }
  const concurrency = options.concurrency ?? account.vendor.concurrency;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const wire = await openWire(context, { timeoutMs, trace: options.trace });
  const stop = new RunStop();
  const takeSignalsOff = stopOnSignals(host, stop, (line) => writeErr(host, line));
  const onEvent = (event: RunEvent): void => {
    const notice = options.quiet === true ? undefined : noticeOf(event);
    if (notice !== undefined) writeErr(host, `${paint.warn('!')} ${notice}`);
  };
  const dispatcher = new CallDispatcher(
    callParts(host, wire, { read: account.service.read, journal: readsOnly, timeoutMs, onEvent }),
    stop,
    concurrency,
  );
  let scheduled = false;
  /** What one turn of the event loop asks for is read together. */
  const onGather = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      reader.reads.flush();
    });
  };
  const reader = new RecordReader(current, dispatcher, onGather);
  return {
    read: (edit) => reader.read(edit),
    failure: () => (stop.reason === undefined ? undefined : stopError(stop.reason)),
    calls: () => dispatcher.counts,
    concurrency,
    close: async () => {
      takeSignalsOff();
      await wire.close();
    },
  };
}

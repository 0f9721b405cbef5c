import type { Edit } from '../../core/edit.ts';
import { OppatchError } from '../../core/errors.ts';
import type { RunEvent } from '../../core/run-event.ts';
import { RecordReader, type RecordResult } from '../../run/record-reader.ts';
import { stopError } from '../../run/run-stop.ts';
import type { Context } from '../session/context.ts';
import { openReadCalls } from '../session/read-calls.ts';
import { warn } from '../session/session.ts';
import { currentParts, noticeOf } from './current-parts.ts';

/** The way to the vendor for commands that read and keep no run. */
export async function openReadSession(
  context: Context,
  options: {
    readonly concurrency?: number;
    /** Milliseconds. */
    readonly timeout?: number;
    readonly verbose?: true;
    readonly quiet?: boolean;
    /** False where each record is to be read by itself. */
    readonly bulk?: boolean;
  },
) {
  const { vendor } = context.account;
  const { concurrency = vendor.concurrency, bulk = true, quiet } = options;
  const current = currentParts(context.account, { bulk });
  if (current === undefined)
    throw new OppatchError('cannot-read', `${vendor.title} offers no way to read opportunities.`, {
      hint: 'Plan with --offline.',
    });
  const onEvent = (event: RunEvent): void => {
    const notice = quiet === true ? undefined : noticeOf(event);
    if (notice !== undefined) warn(context, notice);
  };
  const { dispatcher, stop, close } = await openReadCalls(context, { ...options, concurrency, onEvent });
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
    read: (edit: Edit): Promise<RecordResult> => reader.read(edit),
    /** Why nothing more is read, as an error; undefined while all is well. */
    failure: () => (stop.reason === undefined ? undefined : stopError(stop.reason)),
    calls: () => dispatcher.counts,
    concurrency,
    close,
  };
}

import type { Call } from '../../core/call.ts';
import { OppatchError } from '../../core/errors.ts';
import { printable } from '../../core/printable.ts';
import type { CallCounts } from '../../core/run-event.ts';
import { openMetadataCache } from './metadata-cache.ts';
import { metadataReading, readMetadata, type MetadataReply, type ReadMetadata } from './read-metadata.ts';
import { Exchanger } from '../../run/exchanger.ts';
import { RunStop } from '../../run/run-stop.ts';
import { callParts, readsOnly } from '../session/call-parts.ts';
import { defaultTimeoutMs, openWire, type Context } from '../session/context.ts';
import { writeErr } from '../session/output.ts';
import { stopOnSignals } from '../session/signals.ts';

export interface MetadataOptions {
  readonly refresh?: true;
  readonly quiet?: true;
  readonly verbose?: true;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** More would not make a handful of reads faster. */
const readsAtOnce = 4;

export interface AccountMetadata extends ReadMetadata {
  /** The calls that it took; absent where it was remembered. */
  readonly calls?: CallCounts;
}

/** Whether there is anything to be read of this account. */
export function hasMetadata({ account: { service } }: Context): boolean {
  return (service.metadata?.reads.length ?? 0) > 0;
}

/**
 * What the account calls its things: as it told within the last minutes, else read within its quota. What it refuses to tell is said, and is
 * absent. Rejects with an `OppatchError` where the credentials are refused or the quota is used up.
 */
export async function accountMetadata(context: Context, options: MetadataOptions): Promise<AccountMetadata> {
  const cache = cacheOf(context);
  const known = options.refresh === true ? undefined : await cache.get(Date.now());
  const read = known ?? (await readAnew(context, options));
  if (known === undefined) await cache.put(read, Date.now());
  if (options.quiet !== true)
    for (const { part, without, reason } of read.gaps)
      writeErr(
        context.host,
        `${context.paint.warn('!')} ${context.redact(printable(`The ${part} can't be read (${reason}): ${without}.`))}`,
      );
  return read;
}

/** What the account told at any time before. */
export function rememberedMetadata(context: Context): Promise<ReadMetadata | undefined> {
  return cacheOf(context).get(Date.now(), Number.POSITIVE_INFINITY);
}

function cacheOf({ account, baseUrl, directories }: Context) {
  const { accountKey, service } = account;
  return openMetadataCache(directories.state, { accountKey, baseUrl, service });
}

async function readAnew(context: Context, options: MetadataOptions): Promise<AccountMetadata> {
  const { host, account } = context;
  const { vendor, service } = account;
  const timeoutMs = options.timeout ?? defaultTimeoutMs;
  const wire = await openWire(context, {
    concurrency: readsAtOnce,
    timeoutMs,
    ...(options.verbose === true ? { trace: (line: string) => writeErr(host, line) } : {}),
  });
  const stop = new RunStop();
  const takeSignalsOff = stopOnSignals(host, stop, (line) => writeErr(host, line));
  const exchanger = new Exchanger(
    callParts(host, wire, { read: metadataReading(service), journal: readsOnly, timeoutMs, onEvent: () => undefined }),
    stop,
    readsAtOnce,
  );
  const send = (call: Call): Promise<MetadataReply> => exchanger.readSettled(call);
  try {
    const read = await readMetadata(service, vendor.title, send);
    if (read !== undefined) return { ...read, calls: exchanger.counts };
    throw stopped(stop);
  } finally {
    takeSignalsOff();
    await wire.transport.close();
  }
}

function stopped({ reason }: RunStop): Error {
  if (reason === undefined) return new Error('reading was stopped for no reason');
  if (reason.error instanceof OppatchError) return reason.error;
  const { code, message, hint, exitCode } = reason;
  return new OppatchError(code, message, { exitCode, ...(hint === undefined ? {} : { hint }) });
}

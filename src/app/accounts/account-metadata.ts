import { printable } from '../../core/printable.ts';
import type { CallCounts } from '../../core/run-event.ts';
import { openMetadataCache } from './metadata-file.ts';
import { metadataReading, readMetadata, type ReadMetadata } from './read-metadata.ts';
import type { Context } from '../session/context.ts';
import { openReadCalls } from '../session/read-calls.ts';
import { warn } from '../session/session.ts';

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
  const read = known ?? (await readAgain(context, options));
  if (known === undefined) await cache.put(read, Date.now());
  if (options.quiet !== true)
    for (const { part, without, reason } of read.gaps)
      warn(context, context.redact(printable(`The ${part} can't be read (${reason}): ${without}.`)));
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

async function readAgain(context: Context, options: MetadataOptions): Promise<AccountMetadata> {
  const { vendor, service } = context.account;
  const calls = await openReadCalls(context, { ...options, concurrency: readsAtOnce, read: metadataReading(service) });
  try {
    const read = await readMetadata(service, vendor.title, calls.send);
    if (read !== undefined) return { ...read, calls: calls.counts() };
    throw calls.failure();
  } finally {
    await calls.close();
  }
}

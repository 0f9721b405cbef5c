import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Service } from '../../core/vendor.ts';
import { readMetadataFile, writeMetadata } from './metadata-file.ts';
import type { ReadMetadata } from './read-metadata.ts';

/** How long what an account has told is taken for true. */
export const metadataLifeMs = 600_000;

export interface MetadataCache {
  /** What was read less than `longestMs` ago. */
  readonly get: (nowMs: number, longestMs?: number) => Promise<ReadMetadata | undefined>;
  /** A disk that can't be written costs the cache and nothing else. */
  readonly put: (read: ReadMetadata, nowMs: number) => Promise<void>;
}

/** One file for each account, address and set of reads, in the folder `metadata` of the state directory. */
export function openMetadataCache(
  stateDirectory: string,
  of: {
    readonly accountKey: string;
    readonly baseUrl: string;
    readonly service: Pick<Service, 'metadata'>;
  },
): MetadataCache {
  const reads = (of.service.metadata?.reads ?? []).map(({ call }) => [call.path, call.query ?? []]);
  const key = createHash('sha256')
    .update(JSON.stringify([of.accountKey, of.baseUrl, reads]))
    .digest('hex');
  const path = join(stateDirectory, 'metadata', `${key}.json`);
  return {
    get: async (nowMs, longestMs = metadataLifeMs) => {
      const file = await readMetadataFile(path);
      const ageMs = file === undefined ? Number.NaN : nowMs - file.readAtMs;
      return ageMs >= 0 && ageMs < longestMs ? file : undefined;
    },
    put: async (read, nowMs) => {
      if (read.gaps.some(({ passing }) => passing)) return;
      await writeMetadata(path, read, nowMs).catch(() => undefined);
    },
  };
}

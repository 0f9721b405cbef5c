import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OppatchError } from '../../core/errors.ts';
import { isJsonObject, jsonIn, stringifyJson, type JsonObject } from '../../core/json.ts';
import type { Metadata, Service } from '../../core/vendor.ts';
import { metadataFile } from '../../journal/run-directory.ts';
import type { MetadataGap, ReadMetadata } from './read-metadata.ts';

/**
 * Keeps the metadata that a run was checked with in its directory: a resumed run means what it meant when it began. Resolves with the SHA-256 of what
 * was written, hex.
 */
export async function keepMetadata(directory: string, metadata: Metadata): Promise<string> {
  return sha256(await writeMetadata(join(directory, metadataFile), { metadata, gaps: [] }, 0));
}

/** Undefined for a run that needed none, which is one without a digest of it. Rejects where the file is not the one of that digest. */
export async function keptMetadata(directory: string, digest: string | undefined): Promise<Metadata | undefined> {
  if (digest === undefined) return undefined;
  const path = join(directory, metadataFile);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const file = text === undefined || sha256(text) !== digest ? undefined : parsedFile(text);
  if (file !== undefined) return file.metadata;
  throw new OppatchError(
    'metadata-damaged',
    'What the account called its fields when the run began is gone or damaged, so its rows cannot be read.',
    {
      place: path,
      hint: 'Nothing is sent. Check at the vendor which rows are done before you send any again.',
      exitCode: 1,
    },
  );
}

/** How long what an account has told is taken for true. */
export const metadataLifeMs = 600_000;

/** One file for each account, address and set of reads, in the folder `metadata` of the state directory. */
export function openMetadataCache(
  stateDirectory: string,
  { accountKey, baseUrl, service }: { accountKey: string; baseUrl: string; service: Pick<Service, 'metadata'> },
) {
  const reads = (service.metadata?.reads ?? []).map(({ call }) => [call.path, call.query ?? []]);
  const path = join(stateDirectory, 'metadata', `${sha256(JSON.stringify([accountKey, baseUrl, reads]))}.json`);
  return {
    /** What was read less than `longestMs` ago. */
    get: async (nowMs: number, longestMs = metadataLifeMs): Promise<ReadMetadata | undefined> => {
      const text = await readFile(path, 'utf8').catch(() => undefined);
      const file = text === undefined ? undefined : parsedFile(text);
      const ageMs = file === undefined ? Number.NaN : nowMs - file.readAtMs;
      return ageMs >= 0 && ageMs < longestMs ? file : undefined;
    },
    /** A disk that can't be written costs the cache and nothing else. */
    put: async (read: ReadMetadata, nowMs: number): Promise<void> => {
      if (read.gaps.some(({ passing }) => passing)) return;
      await writeMetadata(path, read, nowMs).catch(() => undefined);
    },
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Written whole or not at all, readable by its owner only. `readAtMs`: since the epoch. Resolves with the text. */
async function writeMetadata(path: string, read: ReadMetadata, readAtMs: number): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = { version: 1, readAtMs, metadata: read.metadata, gaps: read.gaps.map((gap) => ({ ...gap })) };
    const text = stringifyJson(file);
    await writeFile(part, text, { mode: 0o600, flag: 'wx', flush: true });
    await rename(part, path);
    return text;
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** Undefined for text of another form. */
function parsedFile(text: string): (ReadMetadata & { readonly readAtMs: number }) | undefined {
  const file = jsonIn(text);
  if (!isJsonObject(file) || file['version'] !== 1 || typeof file['readAtMs'] !== 'number') return undefined;
  const { metadata, gaps, readAtMs } = file;
  if (!isJsonObject(metadata) || !Array.isArray(gaps)) return undefined;
  const parts = Object.entries(metadata).map(([name, list]) => [name, objectsOf(list)] as const);
  return {
    readAtMs,
    metadata: Object.fromEntries(parts),
    gaps: objectsOf(gaps).filter((gap): gap is JsonObject & MetadataGap => typeof gap['without'] === 'string'),
  };
}

function objectsOf(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter((one): one is JsonObject => isJsonObject(one)) : [];
}

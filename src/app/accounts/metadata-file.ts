import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OppatchError } from '../../core/errors.ts';
import { isJsonObject, parseJson, stringifyJson, type JsonObject } from '../../core/json.ts';
import type { Metadata } from '../../core/vendor.ts';
import type { MetadataGap, ReadMetadata } from './read-metadata.ts';

/** The metadata that a run was checked with, kept in its directory: a resumed run means what it meant when it began. */
const keptFile = 'metadata.json';

export async function keepMetadata(directory: string, metadata: Metadata): Promise<void> {
  await writeMetadata(join(directory, keptFile), { metadata, gaps: [] }, 0);
}

/** Undefined for a run that needed none. Rejects where the file is there and is damaged. */
export async function keptMetadata(directory: string): Promise<Metadata | undefined> {
  const path = join(directory, keptFile);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const file = parsed(text);
  if (file !== undefined) return file.metadata;
  throw new OppatchError('metadata-damaged', 'What the account called its fields when the run began is damaged.', {
    place: path,
    hint: 'Apply the input that is kept beside it as a run of its own.',
  });
}

/** Written whole or not at all, readable by its owner only. `readAtMs`: since the epoch. */
export async function writeMetadata(path: string, read: ReadMetadata, readAtMs: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = { version: 1, readAtMs, metadata: read.metadata, gaps: read.gaps.map((gap) => ({ ...gap })) };
    await writeFile(part, stringifyJson(file), { mode: 0o600, flag: 'wx', flush: true });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

export interface MetadataFile extends ReadMetadata {
  readonly readAtMs: number;
}

/** Undefined for a file that is not there, or is of another form. */
export async function readMetadataFile(path: string): Promise<MetadataFile | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parsed(text);
}

function parsed(text: string): MetadataFile | undefined {
  let file: unknown;
  try {
    file = parseJson(text);
  } catch {
    return undefined;
  }
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

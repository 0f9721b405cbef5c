import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { keepMetadata, keptMetadata, metadataLifeMs, openMetadataCache } from '../../src/app/accounts/metadata-file.ts';
import { close } from '../../src/vendors/close/vendor.ts';
import { leadsquared } from '../../src/vendors/leadsquared/vendor.ts';
import { serviceOf } from '../contract/fixtures.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});
function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'oppatch-metadata-'));
  directories.push(directory);
  return directory;
}

const read = { metadata: { users: [{ id: 'user_1', email: 'ada@northwind.example' }] }, gaps: [] };
const account = { accountKey: 'a'.repeat(64), baseUrl: 'https://api.close.com/api/v1', service: serviceOf(close) };

describe('what an account told', () => {
  it('is remembered for ten minutes, readable by its owner only', async () => {
    const state = newDirectory();
    const cache = openMetadataCache(state, account);
    expect(await cache.get(0)).toBeUndefined();
    await cache.put(read, 1000);
    expect(await cache.get(1000 + metadataLifeMs - 1)).toMatchObject(read);
    expect(await cache.get(1000 + metadataLifeMs)).toBeUndefined();
    expect(await cache.get(1000 + metadataLifeMs, Number.POSITIVE_INFINITY)).toMatchObject(read);
    // A clock that was put back makes nothing last longer.
    expect(await cache.get(999)).toBeUndefined();
    const folder = join(state, 'metadata');
    const names = readdirSync(folder);
    expect(names).toHaveLength(1);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, names[0] ?? '')).mode & 0o777).toBe(0o600);
  });

  it('is of one account, one address and one opportunity type', async () => {
    const state = newDirectory();
    await openMetadataCache(state, account).put(read, 0);
    for (const other of [
      { ...account, accountKey: 'b'.repeat(64) },
      { ...account, baseUrl: 'http://127.0.0.1:1' },
    ]) {
      expect(await openMetadataCache(state, other).get(1)).toBeUndefined();
    }
    const typed = (code: string) =>
      openMetadataCache(state, {
        ...account,
        service: serviceOf(leadsquared, { 'event-code': code }),
      });
    await typed('12000').put(read, 0);
    expect(await typed('12000').get(1)).toMatchObject(read);
    expect(await typed('12001').get(1)).toBeUndefined();
  });

  it('is asked for again where a read failed for passing reasons, not where it was refused', async () => {
    const state = newDirectory();
    const cache = openMetadataCache(state, account);
    const gap = { part: 'users', without: 'ids only', reason: 'HTTP 500', passing: true };
    await cache.put({ metadata: {}, gaps: [gap] }, 0);
    expect(await cache.get(1)).toBeUndefined();
    await cache.put({ metadata: {}, gaps: [{ ...gap, passing: false }] }, 0);
    expect(await cache.get(1)).toMatchObject({ gaps: [{ part: 'users', without: 'ids only' }] });
  });

  it('is asked for again where its file is damaged; a place that cannot be written costs the memory only', async () => {
    const state = newDirectory();
    const cache = openMetadataCache(state, account);
    await cache.put(read, 0);
    const [name = ''] = readdirSync(join(state, 'metadata'));
    for (const text of ['', '{', 'null', '{"version":2}', '{"version":1,"readAtMs":0,"metadata":[],"gaps":[]}']) {
      writeFileSync(join(state, 'metadata', name), text);
      expect(await cache.get(1)).toBeUndefined();
    }
    const blocked = join(newDirectory(), 'file');
    writeFileSync(blocked, '');
    await expect(openMetadataCache(blocked, account).put(read, 0)).resolves.toBeUndefined();
  });
});

describe('what a run was checked with', () => {
  it('is kept in its directory', async () => {
    const directory = newDirectory();
    expect(await keptMetadata(directory, undefined)).toBeUndefined();
    const digest = await keepMetadata(directory, read.metadata);
    expect(await keptMetadata(directory, digest)).toEqual(read.metadata);
    expect(readdirSync(directory)).toEqual(['metadata.json']);
  });

  it('is an error where it is damaged: the run would mean something else without it', async () => {
    const directory = newDirectory();
    const digest = await keepMetadata(directory, read.metadata);
    const path = join(directory, 'metadata.json');
    const text = readFileSync(path, 'utf8');
    for (const damaged of [text.replace('"', "'"), text.replace(/[a-z](?=[a-z]*"\])?/, 'q'), '']) {
      writeFileSync(path, damaged);
      await expect(keptMetadata(directory, digest)).rejects.toMatchObject({ code: 'metadata-damaged' });
    }
    rmSync(path);
    await expect(keptMetadata(directory, digest)).rejects.toMatchObject({ code: 'metadata-damaged' });
  });
});

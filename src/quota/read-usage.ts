import { stat } from 'node:fs/promises';
import { OppatchError } from '../core/errors.ts';
import { openPermitStore, quotaFile, type StoredQuota } from './open-permit-store.ts';
import type { MeterUsage } from './permit-store.ts';

/**
 * What is used of the account's quota now, by any program, where the store of it can tell; undefined where it can't, or keeps nothing yet. Makes no file.
 */
export async function readUsage(
  location: string | undefined,
  stateDirectory: string,
  quota: StoredQuota,
): Promise<readonly MeterUsage[] | undefined> {
  if (location === undefined && !(await isFile(quotaFile(stateDirectory, quota)))) return undefined;
  try {
    const store = await openPermitStore(location, stateDirectory, quota);
    try {
      return await store.usage();
    } finally {
      await store.close();
    }
  } catch (error) {
    // A forecast works without it; whoever sends gets the error.
    if (error instanceof OppatchError) return undefined;
    throw error;
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

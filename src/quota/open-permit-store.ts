import { join } from 'node:path';
import { OppatchError } from '../core/errors.ts';
import type { LedgerPermitStoreOptions } from './ledger-permit-store.ts';
import type { PermitStore } from './permit-store.ts';

/** Whose permits they are, and the limits that this process works with. */
export interface StoredQuota extends LedgerPermitStoreOptions {
  /** The same for all who use the account, another for every other account. */
  readonly accountKey: string;
}

/**
 * The store that all who use the account share: at `location` where it is given (`redis://…`, `rediss://…`), else a file in the state directory of
 * this machine. Rejects with an `OppatchError` (exit code 2) where it can't be opened: the quota is never ignored.
 */
export async function openPermitStore(
  location: string | undefined,
  stateDirectory: string,
  quota: StoredQuota,
): Promise<PermitStore> {
  if (location === undefined) {
    const { openDiskPermitStore } = await import('./disk-permit-store.ts');
    return openDiskPermitStore(quotaFile(stateDirectory, quota), quota);
  }
  if (/^rediss?:\/\//i.test(location)) {
    const { openRedisPermitStore } = await import('./redis-permit-store.ts');
    return openRedisPermitStore(location, quota);
  }
  // The address is not repeated: it may hold a password.
  throw new OppatchError('quota-store-unknown', 'This is not the address of a quota store.', {
    place: '--quota-store',
    hint: 'Write redis://host:port, or rediss://host:port for TLS; without it, the quota is kept on this machine.',
  });
}

/** Where the account's quota is kept on this machine. */
export function quotaFile(stateDirectory: string, { accountKey }: Pick<StoredQuota, 'accountKey'>): string {
  return join(stateDirectory, 'quota', `${accountKey}.db`);
}

import type { CredentialSource } from '../../profiles/profile.ts';

/** What `--store` takes; a secret command has a flag of its own. */
export const storeNames = ['keychain', 'file', 'env'] as const satisfies readonly CredentialSource[];
export type StoreName = (typeof storeNames)[number];

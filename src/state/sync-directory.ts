import { open } from 'node:fs/promises';

/**
 * Makes the names in a directory durable: a new file survives a loss of power only when its name does too. Where the system can't sync a
 * directory (Windows, some network mounts), the file alone is all that can be obtained.
 */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { recordKinds } from './record.ts';
import { journalFile } from './run-directory.ts';
import { listRuns } from './run-listing.ts';

/** A run that sends writes down its first calls within so many bytes. */
const beginningLength = 1 << 20;

/** When a run of the account last wrote to its journal (milliseconds since the epoch), of those that sent anything; undefined where there is none. */
export async function lastSentMs(runs: string, accountKey: string): Promise<number | undefined> {
  for (const { header, directory } of await listRuns(runs)) {
    if (header.accountKey !== accountKey) continue;
    const path = join(directory, journalFile);
    if (await hasSent(path)) return (await stat(path)).mtimeMs;
  }
  return undefined;
}

async function hasSent(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(beginningLength), 0, beginningLength, 0);
    return buffer.subarray(0, bytesRead).includes(`"k":"${recordKinds.intent}"`);
  } finally {
    await file.close();
  }
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from '../../core/own-process.ts';
import { directories } from '../../core/directories.ts';
import { printable } from '../../core/printable.ts';
import type { Host } from '../../host.ts';
import { checkingFile, removeRun, runsDirectory, startOf } from '../../journal/run-directory.ts';
import { surveyRuns, type RunListing, type UnreadableRun } from '../../journal/run-listing.ts';
import { unlessAtWork } from '../runs/run-lock.ts';
import { writeOut } from '../session/output.ts';

/**
 * Removes the directories of runs that began before `beforeMs` (since the epoch), and says so. Left alone, and named with the reason, are runs at work,
 * always, and those of which something is open or not known, unless `unfinished` asks for them.
 */
export async function pruneRuns(host: Host, beforeMs: number, { unfinished }: { unfinished: boolean }): Promise<void> {
  const { state } = directories(host.env);
  const { runs, unreadable } = await surveyRuns(runsDirectory(state));
  let removed = 0;
  const kept: { run: string; reason: string }[] = [];
  const remove = async (directory: string): Promise<true> => {
    await removeRun(directory);
    removed += 1;
    return true;
  };
  for (const listing of runs) {
    const { run } = listing.header;
    if (startOf(run) >= beforeMs) continue;
    const open = unfinished ? undefined : openReason(listing);
    if (open !== undefined) kept.push({ run, reason: open });
    else if ((await unlessAtWork(state, listing.header, () => remove(listing.directory))) === undefined)
      kept.push({ run, reason: 'at work' });
  }
  for (const lost of unreadable) {
    if (startOf(lost.run) >= beforeMs) continue;
    const reason = await unreadableReason(lost, unfinished);
    if (reason === undefined) await remove(lost.directory);
    else kept.push({ run: lost.run, reason });
  }
  for (const { run, reason } of kept) writeOut(host, `Left alone: ${run}: ${printable(reason)}.`);
  writeOut(host, `${removed} ${removed === 1 ? 'run' : 'runs'} removed.`);
}

function openReason({ end, damage }: RunListing): string | undefined {
  if (damage !== undefined) return damage;
  if (end === undefined) return 'at work, or killed before its end';
  if (end.status !== 'finished') return `${end.status}, with ${end.rows.unprocessed} rows unprocessed`;
  return end.rows.in_doubt > 0 ? `${end.rows.in_doubt} rows in doubt` : undefined;
}

async function unreadableReason(
  { directory, maySent }: UnreadableRun,
  unfinished: boolean,
): Promise<string | undefined> {
  if (maySent) return unfinished ? undefined : "it can't be read, and may have sent rows";
  const pid = Number(await readFile(join(directory, checkingFile), 'utf8').catch(() => ''));
  return pid > 0 && isAlive(pid) ? 'at work' : undefined;
}

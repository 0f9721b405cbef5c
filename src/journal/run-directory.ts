import { randomInt } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pid } from '../core/own-process.ts';
import { OppatchError } from '../core/errors.ts';
import { syncDirectory } from '../state/sync-directory.ts';

export const journalFile = 'journal.ndjson';
/** Stands in the directory of a run until its journal has a header: while it does, nothing was sent. Holds the number of the process. */
export const checkingFile = 'checking';
/** What the account called its fields when the run began, where its rows need that. */
export const metadataFile = 'metadata.json';

/** `…/runs` under the state directory: one directory a run, named by its id. */
export function runsDirectory(stateDirectory: string): string {
  return join(stateDirectory, 'runs');
}

/** The ids of runs, which are the names of their directories. */
export const runIdForm = /^\d{8}T\d{6}Z-[a-z0-9]{4}$/;
const idLetters = 'abcdefghjkmnpqrstuvwxyz23456789';

/** `20261121T021530Z-x7f3`: sorts by time; the tail keeps runs of one second apart. */
export function newRunId(now: Date): string {
  const time = now.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  const tail = Array.from({ length: 4 }, () => idLetters[randomInt(idLetters.length)]).join('');
  return `${time}-${tail}`;
}

/** Makes the directory of a new run, readable by its owner only. */
export async function makeRunDirectory(runs: string, now: Date): Promise<{ run: string; directory: string }> {
  try {
    await mkdir(runs, { recursive: true, mode: 0o700 });
    for (;;) {
      const run = newRunId(now);
      const directory = join(runs, run);
      if (!(await mkdir(directory, { mode: 0o700 }).then(() => true, existsAlready))) continue;
      await writeFile(join(directory, checkingFile), String(pid), { mode: 0o600 });
      return { run, directory };
    }
  } catch (error) {
    throw new OppatchError(
      'state-directory-not-writable',
      "The directory that keeps the runs can't be written, so nothing is sent.",
      {
        place: runs,
        hint: 'Make it writable for you, or point OPPATCH_HOME at a directory that is.',
        cause: error,
      },
    );
  }
}

/** The journal has its header. When this resolves, a loss of power leaves the run where it is found, and it may begin to send. */
export async function runBegins(directory: string): Promise<void> {
  await rm(join(directory, checkingFile), { force: true });
  await Promise.all([syncDirectory(directory), syncDirectory(dirname(directory))]);
}

function existsAlready(error: unknown): false {
  if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
  throw error;
}

/** The moment that a run's id tells, milliseconds since the epoch. */
export function startOf(run: string): number {
  return Date.parse(run.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z.*$/, '$1-$2-$3T$4:$5:$6Z'));
}

export async function removeRun(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}

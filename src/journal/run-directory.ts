import { randomInt } from 'node:crypto';
import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { OppatchError } from '../core/errors.ts';
import { nearestName } from '../core/nearest.ts';
import { readEnd, type SessionEnd } from './journal.ts';
import { readHead, recordKinds } from './record.ts';
import type { RunHeader } from './run-header.ts';
import { syncDirectory } from './sync-directory.ts';

export const journalFile = 'journal.ndjson';

/** `…/runs` under the state directory: one directory a run, named by its id. */
export function runsDirectory(stateDirectory: string): string {
  return join(stateDirectory, 'runs');
}

const idForm = /^\d{8}T\d{6}Z-[a-z0-9]{4}$/;
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
      await syncDirectory(runs);
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

function existsAlready(error: unknown): false {
  if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
  throw error;
}

export interface RunListing {
  readonly header: RunHeader;
  readonly directory: string;
  /** Undefined where a process still works on it or was killed. */
  readonly end: SessionEnd | undefined;
}

/** A process may open a limited number of files. */
const filesAtOnce = 16;

/** All runs, the newest first; those of one second by the millisecond in which they began. Directories without a readable journal are left out. */
export async function listRuns(runs: string): Promise<RunListing[]> {
  const names = await readdir(runs).catch(() => []);
  const ids = names.filter((name) => idForm.test(name)).sort((a, b) => (a < b ? 1 : -1));
  const listings: RunListing[] = [];
  for (let start = 0; start < ids.length; start += filesAtOnce) {
    const some = ids.slice(start, start + filesAtOnce);
    const read = await Promise.all(some.map((id) => readListing(join(runs, id)).catch(() => undefined)));
    listings.push(...read.filter((listing) => listing !== undefined));
  }
  return listings.sort((left, right) => compareTexts(orderOf(right), orderOf(left)));
}

/** The second of the id, the moment of the header, then the id's tail: an order in which no two runs are equal. */
function orderOf({ header: { run, startedAt } }: RunListing): string {
  return `${run.slice(0, run.indexOf('-'))} ${startedAt} ${run}`;
}

function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The run of this id, or of the only id that begins so; without an id the newest. */
export async function findRun(runs: string, id: string | undefined): Promise<RunListing> {
  const all = await listRuns(runs);
  if (id === undefined) {
    const [newest] = all;
    if (newest !== undefined) return newest;
    throw new OppatchError('no-runs', 'There is no run yet.', {
      place: runs,
      hint: 'Type `oppatch apply FILE` to make one.',
    });
  }
  const found = all.filter(({ header }) => header.run === id);
  const matches =
    found.length > 0 ? found : all.filter(({ header }) => header.run.startsWith(id) || header.run.endsWith(id));
  const [match] = matches;
  if (match !== undefined && matches.length === 1 && id !== '') return match;
  const near = nearestName(
    id,
    all.map(({ header }) => header.run),
  );
  throw new OppatchError(
    matches.length > 1 ? 'ambiguous-run' : 'unknown-run',
    matches.length > 1 ? `More than one run is called ${id}….` : `There is no run ${id}.`,
    {
      place: runs,
      hint:
        near === undefined
          ? 'Type `oppatch runs` to see them all.'
          : `Did you mean ${near}? \`oppatch runs\` shows them all.`,
    },
  );
}

/** Directories of runs that began before `beforeMs` (since the epoch), also of those that were killed before anything was sent. */
export async function oldRunDirectories(runs: string, beforeMs: number): Promise<string[]> {
  const names = await readdir(runs).catch(() => []);
  return names.filter((name) => idForm.test(name) && startOf(name) < beforeMs).map((name) => join(runs, name));
}

/** The moment that a run's id tells, milliseconds since the epoch. */
function startOf(run: string): number {
  return Date.parse(run.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z.*$/, '$1-$2-$3T$4:$5:$6Z'));
}

export async function removeRun(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}

/** Reads the first line and the last one; nothing in between. */
async function readListing(directory: string): Promise<RunListing> {
  const path = join(directory, journalFile);
  const { size } = await stat(path);
  const file = await open(path, 'r');
  try {
    const header = await firstLine(file, size);
    const last = await lastLine(file, size);
    const ended = last !== undefined && readHead(last, 0)?.kind === recordKinds.end;
    return { header: JSON.parse(header) as RunHeader, directory, end: readEnd(ended ? last.toString() : undefined) };
  } finally {
    await file.close();
  }
}

async function firstLine(file: FileHandle, size: number): Promise<string> {
  for (let length = Math.min(size, 4096); ; length = Math.min(size, length * 4)) {
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, 0);
    const end = bytes.indexOf(0x0a);
    if (end >= 0) return bytes.toString('utf8', 0, end);
    if (length === size) throw new OppatchError('journal-empty', 'The journal has no header.');
  }
}

/** Without its line end; undefined where it is torn. */
async function lastLine(file: FileHandle, size: number): Promise<Buffer | undefined> {
  for (let length = Math.min(size, 4096); ; length = Math.min(size, length * 4)) {
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, size - length);
    if (bytes[length - 1] !== 0x0a) return undefined;
    const line = bytes.subarray(0, -1);
    const start = line.lastIndexOf(0x0a) + 1;
    if (start > 0 || length === size) return line.subarray(start);
  }
}

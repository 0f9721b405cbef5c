import { access, open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { OppatchError } from '../core/errors.ts';
import { nearestName } from '../core/nearest.ts';
import { readLines } from './journal-lines.ts';
import { readHead, recordKinds } from './record.ts';
import { checkingFile, journalFile, metadataFile, runIdForm } from './run-directory.ts';
import { isFirstVersion, journalVersion, otherVersion, readHeader, type RunHeader } from './run-header.ts';
import { sealNumber } from './seal.ts';
import { readEnd, type SessionEnd } from './session-end.ts';

export interface RunListing {
  readonly header: RunHeader;
  readonly directory: string;
  /** Undefined where a process still works on it or was killed. */
  readonly end: SessionEnd | undefined;
  /**
   * Why nothing can be done with the run any more; undefined where all is well. Of runs with nothing left to do only the ends of the journal are read.
   */
  readonly damage: string | undefined;
}

/** A directory of a run whose journal has no header that can be believed. */
export interface UnreadableRun {
  readonly run: string;
  readonly directory: string;
  /** Why, and what to do. */
  readonly problem: OppatchError;
  /** False where it is certain that nothing of it was sent: a process is just checking its file, or was killed while it did. */
  readonly maySent: boolean;
}

/** A process may open a limited number of files. */
const filesAtOnce = 16;

/** All runs, the newest first; those of one second by the millisecond in which they began. Those that can't be read stand by themselves. */
export async function surveyRuns(
  runs: string,
): Promise<{ readonly runs: readonly RunListing[]; readonly unreadable: readonly UnreadableRun[] }> {
  const names = await readdir(runs).catch(() => []);
  const ids = names.filter((name) => runIdForm.test(name)).sort((a, b) => (a < b ? 1 : -1));
  const listings: RunListing[] = [];
  const unreadable: UnreadableRun[] = [];
  for (let start = 0; start < ids.length; start += filesAtOnce) {
    const some = ids.slice(start, start + filesAtOnce);
    for (const found of await Promise.all(some.map((id) => readListing(id, join(runs, id)))))
      if ('problem' in found) unreadable.push(found);
      else listings.push(found);
  }
  return { runs: listings.sort((left, right) => (orderOf(left) < orderOf(right) ? 1 : -1)), unreadable };
}

/** The runs that can be read, in the order of {@link surveyRuns}. */
export async function listRuns(runs: string): Promise<readonly RunListing[]> {
  return (await surveyRuns(runs)).runs;
}

/** The second of the id, the moment of the header, then the id's tail: an order in which no two runs are equal. */
function orderOf({ header: { run, startedAt } }: RunListing): string {
  return `${run.slice(0, run.indexOf('-'))} ${startedAt} ${run}`;
}

/** The run of this id, or of the only id that begins or ends so. Rejects with why it can't be read, where it can't. */
export async function findRun(runs: string, id: string): Promise<RunListing> {
  const { runs: listings, unreadable } = await surveyRuns(runs);
  const all = [...listings.map((listing) => ({ run: listing.header.run, listing })), ...unreadable];
  const found = all.filter(({ run }) => run === id);
  const matches = found.length > 0 ? found : all.filter(({ run }) => run.startsWith(id) || run.endsWith(id));
  const [match] = matches;
  if (match !== undefined && matches.length === 1 && id !== '') {
    if ('problem' in match) throw match.problem;
    return match.listing;
  }
  const near = nearestName(
    id,
    all.map(({ run }) => run),
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

/** Reads the first line and the last one; what stands in between only where the run has something left to do. */
async function readListing(run: string, directory: string): Promise<RunListing | UnreadableRun> {
  const path = join(directory, journalFile);
  try {
    const { size } = await stat(path);
    const file = await open(path, 'r');
    try {
      const header = headerOf(await firstLine(file, size), path);
      if (header.run !== run) throw unreadable(`its journal is that of the run ${header.run}`, path);
      const last = await lastLine(file, size);
      const whole = last !== undefined && sealNumber(last, 0, last.length) !== undefined;
      const ended = whole && readHead(last, 0)?.kind === recordKinds.end;
      const end = ended ? readEnd(last.toString()) : undefined;
      const damage = hasLeft(end) ? await damageOf(directory, header) : undefined;
      return { header, directory, end, damage };
    } finally {
      await file.close();
    }
  } catch (error) {
    const neverSent = await stands(join(directory, checkingFile));
    const problem = neverSent ? neverBegan(directory) : readProblem(error, path);
    return { run, directory, problem, maySent: !neverSent };
  }
}

/** Whether rows can be resumed or retried. */
function hasLeft(end: SessionEnd | undefined): boolean {
  return end?.status !== 'finished' || end.rows.applied + end.rows.unchanged < end.rows.read;
}

/** What keeps `resume` and `retry` from working with the run. */
async function damageOf(directory: string, { input }: RunHeader): Promise<string | undefined> {
  const { damage } = await readLines(join(directory, journalFile), () => undefined);
  if (damage !== undefined) return 'its journal is damaged';
  if (!(await stands(join(directory, input.copy)))) return 'the copy of its edits is gone';
  if (input.metadataSha256 === undefined || (await stands(join(directory, metadataFile)))) return undefined;
  return 'what the account called its fields is gone';
}

function stands(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function headerOf(line: Buffer, path: string): RunHeader {
  const text = line.toString('utf8');
  if (isFirstVersion(text)) throw otherVersion(path, 1);
  if (sealNumber(line, 0, line.length) !== 1) throw unreadable('the header of its journal is damaged', path);
  const header = readHeader(text);
  if (!('misfit' in header)) return header;
  if (typeof header.version === 'number' && header.version !== journalVersion) throw otherVersion(path, header.version);
  throw unreadable(`"${header.misfit}" in the header of its journal is not what it should be`, path);
}

function readProblem(error: unknown, path: string): OppatchError {
  if (error instanceof OppatchError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  return unreadable(code === 'ENOENT' ? 'its journal is gone' : `its journal can't be read (${code})`, path);
}

/** It may have sent rows, so nobody is told to delete it or to send its file again. */
function unreadable(reason: string, path: string): OppatchError {
  return new OppatchError('run-not-readable', `This run can't be read: ${reason}. It may have sent rows.`, {
    place: path,
    hint: 'Its input, and any result files it made, are in the same directory. Check at the vendor which rows are done before you send any of them again.',
    exitCode: 1,
  });
}

function neverBegan(directory: string): OppatchError {
  return new OppatchError(
    'run-not-begun',
    'This run sent nothing: it is checking its file, or was killed while it did.',
    {
      place: directory,
      hint: 'Where no oppatch is at work, apply the file again.',
    },
  );
}

async function firstLine(file: FileHandle, size: number): Promise<Buffer> {
  for (let length = Math.min(size, 4096); ; length = Math.min(size, length * 4)) {
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, 0);
    const end = bytes.indexOf(0x0a);
    if (end >= 0) return bytes.subarray(0, end);
    if (length === size) return bytes;
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

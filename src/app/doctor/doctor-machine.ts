import { mkdtemp, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nodeVersion, platform } from '../../core/own-process.ts';
import { fileError, shellWord } from '../../profiles/owner-only.ts';
import { openDatabase } from '../../state/database.ts';
import { tryLock } from '../../state/lock.ts';
import { supportedNode } from '../session/version.ts';
import { finding, findingOf, type DoctorCheck, type Finding } from './doctor-check.ts';

/** The checks of the machine: what runs the tool, and where it keeps things. */

export const checkNode: DoctorCheck = {
  name: 'node',
  run: () => Promise.resolve([nodeFinding(nodeVersion, supportedNode())]),
};

/** `range` is `>=` and a version, as in package.json. */
export function nodeFinding(version: string, range: string): Finding {
  const least = range.replace(/^>=\s*/, '');
  if (!isOlder(version, least)) return finding('ok', `Node ${version}`);
  return finding('error', `Node ${version} is too old.`, `Install Node ${least} or newer, and start oppatch with it.`);
}

function isOlder(version: string, least: string): boolean {
  const [a, b] = [version, least].map((text) => text.split('.').map(Number.parseFloat));
  const at = [0, 1, 2].find((index) => (a?.[index] ?? 0) !== (b?.[index] ?? 0)) ?? 0;
  return (a?.[at] ?? 0) < (b?.[at] ?? 0);
}

export const checkDirectories: DoctorCheck = {
  name: 'directories',
  run: async ({ directories: { config, state } }) => {
    if (config === state) return directoryFindings('config and state', state);
    return [...(await directoryFindings('config', config)), ...(await directoryFindings('state', state))];
  },
};

const scarceBytes = 100 * 1024 ** 2;
const tooFewBytes = 5 * 1024 ** 2;

/** Writable, durable, private, with room. A directory that is not there yet is judged by the nearest one above it. */
async function directoryFindings(kind: string, path: string): Promise<Finding[]> {
  try {
    const place = await nearestDirectory(path);
    await inPassingDirectory(place, writeDurably);
    const findings = [finding('ok', `${kind}: ${path}${place === path ? '' : ' (made when it is first needed)'}`)];
    const { mode } = await stat(place);
    const message = `Other users of this machine can change ${path}.`;
    if (place === path && platform !== 'win32' && (mode & 0o022) !== 0)
      findings.push(finding('warning', message, `Type: chmod 700 ${shellWord(path)}`));
    const disk = await statfs(place);
    const free = spaceFinding(path, disk.bavail * disk.bsize);
    return free === undefined ? findings : [...findings, free];
  } catch (error) {
    return [findingOf(error)];
  }
}

export function spaceFinding(path: string, freeBytes: number): Finding | undefined {
  if (freeBytes >= scarceBytes) return undefined;
  return finding(
    freeBytes < tooFewBytes ? 'error' : 'warning',
    `Only ${Math.floor(freeBytes / 1024 ** 2)} MiB are free where ${path} is.`,
    'Make room; `oppatch runs prune --older-than 90d` removes old runs.',
  );
}

/** The lock and the small database that processes share: some network file systems have neither. */
export const checkLocks: DoctorCheck = {
  name: 'locks',
  run: async ({ directories: { state } }) => {
    try {
      await inPassingDirectory(await nearestDirectory(state), async (directory) => {
        const lock = await tryLock(join(directory, 'try'), { purpose: 'doctor' });
        if (!('release' in lock)) throw fileError({ code: 'a lock that nobody holds is taken' }, state);
        const second = await tryLock(join(directory, 'try'), { purpose: 'doctor' });
        lock.release();
        if ('release' in second) {
          second.release();
          throw fileError({ code: 'locks do not lock here' }, state);
        }
        const database = await openDatabase(join(directory, 'try.db'), 'CREATE TABLE IF NOT EXISTS tried (n INTEGER)');
        try {
          await database.transaction((sql) => sql.run('INSERT INTO tried VALUES (?)', 1));
        } finally {
          database.close();
        }
      });
      return [finding('ok', 'locks and the shared quota work on this file system')];
    } catch (error) {
      return [
        { ...findingOf(error), remedy: 'Put the state on a local disk: set OPPATCH_HOME, or XDG_STATE_HOME, to one.' },
      ];
    }
  },
};

async function nearestDirectory(path: string): Promise<string> {
  for (let place = path; ; place = dirname(place)) {
    const found = await stat(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && dirname(place) !== place) return undefined;
      throw fileError(error, place);
    });
    if (found?.isDirectory() === true) return place;
    if (found !== undefined) throw fileError({ code: 'ENOTDIR' }, place);
  }
}

async function inPassingDirectory(place: string, work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(place, '.oppatch-doctor-')).catch((error: unknown) => {
    throw fileError(error, place);
  });
  try {
    await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function writeDurably(directory: string): Promise<void> {
  const path = join(directory, 'try');
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile('oppatch');
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

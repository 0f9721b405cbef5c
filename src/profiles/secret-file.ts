import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OppatchError } from '../core/errors.ts';
import type { Credentials } from '../core/vendor.ts';
import { plainJsonIn } from '../core/plain-json.ts';
import { syncDirectory } from '../state/sync-directory.ts';
import { checkOwnerOnly, fileError, shellWord } from './owner-only.ts';
import { checkProfileName, isPart, isTexts } from './profile.ts';
import { exclusivelyIn, withSecretsLocked, type SecretStore } from './secret-store.ts';

type Secrets = ReadonlyMap<string, Credentials>;

/**
 * The secrets in `secrets.json` of this directory: mode 0600, replaced atomically and durably, writers in turn under a lock. A
 * symbolic link in its place and a file that others can read are refused. Nothing is made until the first `set`.
 */
export function openSecretFile(configDirectory: string): SecretStore {
  const path = join(configDirectory, 'secrets.json');

  /** Whether there was something to change. */
  const change = (purpose: string, make: (before: Secrets) => Secrets | undefined): Promise<boolean> =>
    withSecretsLocked(configDirectory, purpose, async () => {
      const after = make(await read(path));
      if (after !== undefined) await replace(path, configDirectory, after);
      return after !== undefined;
    });

  const update: SecretStore['update'] = async (profileName, make) => {
    checkProfileName(profileName);
    await change(`save the credentials of ${profileName}`, (before) => {
      const credentials = make(before.get(profileName));
      return credentials === undefined ? undefined : new Map([...before, [profileName, credentials]]);
    });
  };

  return {
    describe: () => `the file ${path}, which only its owner can read`,
    get: async (profileName) => (await read(path)).get(profileName),
    set: (profileName, credentials) => update(profileName, () => credentials),
    update,
    remove: async (profileName) => {
      if (!(await read(path)).has(profileName)) return false;
      return change(`remove the credentials of ${profileName}`, (before) => {
        const after = new Map(before);
        return after.delete(profileName) ? after : undefined;
      });
    },
    exclusively: exclusivelyIn(configDirectory),
  };
}

async function read(path: string): Promise<Secrets> {
  const text = await readOwnFile(path);
  if (text === undefined) return new Map();
  const content = plainJsonIn(text);
  if (!isPart(content)) throw damaged(path);
  const entries = Object.entries(content);
  if (!entries.every((entry): entry is [string, Credentials] => isTexts(entry[1]))) throw damaged(path);
  return new Map(entries);
}

/** Undefined where there is no such file. */
async function readOwnFile(path: string): Promise<string | undefined> {
  try {
    const entry = await lstat(path);
    if (entry.isSymbolicLink()) throw symbolicLink(path);
    if (!entry.isFile()) throw damaged(path);
    // The link that is put there after the look is not followed either. Windows has no such flag.
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      checkOwnerOnly(path, await file.stat());
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof OppatchError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw code === 'ELOOP' ? symbolicLink(path) : fileError(error, path);
  }
}

/** The old content is there until the new is durable. Only under the lock: a file of this name that is found is what a killed writer left. */
async function replace(path: string, directory: string, secrets: Secrets): Promise<void> {
  const fresh = `${path}.tmp`;
  try {
    await rm(fresh, { force: true });
    const file = await open(fresh, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(Object.fromEntries(secrets), undefined, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => undefined);
    throw fileError(error, path);
  }
  await syncDirectory(directory);
}

function symbolicLink(path: string): OppatchError {
  return new OppatchError('secret-file-is-a-link', 'A symbolic link stands where the secrets belong.', {
    place: path,
    hint: `Check where it points (ls -l ${shellWord(path)}); then remove it and store the credentials again.`,
  });
}

function damaged(path: string): OppatchError {
  return new OppatchError('secret-file-damaged', 'The file of the secrets is damaged.', {
    place: path,
    hint: `Put it aside (mv ${shellWord(path)} ${shellWord(`${path}.damaged`)}) and store the credentials again: oppatch profile add NAME --vendor VENDOR --force.`,
  });
}

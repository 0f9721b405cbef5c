import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OppatchError } from '../core/errors.ts';
import { withoutSignalHooks } from '../core/own-process.ts';
import { nearestHint } from '../core/nearest.ts';
import { plainJsonIn } from '../core/plain-json.ts';
import { withLock } from '../state/lock.ts';
import { checkOwnerOnly, fileError, makeOwnDirectory, shellWord } from './owner-only.ts';
import { checkProfileName, isPart, readProfile, type Profile } from './profile.ts';

/** The stored accounts. Every method reads the file again: other processes write it too. */
export interface ProfileStore {
  /** In the order of their names. */
  readonly list: () => Promise<readonly Profile[]>;
  /** Throws `unknown-profile`. */
  readonly get: (name: string) => Promise<Profile>;
  /** Adds the profile, or replaces the one of its name. */
  readonly save: (profile: Profile) => Promise<void>;
  /** Throws `unknown-profile`. Its credentials are the secret store's to remove. */
  readonly remove: (name: string) => Promise<void>;
  /** Makes it the one that is used where none is named. Throws `unknown-profile`. */
  readonly use: (name: string) => Promise<void>;
  /** The name set by `use`, or undefined. */
  readonly current: () => Promise<string | undefined>;
}

interface Content {
  readonly current?: string;
  /** A list, so that no name can be mistaken for a member of Object. */
  readonly profiles: readonly Profile[];
}

/**
 * The profiles in `profiles.json` of this directory, written by conf: mode 0600, replaced atomically. Writers take turns under a lock.
 * Nothing is made until the first `save`. Reading does without conf, which takes longer to load than a short command takes for all its work.
 */
export function openProfileStore(configDirectory: string): Promise<ProfileStore> {
  const path = join(configDirectory, 'profiles.json');
  const read = async (): Promise<Content> => {
    let text: string;
    try {
      const found = await stat(path);
      // Reading a pipe would wait forever.
      if (!found.isFile()) throw damaged(path, 'it is not a plain file');
      checkOwnerOnly(path, found);
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { profiles: [] };
      throw error instanceof OppatchError ? error : fileError(error, path);
    }
    const content = plainJsonIn(text);
    if (content === undefined) throw damaged(path, 'it is not JSON');
    if (!isPart(content)) throw damaged(path, 'it is not an object');
    return contentOf(content, path);
  };
  const change = async (purpose: string, make: (before: Content) => Content): Promise<void> => {
    await makeOwnDirectory(configDirectory);
    await withLock(
      join(configDirectory, 'locks', 'profiles'),
      async () => {
        const after = make(await read());
        const conf = await openConf(configDirectory, path);
        try {
          conf.store = { ...after };
        } catch (error) {
          throw fileError(error, path);
        }
      },
      { purpose },
    );
  };
  return Promise.resolve({
    list: async () => (await read()).profiles,
    get: async (name) => find(name, await read()),
    save: async (profile) => {
      checkProfileName(profile.name);
      await change(`save the profile ${profile.name}`, ({ profiles, ...rest }) => ({
        ...rest,
        profiles: sorted([...profiles.filter(({ name }) => name !== profile.name), profile]),
      }));
    },
    remove: (name) =>
      change(`remove the profile ${name}`, (before) => {
        find(name, before);
        const profiles = before.profiles.filter((profile) => profile.name !== name);
        const { current } = before;
        return current === undefined || current === name ? { profiles } : { current, profiles };
      }),
    use: (name) =>
      change(`use the profile ${name}`, (before) => ({
        current: find(name, before).name,
        profiles: before.profiles,
      })),
    current: async () => (await read()).current,
  });
}

async function openConf(configDirectory: string, path: string) {
  const { default: Conf } = await withoutSignalHooks(() => import('conf'));
  try {
    return new Conf<Record<string, unknown>>({
      cwd: configDirectory,
      configName: 'profiles',
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
    });
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged(path, 'it is not JSON');
    throw fileError(error, path);
  }
}

function contentOf({ current, profiles = [] }: Readonly<Record<string, unknown>>, path: string): Content {
  if (current !== undefined && typeof current !== 'string') throw damaged(path, '"current" is not a name');
  if (!Array.isArray(profiles)) throw damaged(path, '"profiles" is not a list');
  const read = (profiles as readonly unknown[]).map((entry) => {
    const profile = readProfile(entry);
    if ('problem' in profile) throw damaged(path, profile.problem);
    return profile;
  });
  return { ...(current === undefined ? {} : { current }), profiles: sorted(read) };
}

function damaged(path: string, reason: string): OppatchError {
  const word = shellWord(path);
  return new OppatchError('profiles-damaged', `The file of the profiles is damaged: ${reason}.`, {
    place: path,
    hint: `Fix it in an editor, or put it aside (mv ${word} ${word}.damaged) and add the profiles again.`,
  });
}

function find(name: string, { profiles }: Content): Profile {
  return profiles.find((profile) => profile.name === name) ?? unknownProfile(name, profiles);
}

/** Throws `unknown-profile`, with the name that was probably meant. */
export function unknownProfile(name: string, profiles: readonly Profile[]): never {
  checkProfileName(name);
  const names = profiles.map((profile) => profile.name);
  throw new OppatchError('unknown-profile', `There is no profile ${name}.`, {
    hint:
      names.length === 0
        ? 'There is none yet: type `oppatch profile add NAME --vendor VENDOR`.'
        : `${nearestHint(name, names)}Known are ${names.join(', ')}.`,
  });
}

function sorted(profiles: readonly Profile[]): readonly Profile[] {
  return profiles.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

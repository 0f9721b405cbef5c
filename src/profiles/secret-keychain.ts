import { randomUUID } from 'node:crypto';
import { OppatchError } from '../core/errors.ts';
import type { Credentials } from '../core/vendor.ts';
import { platform } from '../core/own-process.ts';
import { plainJsonIn } from '../core/plain-json.ts';
import { openKeychain } from './keychain.ts';
import { checkProfileName, isPart, isTexts } from './profile.ts';
import { exclusivelyIn, withSecretsLocked, type SecretStore } from './secret-store.ts';

/** A text that is longer than an entry holds lies in several entries; the entry of the profile says in which. */
interface Parts {
  readonly parts: number;
  readonly id: string;
}

/** Windows holds 2560 bytes of UTF-16 in an entry. https://learn.microsoft.com/windows/win32/api/wincred/ns-wincred-credentialw, 2026-10. */
const longestOfPlatform = platform === 'win32' ? 1200 : Number.POSITIVE_INFINITY;

/**
 * The secrets in the operating system's keychain, one entry a profile of this configuration; writers in turn under a lock. What was kept is there
 * until the new is stored. Throws `keychain-unusable` (exit 4).
 */
export function openSecretKeychain(configDirectory: string, longestEntry = longestOfPlatform): SecretStore {
  const keychain = openKeychain();
  const keyOf = (profileName: string): string => `${profileName} in ${configDirectory}`;
  const partKeys = (profileName: string, content: Credentials | Parts | undefined): string[] =>
    content !== undefined && isParts(content)
      ? Array.from({ length: content.parts }, (_, part) => `${keyOf(profileName)} ${content.id}.${part}`)
      : [];

  const readEntry = async (profileName: string): Promise<Credentials | Parts | undefined> => {
    const text = await keychain.read(keyOf(profileName));
    return text === undefined ? undefined : contentOf(text, profileName);
  };
  const get = async (profileName: string): Promise<Credentials | undefined> => {
    for (let attempt = 0; ; attempt += 1) {
      const content = await readEntry(profileName);
      if (content === undefined || !isParts(content)) return content;
      const texts = await Promise.all(partKeys(profileName, content).map((key) => keychain.read(key)));
      const whole = texts.every((text) => text !== undefined);
      if (!whole && attempt < 3) continue; // Replaced between the looks.
      const credentials = whole ? contentOf(texts.join(''), profileName) : undefined;
      if (credentials === undefined || isParts(credentials)) throw damaged(profileName);
      return credentials;
    }
  };
  const write = async (profileName: string, credentials: Credentials): Promise<void> => {
    const before = await readEntry(profileName);
    const text = asciiJson(credentials);
    if (text.length <= longestEntry) await keychain.write(keyOf(profileName), text);
    else {
      const parts: Parts = { parts: Math.ceil(text.length / longestEntry), id: randomUUID() };
      for (const [part, key] of partKeys(profileName, parts).entries()) {
        await keychain.write(key, text.slice(part * longestEntry, (part + 1) * longestEntry));
      }
      await keychain.write(keyOf(profileName), JSON.stringify(parts));
    }
    for (const key of partKeys(profileName, before)) await keychain.remove(key);
  };
  const saving = async (profileName: string, work: () => Promise<void>): Promise<void> => {
    checkProfileName(profileName);
    return withSecretsLocked(configDirectory, `save the credentials of ${profileName}`, work);
  };

  return {
    describe: () => 'the keychain of this system',
    get,
    // Replaces an entry that can't be read, too.
    set: (profileName, credentials) => saving(profileName, () => write(profileName, credentials)),
    update: (profileName, change) =>
      saving(profileName, async () => {
        const after = change(await get(profileName));
        if (after !== undefined) await write(profileName, after);
      }),
    remove: (profileName) =>
      withSecretsLocked(configDirectory, `remove the credentials of ${profileName}`, async () => {
        const before = await readEntry(profileName);
        const removed = await keychain.remove(keyOf(profileName));
        for (const key of partKeys(profileName, before)) await keychain.remove(key);
        return removed;
      }),
    exclusively: exclusivelyIn(configDirectory),
  };
}

/** Without characters that a cut could halve, or that an entry could hold in another form. */
function asciiJson(credentials: Credentials): string {
  return JSON.stringify(credentials).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isParts(content: Credentials | Parts): content is Parts {
  return typeof content['parts'] === 'number';
}

function contentOf(text: string, profileName: string): Credentials | Parts {
  const content = plainJsonIn(text);
  if (isTexts(content)) return content;
  if (isPart(content)) {
    const { parts, id } = content;
    if (typeof parts === 'number' && Number.isInteger(parts) && parts > 0 && parts < 1000 && typeof id === 'string') {
      return { parts, id };
    }
  }
  throw damaged(profileName);
}

function damaged(profileName: string): OppatchError {
  return new OppatchError('keychain-entry-damaged', 'The entry in the keychain is damaged.', {
    place: `profile ${profileName}`,
    hint: `Store the credentials again: oppatch profile add ${profileName} --vendor VENDOR --force`,
    exitCode: 4,
  });
}

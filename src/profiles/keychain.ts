import { randomUUID } from 'node:crypto';
import { OppatchError } from '../core/errors.ts';
import { excerpt } from '../core/printable.ts';

const service = 'oppatch';

/**
 * The operating system's keychain: texts of this tool by a key. Every method throws `keychain-unusable` (exit 4) where it can't be used; `remove` is false where
 * there was nothing. Keychain of macOS, Credential Manager of Windows, Secret Service of Linux desktops. On Linux the store is named: left to itself the module
 * turns to the kernel's keyring, which says that it has stored what the next session does not find.
 */
export function openKeychain() {
  return {
    read: (key: string) => explained(async () => (await (await entry(key)).getPassword()) ?? undefined),
    write: (key: string, text: string) => explained(async () => (await entry(key)).setPassword(text)),
    remove: (key: string) => explained(async () => (await entry(key)).deletePassword()),
  };
}

/** Undefined where a text could be written, read back and deleted; else why not. */
export async function keychainProblem(): Promise<OppatchError | undefined> {
  const keychain = openKeychain();
  const key = `probe ${randomUUID()}`;
  try {
    await keychain.write(key, key);
    const read = await keychain.read(key);
    const removed = await keychain.remove(key);
    return read === key && removed ? undefined : unusable('it does not give back what is stored');
  } catch (error) {
    if (error instanceof OppatchError) return error;
    throw error;
  }
}

async function entry(key: string) {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  return new AsyncEntry(service, key, { linux: { store: 'secret-service' } });
}

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
      ? unusable('its module (@napi-rs/keyring) is not installed', error)
      : unusable(excerpt(message, 160), error);
  }
}

function unusable(reason: string, cause?: unknown): OppatchError {
  return new OppatchError('keychain-unusable', `The keychain of this system can't be used: ${reason}.`, {
    hint: 'Unlock it, or begin from a session that has one. Without one, keep the credentials in a file: oppatch profile add NAME --vendor VENDOR --store file --force',
    exitCode: 4,
    cause,
  });
}

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCredentialsAsync } from '@napi-rs/keyring';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keychainProblem, openKeychain } from '../../src/profiles/keychain.ts';
import { openSecretKeychain } from '../../src/profiles/secret-keychain.ts';
import { compileChild, ended, type ChildProgram } from '../state/child-program.ts';
import { startKeychain, type KeychainServer } from './keychain-server.ts';

let server: KeychainServer;
let program: ChildProgram;
let home: string;

const bus = 'DBUS_SESSION_BUS_ADDRESS';
const before = process.env[bus];

beforeAll(async () => {
  server = await startKeychain();
  Object.assign(process.env, server.env);
  program = compileChild(join(import.meta.dirname, 'store-child.ts'));
});
afterAll(async () => {
  if (before === undefined) delete process.env[bus];
  else process.env[bus] = before;
  program.remove();
  await server.close();
});
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'oppatch-keychain-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** How many entries of this configuration the keychain holds. */
async function entries(): Promise<number> {
  return (await findCredentialsAsync('oppatch')).filter(({ account }) => account.includes(home)).length;
}

describe('the keychain', () => {
  it('proves that it works, and keeps nothing of the proof', async () => {
    expect(await keychainProblem()).toBeUndefined();
    expect(await findCredentialsAsync('oppatch')).toEqual([]);
  });

  it('gives back what was stored, for each profile and each configuration', async () => {
    const secrets = openSecretKeychain(home);
    expect(await secrets.get('a')).toBeUndefined();
    expect(await secrets.remove('a')).toBe(false);
    await secrets.set('a', { apiKey: 'one' });
    await secrets.set('b', { apiKey: 'two' });
    await secrets.update('a', (held) => ({ apiKey: `${held?.['apiKey']} more` }));
    await secrets.update('a', () => undefined);
    const again = openSecretKeychain(home);
    expect([await again.get('a'), await again.get('b')]).toEqual([{ apiKey: 'one more' }, { apiKey: 'two' }]);
    expect(await openSecretKeychain(`${home}-other`).get('a')).toBeUndefined();
    expect(existsSync(join(home, 'secrets.json'))).toBe(false);
    expect([await again.remove('a'), await again.remove('a'), await secrets.get('a')]).toEqual([
      true,
      false,
      undefined,
    ]);
    await expect(secrets.set('../a', { apiKey: 'x' })).rejects.toMatchObject({ code: 'bad-profile-name' });
    await again.remove('b');
    expect(await entries()).toBe(0);
  });

  it('holds more than an entry does in several, and leaves no part behind', async () => {
    const secrets = openSecretKeychain(home, 50);
    for (const length of [30, 5, 90]) {
      const credentials = { refreshToken: 'é🔑\u0001"\\\ud83d'.repeat(length / 5), apiKey: 'x'.repeat(length) };
      await secrets.set('a', credentials);
      expect(await openSecretKeychain(home).get('a')).toEqual(credentials);
    }
    expect(await entries()).toBeGreaterThan(5);
    await secrets.set('a', { apiKey: 'short' });
    expect(await entries()).toBe(1);
    await secrets.remove('a');
    expect(await entries()).toBe(0);
  });

  it('loses no change when processes store at once', async () => {
    await openSecretKeychain(home).set('a', { count: '0' });
    const children = [1, 2, 3].map(() => program.start('count', home, 'a', '10'));
    expect(await Promise.all(children.map(ended))).toEqual([0, 0, 0]);
    expect(await openSecretKeychain(home).get('a')).toEqual({ count: '30' });
    await openSecretKeychain(home).remove('a');
  });

  it('explains a damaged entry without quoting it', async () => {
    for (const text of ['{"apiKey":"top-secret', '{"apiKey":7,"x":"top-secret"}', '{"parts":2,"id":"gone"}']) {
      await openKeychain().write(`a in ${home}`, text);
      const failure: unknown = await openSecretKeychain(home)
        .get('a')
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'keychain-entry-damaged', exitCode: 4 });
      expect(`${(failure as Error).stack}${(failure as { hint: string }).hint}`).not.toContain('top-secret');
    }
    await openKeychain().remove(`a in ${home}`);
  });
});

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OppatchError } from '../../src/core/errors.ts';
import { openSecretFile } from '../../src/profiles/secret-file.ts';
import { compileChild, ended, message, type ChildProgram } from '../state/child-program.ts';

let base: string;
let home: string;
let file: string;
let program: ChildProgram;

beforeAll(() => {
  program = compileChild(join(import.meta.dirname, 'store-child.ts'));
});
afterAll(() => program.remove());
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "oppatch's secrets-"));
  home = join(base, 'oppatch');
  file = join(home, 'secrets.json');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

describe('the secret file', () => {
  it('gives back what was stored, for each profile', async () => {
    const secrets = openSecretFile(home);
    expect(await secrets.get('a')).toBeUndefined();
    expect(existsSync(home)).toBe(false);
    await secrets.set('a', { apiKey: 'one' });
    await secrets.set('__proto__', { apiKey: 'two', ['__proto__']: 'three' });
    await secrets.set('a', { clientId: 'four' });
    const again = openSecretFile(home);
    expect(await again.get('a')).toEqual({ clientId: 'four' });
    expect(Object.entries((await again.get('__proto__')) ?? {})).toEqual([
      ['apiKey', 'two'],
      ['__proto__', 'three'],
    ]);
    expect(await again.get('constructor')).toBeUndefined();
    expect(await again.remove('a')).toBe(true);
    expect(await again.remove('a')).toBe(false);
    expect(await secrets.get('a')).toBeUndefined();
    expect(readFileSync(file, 'utf8')).not.toContain('four');
    expect(again.describe()).toContain(file);
  });

  it('changes an entry as it is at that moment', async () => {
    const secrets = openSecretFile(home);
    await secrets.update('a', (before) => (before === undefined ? undefined : { apiKey: 'never' }));
    expect(existsSync(file)).toBe(false);
    await secrets.set('a', { apiKey: 'one' });
    await secrets.update('a', (before) => ({ apiKey: `${before?.['apiKey']} two` }));
    expect(await secrets.get('a')).toEqual({ apiKey: 'one two' });
    await expect(secrets.set('../a', { apiKey: 'x' })).rejects.toMatchObject({ code: 'bad-profile-name' });
  });

  it('is for its owner only, and leaves nothing else behind', async () => {
    await openSecretFile(home).set('a', { apiKey: 'one' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(readdirSync(home).toSorted()).toEqual(['locks', 'secrets.json']);
    for (const name of readdirSync(join(home, 'locks'))) {
      expect(statSync(join(home, 'locks', name)).mode & 0o077).toBe(0);
      expect(readFileSync(join(home, 'locks', name), 'utf8')).not.toContain('one');
    }
  });

  it.each(['644', '640', '620', '606'])('refuses a file of mode %s, with the command that fixes it', async (text) => {
    const mode = Number.parseInt(text, 8);
    const secrets = openSecretFile(home);
    await secrets.set('a', { apiKey: 'top-secret' });
    chmodSync(file, mode);
    for (const attempt of [
      () => secrets.get('a'),
      () => secrets.set('b', { apiKey: 'x' }),
      () => secrets.remove('a'),
    ]) {
      const failure = await attempt().catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'file-open-to-others',
        place: file,
        hint: `Type: chmod 600 '${file.replaceAll("'", `'\\''`)}'`,
      });
      expect(JSON.stringify(failure)).not.toContain('top-secret');
    }
    expect(statSync(file).mode & 0o777).toBe(mode);
  });

  it('refuses a symbolic link in its place', async () => {
    const secrets = openSecretFile(home);
    await secrets.set('a', { apiKey: 'one' });
    const elsewhere = join(base, 'elsewhere.json');
    writeFileSync(elsewhere, '{"a":{"apiKey":"theirs"}}', { mode: 0o600 });
    rmSync(file);
    symlinkSync(elsewhere, file);
    await expect(secrets.get('a')).rejects.toMatchObject({ code: 'secret-file-is-a-link', place: file });
    await expect(secrets.set('a', { apiKey: 'mine' })).rejects.toMatchObject({ code: 'secret-file-is-a-link' });
    expect(readFileSync(elsewhere, 'utf8')).toContain('theirs');
    rmSync(elsewhere);
    await expect(secrets.get('a')).rejects.toMatchObject({ code: 'secret-file-is-a-link' });
  });

  it('does not follow a link that stands where the new content is written', async () => {
    const secrets = openSecretFile(home);
    await secrets.set('a', { apiKey: 'one' });
    const elsewhere = join(base, 'elsewhere');
    writeFileSync(elsewhere, 'untouched');
    symlinkSync(elsewhere, `${file}.tmp`);
    await secrets.set('a', { apiKey: 'two' });
    expect(readFileSync(elsewhere, 'utf8')).toBe('untouched');
    expect(await secrets.get('a')).toEqual({ apiKey: 'two' });
  });

  it.each([
    ['no JSON', '{"a": {"apiKey": "top-secret"'],
    ['a list', '["top-secret"]'],
    ['text for a profile', '{"a": "top-secret"}'],
    ['a number for a credential', '{"a": {"apiKey": "top-secret", "n": 1}}'],
    ['null', 'null'],
  ])('explains damage without quoting it: %s', async (_name, text) => {
    mkdirSync(home, { mode: 0o700 });
    writeFileSync(file, text, { mode: 0o600 });
    const secrets = openSecretFile(home);
    const failure = await secrets.get('a').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OppatchError);
    expect(failure).toMatchObject({ code: 'secret-file-damaged', place: file });
    const { message, hint, cause, stack } = failure as OppatchError;
    expect(`${message} ${hint} ${String(cause)} ${stack}`).not.toContain('top-secret');
    await expect(secrets.set('b', { apiKey: 'x' })).rejects.toMatchObject({ code: 'secret-file-damaged' });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('explains a directory in its place', async () => {
    mkdirSync(file, { recursive: true });
    await expect(openSecretFile(home).get('a')).rejects.toMatchObject({ code: 'secret-file-damaged' });
  });

  it('loses nothing when four processes store at once', async () => {
    const children = ['a', 'b', 'c', 'd'].map((name) => program.start('secrets', home, name, '25'));
    expect(await Promise.all(children.map(ended))).toEqual([0, 0, 0, 0]);
    const secrets = openSecretFile(home);
    for (const name of ['a', 'b', 'c', 'd']) {
      for (let i = 0; i < 25; i += 1) expect(await secrets.get(`${name}-${i}`)).toEqual({ apiKey: `key ${name} ${i}` });
    }
  });

  it('is whole after its writer was killed at any moment', async () => {
    const secrets = openSecretFile(home);
    await secrets.set('other', { apiKey: 'stays' });
    for (let round = 0; round < 6; round += 1) {
      const child = program.start('crash', home, 'a');
      expect(await message(child)).toBe('writing');
      for (let turn = 0; turn < round * 7; turn += 1) await new Promise(setImmediate);
      child.kill('SIGKILL');
      await ended(child);
      const { apiKey, length } = (await secrets.get('a')) ?? {};
      expect(apiKey).toHaveLength(Number(length));
      expect(await secrets.get('other')).toEqual({ apiKey: 'stays' });
    }
    await secrets.set('a', { apiKey: 'last' });
    expect(existsSync(`${file}.tmp`)).toBe(false);
  });
});

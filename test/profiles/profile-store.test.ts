import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OppatchError } from '../../src/core/errors.ts';
import { openProfileStore } from '../../src/profiles/profile-store.ts';
import { compileChild, ended, type ChildProgram } from '../state/child-program.ts';
import { sampleProfile } from './sample-profile.ts';

let base: string;
let home: string;
let file: string;
let program: ChildProgram;

beforeAll(() => {
  program = compileChild(join(import.meta.dirname, 'store-child.ts'));
});
afterAll(() => program.remove());
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'oppatch-profiles-'));
  home = join(base, 'config', 'oppatch');
  file = join(home, 'profiles.json');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

describe('the profile store', () => {
  it('keeps profiles as they are, in the order of their names', async () => {
    const full = sampleProfile('prod', {
      settings: { host: 'api-in21.example.com' },
      baseUrl: 'https://proxy.example.com/v2',
      rates: ['25/5s', '10000/1d'],
      map: { 'Deal.Size (€)': 'amount', ['__proto__']: 'note', constructor: 'owner' },
      ignore: ['Comment'],
      idColumn: 'Ref',
      production: true,
      credentialSource: 'env',
      environmentNames: { apiKey: 'PROD_KEY' },
    });
    const store = await openProfileStore(home);
    await store.save(full);
    await store.save(sampleProfile('ada'));
    const again = await openProfileStore(home);
    expect(await again.list()).toEqual([sampleProfile('ada'), full]);
    expect(Object.keys((await again.get('prod')).map)).toEqual(['Deal.Size (€)', '__proto__', 'constructor']);
    await again.save({ ...full, production: false });
    expect((await store.get('prod')).production).toBe(false);
    expect(await store.list()).toHaveLength(2);
  });

  it('reads a profile of an earlier version, with a member that means nothing any more', async () => {
    const store = await openProfileStore(home);
    await store.save(sampleProfile('old'));
    writeFileSync(file, readFileSync(file, 'utf8').replace('"name"', '"pace": "tight", "name"'));
    expect(readFileSync(file, 'utf8')).toContain('"pace"');
    expect(await (await openProfileStore(home)).list()).toEqual([sampleProfile('old')]);
  });

  it('makes nothing until the first save, and then for its owner only', async () => {
    const store = await openProfileStore(home);
    expect(await store.list()).toEqual([]);
    expect(await store.current()).toBeUndefined();
    expect(existsSync(join(base, 'config'))).toBe(false);
    await store.save(sampleProfile('a'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(home).mode & 0o777).toBe(0o700);
  });

  it('remembers which one to use, and forgets it with the profile', async () => {
    const store = await openProfileStore(home);
    await store.save(sampleProfile('a'));
    await store.save(sampleProfile('b'));
    await store.use('b');
    await store.remove('a');
    expect(await store.current()).toBe('b');
    await store.remove('b');
    expect(await store.current()).toBeUndefined();
    expect(await store.list()).toEqual([]);
  });

  it('names the profile that was probably meant', async () => {
    const store = await openProfileStore(home);
    const unknown = { code: 'unknown-profile', exitCode: 2 };
    await expect(store.get('prod')).rejects.toMatchObject({
      ...unknown,
      hint: expect.stringContaining('profile add') as string,
    });
    await store.save(sampleProfile('production'));
    for (const attempt of [
      () => store.get('producton'),
      () => store.use('producton'),
      () => store.remove('producton'),
    ]) {
      await expect(attempt()).rejects.toMatchObject({
        ...unknown,
        hint: 'Did you mean production? Known are production.',
      });
    }
    expect(await store.list()).toHaveLength(1);
  });

  it('takes names of letters, digits, ".", "_" and "-" only', async () => {
    const store = await openProfileStore(home);
    for (const name of ['__proto__', 'constructor', 'toString', 'A.b-c_9', 'x'.repeat(64)]) {
      await store.save(sampleProfile(name));
      expect((await store.get(name)).name).toBe(name);
    }
    expect(await store.list()).toHaveLength(5);
    await expect(store.get('hasOwnProperty')).rejects.toMatchObject({ code: 'unknown-profile' });
    const wrong = fc.oneof(
      fc.constantFrom('', '-a', '.a', '..', 'a/b', 'a b', 'é', 'a\n', 'x'.repeat(65), '../../etc'),
      fc.string().filter((text) => !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(text)),
    );
    await fc.assert(
      fc.asyncProperty(wrong, async (name) => {
        await expect(store.save(sampleProfile(name))).rejects.toMatchObject({ code: 'bad-profile-name' });
        await expect(store.get(name)).rejects.toMatchObject({ code: 'bad-profile-name' });
      }),
      { numRuns: 40 },
    );
  });

  it('loses nothing when four processes save at once', async () => {
    const children = ['a', 'b', 'c', 'd'].map((name) => program.start('profiles', home, name, '25'));
    expect(await Promise.all(children.map(ended))).toEqual([0, 0, 0, 0]);
    const names = (await (await openProfileStore(home)).list()).map(({ name }) => name);
    expect(new Set(names).size).toBe(100);
    expect(names).toHaveLength(100);
  });

  it.each(['644', '640', '660', '602', '604'])(
    'refuses a file of mode %s, with the command that fixes it',
    async (text) => {
      const mode = Number.parseInt(text, 8);
      const store = await openProfileStore(home);
      await store.save(sampleProfile('a'));
      chmodSync(file, mode);
      const refusal = { code: 'file-open-to-others', place: file, hint: `Type: chmod 600 ${file}`, exitCode: 2 };
      await expect(store.list()).rejects.toMatchObject(refusal);
      await expect(store.save(sampleProfile('b'))).rejects.toMatchObject(refusal);
      chmodSync(file, 0o600);
      expect(await store.list()).toHaveLength(1);
    },
  );

  it.each([
    ['no JSON', '{"profiles": [', 'it is not JSON'],
    ['an empty file', '', 'it is not JSON'],
    ['no list', '{"profiles": {}}', '"profiles" is not a list'],
    ['no name', '{"profiles": [{}]}', 'a profile has no name'],
    ['no object', '{"profiles": [null]}', 'a profile is not an object'],
    ['a name that is not text', '{"current": 3, "profiles": []}', '"current" is not a name'],
    [
      'a part of another kind',
      JSON.stringify({ profiles: [{ ...sampleProfile('a'), rates: [5] }] }),
      '"a" has no valid "rates"',
    ],
    [
      'an unknown place of credentials',
      JSON.stringify({ profiles: [{ ...sampleProfile('a'), credentialSource: 'x' }] }),
      '"a" has no valid "credentialSource"',
    ],
    [
      'an empty secret command',
      JSON.stringify({ profiles: [{ ...sampleProfile('a'), credentialSource: 'command', secretCommand: ' ' }] }),
      '"a" has no valid "secretCommand"',
    ],
  ])('explains a damaged file: %s', async (_name, text, reason) => {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    writeFileSync(file, text, { mode: 0o600 });
    const store = await openProfileStore(home);
    const failure = await store.list().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OppatchError);
    expect(failure).toMatchObject({
      code: 'profiles-damaged',
      place: file,
      message: `The file of the profiles is damaged: ${reason}.`,
      exitCode: 2,
    });
    await expect(store.save(sampleProfile('b'))).rejects.toMatchObject({ code: 'profiles-damaged' });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it.skipIf(process.platform === 'win32')('refuses a pipe, and does not wait for what it brings', async () => {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    execFileSync('mkfifo', ['-m', '600', file]);
    const store = await openProfileStore(home);
    await expect(store.list()).rejects.toMatchObject({ code: 'profiles-damaged', place: file, exitCode: 2 });
  });

  it('explains a directory that is none', async () => {
    mkdirSync(join(base, 'config'));
    writeFileSync(home, '');
    const store = await openProfileStore(home);
    await expect(store.list()).rejects.toMatchObject({ code: 'file-unusable' });
    await expect(store.save(sampleProfile('a'))).rejects.toMatchObject({ code: 'file-unusable' });
  });
});

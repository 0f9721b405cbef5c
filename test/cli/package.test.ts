import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { accountWords, environmentOf, fast, newPlace, newSandbox } from './oppatch.ts';

/** The package as people get it: packed from a clean folder, installed from the tarball, started by its own name. */

const root = join(import.meta.dirname, '..', '..');
const directory = mkdtempSync(join(tmpdir(), 'oppatch-package-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function npm(words: readonly string[], cwd: string): string {
  return execFileSync('npm', [...words, '--no-audit', '--no-fund', '--loglevel=error'], { cwd, encoding: 'utf8' });
}

/** The files that the repository keeps, and the packages that are installed. */
function cleanFolder(): string {
  const folder = join(directory, 'clean');
  const kept = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const file of kept.filter((name) => !/^(test|docs|bench)\//.test(name))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return folder;
}

it('packs from a clean folder, installs from the tarball and applies edits', async () => {
  const [packed] = JSON.parse(npm(['pack', '--json', '--pack-destination', directory], cleanFolder())) as {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  const paths = packed?.files.map(({ path }) => path) ?? [];
  expect(paths).toEqual(expect.arrayContaining(['bin/oppatch.js', 'man/oppatch.1', 'dist/bundle/licenses.txt']));
  expect(paths.filter((path) => !/^(bin|dist\/bundle|man)\/|^(README\.md|LICENSE|package\.json)$/.test(path))).toEqual(
    [],
  );

  const place = join(directory, 'place');
  mkdirSync(place);
  npm(['install', '--prefer-offline', '--prefix', place, join(directory, packed?.filename ?? '')], place);
  const sandbox = await newSandbox();
  const { home, file } = newPlace();
  const oppatch = async (...words: string[]): Promise<string> => {
    const env = { ...process.env, OPPATCH_HOME: home, OPPATCH_STORE: 'file', ...environmentOf(sandbox, 'close') };
    const { stdout } = await promisify(execFile)('npx', ['--no-install', 'oppatch', ...words], { cwd: place, env });
    return stdout;
  };
  const { version, man } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly man: unknown;
  };
  // npm puts manuals where `man` finds them only from a list.
  expect(man).toEqual(['man/oppatch.1']);
  expect(await oppatch('--version')).toBe(`${version}\n`);
  const edits = file('edits.csv', 'id,confidence\noppo_1,80\noppo_2,80\n');
  const applied = await oppatch('apply', edits, '--yes', '--json', ...accountWords(sandbox, 'close'), ...fast);
  expect(JSON.parse(applied)).toMatchObject({ rows: { read: 2, applied: 2 }, exit_code: 0 });
});

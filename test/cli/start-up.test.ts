import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { accountWords, environmentOf, newPlace, newSandbox, run, runProcess, type Place } from './oppatch.ts';

/** What a start loads. Each file and each package costs every start, and every script that calls the program, some milliseconds. */

const root = join(import.meta.dirname, '..', '..');
const bundle = join(root, 'dist', 'bundle');
const contents = JSON.parse(readFileSync(join(bundle, 'contents.json'), 'utf8')) as Record<string, string[]>;

interface Loaded {
  /** Of the bundle, in the order in which they come. */
  readonly parts: readonly string[];
  /** Inside these, and besides. */
  readonly packages: readonly string[];
  /** Of Node. */
  readonly builtins: readonly string[];
}

async function loadedBy(
  words: readonly string[],
  place: Place,
  env: Readonly<Record<string, string>> = {},
): Promise<Loaded> {
  const list = join(place.directory, 'loaded.txt');
  rmSync(list, { force: true });
  const ended = await runProcess(words, {
    home: place.home,
    env: {
      ...env,
      LOADED_FILES: list,
      NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'loaded-files.js')).href}`,
    },
  });
  expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
  const { files, builtins } = JSON.parse(readFileSync(list, 'utf8')) as { files: string[]; builtins: string[] };
  const parts = files
    .filter((file) => file.startsWith(bundle))
    .map((file) => file.slice(join(bundle, 'parts').length + 1));
  const modules = parts.flatMap((part) => contents[part] ?? [`unknown part ${part}`]);
  const names = [...modules, ...files].map((module) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(module)?.[1]);
  const packages = [...new Set(names.filter((name) => name !== undefined))].toSorted((a, b) => (a < b ? -1 : 1));
  return { parts, packages, builtins: builtins.toSorted((a, b) => (a < b ? -1 : 1)) };
}

const start = ['parts.cjs', 'start.cjs', 'rolldown-runtime.cjs'];
const ofStart = ['commander'];

/** Of Node: what takes milliseconds to load and what a command can do without. */
const costly = ['assert', 'child_process', 'dgram', 'http', 'http2', 'readline', 'tls', 'v8', 'worker_threads'];
const costlyForHelp = new Set([...costly, 'crypto', 'fs/promises']);

describe('a start loads no more than it needs', () => {
  it.each([
    ['--help', [], []],
    ['--version', [], []],
    ['set --help', ['set.cjs', 'commands.cjs'], []],
    ['complete vendors', ['complete.cjs', 'candidates.cjs'], []],
    [
      'complete profiles',
      ['complete.cjs', 'candidates.cjs', 'profiles.cjs', 'commands.cjs'],
      ['fastest-levenshtein', 'lossless-json'],
    ],
  ])('%s', async (words, more, besides) => {
    const { parts, packages, builtins } = await loadedBy(words.split(' '), newPlace());
    expect(parts).toEqual([...start, ...more]);
    expect(packages).toEqual([...ofStart, ...besides]);
    if (words.endsWith('--help')) expect(builtins.filter((name) => costlyForHelp.has(name))).toEqual([]);
  });

  it('help loads no vendor, and shows what the sources show', async () => {
    expect((contents['start.cjs'] ?? []).filter((module) => module.startsWith('src/vendors/'))).toEqual([]);
    const place = newPlace();
    for (const words of [['--help'], ['apply', '--help'], ['complete', 'vendors']]) {
      const bundled = await runProcess(words, place);
      expect(bundled.stdout).toBe((await run(words, place)).stdout);
    }
  });

  it('set, with credentials from the environment and with a profile', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const env = environmentOf(sandbox, 'close');
    const account = accountWords(sandbox, 'close');
    const byVendor = await loadedBy(['set', 'oppo_1', 'confidence=70', '--yes', '--quiet', ...account], place, env);
    expect(byVendor.parts).toEqual([...start, 'set.cjs', 'commands.cjs', 'profiles.cjs', 'run.cjs', 'vendors.cjs']);
    expect(byVendor.builtins.filter((name) => costly.includes(name))).toEqual([]);
    expect(byVendor.packages).toEqual(
      [
        '@libsql/linux-x64-gnu',
        '@neon-rs/load',
        ...ofStart,
        'chalk',
        'detect-libc',
        'fastest-levenshtein',
        'get-east-asian-width',
        'libsql',
        'lossless-json',
        'p-limit',
        'undici',
        'yocto-queue',
      ].toSorted((a, b) => (a < b ? -1 : 1)),
    );
    // Where the state directory is there, what was compiled is kept for the next run.
    const kept = readdirSync(join(place.home, 'compiled')).filter((name) => name.endsWith('-set'));
    expect(kept.map((name) => statSync(join(place.home, 'compiled', name)).size > 500_000)).toEqual([true]);
    const added = await runProcess(['profile', 'add', 'own', ...account, '--from-env'], { home: place.home, env });
    expect([added.code, added.stderr]).toEqual([0, expect.any(String)]);
    const byProfile = await loadedBy(['set', 'oppo_2', 'confidence=70', '--yes', '--quiet'], place, env);
    expect(byProfile).toEqual(byVendor);
  });

  it('undici comes without the parts that only fetch and its kin need, and the licence of every package in the bundle stands beside it', () => {
    const undici = (contents['run.cjs'] ?? []).filter((module) => module.includes('node_modules/undici/'));
    expect(undici.length).toBeGreaterThan(10);
    const text = readFileSync(join(bundle, 'parts', 'run.cjs'), 'utf8');
    expect(text).not.toMatch(/["'](?:node:)?http2["']/);
    expect(
      undici.filter((module) =>
        /\/lib\/(api|cache|interceptor|mock)\/|\/lib\/web\/(cache|cookies|eventsource|websocket)\//.test(module),
      ),
    ).toEqual([]);
    const licences = readFileSync(join(bundle, 'licenses.txt'), 'utf8');
    for (const name of ['undici', 'commander', 'openid-client', '@clack/prompts', 'conf'])
      expect(licences).toContain(`=== ${name} `);
  });
});

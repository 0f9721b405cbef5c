import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '..', 'src');

const siblings = ['input', 'vendors', 'transport', 'report', 'sandbox', 'run', 'quota', 'journal', 'profiles', 'state'];

/** What each folder may import besides itself. `main.ts` counts as the folder `main`. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  state: ['core'],
  input: ['core'],
  vendors: ['core'],
  transport: ['core'],
  report: ['core'],
  sandbox: ['core'],
  run: ['core'],
  quota: ['core', 'state'],
  journal: ['core', 'state'],
  profiles: ['core', 'state'],
  host: ['core'],
  app: ['core', 'host', ...siblings],
  cli: ['core', 'host', ...siblings, 'app'],
  main: ['core', 'host', 'app', 'cli'],
};

/** The ladder of `app`: a folder imports those before it. */
const ladder = ['session', 'accounts', 'profiles', 'edits', 'records', 'plans', 'runs', 'history', 'doctor'];

/** What may stand beside it in `cli`: commands know all the others, and only the program knows the commands. */
const cliAllowed: Readonly<Record<string, readonly string[]>> = {
  flags: [],
  completion: ['program'],
};

/** The files or folders that may import each npm package. */
const doors: Readonly<Record<string, readonly string[]>> = {
  commander: ['cli', 'main'],
  'csv-parse': ['input'],
  'iconv-lite': ['input'],
  '@redis/client': ['quota'],
  'p-limit': ['run'],
  chalk: ['report'],
  'get-east-asian-width': ['report'],
  conf: ['profiles'],
  undici: ['transport'],
  libsql: ['state'],
  'lossless-json': ['core'],
  '@humanwhocodes/momoa': ['core'],
  'fastest-levenshtein': ['core'],
  '@clack/prompts': ['profiles'],
  'openid-client': ['profiles'],
  '@napi-rs/keyring': ['profiles'],
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly target: string;
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const imports = files.flatMap((file) => importsOf(file));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8');
  const pattern = /^(?:import|export)\b[^;'"]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    file,
    from: folderOf(file),
    target: match[1] ?? match[2] ?? match[3] ?? '',
  }));
}

function folderOf(path: string): string {
  const [first = ''] = path.split(sep);
  return first.replace(/\.ts$/, '');
}

describe('the layers', () => {
  it('are found at all', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(imports.length).toBeGreaterThan(100);
  });

  it('import in one direction only', () => {
    const wrong = imports
      .filter(({ target }) => target.startsWith('.'))
      .map(({ file, from, target }) => ({
        file,
        from,
        to: folderOf(relative(source, join(source, dirname(file), target))),
      }))
      .filter(({ from, to }) => from !== to && !(allowed[from] ?? []).includes(to))
      .map(({ file, to }) => `${file} imports ${to}`);
    expect(wrong).toEqual([]);
  });

  it('climb no step inside app', () => {
    const wrong = inner('app')
      .filter(({ from, to }) => ladder.indexOf(to) > ladder.indexOf(from) || !ladder.includes(from))
      .map(({ file, to }) => `${file} imports ${to}`);
    expect(wrong).toEqual([]);
  });

  it('keep the flags and the completion of cli apart from its commands', () => {
    const wrong = inner('cli')
      .filter(({ from, to }) => from !== to && cliAllowed[from]?.includes(to) === false)
      .map(({ file, to }) => `${file} imports ${to}`);
    expect(wrong).toEqual([]);
  });

  it('keep vendors apart from each other', () => {
    const wrong = inner('vendors')
      .filter(({ from, to }) => from !== to && from !== 'index' && to !== 'shared')
      .map(({ file, to }) => `${file} imports ${to}`);
    expect(wrong).toEqual([]);
  });

  it('name the process in two files only', () => {
    const naming = files.filter((file) =>
      /(?<![-\w])process(?:\??\.\w|\[)|[=(] ?process\b(?!\()|node:process/.test(withoutComments(file)),
    );
    expect(naming.toSorted()).toEqual([join('core', 'own-process.ts'), 'host.ts']);
  });

  it('know the shape of a host and no host', () => {
    expect(files.filter((file) => /^import (?!type )[^;]*\/host\.ts'/m.test(withoutComments(file)))).toEqual([]);
  });

  it('know every folder', () => {
    expect([...new Set(files.map(folderOf))].filter((folder) => allowed[folder] === undefined)).toEqual([]);
  });

  it('give each npm package one door', () => {
    const wrong = imports
      .filter(({ target }) => !target.startsWith('.') && !target.startsWith('node:'))
      .map(({ file, from, target }) => ({ file, from, name: packageName(target) }))
      .filter(({ from, name }) => !(doors[name] ?? []).includes(from))
      .map(({ file, name }) => `${file} imports ${name}`);
    expect(wrong).toEqual([]);
  });

  it('keep one folder from another through their files only', () => {
    expect(
      imports
        // The two lists of vendors.
        .filter(({ target }) => target.endsWith('/index.ts') && !target.includes('vendors'))
        .filter(({ file }) => file !== join('sandbox', 'sandbox.ts'))
        .map(({ file }) => file),
    ).toEqual([]);
  });
});

/** The imports inside one folder, by the folders or files of its second level. */
function inner(folder: string): { file: string; from: string; to: string }[] {
  return imports
    .filter(({ from, target }) => from === folder && target.startsWith('.'))
    .map(({ file, target }) => ({ file, target: relative(source, join(source, dirname(file), target)) }))
    .filter(({ target }) => folderOf(target) === folder)
    .map(({ file, target }) => ({ file, from: secondOf(file), to: secondOf(target) }));
}

function withoutComments(file: string): string {
  return readFileSync(join(source, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '');
}

function secondOf(path: string): string {
  return (path.split(sep)[1] ?? '').replace(/\.ts$/, '');
}

function packageName(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

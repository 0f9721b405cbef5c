import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '..', 'src');

/** What each folder may import besides itself. `cli.ts` counts as the folder `cli`. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  state: ['core'],
  input: ['core'],
  vendors: ['core'],
  transport: ['core'],
  report: ['core'],
  sandbox: ['core'],
  run: ['core'],
  metadata: ['core'],
  quota: ['core', 'state'],
  journal: ['core', 'state'],
  profiles: ['core', 'state'],
  commands: [
    'core',
    'state',
    'input',
    'vendors',
    'transport',
    'report',
    'sandbox',
    'run',
    'metadata',
    'quota',
    'journal',
    'profiles',
  ],
  cli: ['core', 'commands', 'report'],
};

/** The files or folders that may import each npm package. */
const doors: Readonly<Record<string, readonly string[]>> = {
  commander: ['cli', 'commands'],
  'csv-parse': ['input'],
  'iconv-lite': ['input'],
  '@redis/client': ['quota'],
  'p-limit': ['run'],
  chalk: ['report'],
  conf: ['profiles'],
  undici: ['transport'],
  libsql: ['state'],
  'lossless-json': ['core'],
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
        .filter(({ target }) => target.endsWith('/index.ts') && !target.includes('vendors'))
        .map(({ file }) => file),
    ).toEqual([]);
  });
});

function packageName(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

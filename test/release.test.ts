import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** `npm run release` in a repository of its own, with real git and npm. */

const script = join(import.meta.dirname, '..', 'release', 'release.js');
let directory: string;

const git = (...words: string[]): string => execFileSync('git', words, { cwd: directory, encoding: 'utf8' }).trim();
const text = (name: string): string => readFileSync(join(directory, name), 'utf8');
const release = (...words: string[]) =>
  spawnSync(process.execPath, [script, ...words], { cwd: directory, encoding: 'utf8' });
const change = (subject: string): void => {
  git('commit', '--quiet', '--allow-empty', '--message', subject);
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'oppatch-release-'));
  git('init', '--quiet');
  git('config', 'user.name', 'Test');
  git('config', 'user.email', 'test@example.com');
  git('config', 'commit.gpgsign', 'false');
  writeFileSync(join(directory, 'package.json'), '{ "name": "sample", "version": "0.1.0" }\n');
  git('add', '--all');
  change('quota: a first step');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('writes the changes since the last release by their area, commits and tags', () => {
  change('close: `note` of <b>two</b> lines');
  change('no area');
  const first = release('minor');
  expect([first.status, first.stderr]).toEqual([0, '']);
  expect(text('CHANGELOG.md')).toMatch(
    /^# Changes\n\n## 0\.2\.0 \(\d{4}-\d\d-\d\d\)\n\n\*\*close\*\*\n\n- `note` of \\<b>two\\<\/b> lines\n\n\*\*quota\*\*\n\n- a first step\n\n\*\*Others\*\*\n\n- no area\n$/,
  );
  expect(JSON.parse(text('package.json'))).toMatchObject({ version: '0.2.0' });
  expect([git('log', '-1', '--format=%s'), git('describe'), git('status', '--porcelain')]).toEqual([
    'release: 0.2.0',
    'v0.2.0',
    '',
  ]);

  change('quota: a second step');
  expect(release('0.10.0').status).toBe(0);
  change('quota: a third step');
  expect(release('patch').status).toBe(0);
  const versions = [...text('CHANGELOG.md').matchAll(/^## (\S+)|^- (.*step)$/gm)].map(
    ([, version, step]) => version ?? step,
  );
  expect(versions).toEqual(['0.10.1', 'a third step', '0.10.0', 'a second step', '0.2.0', 'a first step']);
});

it('changes nothing where the tree is not clean, nothing is new or the version is none', () => {
  writeFileSync(join(directory, 'more.txt'), 'x');
  expect(release('patch')).toMatchObject({ status: 2, stderr: expect.stringContaining('not committed') as unknown });
  rmSync(join(directory, 'more.txt'));
  expect(release('patch').status).toBe(0);
  expect(release('patch')).toMatchObject({ status: 2, stderr: 'Nothing has changed since v0.1.1.\n' });
  change('quota: more');
  expect(release('next-week').status).toBe(1);
  expect(release()).toMatchObject({ status: 2 });
  expect([git('status', '--porcelain'), git('describe')]).toEqual(['', expect.stringMatching(/^v0\.1\.1-1-g/)]);
});

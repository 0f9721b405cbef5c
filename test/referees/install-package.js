// The official clients are too big to be installed with the tests: each comparison fetches its own into a directory that is gone afterwards.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What `name` of exactly this version exports. Throws where npm cannot install it. */
export function installPackage(name, version) {
  const directory = mkdtempSync(join(tmpdir(), 'oppatch-referee-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'package.json'), '{"private":true}');
  console.log(`Installing ${name} ${version}…`);
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${name}@${version}`], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return createRequire(join(directory, 'package.json'))(name);
}

// Makes a fresh clone ready: installs the packages of the lockfile and builds, each only where that is due. Plain Node.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs npm itself with the Node that runs this file. */
export function npm(...words) {
  const cli = process.env['npm_execpath'];
  const [command, ...first] = cli === undefined ? ['npm'] : [process.execPath, cli];
  execFileSync(command, [...first, ...words], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

export function install() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log('Installing the packages of the lockfile…');
  npm('ci', '--no-audit', '--no-fund');
}

/** What `npm run build` reads; it writes the contents of the bundle last. */
const sources = ['src', 'bundle'];

export function build() {
  const built = join(root, 'dist', 'bundle', 'contents.json');
  if (existsSync(built) && Math.max(...sources.map((one) => newest(join(root, one)))) <= statSync(built).mtimeMs)
    return;
  console.log('Building…');
  npm('run', '--silent', 'build');
}

function newest(directory) {
  const times = readdirSync(directory, { withFileTypes: true }).map((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? newest(path) : statSync(path).mtimeMs;
  });
  return Math.max(0, ...times);
}

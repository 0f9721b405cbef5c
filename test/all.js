// `npm test`: installs what is missing, builds, lints, type-checks, runs every test on this Node, and on a current LTS what depends on Node. Words behind it
// are paths of tests, for both.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { installPackages, testPackages } from './install-packages.js';
import { install, npm, root } from './setup.js';

const ltsMajor = 24;

/** What could differ from one Node to the next: the built bin, processes, the disk, SQLite, the wire, the keychain. */
const dependOnNode = [
  'test/cli/smoke',
  'test/state/',
  'test/journal/append-log',
  'test/journal/journal',
  'test/journal/limits',
  'test/journal/run-directory',
  'test/transport/',
  'test/quota/disk-permit-store',
  'test/quota/shared-permits-processes',
  'test/quota/gate-server',
  'test/profiles/keychain',
];

install();
installPackages(testPackages);
await Promise.all(['build', 'types', 'lint', 'style'].map(script));
const tests = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const chosen = process.argv.slice(2);

console.log(`\nTests on Node ${process.versions.node}`);
execFileSync(process.execPath, [tests, 'run', ...chosen], { cwd: root, stdio: 'inherit' });

if (Number(process.versions.node.split('.')[0]) !== ltsMajor) {
  console.log(`\nTests on Node ${ltsMajor}, from the npm package "node"`);
  const some = chosen.length > 0 ? chosen : dependOnNode;
  npm('exec', '--yes', `--package=node@${ltsMajor}`, '--', 'node', tests, 'run', ...some);
}

/** Runs a script of the package; ends the process where it fails. */
async function script(name) {
  const [code] = await once(spawn('npm', ['run', '--silent', name], { cwd: root, stdio: 'inherit' }), 'exit');
  if (code === 0) return;
  console.error(`npm run ${name} failed`);
  process.exit(1);
}

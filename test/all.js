// `npm test`: installs what is missing, builds, runs every test on this Node, and on a current LTS what depends on Node; types, lint and style are checked
// meanwhile. Words behind it are paths of tests, for both.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { installPackages, testPackages } from './install-packages.js';
import { install, root } from './setup.js';

const ltsMajor = 24;

/** What failed so far. */
const failed = [];

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
await step('npm run build', 'npm', ['run', '--silent', 'build']);
if (failed.length > 0) process.exit(1);
// The checks take the time in which tests wait: what they find is told at the end.
const checks = ['types', 'lint', 'style'].map((name) =>
  step(`npm run ${name}`, 'nice', ['-n', '5', 'npm', 'run', '--silent', name]),
);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const chosen = process.argv.slice(2);

await step(`Tests on Node ${process.versions.node}`, process.execPath, [vitest, 'run', ...chosen]);

if (Number(process.versions.node.split('.')[0]) !== ltsMajor) {
  const words = ['exec', '--yes', `--package=node@${ltsMajor}`, '--', 'node', vitest, 'run'];
  await step(`Tests on Node ${ltsMajor}, from the npm package "node"`, 'npm', [
    ...words,
    ...(chosen.length > 0 ? chosen : dependOnNode),
  ]);
}
await Promise.all(checks);
for (const title of failed) console.error(`Failed: ${title}`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** Runs a program; where it fails, the title is one of `failed`. */
async function step(title, program, words) {
  console.log(`\n${title}`);
  const [code] = await once(spawn(program, words, { cwd: root, stdio: 'inherit' }), 'exit');
  if (code !== 0) failed.push(title);
}

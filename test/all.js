// `npm test`: installs what is missing, builds, lints, type-checks, and runs every test on this Node and on a current LTS.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { installChromium } from './install-chromium.js';
import { installRedis } from './install-redis.js';
import { install, npm, root } from './setup.js';

const ltsMajor = 24;

install();
installRedis();
installChromium();
npm('run', '--silent', 'build');
npm('run', '--silent', 'check');
const tests = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const words = [tests, 'run', ...process.argv.slice(2)];

console.log(`\nTests on Node ${process.versions.node}`);
execFileSync(process.execPath, words, { cwd: root, stdio: 'inherit' });

if (Number(process.versions.node.split('.')[0]) !== ltsMajor) {
  console.log(`\nTests on Node ${ltsMajor}, from the npm package "node"`);
  npm('exec', '--yes', `--package=node@${ltsMajor}`, '--', 'node', ...words);
}

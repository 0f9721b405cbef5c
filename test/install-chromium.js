// The page of a run is looked at in a real Chromium: the Debian package, installed where it is missing.
import { execFileSync, spawnSync } from 'node:child_process';

const path = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Throws, with what to do, where there is no Chromium and none can be installed. */
export function installChromium() {
  if (found()) return;
  if (
    process.env['CHROMIUM'] !== undefined ||
    process.getuid?.() !== 0 ||
    spawnSync('apt-get', ['--version']).status !== 0
  ) {
    throw new Error(
      `The tests need Chromium at ${path}. Install it, on Debian with \`sudo apt-get install chromium\`, or name one in CHROMIUM.`,
    );
  }
  console.log('Installing the Debian package chromium…');
  if (!tryPackage()) {
    apt('update', '-qq');
    if (!tryPackage()) throw new Error('`apt-get install chromium` failed; its words stand above.');
  }
  if (!found()) throw new Error(`chromium was installed but is not at ${path}.`);
}

function found() {
  return spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0;
}

function tryPackage() {
  try {
    apt('install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core');
    return true;
  } catch {
    return false;
  }
}

function apt(...words) {
  execFileSync('apt-get', words, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

// Tests talk to real servers. They are Debian packages, installed where they are missing and never started as services.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Debian package → the program of it that tests start. */
const programs = {
  'redis-server': 'redis-server',
  'dbus-daemon': 'dbus-daemon',
  'gnome-keyring': 'gnome-keyring-daemon',
  bsdutils: 'script',
  fish: 'fish',
  mandoc: 'mandoc',
  openssl: 'openssl',
  tinyproxy: 'tinyproxy',
  zsh: 'zsh',
  // Another one: CHROMIUM=/path.
  chromium: process.env['CHROMIUM'] ?? 'chromium',
};

/** What a package needs besides, to be of use here. */
const companions = { chromium: ['fonts-dejavu-core'] };

export const testPackages = Object.keys(programs);

/** Debian asks this file whether a package may start its service; 101 is no. */
const servicePolicy = '/usr/sbin/policy-rc.d';

/** Throws, with what to do, where one of them is missing and can't be installed. */
export function installPackages(names) {
  const missing = names.filter((name) => !found(programs[name]));
  if (missing.length === 0) return;
  const wanted = missing.flatMap((name) => [name, ...(companions[name] ?? [])]);
  const list = wanted.join(' ');
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    throw new Error(`The tests need ${list}. Install them, on Debian with \`sudo apt-get install ${list}\`.`);
  }
  console.log(`Installing the Debian packages ${list}…`);
  const ownPolicy = !existsSync(servicePolicy);
  if (ownPolicy) writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    if (!tryPackages(wanted)) {
      apt('update', '-qq');
      if (!tryPackages(wanted)) throw new Error(`\`apt-get install ${list}\` failed; its words stand above.`);
    }
  } finally {
    if (ownPolicy) rmSync(servicePolicy, { force: true });
  }
  const absent = missing.filter((name) => !found(programs[name]));
  if (absent.length > 0) throw new Error(`Installed, but not on the PATH: ${absent.join(' ')}.`);
}

function found(program) {
  // Not all of them know --version; that it starts is what counts.
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

function tryPackages(names) {
  try {
    apt('install', '-y', '-qq', '--no-install-recommends', ...names);
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

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  installPackages(process.argv.slice(2));
}

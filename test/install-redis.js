// The tests of the shared quota talk to a real Redis server: the Debian package, installed where it is missing and never started as a service.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Debian asks this file whether a package may start its service; 101 is no. */
const servicePolicy = '/usr/sbin/policy-rc.d';

/** Throws, with what to do, where there is no Redis server and none can be installed. */
export function installRedis() {
  if (found()) return;
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    throw new Error('The tests need redis-server. Install it, on Debian with `sudo apt-get install redis-server`.');
  }
  console.log('Installing the Debian package redis-server…');
  const ownPolicy = !existsSync(servicePolicy);
  if (ownPolicy) writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    if (!tryPackage()) {
      apt('update', '-qq');
      if (!tryPackage()) throw new Error('`apt-get install redis-server` failed; its words stand above.');
    }
  } finally {
    if (ownPolicy) rmSync(servicePolicy, { force: true });
  }
  if (!found()) throw new Error('redis-server was installed but is not on the PATH.');
}

function found() {
  return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
}

function tryPackage() {
  try {
    apt('install', '-y', '-qq', '--no-install-recommends', 'redis-server');
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

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) installRedis();

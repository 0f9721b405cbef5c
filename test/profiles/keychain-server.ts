import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A session bus of its own with GNOME's keyring on it: the Secret Service that a Linux desktop has. */
export interface KeychainServer {
  /** With this environment a process finds it. */
  readonly env: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

/** `locked`: nobody has typed the keyring's password, and nobody can. */
export async function startKeychain({ locked = false } = {}): Promise<KeychainServer> {
  const installer = join(import.meta.dirname, '..', 'install-packages.js');
  execFileSync(process.execPath, [installer, 'dbus-daemon', 'gnome-keyring'], { stdio: 'inherit' });
  const directory = mkdtempSync(join(tmpdir(), 'oppatch-keychain-'));
  const { PATH = '' } = process.env;
  const base = { PATH, HOME: directory, XDG_RUNTIME_DIR: directory, XDG_DATA_HOME: join(directory, 'data') };
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
    env: base,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [address] = (await once(createInterface(bus.stdout), 'line')) as [string];
  const env = { ...base, DBUS_SESSION_BUS_ADDRESS: address };
  if (!locked) await unlock(env);
  return {
    env: { DBUS_SESSION_BUS_ADDRESS: address },
    close: async () => {
      // The keyring ends with its bus.
      bus.kill('SIGKILL');
      await once(bus, 'exit');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The daemon goes into the background, and its first process ends, when it can be asked. */
async function unlock(env: Readonly<Record<string, string>>): Promise<void> {
  const first: ChildProcess = spawn('gnome-keyring-daemon', ['--unlock', '--components=secrets'], {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  first.stdin?.end('password of the test');
  const [code] = (await once(first, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`gnome-keyring-daemon ended with ${String(code)}`);
}

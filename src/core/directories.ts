import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';
import { platform as ownPlatform } from './own-process.ts';

export interface Directories {
  /** Profiles and secrets. */
  readonly config: string;
  /** Runs, permits, locks. */
  readonly state: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `OPPATCH_HOME` holds everything where it is set; else the platform's own places. Nothing is created here. */
export function directories(env: Environment, platform: NodeJS.Platform = ownPlatform): Directories {
  const own = env['OPPATCH_HOME'];
  if (own !== undefined && own !== '') return { config: own, state: own };
  const path = platform === 'win32' ? win32 : posix;
  const home = homedir();
  if (platform === 'win32') {
    const roaming = env['APPDATA'] || path.join(home, 'AppData', 'Roaming');
    const local = env['LOCALAPPDATA'] || path.join(home, 'AppData', 'Local');
    return { config: path.join(roaming, 'oppatch'), state: path.join(local, 'oppatch') };
  }
  if (platform === 'darwin') {
    const support = path.join(home, 'Library', 'Application Support', 'oppatch');
    return { config: support, state: support };
  }
  return {
    config: path.join(env['XDG_CONFIG_HOME'] || path.join(home, '.config'), 'oppatch'),
    state: path.join(env['XDG_STATE_HOME'] || path.join(home, '.local', 'state'), 'oppatch'),
  };
}

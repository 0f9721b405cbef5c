import { homedir } from 'node:os';
import { join } from 'node:path';
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
  const home = homedir();
  if (platform === 'win32') {
    const roaming = env['APPDATA'] || join(home, 'AppData', 'Roaming');
    const local = env['LOCALAPPDATA'] || join(home, 'AppData', 'Local');
    return { config: join(roaming, 'oppatch'), state: join(local, 'oppatch') };
  }
  if (platform === 'darwin') {
    const support = join(home, 'Library', 'Application Support', 'oppatch');
    return { config: support, state: support };
  }
  return {
    config: join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'oppatch'),
    state: join(env['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'oppatch'),
  };
}

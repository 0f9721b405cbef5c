import { homedir } from 'node:os';
import { join, win32 } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directories } from '../../src/core/directories.ts';

const home = homedir();
const support = join(home, 'Library', 'Application Support', 'oppatch');
const linux = { config: join(home, '.config', 'oppatch'), state: join(home, '.local', 'state', 'oppatch') };
const windows = {
  config: win32.join(home, 'AppData', 'Roaming', 'oppatch'),
  state: win32.join(home, 'AppData', 'Local', 'oppatch'),
};

describe('directories', () => {
  it.each(['linux', 'darwin', 'win32', 'freebsd'] as const)('are OPPATCH_HOME on %s where it is set', (platform) => {
    const env = { OPPATCH_HOME: '/own', XDG_CONFIG_HOME: '/c', APPDATA: '/r' };
    expect(directories(env, platform)).toEqual({ config: '/own', state: '/own' });
  });

  it.each([
    ['linux', {}, linux],
    ['linux', { OPPATCH_HOME: '', XDG_CONFIG_HOME: '', XDG_STATE_HOME: '' }, linux],
    ['freebsd', {}, linux],
    ['linux', { XDG_CONFIG_HOME: '/c' }, { ...linux, config: join('/c', 'oppatch') }],
    ['linux', { XDG_STATE_HOME: '/s' }, { ...linux, state: join('/s', 'oppatch') }],
    ['darwin', {}, { config: support, state: support }],
    ['darwin', { XDG_CONFIG_HOME: '/c', APPDATA: '/r' }, { config: support, state: support }],
    ['win32', {}, windows],
    ['win32', { APPDATA: '', LOCALAPPDATA: '' }, windows],
    [
      'win32',
      { APPDATA: 'C:\\Users\\Ada K\\AppData\\Roaming', LOCALAPPDATA: '\\\\server\\home\\ada' },
      { config: 'C:\\Users\\Ada K\\AppData\\Roaming\\oppatch', state: '\\\\server\\home\\ada\\oppatch' },
    ],
  ] as const)('on %s with %j', (platform, env, expected) => {
    expect(directories(env, platform)).toEqual(expected);
  });
});

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clientId, startSignInServer, tenantId } from '../profiles/sign-in-server.ts';
import { newPlace, newSandbox, run } from './oppatch.ts';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'oppatch.js');
const down = '\u001b[B';
const escape = '\u001b';

/** A terminal's control sequences. */
// oxlint-disable-next-line no-control-regex -- that is what they are made of
const controls = /\u001b\[[0-9;?]*[A-Za-z]|\r/g;

interface Typed {
  readonly code: number | null;
  /** All that stood on the terminal. */
  readonly shown: string;
}

/** The built bin on a pseudo-terminal of its own. Each answer is typed when its question has come up. */
async function onTerminal(
  words: readonly string[],
  home: string,
  answers: readonly (readonly [question: string, keys: string])[],
): Promise<Typed> {
  execFileSync(process.execPath, [join(import.meta.dirname, '..', 'install-packages.js'), 'bsdutils']);
  const line = [realpathSync(process.execPath), bin, ...words].map((word) => `'${word}'`).join(' ');
  const { PATH = '' } = process.env;
  const child = spawn('script', ['-qefc', `stty cols 200 rows 50; exec ${line}`, '/dev/null'], {
    env: { PATH, HOME: home, OPPATCH_HOME: home, OPPATCH_STORE: 'file', TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = [...answers];
  let shown = '';
  let unread = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text.replace(controls, '');
    unread += text.replace(controls, '');
    const [next] = waiting;
    if (next === undefined || !unread.includes(next[0])) return;
    waiting.shift();
    unread = '';
    child.stdin.write(next[1]);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  expect(waiting, shown).toEqual([]);
  return { code, shown };
}

describe('profile add on a terminal', () => {
  it('asks for all that LeadSquared needs, checks it, and says what to type next', async () => {
    const sandbox = await newSandbox();
    const { accessKey = '', secretKey = '' } = sandbox.credentials['leadsquared'] ?? {};
    const { home } = newPlace();
    const words = ['profile', 'add', '--base-url', sandbox.baseUrls['leadsquared'] ?? ''];
    const { code, shown } = await onTerminal(words, home, [
      ['Which service?', `${down}${down}\r`],
      ['Name of the profile', '-in\r'],
      ['API host of your region', `${down}${down}\r`],
      ['Code of the opportunity type', '12000\r'],
      ['accessKey: From My Profile', `${accessKey}\r`],
      ['secretKey: Shown beside', `${secretKey}\r`],
      ['production account?', 'y'],
    ]);
    expect([code, shown]).toEqual([0, expect.stringContaining('Next: oppatch template edits.csv -p leadsquared-in')]);
    expect(shown).toContain('The credentials work: LeadSquared');
    expect(shown).toContain(', account ');
    expect(shown).toContain('secrets.json');
    for (const secret of [accessKey, secretKey]) expect(shown).not.toContain(secret);
    const profile = JSON.parse((await run(['profile', 'show', 'leadsquared-in', '--json'], { home })).stdout) as object;
    expect(profile).toMatchObject({
      vendor: 'leadsquared',
      settings: { host: 'api-in21.leadsquared.com', 'event-code': '12000' },
      production: true,
    });
  });

  it('asks nothing that a flag says, and offers an API key or OAuth at Close', async () => {
    const sandbox = await newSandbox();
    const { apiKey = '' } = sandbox.credentials['close'] ?? {};
    const { home } = newPlace();
    const words = [
      'profile',
      'add',
      '--vendor',
      'close',
      '--production',
      '--base-url',
      sandbox.baseUrls['close'] ?? '',
    ];
    const { code, shown } = await onTerminal(words, home, [
      ['Name of the profile', '\r'],
      ['How do you sign in to Close?', '\r'],
      ['apiKey: Made in Close', `${apiKey}\r`],
    ]);
    expect([code, shown]).toEqual([0, expect.stringContaining('Next: oppatch template edits.csv -p close')]);
    expect(shown).not.toContain('Which service?');
    expect(shown).not.toContain('production account?');
  });

  it.each([
    ['Ctrl-C at the first question', [['Which service?', '\u0003']]],
    [
      'Esc at a name',
      [
        ['Which service?', '\r'],
        ['Name of the profile', escape],
      ],
    ],
    [
      'Ctrl-C at a secret',
      [
        ['Which service?', `${down}\r`],
        ['Name of the profile', '\r'],
        ['apiKey: ', 'hidden-key\u0003'],
      ],
    ],
    [
      'Ctrl-C at the last question',
      [
        ['Which service?', `${down}\r`],
        ['Name of the profile', '\r'],
        ['apiKey: ', 'hidden-key\r'],
        ['production account?', '\u0003'],
      ],
    ],
  ] as const)('leaves nothing behind after %s', async (_name, answers) => {
    const { home } = newPlace();
    const { code, shown } = await onTerminal(['profile', 'add'], home, answers);
    expect([code, shown]).toEqual([130, expect.stringContaining('nothing was stored')]);
    expect(shown).not.toContain('hidden-key');
    expect(readdirSync(home).filter((name) => name !== 'compiled')).toEqual([]);
  });

  it('signs in to Partner Center next, and leaves nothing behind when that is given up', async () => {
    const server = await startSignInServer();
    try {
      const { home } = newPlace();
      const { code, shown } = await onTerminal(['profile', 'add', '--setting', `authority=${server.authority}`], home, [
        ['Which service?', '\r'],
        ['Name of the profile', '\r'],
        ['How do you sign in', '\r'],
        ['tenantId', `${tenantId}\r`],
        ['clientId', `${clientId}\r`],
        ['refreshToken', '\r'],
        ['clientSecret', '\r'],
        ['production account?', 'n'],
        ['Ctrl-C gives up.', '\u0003'],
      ]);
      expect([code, shown]).toEqual([130, expect.stringContaining('nothing was stored')]);
      expect(shown).toContain('leave it empty to sign in next');
      expect(readFileSync(join(home, 'secrets.json'), 'utf8').trim()).toBe('{}');
      expect((await run(['profile', 'list', '--json'], { home })).stdout.trim()).toBe('[]');
    } finally {
      await server.close();
    }
  });

  it('keeps no account that does not work, and puts back the one that was there', async () => {
    const sandbox = await newSandbox();
    const { home } = newPlace();
    const base = ['--base-url', sandbox.baseUrls['raze'] ?? ''];
    const input = JSON.stringify(sandbox.credentials['raze']);
    const add = ['profile', 'add', 'prod', '--vendor', 'raze', ...base, '--credentials-stdin'];
    expect((await run(add, { home, input })).code).toBe(0);
    const before = readFileSync(join(home, 'profiles.json'), 'utf8');
    const { code, shown } = await onTerminal(['profile', 'add', 'prod', '--force', ...base], home, [
      ['Which service?', `${down}\r`],
      ['apiKey: ', 'gr_live_wrong\r'],
      ['production account?', 'n'],
      ['Keep the profile all the same?', 'n'],
    ]);
    expect([code, shown]).toEqual([4, expect.stringContaining('Nothing was stored.')]);
    expect(readFileSync(join(home, 'profiles.json'), 'utf8')).toBe(before);
    expect((await run(['profile', 'check', 'prod'], { home })).code).toBe(0);
  });

  it('without a terminal says what to type', async () => {
    const { home } = newPlace();
    const ended = await run(['profile', 'add'], { home });
    expect([ended.code, ended.stderr]).toEqual([
      2,
      expect.stringContaining('oppatch profile add NAME --vendor VENDOR'),
    ]);
    expect(existsSync(join(home, 'profiles.json'))).toBe(false);
  });
});

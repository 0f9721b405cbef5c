import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKeychain, type KeychainServer } from '../profiles/keychain-server.ts';
import { startTokenServer, type TokenServer } from '../profiles/token-server.ts';
import { newPlace, newSandbox, run, runProcess } from './oppatch.ts';

let keychain: KeychainServer;
let locked: KeychainServer;
let tokens: TokenServer;
let vendor: Server;
let vendorUrl: string;
const bearers: (string | undefined)[] = [];

beforeAll(async () => {
  [keychain, locked, tokens] = await Promise.all([
    startKeychain(),
    startKeychain({ locked: true }),
    startTokenServer(),
  ]);
  vendor = createServer((request, response) => {
    bearers.push(request.headers.authorization);
    response.setHeader('content-type', 'application/json');
    response.end('{"value":[]}');
  });
  vendor.listen(0, '127.0.0.1');
  await once(vendor, 'listening');
  vendorUrl = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
});
afterAll(async () => {
  vendor.close();
  await Promise.all([keychain.close(), locked.close(), tokens.close()]);
});

const anyStore = { OPPATCH_STORE: '' };
const noBus = { ...anyStore, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' };

/** The text of all files below the directory. */
function textIn(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

describe('the store of a profile', () => {
  it('is the keychain where there is one; it serves, is named, and is emptied with the profile', async () => {
    const sandbox = await newSandbox();
    const { home } = newPlace();
    const env = { ...anyStore, ...keychain.env };
    const input = JSON.stringify(sandbox.credentials['close']);
    const words = ['profile', 'add', 'prod', '--vendor', 'close', '--base-url', sandbox.baseUrls['close'] ?? ''];
    const added = await runProcess([...words, '--credentials-stdin'], { home, env, input });
    expect([added.code, added.stdout]).toEqual([0, expect.stringContaining('the keychain of this system')]);
    expect(existsSync(join(home, 'secrets.json'))).toBe(false);
    expect(textIn(home)).not.toContain(sandbox.credentials['close']?.['apiKey']);

    const shown = await runProcess(['profile', 'show', 'prod'], { home, env });
    expect(shown.stdout).toContain('the keychain of this system');
    const [listed] = JSON.parse((await runProcess(['profile', 'list', '--json'], { home, env })).stdout) as [object];
    expect(listed).toMatchObject({ name: 'prod', credentials: 'keychain' });
    expect((await runProcess(['profile', 'check', 'prod'], { home, env })).code).toBe(0);
    const away = await runProcess(['profile', 'check', 'prod'], { home, env: noBus });
    expect([away.code, away.stderr]).toEqual([4, expect.stringContaining('--store file')]);

    const moved = await runProcess([...words, '--credentials-stdin', '--store', 'file', '--force'], {
      home,
      env,
      input,
    });
    expect([moved.code, moved.stdout]).toEqual([0, expect.stringContaining('secrets.json')]);
    const back = await runProcess([...words, '--credentials-stdin', '--force'], { home, env, input });
    expect([back.code, back.stdout]).toEqual([0, expect.stringContaining('the keychain')]);
    expect(textIn(home)).not.toContain(sandbox.credentials['close']?.['apiKey']);
    expect((await runProcess(['profile', 'remove', 'prod'], { home, env })).code).toBe(0);
  });

  it.each([
    ['no bus', () => noBus],
    ['a keychain that nobody unlocks', () => ({ ...anyStore, ...locked.env })],
  ])('is the file with %s, and a keychain that is asked for is refused with what to type', async (_name, envOf) => {
    const { home } = newPlace();
    const options = { home, env: envOf(), input: '{"apiKey":"hidden-key"}' };
    const words = ['profile', 'add', 'prod', '--vendor', 'close', '--credentials-stdin'];
    const refused = await runProcess([...words, '--store', 'keychain'], options);
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('--store file')]);
    expect(refused.stderr).toContain("The keychain of this system can't be used");
    expect(readdirSync(home).filter((name) => name !== 'compiled')).toEqual([]);
    const added = await runProcess(words, options);
    expect([added.code, added.stdout]).toEqual([0, expect.stringContaining('secrets.json')]);
  });

  it.each([
    [['--store', 'keychain', '--from-env']],
    [['--secret-command', 'true', '--store', 'file']],
    [['--secret-command', 'true', '--credentials-stdin']],
  ])('is one: %s are refused', async (flags) => {
    const { home } = newPlace();
    const ended = await run(['profile', 'add', 'prod', '--vendor', 'close', ...flags], { home, input: '{}' });
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('do not go together')]);
  });
});

describe('a secret command', () => {
  it('is run when the credentials are needed, and gets none of them', async () => {
    const sandbox = await newSandbox();
    const { home, file } = newPlace();
    const vault = file('vault.json', JSON.stringify(sandbox.credentials['close']));
    const command = `env > '${home}/seen'; echo asked >&2; cat '${vault}'`;
    const words = ['profile', 'add', 'prod', '--vendor', 'close', '--base-url', sandbox.baseUrls['close'] ?? ''];
    const added = await runProcess([...words, '--secret-command', command], { home });
    expect([added.code, added.stderr]).toEqual([0, 'asked\n']);
    expect(added.stdout).toContain('a command');
    const env = { CLOSE_CLIENT_SECRET: 'hidden-secret' };
    const checked = await runProcess(['profile', 'check', 'prod'], { home, env });
    expect([checked.code, checked.stderr]).toEqual([0, expect.stringContaining('asked\n')]);
    expect(readFileSync(join(home, 'seen'), 'utf8')).toContain(`OPPATCH_HOME=${home}`);
    expect(readFileSync(join(home, 'seen'), 'utf8')).not.toContain('hidden-secret');
    expect(textIn(home)).not.toContain(sandbox.credentials['close']?.['apiKey']);
    expect((await runProcess(['profile', 'show', 'prod'], { home })).stdout).toContain(command);
  });

  it.each([
    ['fails', 'echo hidden-key; exit 3', 'exit status 3'],
    ['is none', 'no-such-program-here', 'exit status 127'],
    ['prints nothing', 'true', 'printed nothing'],
    ['prints something else', 'echo hidden-key', 'not JSON'],
    ['prints too much', 'yes hidden-key', 'more than 64 KiB'],
    ['prints another key', `echo '{"apikey":"hidden-key"}'`, 'did you mean apiKey'],
  ])('that %s is explained, its output never shown, and nothing is stored', async (_name, command, reason) => {
    const { home } = newPlace();
    const words = ['profile', 'add', 'prod', '--vendor', 'close', '--json', '--secret-command', command];
    const { code, stdout, stderr } = await run(words, { home });
    expect([code, stderr]).toEqual([4, expect.stringContaining(reason)]);
    expect(stderr).toContain('--secret-command');
    expect(stdout + stderr).not.toContain('hidden-key');
    expect(existsSync(join(home, 'profiles.json'))).toBe(false);
  });
});

/** A home with the profile `pc`, whose refresh token the token server replaces. */
async function partnerCenterHome(how: 'file' | 'keychain' | 'command') {
  tokens.refreshToken = 'refresh-begin';
  const place = newPlace();
  const { home } = place;
  const env = how === 'keychain' ? keychain.env : {};
  const credentials = JSON.stringify({ tenantId: 'tenant', clientId: 'app', refreshToken: 'refresh-begin' });
  const vault = place.file('vault.json', credentials);
  const setting = ['--setting', `authority=http://${tokens.host}`, '--base-url', vendorUrl];
  const store = how === 'command' ? ['--secret-command', `cat '${vault}'`] : ['--store', how, '--credentials-stdin'];
  const words = ['profile', 'add', 'pc', '--vendor', 'partner-center', ...setting, ...store];
  const added = await runProcess(words, { home, env, input: how === 'command' ? '' : credentials });
  expect([added.code, added.stderr]).toEqual([0, '']);
  const check = (more: Record<string, string> = {}) =>
    runProcess(['profile', 'check', 'pc'], { home, env: { ...env, ...more } });
  return { ...place, vault, check };
}

describe.each(['file', 'keychain', 'command'] as const)('a refresh token that is replaced, from %s', (how) => {
  it('is kept, and the next process renews nothing', async () => {
    const { home, vault, check } = await partnerCenterHome(how);
    const asked = tokens.forms.length;
    expect((await check()).code).toBe(0);
    expect((await check()).code).toBe(0);
    expect(tokens.forms).toHaveLength(asked + 1);
    expect(new Set(bearers.slice(-2)).size).toBe(1);
    expect(textIn(home).includes(tokens.refreshToken)).toBe(how !== 'keychain');
    expect(readFileSync(vault, 'utf8')).toContain('refresh-begin');
    if (how !== 'command') return;
    // Another token in the vault is newer than all that is kept.
    tokens.refreshToken = 'refresh-other';
    writeFileSync(vault, readFileSync(vault, 'utf8').replace('refresh-begin', 'refresh-other'));
    expect((await check()).code).toBe(0);
    expect(tokens.forms.at(-1)?.get('refresh_token')).toBe('refresh-other');
  });

  it('survives kill -9 between its receipt and its saving, where the vendor still takes the old one', async () => {
    const { check } = await partnerCenterHome(how);
    const crash = { OPPATCH_CRASH_AT: 'token-received' };
    expect((await check(crash)).signal).toBe('SIGKILL');
    const lost = tokens.refreshToken;
    expect(lost).not.toBe('refresh-begin');
    tokens.refreshToken = 'refresh-begin';
    expect((await check()).code).toBe(0);
    expect(tokens.forms.at(-1)?.get('refresh_token')).toBe('refresh-begin');
  });

  it('is said to need a sign-in after that, where the vendor takes the old one no more', async () => {
    const { check } = await partnerCenterHome(how);
    expect((await check({ OPPATCH_CRASH_AT: 'token-received' })).signal).toBe('SIGKILL');
    const { code, stderr } = await check();
    expect([code, stderr]).toEqual([4, expect.stringContaining('oppatch profile login pc')]);
  });
});

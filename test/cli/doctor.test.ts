import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { doctorExitCode } from '../../src/app/doctor/doctor.ts';
import { skewFinding, tokenFindings } from '../../src/app/doctor/doctor-accounts.ts';
import { nodeFinding, spaceFinding } from '../../src/app/doctor/doctor-machine.ts';
import { vendors } from '../../src/vendors/index.ts';
import { clockSkewMs } from '../../src/core/clock-skew.ts';
import { accountWords, apply, environmentOf, newPlace, newSandbox, run, summaryOf } from './oppatch.ts';

interface Report {
  readonly ok: boolean;
  readonly findings: readonly { check: string; level: string; message: string; remedy?: string; profile?: string }[];
}

describe('oppatch doctor', () => {
  it.each(vendors)('finds an account of $name well, and leaves nothing behind', async ({ name, title }) => {
    const [sandbox, place] = [await newSandbox(), newPlace()];
    const [account, env] = [accountWords(sandbox, name), environmentOf(sandbox, name)];
    const ended = await run(['doctor', ...account, '--json'], { home: place.home, env });
    expect(ended.code, ended.stdout).toBe(0);
    const report = JSON.parse(ended.stdout) as Report;
    expect(report.ok).toBe(true);
    const told = report.findings.find(({ check }) => check === 'account')?.message ?? '';
    expect(told).toMatch(/ · .+: the credentials work/);
    expect(told.startsWith(title)).toBe(true);
    expect(readdirSync(place.home).filter((one) => one.startsWith('.oppatch-doctor'))).toEqual([]);
  });

  it('ends with 4 for refused credentials, and with 2 for a damaged configuration', async () => {
    const [sandbox, place] = [await newSandbox(), newPlace()];
    const words = ['doctor', ...accountWords(sandbox, 'raze')];
    const refused = await run(words, { home: place.home, env: { RAZE_API_KEY: 'wrong-key-4711' } });
    expect(refused.code).toBe(4);
    expect(refused.stdout).toContain('✗ account');
    expect(refused.stdout + refused.stderr).not.toContain('wrong-key-4711');
    const missing = await run([...words, '--offline'], { home: place.home });
    expect(missing.code).toBe(4);
    writeFileSync(join(place.home, 'profiles.json'), '{', { mode: 0o600 });
    const damaged = await run(['doctor', '--offline'], { home: place.home });
    expect(damaged.code).toBe(2);
    expect(damaged.stdout).toMatch(/✗ profiles: .*not JSON[^]*mv /);
  });

  it('names the command that fixes a secret store that others can read', async () => {
    const place = newPlace();
    const add = ['profile', 'add', 'prod', '--vendor', 'close', '--store', 'file', '--credentials-stdin'];
    await run(add, { home: place.home, input: '{"apiKey":"api_key_0123456789"}' });
    const path = join(place.home, 'secrets.json');
    chmodSync(path, 0o644);
    const ended = await run(['doctor', '--offline'], { home: place.home });
    expect(ended.code).toBe(2);
    expect(ended.stdout).toContain(`chmod 600 ${path}`);
  });

  it('names unfinished runs and leftovers', async () => {
    const [sandbox, place] = [await newSandbox({ autoCreate: false }), newPlace()];
    const file = place.file('edits.csv', 'id,amount\nx1,1\nx2,2\n');
    const ended = await apply({ sandbox, vendor: 'raze', place }, file, '--fail-fast');
    const { run: id, status } = summaryOf(ended);
    expect(status).toBe('stopped');
    mkdirSync(join(place.home, 'runs', '20200101T000000Z-left'));
    const told = await run(['doctor', '--offline'], { home: place.home });
    expect(told.code).toBe(0);
    expect(told.stdout).toContain(`Type: oppatch resume ${id}`);
    expect(told.stdout).toContain('20200101T000000Z-left');
  });
});

describe('profile check', () => {
  it('types out the command for the right host, and tells of a wrong clock', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(401, {
        date: new Date(Date.now() - 600_000).toUTCString(),
        'content-type': 'application/json',
      });
      response.end(
        JSON.stringify({ Status: 'Error', ExceptionMessage: 'Use api-in21.leadsquared.com for this account' }),
      );
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => {
      server.close();
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const place = newPlace();
    const env = { LEADSQUARED_ACCESS_KEY: 'access-4711', LEADSQUARED_SECRET_KEY: 'secret-4711' };
    const words = ['--vendor', 'leadsquared', '--base-url', `http://127.0.0.1:${address.port}`];
    const added = await run(['profile', 'add', 'in', ...words, '--from-env', '--rate', '10/5s'], {
      home: place.home,
      env,
    });
    expect(added.code).toBe(0);
    const ended = await run(['profile', 'check', 'in'], { home: place.home, env });
    expect(ended.code).toBe(4);
    const told = ended.stderr.replaceAll(/\s+/g, ' ');
    expect(told).toContain(
      'oppatch profile add in --force --vendor leadsquared --host api-in21.leadsquared.com --rate 10/5s --from-env',
    );
    expect(told).toMatch(/clock is (9m|10m).* ahead of the vendor's/);
  });

  it('tells account, host and skew as JSON', async () => {
    const [sandbox, place] = [await newSandbox(), newPlace()];
    const words = ['profile', 'check', ...accountWords(sandbox, 'close'), '--json'];
    const ended = await run(words, { home: place.home, env: environmentOf(sandbox, 'close') });
    expect(JSON.parse(ended.stdout)).toMatchObject({ ok: true, skew_ms: 0, account: expect.any(String) as string });
  });

  it('does not send a person whose key is refused back to itself', async () => {
    const [sandbox, { home }] = [await newSandbox(), newPlace()];
    const words = accountWords(sandbox, 'close');
    const env = { CLOSE_API_KEY: 'another-key' };
    const refused = async (account: readonly string[]): Promise<string> => {
      const { code, stderr } = await run(['profile', 'check', ...account], { home, env });
      expect(code).toBe(4);
      expect(stderr).not.toContain('profile check');
      return stderr.replaceAll(/\s+/g, ' ');
    };
    expect(await refused(words)).toContain('`oppatch vendors close` names the variables');
    expect((await run(['profile', 'add', 'p', ...words, '--from-env'], { home, env })).code).toBe(0);
    expect(await refused(['p'])).toContain('oppatch profile add p --vendor close --force');
  });
});

describe('what the findings go by', () => {
  it('compares versions by their parts', () => {
    expect(nodeFinding('20.18.1', '>=20.18.1').level).toBe('ok');
    expect(nodeFinding('20.9.0', '>=20.18.1').level).toBe('error');
    expect(nodeFinding('22.0.0', '>=20.18.1').level).toBe('ok');
    expect(nodeFinding('18.20.5', '>=20.18.1').remedy).toContain('20.18.1');
  });

  it('judges room, clock and token', () => {
    expect(spaceFinding('/x', 1024 ** 3)).toBeUndefined();
    expect(spaceFinding('/x', 50 * 1024 ** 2)?.level).toBe('warning');
    expect(spaceFinding('/x', 1024)?.level).toBe('error');
    expect(skewFinding(60_000, { oauth: true })).toBeUndefined();
    expect(skewFinding(-61_000, { oauth: true })?.level).toBe('warning');
    expect(skewFinding(301_000, { oauth: true })?.level).toBe('error');
    expect(skewFinding(301_000, { oauth: false })?.level).toBe('warning');
    const token = `x.${Buffer.from(JSON.stringify({ exp: 1_000 })).toString('base64url')}.x`;
    expect(tokenFindings(token, undefined, 1_000_001)[0]).toMatchObject({ level: 'error', credentials: true });
    expect(tokenFindings(token, undefined, 0)[0]).toMatchObject({ level: 'warning' });
    expect(tokenFindings(token, 'renews', 1_000_001)).toEqual([]);
  });

  it('takes the least difference of the clocks that explains the date', () => {
    const date = 'Sat, 21 Nov 2026 10:00:00 GMT';
    const at = Date.parse(date);
    expect(clockSkewMs(date, { sentAtMs: at - 50, receivedAtMs: at + 50 })).toBe(0);
    expect(clockSkewMs(date, { sentAtMs: at + 999, receivedAtMs: at + 1_500 })).toBe(0);
    expect(clockSkewMs(date, { sentAtMs: at + 5_999, receivedAtMs: at + 7_000 })).toBe(5_000);
    expect(clockSkewMs(date, { sentAtMs: at - 9_000, receivedAtMs: at - 8_000 })).toBe(-8_000);
    expect(clockSkewMs('soon', { sentAtMs: 0, receivedAtMs: 0 })).toBeUndefined();
  });

  it('ends with 4 only where nothing but credentials is wrong', () => {
    const wrong = { level: 'error', message: '' } as const;
    expect(doctorExitCode([{ level: 'warning', message: '' }])).toBe(0);
    expect(doctorExitCode([{ ...wrong, credentials: true }])).toBe(4);
    expect(doctorExitCode([wrong, { ...wrong, credentials: true }])).toBe(2);
  });
});

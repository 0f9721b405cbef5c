import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { delimiter, join } from 'node:path';
import { once } from 'node:events';

import { describe, expect, it, onTestFinished } from 'vitest';

import {
  accountWords,
  apply,
  applyProcess,
  environmentOf,
  newPlace,
  newSandbox,
  run,
  summaryOf,
  writesOf,
} from './oppatch.ts';

const vendor = 'raze';
const good = 'id,amount\nx1,1\nx2,2\n';
const mixed = 'id,amount\nx1,1\nx2,nonsense\n';

async function ready(rows = good) {
  const [sandbox, place] = [await newSandbox(), newPlace()];
  return { sandbox, place, vendor, file: place.file('edits.csv', rows) };
}

/** Listens on loopback, answers with this status, and keeps what it was sent. */
async function listener(status: number) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { bodies, url: `http://127.0.0.1:${address.port}/hook?token=t0ken` };
}

describe('--log-file', () => {
  it('appends begin, rows that were not applied, and the end', async () => {
    const at = await ready(mixed);
    const log = join(at.place.directory, 'oppatch.log');
    writeFileSync(log, 'before\n');
    const ended = await apply(at, at.file, '--skip-invalid', '--log-file', log, '--log-format', 'json');
    const { run: id } = summaryOf(ended);
    const [before, ...lines] = readFileSync(log, 'utf8').trimEnd().split('\n');
    expect(before).toBe('before');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const { time } of events) expect(time).toBe(new Date(String(time)).toISOString());
    expect(events.map(({ event }) => event)).toEqual(['run-begin', 'row', 'run-end']);
    expect(events[0]).toMatchObject({ run: id, rows: 2, vendor });
    expect(events[1]).toMatchObject({ row: 2, id: 'x2', status: 'invalid' });
    expect(events[2]).toMatchObject({ run: id, status: 'finished', exit_code: 3, applied: 1, invalid: 1 });
    for (const secret of Object.values(environmentOf(at.sandbox, vendor))) expect(lines.join('')).not.toContain(secret);
  });

  it('is opened before anything is sent, for its owner only', async () => {
    const at = await ready();
    const ended = await apply(at, at.file, '--log-file', join(at.place.directory, 'none', 'x.log'));
    expect(ended.code).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'log-file' } });
    expect(at.sandbox.world(vendor).log).toEqual([]);
    const log = join(at.place.directory, 'new.log');
    await apply(at, at.file, '--log-file', log);
    expect(statSync(log).mode & 0o777).toBe(0o600);
    expect(readFileSync(log, 'utf8')).toMatch(
      /^\S+Z run-begin run=\S+ command=apply .*\n\S+Z run-end run=.* exit_code=0 /,
    );
  });
});

describe('--notify', () => {
  it('posts the summary; a refusal or a redirect is a warning without the address', async () => {
    const at = await ready();
    const hook = await listener(204);
    const ended = await apply(at, at.file, '--notify', hook.url);
    expect(hook.bodies.map((body) => JSON.parse(body) as unknown)).toEqual([summaryOf(ended)]);
    const moved = await listener(302);
    const again = await apply(at, at.file, '--notify', moved.url);
    expect(again.code).toBe(0);
    expect(moved.bodies).toHaveLength(1);
    expect(again.stderr).toContain('answered HTTP 302');
    expect(again.stderr).not.toContain('t0ken');
  });

  it('gives the summary to a command, without credentials', async () => {
    const at = await ready();
    const command = 'cat > "$HOME/summary"; env > "$HOME/env"; echo said; exit 7';
    // What the command says goes to the stderr of the process.
    const ended = await applyProcess(at, at.file, '--notify', command);
    expect(ended.code).toBe(0);
    expect(JSON.parse(readFileSync(join(at.place.home, 'summary'), 'utf8'))).toEqual(summaryOf(ended));
    expect(readFileSync(join(at.place.home, 'env'), 'utf8')).not.toMatch(/RAZE_API_KEY/);
    expect(ended.stderr).toMatch(/said[^]*--notify: the command ended with 7/);
  });

  it('refuses plain http to another machine before anything is sent', async () => {
    const at = await ready();
    const ended = await apply(at, at.file, '--notify', 'http://example.com/t0ken');
    expect(ended.code).toBe(2);
    expect(ended.stdout + ended.stderr).not.toContain('t0ken');
    expect(at.sandbox.world(vendor).log).toEqual([]);
  });

  it('is not waited for longer than the command itself, whatever it leaves behind', async () => {
    const at = await ready();
    const startedAt = performance.now();
    // `ended` is the close of stderr: a child that is left behind must not hold it.
    const ended = await applyProcess(at, at.file, '--notify', 'echo said; sleep 50 & exit 0');
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('said');
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });
});

describe('quiet', () => {
  it('says nothing of a success, and sums up what failed', async () => {
    const at = await ready();
    const env = environmentOf(at.sandbox, vendor);
    const words = ['apply', at.file, ...accountWords(at.sandbox, vendor), '--yes', '--quiet'];
    expect(await run(words, { home: at.place.home, env })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    writeFileSync(at.file, mixed);
    const failed = await run([...words, '--skip-invalid'], { home: at.place.home, env });
    expect(failed.code).toBe(3);
    expect(failed.stderr).toMatch(/invalid[^]*oppatch retry/);
  });
});

describe("the account's name", () => {
  it('is asked for once a day and told before and after', async () => {
    const [sandbox, place] = [await newSandbox(), newPlace()];
    const file = place.file('edits.csv', 'id,amount\noppo_x1,1\n');
    const at = { sandbox, vendor: 'close', place };
    const first = await apply(at, file);
    const { account } = summaryOf(first);
    expect(account).toMatch(/\w/);
    expect(first.stderr).toContain(`Close · ${account} · 127.0.0.1`);
    const reads = () => sandbox.world('close').log.filter(({ path }) => /\/me\b/.test(path)).length;
    expect(reads()).toBe(1);
    expect(summaryOf(await apply(at, file)).account).toBe(account);
    expect(reads()).toBe(1);
  });

  it('is no reason to begin no run: with refused credentials it stops with 4, resumable', async () => {
    const at = await ready();
    const words = ['apply', at.file, ...accountWords(at.sandbox, vendor), '--yes', '--json'];
    const ended = await run(words, { home: at.place.home, env: { RAZE_API_KEY: 'wrong' } });
    expect(ended.code).toBe(4);
    expect(summaryOf(ended)).toMatchObject({ status: 'stopped', exit_code: 4 });
    expect(writesOf(at.sandbox, vendor)).toEqual([]);
  });
});

describe('docs/cron.md', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'cron.md'), 'utf8');
  const lines = [
    ...text.matchAll(/^(?:\S+ ){5}(oppatch .*)$/gm),
    ...text.matchAll(/^ExecStart=(oppatch .*)$/gm),
    ...text.matchAll(/- run: (oppatch .*)$/gm),
  ].map(([, line]) => line ?? '');

  it('has an example for each of the three', () => {
    expect(lines).toHaveLength(3);
  });

  it.each(lines)('%s', async (line) => {
    const at = await ready();
    const bin = join(at.place.directory, 'oppatch');
    const script = join(import.meta.dirname, '..', '..', 'bin', 'oppatch.js');
    writeFileSync(bin, `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
    chmodSync(bin, 0o755);
    const secrets = environmentOf(at.sandbox, vendor);
    const env = {
      PATH: `${at.place.directory}${delimiter}${process.env['PATH'] ?? ''}`,
      HOME: at.place.home,
      OPPATCH_HOME: at.place.home,
      RAZE_BASE_URL: at.sandbox.baseUrls[vendor] ?? '',
      ...secrets,
    };
    const added = ['profile', 'add', 'prod', '--vendor', vendor, '--from-env'];
    expect((await run(added, { home: at.place.home, env })).code).toBe(0);
    const child = spawn('sh', ['-c', line], { cwd: at.place.directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
    child.stdout.resume();
    const [code] = (await once(child, 'close')) as [number | null];
    expect({ code, told: line.includes('--quiet') ? told : '' }).toEqual({ code: 0, told: '' });
    expect(readFileSync(join(at.place.directory, 'oppatch.log'), 'utf8')).toContain('run-end');
    expect(existsSync(join(at.place.directory, 'summary.json'))).toBe(line.includes('summary.json'));
    expect(writesOf(at.sandbox, vendor)).toHaveLength(2);
  });
});

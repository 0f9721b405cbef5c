import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, watch } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newPlace, newSandbox, run, start, summaryOf, type Place, type RunOptions } from './oppatch.ts';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'oppatch.js');
const vendor = 'close';

/** A stored profile `t` at a sandbox that takes 150 ms for each reply, and a file of 40 rows. */
async function ready() {
  const sandbox = await newSandbox({ latency: { requestMs: [0, 0], replyMs: [150, 150] } });
  const place = newPlace();
  const rows = Array.from({ length: 40 }, (_, index) => `oppo_${index + 1},called\n`);
  const file = place.file('edits.csv', `id,note\n${rows.join('')}`);
  const add = ['profile', 'add', 't', '--vendor', vendor, '--base-url', sandbox.baseUrls[vendor] ?? ''];
  const input = JSON.stringify(sandbox.credentials[vendor]);
  const added = await run([...add, '--credentials-stdin'], { home: place.home, input });
  expect(added.code, added.stderr).toBe(0);
  const words = ['apply', file, '-p', 't', '--yes', '--blind', '--json', '--concurrency', '4', '--rate', '1000/1s'];
  return { sandbox, place, file, words };
}

/**
 * `oppatch` on a pseudo-terminal. The shell above it outlives the terminal and leaves the exit code in the file `code`. With `leader`, it leads the session:
 * then oppatch gets no SIGHUP where the terminal is closed.
 */
function onTerminal(words: readonly string[], { home, directory }: Place, { leader = false } = {}) {
  const code = join(directory, 'code');
  const lines = ['trap "" HUP', 'trap : INT', '"$0" "$@"', `echo $? > ${code}.part`, `mv ${code}.part ${code}`].join(
    '; ',
  );
  const program = [lines, process.execPath, bin, ...words].map((word) => `'${word}'`).join(' ');
  const shell = `${leader ? 'exec ' : ''}sh -c ${program}; :`;
  const child = spawn('script', ['--quiet', '--flush', '--command', shell, '/dev/null'], {
    env: { PATH: process.env['PATH'] ?? '', HOME: home, OPPATCH_HOME: home, OPPATCH_STORE: 'file', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()));
  return {
    child,
    shows: async (text: RegExp) => {
      while (!text.test(told)) await once(child.stdout, 'data');
    },
    code: async () => {
      const path = join(directory, 'code');
      for await (const _change of changes(directory)) if (existsSync(path)) break;
      return Number(readFileSync(path, 'utf8'));
    },
  };
}

/** One at once, then one for each change of the directory. */
async function* changes(directory: string): AsyncIterable<void> {
  const watcher = watch(directory);
  try {
    yield;
    for (;;) {
      await once(watcher, 'change');
      yield;
    }
  } finally {
    watcher.close();
  }
}

/** The end of the only run, as its journal has it. */
async function endOf({ home }: Place) {
  const listed = await run(['runs', '--json'], { home });
  const [only] = JSON.parse(listed.stdout) as { readonly state: string }[];
  return only;
}

/** Of each way; more with `OPPATCH_SIGNAL_ROUNDS`. */
const rounds = Number(process.env['OPPATCH_SIGNAL_ROUNDS'] ?? 2);

describe('one Ctrl-C, with a stored profile', () => {
  it.each(['kill', 'terminal'].flatMap((way) => Array.from({ length: rounds }, () => way)))(
    'gives up no call: %s',
    async (way) => {
      const { place, words, sandbox } = await ready();
      let code: number | null;
      if (way === 'kill') {
        const running = start([...words, '--verbose'], { home: place.home });
        await running.told(/#6 →/);
        running.child.kill('SIGINT');
        const ended = await running.ended;
        code = ended.code;
        expect(summaryOf(ended).rows).toMatchObject({ in_doubt: 0, failed: 0 });
      } else {
        const running = onTerminal([...words, '--verbose'], place);
        await running.shows(/#6 →/);
        running.child.stdin.write('\u0003');
        code = await running.code();
      }
      expect(code).toBe(130);
      const end = await endOf(place);
      expect(end).toMatchObject({ state: 'interrupted' });
      const writes = sandbox.world(vendor).log.filter(({ method }) => method !== 'GET');
      expect(writes.length).toBeLessThan(40);
      const resumed = await run(['resume', '--json'], { home: place.home });
      expect(summaryOf(resumed).rows).toMatchObject({ read: 40, applied: 40 });
      // None was given up: so none was sent a second time.
      expect(sandbox.world(vendor).log.filter(({ method }) => method !== 'GET')).toHaveLength(40);
    },
  );
});

/** `oppatch` under a shell line, where `"$0" "$@"` stands for it. */
async function shell(line: string, words: readonly string[], { home, env = {} }: RunOptions) {
  const child = spawn('sh', ['-c', line, process.execPath, bin, ...words], {
    env: { PATH: process.env['PATH'] ?? '', HOME: home, OPPATCH_HOME: home, OPPATCH_STORE: 'file', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
  child.stdout.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, told };
}

describe('output that is lost', () => {
  it.each([
    { leader: false, code: 129, state: 'interrupted' },
    { leader: true, code: 0, state: 'finished' },
  ])('a terminal that is closed ends the run in order: $state', async ({ leader, code, state }) => {
    const { place, words } = await ready();
    const running = onTerminal([...words, '--verbose'], place, { leader });
    await running.shows(/#6 →/);
    running.child.kill('SIGKILL');
    expect(await running.code()).toBe(code);
    expect(await endOf(place)).toMatchObject({ state });
    if (state === 'finished') return;
    const resumed = await run(['resume', '--json'], { home: place.home });
    expect(summaryOf(resumed).rows).toMatchObject({ read: 40, applied: 40 });
  });

  it.each([
    ['stdout on a full disk', '"$0" "$@" > /dev/full', /! The output can't be written \(ENOSPC\)/],
    ['stderr on a full disk', '"$0" "$@" 2> /dev/full', /^$/],
    ['both', '"$0" "$@" > /dev/full 2> /dev/full', /^$/],
    ['stdout closed', '"$0" "$@" >&-', /40 rows/],
    ['the log on a full disk', '"$0" "$@" --log-file /dev/full', /The log file can't be written \(ENOSPC\)/],
  ])('%s: the run goes on to its end', async (_what, line, told) => {
    const { place, words } = await ready();
    const ended = await shell(line, words, { home: place.home });
    expect(ended.code).toBe(0);
    expect(ended.told).toMatch(told);
    expect(ended.told).not.toMatch(/Error|\bat .*\.js/);
    expect(await endOf(place)).toMatchObject({ state: 'finished' });
  });

  it('half a result is an error', async () => {
    const { place } = await ready();
    const words = ['get', 'oppo_1', '-p', 't', '--csv'];
    const ended = await shell('"$0" "$@" > /dev/full', words, { home: place.home });
    expect(ended).toMatchObject({ code: 2, told: expect.stringContaining('ENOSPC') as string });
  });
});

describe('SIGUSR1', () => {
  it('prints a line of progress during a run, and opens no debugger', async () => {
    const { place, words } = await ready();
    const running = start([...words, '--verbose'], { home: place.home });
    await running.told(/#6 →/);
    running.child.kill('SIGUSR1');
    await running.told(/^\d+ of 40 rows/m);
    const ended = await running.ended;
    expect(ended.code).toBe(0);
    expect(ended.stderr).not.toMatch(/Debugger listening/);
  });

  it('says that another command is at work', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const words = ['get', 'oppo_1', '--vendor', vendor, '--base-url', `http://127.0.0.1:${port}`, '--timeout', '3s'];
    const running = start(words, { home: newPlace().home, env: { CLOSE_API_KEY: 'api_hidden' } });
    await once(silent, 'connection');
    running.child.kill('SIGUSR1');
    await running.told(/oppatch get: at work for \d+ s/);
    running.child.kill('SIGKILL');
    await running.ended;
    silent.close();
  });
});

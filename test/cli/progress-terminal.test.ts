/* oxlint-disable no-control-regex -- the sequences that a terminal gets are what is looked at */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { accountWords, environmentOf, newPlace, newSandbox } from './oppatch.ts';
import { Terminal } from '../report/terminal.ts';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'oppatch.js');

beforeAll(() => {
  const { error } = spawnSync('script', ['--version']);
  if (error !== undefined) throw new Error('These tests need `script`: install bsdutils (Debian) or util-linux.');
});

/**
 * `oppatch apply` of edits at 10 per second on a pseudo-terminal of its own, which a shell resizes and tells its process id. Each reply takes so long: a
 * run does not end while the test looks at the screen, however slow the machine.
 */
async function applyOnTerminal({ columns = 80, edits = 60, replyMs = 1_500 } = {}) {
  const sandbox = await newSandbox({ latency: { requestMs: [0, 0], replyMs: [replyMs, replyMs] } });
  const place = newPlace();
  const rows = Array.from({ length: edits }, (_, index) => `oppo_${index + 1},called\n`);
  const path = place.file('edits.csv', `id,note\n${rows.join('')}`);
  const pidFile = join(place.directory, 'pid');
  const ttyFile = join(place.directory, 'tty');
  const quoted = [
    process.execPath,
    bin,
    'apply',
    path,
    ...accountWords(sandbox, 'close'),
    '--yes',
    '--blind',
    '--rate',
    '10/1s',
  ].map((word) => `'${word}'`);
  const program = `stty cols ${columns} rows 24; tty > '${ttyFile}'; echo $$ > '${pidFile}'; exec ${quoted.join(' ')}`;
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', program, '/dev/null'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: place.home,
      OPPATCH_HOME: place.home,
      SHELL: '/bin/sh',
      TERM: 'xterm',
      ...environmentOf(sandbox, 'close'),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdout.setEncoding('utf8');
  const screen = new Terminal(columns);
  const closed = once(child, 'close') as Promise<[number | null]>;
  let ended = false;
  let wake = nobodyWaits;
  let torn = '';
  child.stdout.on('data', (chunk: string) => {
    const text = torn + chunk;
    // A sequence may come in two pieces.
    torn = /\u001b(?:\[\d*)?$/.exec(text)?.[0] ?? '';
    screen.write(text.slice(0, text.length - torn.length));
    wake();
  });
  child.once('close', () => {
    ended = true;
    wake();
  });
  return {
    screen,
    /** Types a key. */
    type: (text: string) => child.stdin.write(text),
    resize: (to: number) => {
      screen.resize(to);
      const { status } = spawnSync('stty', ['-F', readFileSync(ttyFile, 'utf8').trim(), 'cols', String(to)]);
      if (status !== 0) throw new Error('stty could not resize the terminal');
    },
    pid: () => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : undefined),
    /** Resolves as soon as the screen is so. */
    shows: async (isSo: (lines: readonly string[]) => boolean) => {
      while (!isSo(screen.screen)) {
        if (ended) throw new Error(`ended before the screen was so:\n${screen.screen.join('\n')}`);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    /** Replies come at once from now on. */
    hurry: () => {
      const world = sandbox.world('close');
      world.configure({ ...world.behaviour, latency: { requestMs: [0, 0], replyMs: [0, 0] } });
    },
    exitCode: async () => {
      const [code] = await closed;
      return code;
    },
  };
}

function nobodyWaits(): void {
  // Until someone does.
}

const barOf = (lines: readonly string[]): string | undefined => lines.find((line) => /^[█░]{8,}/.test(line));

describe('the progress of a run on a real terminal', () => {
  it('survives resizing and leaves the summary alone', async () => {
    const run = await applyOnTerminal({ edits: 100 });
    await run.shows(
      (lines) => barOf(lines)?.includes('/100 ') === true && lines.some((line) => line.includes(' of 10/1s calls')),
    );
    run.resize(50);
    await run.shows((lines) => {
      const bar = barOf(lines);
      return bar !== undefined && bar.length < 50 && bar.startsWith('█');
    });
    run.resize(100);
    await run.shows((lines) => (barOf(lines)?.length ?? 0) > 50);
    expect(run.screen.screen.filter((line) => /[█░]/.test(line))).toHaveLength(1);
    run.hurry();
    expect(await run.exitCode()).toBe(0);
    const last = run.screen.screen;
    expect(last.filter((line) => /[█░]/.test(line))).toEqual([]);
    expect(last.some((line) => line.includes('100 rows: 100 applied'))).toBe(true);
    expect(last.filter((line) => line.includes('100 edits'))).toHaveLength(1);
  });

  it('leaves a clean last state after Ctrl-C', async () => {
    const run = await applyOnTerminal();
    await run.shows((lines) => / [1-9]\d*\/60 /.test(barOf(lines) ?? ''));
    run.type('\u0003');
    expect(await run.exitCode()).toBe(130);
    const last = run.screen.screen;
    expect(last.filter((line) => /[█░]/.test(line))).toEqual([]);
    expect(last.some((line) => line.includes('Stopping: the calls in flight are finished first.'))).toBe(true);
    expect(last.some((line) => line.includes('oppatch resume'))).toBe(true);
  });

  it('leaves a clean last state where it is terminated', async () => {
    const run = await applyOnTerminal();
    await run.shows((lines) => / [1-9]\d*\/60 /.test(barOf(lines) ?? ''));
    process.kill(run.pid() ?? Number.NaN, 'SIGTERM');
    expect(await run.exitCode()).toBe(143);
    expect(run.screen.screen.filter((line) => /[█░]/.test(line))).toEqual([]);
  });

  it('writes plain lines where the terminal is narrow', async () => {
    const run = await applyOnTerminal({ columns: 40, edits: 20, replyMs: 0 });
    expect(await run.exitCode()).toBe(0);
    expect(run.screen.raw).not.toMatch(/[█░]|\u001b\[\d*[AJ]/);
    expect(run.screen.screen.join('')).toContain('20 rows: 20 applied');
  });
});

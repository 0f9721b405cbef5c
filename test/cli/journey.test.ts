import { execFileSync, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { newPlace, newSandbox } from './oppatch.ts';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'oppatch.js');
const columns = 80;
const down = '\u001b[B';
const prompt = 'ready> ';
const ids = [1, 2, 3].map((number) => `5ca5b042-51ea-4699-b6f0-${String(number).padStart(12, '0')}`);
const [first = '', second = ''] = ids;
const unknown = '5ca5b042-51ea-4699-b6f0-00000000dead';

/** A shell on a terminal of its own, 80 columns wide. */
function openTerminal(home: string, directory: string) {
  execFileSync(process.execPath, [join(import.meta.dirname, '..', 'install-packages.js'), 'bsdutils']);
  const { PATH = '' } = process.env;
  const shell = `stty cols ${columns} rows 24; exec bash --norc --noprofile -i`;
  const child = spawn('script', ['-qefc', shell, '/dev/null'], {
    env: { PATH, HOME: home, OPPATCH_HOME: home, OPPATCH_STORE: 'file', TERM: 'xterm', NO_COLOR: '1', PS1: prompt },
    cwd: directory,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let look: (() => void) | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    look?.();
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  onTestFinished(async () => {
    child.stdin.end();
    child.kill('SIGHUP');
    await ended;
  });
  /** All that came since the last answer, once `text` is part of it. */
  const until = (text: string): Promise<string> => {
    const seen = new Promise<string>((resolve) => {
      look = () => {
        const plain = stripVTControlCharacters(shown).replaceAll('\r', '');
        if (plain.includes(text)) resolve(plain);
      };
      look();
    });
    const broken = ended.then((): never => {
      throw new Error(`The terminal was closed before it showed ${text}: ${shown}`);
    });
    return Promise.race([seen, broken]);
  };
  const type = (keys: string): void => {
    shown = '';
    child.stdin.write(keys);
  };
  /** Types a command, answers its questions as they come, and gives what stood on the screen when the shell is back. */
  const command = async (words: string, answers: readonly (readonly [question: string, keys: string])[] = []) => {
    await until(prompt);
    // What the terminal echoes is not a part of the answer.
    type(`oppatch ${words}\n`);
    let screen = '';
    for (const [question, keys] of answers) {
      screen += await until(question);
      type(keys);
    }
    screen += await until(prompt);
    return screen.slice(screen.indexOf('\n') + 1);
  };
  const define = async (text: string): Promise<void> => {
    await until(prompt);
    type(`${text}\n`);
  };
  return { command, define };
}

function widest(screen: string): number {
  return Math.max(...screen.split('\n').map((line) => line.length));
}

/** The command that a screen says to type next, without `oppatch`. */
function nextOf(screen: string): string {
  const next = /^Next: oppatch (.+)$/m.exec(screen)?.[1];
  if (next === undefined) throw new Error(`Nothing to type next: ${screen}`);
  return next;
}

function runOf(screen: string): string {
  return /run (\d{8}T\d{6}Z-\w+)/.exec(screen)?.[1] ?? '';
}

it('leads from the greeting to an account, a plan, a run with failures, its retry and its undo', async () => {
  const sandbox = await newSandbox({ autoCreate: false });
  const { accessKey = '', secretKey = '' } = sandbox.credentials['leadsquared'] ?? {};
  const place = newPlace();
  place.file('edits.csv', `id,mx_Custom_2\n${first},Negotiation\n${second},Negotiation\n${unknown},Negotiation\n`);
  const { records } = sandbox.world('leadsquared');
  const before = structuredClone(ids.map((id) => records.get(id)));
  const { command, define } = openTerminal(place.home, place.directory);
  await define(`oppatch() { '${realpathSync(process.execPath)}' '${bin}' "$@"; }`);

  const greeting = await command('');
  expect(greeting).toContain('oppatch profile add');
  expect(widest(greeting)).toBeLessThanOrEqual(columns);

  const added = await command(`profile add --base-url ${sandbox.baseUrls['leadsquared'] ?? ''}`, [
    ['Which service?', `${down}${down}\r`],
    ['Name of the profile', '\r'],
    ['API host of your region', '\r'],
    ['Code of the opportunity type', '\r'],
    ['accessKey: From My Profile', `${accessKey}\r`],
    ['secretKey: Shown beside', `${secretKey}\r`],
    ['production account?', '\r'],
  ]);
  expect(added).toContain('The credentials work: LeadSquared');
  expect(nextOf(added)).toBe('template edits.csv -p leadsquared');

  const template = await command('template new.csv');
  expect(template).toContain('oppatch plan new.csv');

  const plan = await command('plan edits.csv');
  expect(plan).toContain('mx_Custom_2: Prospecting → Negotiation');
  expect(plan).not.toContain('Open → Open');
  expect(plan).toContain('3 rows: 2 edits, 1 not-found, not sent');
  expect(widest(plan)).toBeLessThanOrEqual(columns);
  expect(ids.map((id) => records.get(id))).toEqual(before);

  const refused = await command('apply edits.csv', [['Send them? [y/N]', 'n\n']]);
  expect(refused).toContain('Answer y, or add --yes, to send them.');
  expect(ids.map((id) => records.get(id))).toEqual(before);

  const applied = await command('apply edits.csv', [['Send them? [y/N]', 'y\n']]);
  expect(applied).toContain('✗ 3 rows: 2 applied, 1 rejected');
  expect(records.get(first)).toMatchObject({ mx_Custom_2: 'Negotiation' });
  const run = runOf(applied);
  expect(nextOf(applied)).toBe(`retry ${run}`);

  const shownRun = await command(`runs ${run}`);
  expect(shownRun).toContain(`row 3 (line 4) ${unknown}`);
  expect(nextOf(shownRun)).toBe(`retry ${run}`);
  const listed = await command('runs');
  expect(listed).toMatch(/apply edits\.csv +2 of 3 done +retry$/m);
  expect(widest(listed)).toBeLessThanOrEqual(columns);

  // What was missing is there by then.
  const copied = Object.entries(records.get(first) ?? {}).map(([name, value]) => [
    name,
    value === first ? unknown : value,
  ]);
  records.put(unknown, { ...Object.fromEntries(copied), mx_Custom_2: 'Prospecting' });
  const retried = await command(`${nextOf(shownRun)} --set mx_Custom_6=7`, [['Send them? [y/N]', 'y\n']]);
  expect(retried).toContain('✓ 1 row: 1 applied');
  expect(records.get(unknown)).toMatchObject({ mx_Custom_2: 'Negotiation', mx_Custom_6: '7' });

  const undone = await command(`undo ${run}`, [['Send them? [y/N]', 'y\n']]);
  expect(undone).toContain('✓ 2 rows: 2 applied');
  expect(records.get(first)).toMatchObject({ mx_Custom_2: 'Prospecting' });
  expect(await command('runs')).toMatch(new RegExp(`undo of ${run.slice(run.indexOf('-') + 1)} +2 of 2 done$`, 'm'));
});

it('stops at Ctrl-C, says how to go on, and goes on to the last row', async () => {
  const sandbox = await newSandbox();
  const { accessKey = '', secretKey = '' } = sandbox.credentials['leadsquared'] ?? {};
  const place = newPlace();
  const rows = Array.from(
    { length: 12 },
    (_, index) => `5ca5b042-51ea-4699-b6f0-${String(index).padStart(12, '0')},Slow`,
  );
  place.file('slow.csv', `id,mx_Custom_2\n${rows.join('\n')}\n`);
  const { command, define } = openTerminal(place.home, place.directory);
  await define(`oppatch() { '${realpathSync(process.execPath)}' '${bin}' "$@"; }`);
  await define(`export LEADSQUARED_ACCESS_KEY='${accessKey}' LEADSQUARED_SECRET_KEY='${secretKey}'`);
  const account = `--vendor leadsquared --base-url ${sandbox.baseUrls['leadsquared'] ?? ''}`;

  // At this rate the second half of the rows is an hour away.
  const stopped = await command(`apply slow.csv --yes --blind --rate 6/1h ${account}`, [['6/12 50%', '\u0003']]);
  expect(stopped).toContain('Stopped early: interrupted by Ctrl-C');
  expect(stopped).toContain('■ 12 rows: 6 applied, 6 unprocessed');

  expect(await command('')).toContain(nextOf(stopped));
  const resumed = await command(`${nextOf(stopped)} --rate 1000/1s`);
  expect(resumed).toContain('✓ 12 rows: 12 applied');
  expect(await command('runs')).toContain('12 of 12 done');
});

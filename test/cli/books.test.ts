import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  accountWords,
  apply,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  resultRows,
  run,
  runProcess,
  start,
  summaryOf,
  writesOf,
} from './oppatch.ts';

/** What commands that come after a run know of it: at work, unfinished, damaged, gone. */

const rows = (count: number): string =>
  `id,amount\n${Array.from({ length: count }, (_, index) => `opp_${index + 1},${index + 1}\n`).join('')}`;

async function killedRun(count = 12, after = 4) {
  const [sandbox, place] = [await newSandbox(), newPlace()];
  const env = environmentOf(sandbox, 'raze');
  const words = ['apply', place.file('edits.csv', rows(count)), ...accountWords(sandbox, 'raze'), '--yes', ...fast];
  const killed = await runProcess([...words, '--concurrency', '1'], {
    home: place.home,
    env: { ...env, OPPATCH_CRASH_AT: `after-outcome:${after}` },
  });
  expect(killed.signal).toBe('SIGKILL');
  const [id = ''] = readdirSync(join(place.home, 'runs'));
  const resume = (...more: string[]) =>
    run(['resume', ...accountWords(sandbox, 'raze'), ...fast, ...more], { home: place.home, env });
  return { sandbox, place, env, id, directory: join(place.home, 'runs', id), resume };
}

describe('resume without a name', () => {
  it('takes the latest unfinished run, though a later one is finished, and says where there is none', async () => {
    const { sandbox, place, id, resume } = await killedRun();
    summaryOf(await apply({ sandbox, vendor: 'raze', place }, place.file('one.csv', 'id,amount\nother,1\n'), ...fast));
    const resumed = summaryOf(await resume('--json', '--yes'));
    expect(resumed).toMatchObject({ run: id, status: 'finished', rows: { read: 12, applied: 12 } });
    const none = await resume('--json');
    expect({ code: none.code, stdout: none.stdout }).toEqual({ code: 0, stdout: '{"run":null}\n' });
    expect(none.stderr).toContain('There is no unfinished run.');
  });

  it('names the runs that it leaves, and those that cannot be read', async () => {
    const { sandbox, place, env, id, directory, resume } = await killedRun();
    const later = ['apply', place.file('later.csv', rows(3)), ...accountWords(sandbox, 'raze'), '--yes', ...fast];
    await runProcess(later, { home: place.home, env: { ...env, OPPATCH_CRASH_AT: 'after-outcome:1' } });
    const first = await resume();
    expect(first.stderr).toContain(`${id} (apply`);
    expect(first.stderr).toContain(`oppatch resume ${id}`);
    truncateSync(join(directory, 'journal.ndjson'), 0);
    const lost = await resume('--json');
    expect(lost.code).toBe(1);
    expect(JSON.parse(lost.stdout)).toMatchObject({ error: { code: 'run-not-readable' } });
    expect(lost.stderr).toContain(id);
    expect(lost.stderr).not.toMatch(/oppatch apply|rm -r/);
    const listed = await run(['runs', '--json'], { home: place.home });
    expect(JSON.parse(listed.stdout)).toContainEqual(expect.objectContaining({ run: id, state: 'unreadable' }));
    expect((await run(['doctor', '--offline'], { home: place.home })).stdout).toContain(id);
  });
});

describe('a run at work', () => {
  it('is not pruned, resumed, undone or retried', async () => {
    const [sandbox, place] = [await newSandbox(), newPlace()];
    const env = environmentOf(sandbox, 'raze');
    const common = [...accountWords(sandbox, 'raze'), '--yes'];
    const running = start(['apply', place.file('a.csv', rows(40)), ...common, '--rate', '10/1s', '--json'], {
      home: place.home,
      env,
    });
    await running.told(/\d/);
    while (writesOf(sandbox, 'raze').length === 0) await new Promise((resolve) => setImmediate(resolve));
    const [id = ''] = readdirSync(join(place.home, 'runs'));
    const pruned = await run(['runs', 'prune', '--older-than', '1ms', '--unfinished'], { home: place.home });
    expect(pruned.stdout).toBe(`Left alone: ${id}: at work.\n0 runs removed.\n`);
    for (const command of ['resume', 'undo', 'retry']) {
      const ended = await run(
        [command, id, ...accountWords(sandbox, 'raze'), ...(command === 'resume' ? [] : ['--yes'])],
        {
          home: place.home,
          env,
        },
      );
      expect(ended.code, command + ended.stderr).toBe(11);
    }
    expect(summaryOf(await running.ended)).toMatchObject({ run: id, rows: { applied: 40 } });
    expect(writesOf(sandbox, 'raze')).toHaveLength(40);
  });

  it('stops when its journal is removed, tells what it knows, and never ends with 2', async () => {
    const [sandbox, place] = [await newSandbox(), newPlace()];
    const words = ['apply', place.file('a.csv', rows(40)), ...accountWords(sandbox, 'raze'), '--yes', '--json'];
    const running = start([...words, '--rate', '10/1s'], { home: place.home, env: environmentOf(sandbox, 'raze') });
    while (writesOf(sandbox, 'raze').length < 9) await new Promise((resolve) => setImmediate(resolve));
    const runs = join(place.home, 'runs');
    rmSync(join(runs, readdirSync(runs)[0] ?? '', 'journal.ndjson'));
    const ended = await running.ended;
    const summary = JSON.parse(ended.stdout) as Record<string, unknown>;
    expect(summary).toMatchObject({
      status: 'stopped',
      exit_code: 1,
      error: { code: 'journal-lost' },
      rows: { read: 40 },
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).not.toContain('oppatch resume');
    const { applied } = summary['rows'] as { applied: number };
    expect(applied).toBeGreaterThan(0);
    expect(readFileSync((summary['files'] as { success: string }).success, 'utf8').split('\n')).toHaveLength(
      applied + 2,
    );
  });
});

describe('prune', () => {
  it('leaves alone and names runs with rows unfinished; --unfinished takes them', async () => {
    const { sandbox, place, id } = await killedRun();
    summaryOf(await apply({ sandbox, vendor: 'raze', place }, place.file('one.csv', 'id,amount\nother,1\n'), ...fast));
    const first = await run(['runs', 'prune', '--older-than', '1ms'], { home: place.home });
    expect(first.stdout).toBe(`Left alone: ${id}: at work, or killed before its end.\n1 run removed.\n`);
    expect(readdirSync(join(place.home, 'runs'))).toEqual([id]);
    const second = await run(['runs', 'prune', '--older-than', '1ms', '--unfinished'], { home: place.home });
    expect(second.stdout).toBe('1 run removed.\n');
  });
});

describe('a run whose files were touched', () => {
  it.each([
    [
      'changed',
      (path: string) => writeFileSync(path, readFileSync(path, 'utf8').replace('opp_9', 'opp_8')),
      'copy-damaged',
    ],
    ['cut', (path: string) => truncateSync(path, 30), 'copy-damaged'],
    ['removed', (path: string) => rmSync(path), 'copy-damaged'],
  ])('sends nothing when its kept copy is %s', async (_how, touch, code) => {
    const { sandbox, id, directory, resume } = await killedRun();
    touch(join(directory, 'input.csv'));
    const sent = writesOf(sandbox, 'raze').length;
    const ended = await resume(id, '--json');
    expect(ended.code).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code } });
    expect(writesOf(sandbox, 'raze')).toHaveLength(sent);
  });

  it('is shown with what is known before a damaged place of its journal', async () => {
    const { sandbox, place, id, directory, resume } = await killedRun();
    const path = join(directory, 'journal.ndjson');
    const lines = readFileSync(path, 'utf8').split('\n');
    const third = lines.findIndex((line) => line.startsWith('{"k":"R","r":         3'));
    writeFileSync(path, lines.with(third, (lines[third] ?? '').replace('3', '7')).join('\n'));
    const sent = writesOf(sandbox, 'raze').length;
    const ended = await resume(id);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/damaged in line \d+.*checksum.*12 rows: 2 applied/s);
    expect(writesOf(sandbox, 'raze')).toHaveLength(sent);
    const shown = await run(['runs', id, '--json'], { home: place.home });
    expect(JSON.parse(shown.stdout)).toMatchObject({ state: 'damaged', rows: { read: 12, applied: 2 } });
  });
});

describe('a check that is interrupted', () => {
  it('leaves nothing behind', async () => {
    const place = newPlace();
    const sandbox = await newSandbox();
    const words = ['apply', '-', '--format', 'csv', ...accountWords(sandbox, 'raze'), '--yes'];
    const running = start(words, { home: place.home, env: environmentOf(sandbox, 'raze'), keepStdinOpen: true });
    const runs = join(place.home, 'runs');
    while (!existsSync(runs) || !readdirSync(runs).some((id) => readdirSync(join(runs, id)).includes('input')))
      await new Promise((resolve) => setImmediate(resolve));
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect(readdirSync(runs)).toEqual([]);
  });
});

describe('a run that belongs to another account', () => {
  it('is not sent there: nothing leaves, exit 7', async () => {
    const { sandbox, place, id } = await killedRun();
    const other = await newSandbox();
    const env = { RAZE_API_KEY: 'a-key-of-another-account-0123' };
    const before = sandbox.world('raze').log.length;
    for (const command of ['resume', 'undo', 'retry']) {
      const yes = command === 'resume' ? [] : ['--yes'];
      for (const words of [['--vendor', 'raze', '--base-url', other.baseUrls['raze'] ?? ''], []]) {
        const ended = await run([command, id, ...words, ...yes, '--json'], { home: place.home, env });
        expect({ command, code: ended.code, stdout: ended.stdout }).toMatchObject({ command, code: 7 });
      }
    }
    expect(other.world('raze').log).toEqual([]);
    expect(sandbox.world('raze').log).toHaveLength(before);
  });

  it('of the environment goes on at the address that was typed for it, where the key is the same', async () => {
    const { place, env, id } = await killedRun();
    const ended = await run(['resume', id, ...fast, '--json'], { home: place.home, env });
    expect(summaryOf(ended)).toMatchObject({ run: id, rows: { applied: 12 } });
  });
});

describe('a retry', () => {
  it.each([
    ['edits.csv', 'id,amount,own\nopp_1,1,a\nnowhere,2,b\n\nopp_2,3,c\nnowhere_2,4,d\n'],
    [
      'edits.ndjson',
      '{"id":"opp_1","amount":1}\n{"id":"nowhere","amount":2}\n\n{"id":"opp_2","amount":3}\n{"id":"nowhere_2","amount":4}\n',
    ],
  ])("of %s keeps the numbers and lines of the person's file, again and again", async (name, content) => {
    const sandbox = await newSandbox({ autoCreate: false });
    const place = newPlace();
    const env = environmentOf(sandbox, 'raze');
    const account = [...accountWords(sandbox, 'raze'), '--yes', '--json', ...fast];
    const file = place.file(name, content.replaceAll('opp_', 'opp_sandbox00000'));
    let ended = await run(['apply', file, ...account, ...(name.endsWith('csv') ? ['--ignore', 'own'] : [])], {
      home: place.home,
      env,
    });
    for (let round = 0; round < 2; round += 1) {
      const { run: id } = summaryOf(ended);
      const shown = await run(['runs', id, '--json'], { home: place.home });
      expect(shown.stdout).toMatch(/"nowhere"|nowhere/);
      ended = await run(['retry', id, ...account], { home: place.home, env });
      const summary = summaryOf(ended);
      expect(summary).toMatchObject({
        rows: { read: 2, rejected: 2 },
        files: { failed: expect.stringContaining(name.endsWith('csv') ? '.csv' : '.ndjson') as string },
      });
      const failed = readFileSync(summary.files.failed ?? '', 'utf8');
      const rows = name.endsWith('csv')
        ? resultRows(summary.files.failed).map((row) => Number(row['oppatch_row']))
        : failed
            .trimEnd()
            .split('\n')
            .map((line) => (JSON.parse(line) as { oppatch_row: number }).oppatch_row);
      expect(rows).toEqual([2, 4]);
      expect(ended.stderr).toMatch(/line (2|3)/);
      expect(failed).not.toContain('oppatch_line');
    }
  });
});

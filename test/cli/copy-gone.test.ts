import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/core/run-summary.ts';
import { accountWords, environmentOf, fast, newPlace, newSandbox, run, start, writesOf } from './oppatch.ts';

/** What a run does when its own files go away under it, and what later commands then say of it. */

const rowCount = 40;
const csv = `id,amount\n${Array.from({ length: rowCount }, (_, index) => `opp_${index + 1},${index + 1}\n`).join('')}`;
const ndjson = Array.from({ length: rowCount }, (_, index) => `{"id":"opp_${index + 1}","amount":${index + 1}}\n`).join(
  '',
);

/** A run of 40 rows that is under way: at least `writes` of them are sent. */
async function runningRun(name: string, writes: number, throughPlan = false) {
  const [sandbox, place] = [await newSandbox(), newPlace()];
  const env = environmentOf(sandbox, 'raze');
  const account = accountWords(sandbox, 'raze');
  const file = place.file(name, name.endsWith('.csv') ? csv : ndjson);
  const plan = join(place.directory, 'plan.json');
  if (throughPlan) {
    const planned = await run(['plan', file, ...account, ...fast, '--out', plan, '--quiet'], { home: place.home, env });
    expect(planned.code, planned.stderr).toBe(0);
  }
  const words = ['apply', throughPlan ? plan : file, ...account, '--yes', '--json', '--rate', '20/1s'];
  const running = start(words, { home: place.home, env });
  while (writesOf(sandbox, 'raze').length < writes) await new Promise((resolve) => setImmediate(resolve));
  const runs = join(place.home, 'runs');
  const [id = ''] = readdirSync(runs);
  const directory = join(runs, id);
  const copy = join(directory, readdirSync(directory).find((one) => one.startsWith('input')) ?? '');
  return { sandbox, place, env, running, id, directory, copy };
}

type BrokenOff = RunSummary & { readonly error: { readonly code: string } };

describe('a run whose copy of the edits goes away in mid run', () => {
  it.each([
    ['removed, of CSV', 'a.csv', false, (path: string) => rmSync(path)],
    ['removed, of NDJSON', 'a.ndjson', false, (path: string) => rmSync(path)],
    ['removed, of a saved plan', 'a.csv', true, (path: string) => rmSync(path)],
    ['cut', 'a.csv', false, (path: string) => truncateSync(path, 60)],
    [
      'changed',
      'a.csv',
      false,
      (path: string) => writeFileSync(path, readFileSync(path, 'utf8').replace('opp_9', 'opp_8')),
    ],
  ])('%s: ends in order with what is known of each row, and is not resumed', async (_how, name, throughPlan, touch) => {
    const { sandbox, place, env, running, id, copy } = await runningRun(name, 9, throughPlan);
    touch(copy);
    const ended = await running.ended;
    const summary = JSON.parse(ended.stdout) as BrokenOff;
    expect(summary, ended.stderr).toMatchObject({
      run: id,
      status: 'stopped',
      exit_code: 1,
      error: { code: 'copy-damaged' },
      rows: { read: rowCount, failed: 0, in_doubt: 0 },
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).not.toMatch(/Unexpected|ENOENT|oppatch resume|oppatch apply/);
    const { applied, unprocessed } = summary.rows;
    expect(applied + unprocessed).toBe(rowCount);
    expect(writesOf(sandbox, 'raze')).toHaveLength(applied);
    const shown = await run(['runs', id, '--json'], { home: place.home });
    expect(JSON.parse(shown.stdout)).toMatchObject({ state: 'damaged', next: [], rows: { applied, unprocessed } });
    const resumed = await run(['resume', ...accountWords(sandbox, 'raze'), '--json', ...fast], {
      home: place.home,
      env,
    });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ error: { code: 'copy-damaged' } });
    expect(writesOf(sandbox, 'raze')).toHaveLength(applied);
  });
});

describe('a run whose directories go away in mid run', () => {
  it.each([
    ['its own', ({ directory }: { directory: string }) => rmSync(directory, { recursive: true })],
    ['its own, moved', ({ directory }: { directory: string }) => renameSync(directory, `${directory}-moved`)],
    ['all runs', ({ directory }: { directory: string }) => rmSync(join(directory, '..'), { recursive: true })],
    ['the home', ({ directory }: { directory: string }) => rmSync(join(directory, '..', '..'), { recursive: true })],
  ])('stops with what is known of each row: %s', async (_which, remove) => {
    const { sandbox, running, id, directory } = await runningRun('a.csv', 9);
    remove({ directory });
    const ended = await running.ended;
    const summary = JSON.parse(ended.stdout) as BrokenOff;
    expect(summary, ended.stderr).toMatchObject({ run: id, status: 'stopped', rows: { read: rowCount } });
    // A read that was not sent any more is no call.
    expect(summary.calls.sent).toBeGreaterThanOrEqual(summary.calls.reads);
    expect([1, 6]).toContain(ended.code);
    expect(['journal-lost', 'quota-store']).toContain(summary.error.code);
    expect(ended.stderr).not.toMatch(/Unexpected|ENOENT/);
    const { rows } = summary;
    expect(rows.applied + rows.unprocessed + rows.in_doubt + rows.failed).toBe(rowCount);
    // What was in flight as the journal went may not be known of.
    expect(rows.applied).toBeLessThanOrEqual(writesOf(sandbox, 'raze').length);
    expect(writesOf(sandbox, 'raze').length).toBeLessThan(rowCount);
    expect(existsSync(join(directory, 'journal.ndjson'))).toBe(false);
  });
});

describe('a run with a damaged place in the middle of its journal, or without its copy', () => {
  it('is named so by runs, doctor, resume and prune, and none of them says to send or delete it; another one goes on', async () => {
    const [sandbox, place] = [await newSandbox(), newPlace()];
    const env = environmentOf(sandbox, 'raze');
    const account = accountWords(sandbox, 'raze');
    const stopped = async (name: string): Promise<{ id: string; directory: string }> => {
      const words = ['apply', place.file(name, csv.replaceAll('opp_', `${name[0]}_`)), ...account, '--yes', '--json'];
      const limit = ['--rate', '4/1s', '--no-bulk', '--max-duration', '1s', '--concurrency', '1'];
      const ended = await run([...words, ...limit, '--blind'], { home: place.home, env });
      const { run: id, files } = JSON.parse(ended.stdout) as RunSummary;
      return { id, directory: files.directory };
    };
    const healthy = await stopped('a.csv');
    const [damaged, bare] = [await stopped('b.csv'), await stopped('c.csv')];
    const journal = join(damaged.directory, 'journal.ndjson');
    const lines = readFileSync(journal, 'utf8').split('\n');
    writeFileSync(journal, lines.with(3, (lines[3] ?? '').replace('"r"', '"s"')).join('\n'));
    rmSync(join(bare.directory, 'input.csv'));
    const home = { home: place.home, env };

    const listed = JSON.parse((await run(['runs', '--json'], home)).stdout) as { run: string; state: string }[];
    expect(listed).toContainEqual(expect.objectContaining({ run: damaged.id, state: 'damaged', next: [] }));
    expect(listed).toContainEqual(expect.objectContaining({ run: bare.id, state: 'damaged', next: [] }));
    expect(listed).toContainEqual(expect.objectContaining({ run: healthy.id, state: 'stopped' }));
    for (const { id } of [damaged, bare]) {
      const shown = await run(['runs', id], home);
      expect(shown.stdout).toContain('damaged');
      expect(shown.stdout).not.toMatch(/oppatch (resume|retry|apply)|prune|\brm /);
    }
    const doctor = await run(['doctor', '--offline', '--json'], home);
    expect(doctor.stdout).toMatch(new RegExp(`${damaged.id}[^}]*its journal is damaged`));
    expect(doctor.stdout).toMatch(new RegExp(`${bare.id}[^}]*the copy of its edits is gone`));
    expect(doctor.stdout).not.toMatch(new RegExp(`oppatch resume (${damaged.id}|${bare.id})`));
    const pruned = await run(['runs', 'prune', '--older-than', '1ms'], home);
    expect(pruned.stdout).toContain(`Left alone: ${damaged.id}: its journal is damaged.`);
    expect(pruned.stdout).toContain(`Left alone: ${bare.id}: the copy of its edits is gone.`);

    const sent = writesOf(sandbox, 'raze').length;
    for (const { id } of [damaged, bare])
      for (const command of ['resume', 'retry', 'undo']) {
        const ended = await run([command, id, ...account, '--yes', '--json', ...fast], home);
        expect([1, 2], `${command}: ${ended.stderr}`).toContain(ended.code);
      }
    expect(writesOf(sandbox, 'raze')).toHaveLength(sent);
    const resumed = await run(['resume', ...account, '--json', ...fast, '--rate', '1000/1s'], home);
    expect(resumed.stderr).toContain(`${damaged.id} (apply`);
    expect(resumed.stderr).toContain(`${bare.id} (apply`);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ run: healthy.id, rows: { applied: rowCount } });
  });
});

describe('a run without what its account called its fields', () => {
  it('is named damaged by runs, doctor and resume, sends nothing, and hides no other run', async () => {
    const [sandbox, place] = [await newSandbox({ autoCreate: false }), newPlace()];
    const home = { home: place.home, env: environmentOf(sandbox, 'close') };
    const account = [...accountWords(sandbox, 'close'), ...fast];
    const applied = async (name: string): Promise<RunSummary> => {
      const file = place.file(name, 'id,Region\noppo_sandbox000001,EMEA\noppo_nowhere,EMEA\n');
      return JSON.parse((await run(['apply', file, ...account, '--yes', '--json'], home)).stdout) as RunSummary;
    };
    const [healthy, bare] = [await applied('a.csv'), await applied('b.csv')];
    expect(bare.rows).toMatchObject({ read: 2, rejected: 1 });
    rmSync(join(bare.files.directory, 'metadata.json'));
    const listed = JSON.parse((await run(['runs', '--json'], home)).stdout) as { run: string; state: string }[];
    expect(listed).toContainEqual(expect.objectContaining({ run: bare.run, state: 'damaged', next: [] }));
    expect(listed).toContainEqual(expect.objectContaining({ run: healthy.run, state: 'finished' }));
    const shown = await run(['runs', bare.run, '--json'], home);
    expect(JSON.parse(shown.stdout)).toMatchObject({ error: { code: 'metadata-damaged' }, rows: bare.rows });
    expect((await run(['runs', bare.run], home)).stdout).toMatch(/damaged.*gone or damaged.*1 rejected/s);
    expect((await run(['doctor', '--offline'], home)).stdout).toContain('what the account called its fields is gone');
    const calls = sandbox.world('close').log.length;
    for (const command of ['retry', 'undo', 'resume']) {
      const ended = await run([command, bare.run, ...account, '--yes', '--json'], home);
      expect(ended, command).toMatchObject({ code: 1 });
      expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'metadata-damaged' } });
    }
    expect(sandbox.world('close').log).toHaveLength(calls);
    const history = await run(['runs', '--id', 'oppo_sandbox000001', '--json'], home);
    expect(JSON.parse(history.stdout)).toMatchObject([{ run: healthy.run }]);
    expect(history.stderr).toContain(`! ${bare.run}: `);
  });
});

describe('a file of values from before that goes away in mid run', () => {
  it.each([
    ['removed', (path: string) => rmSync(path), 'finished'],
    ['replaced by a directory', (path: string) => (rmSync(path), mkdirSync(path)), 'stopped'],
  ])('%s: each row is sent once, and the file stands there in the end', async (_how, touch, status) => {
    const [sandbox, place] = [await newSandbox(), newPlace()];
    const home = { home: place.home, env: environmentOf(sandbox, 'raze') };
    const account = accountWords(sandbox, 'raze');
    const words = ['apply', place.file('a.csv', csv), ...account, '--yes', '--json'];
    const first = await run([...words, '--rate', '20/1s', '--max-duration', '1s'], home);
    const { run: id, files } = JSON.parse(first.stdout) as RunSummary;
    const before = files.before ?? '';
    expect(readFileSync(before, 'utf8')).toMatch(/^id,/);
    const sent = writesOf(sandbox, 'raze').length;
    const resuming = start(['resume', id, ...account, '--json', '--rate', '20/1s'], home);
    while (writesOf(sandbox, 'raze').length < sent + 3) await new Promise((resolve) => setImmediate(resolve));
    touch(before);
    const ended = await resuming.ended;
    const summary = JSON.parse(ended.stdout) as RunSummary;
    expect(summary, ended.stderr).toMatchObject({ run: id, status, rows: { read: rowCount, applied: rowCount } });
    expect(ended.stderr).not.toMatch(/Unexpected|This is a defect/);
    expect(writesOf(sandbox, 'raze')).toHaveLength(rowCount);
    if (status === 'finished') {
      expect(readFileSync(before, 'utf8').trimEnd().split('\n')).toHaveLength(rowCount + 1);
      return;
    }
    expect(summary).toMatchObject({ exit_code: 1, error: { code: 'result-file' } });
    rmSync(before, { recursive: true });
    const again = await run(['resume', id, ...account, '--json', ...fast], home);
    expect(JSON.parse(again.stdout)).toMatchObject({ status: 'finished', exit_code: 0 });
    expect(readFileSync(before, 'utf8').trimEnd().split('\n')).toHaveLength(rowCount + 1);
    expect(writesOf(sandbox, 'raze')).toHaveLength(rowCount);
  });
});

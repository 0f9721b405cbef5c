import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { defaultBehaviour } from '../../src/sandbox/options.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import {
  accountWords,
  apply,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  opportunityCalls,
  resultRows,
  rowsByNumber,
  run,
  start,
  summaryOf,
  type Ended,
  type Place,
  writesOf,
} from './oppatch.ts';

const vendor = 'close';
const slow = { requestMs: [0, 0], replyMs: [150, 250] } as const;

function edits(rows: number): string {
  return `id,amount\n${Array.from({ length: rows }, (_, index) => `oppo_${index + 1},${index + 1}.25`).join('\n')}\n`;
}

function resume(sandbox: Sandbox, { home }: Place, ...words: readonly string[]): Promise<Ended> {
  return run(['resume', '--json', ...fast, ...words], { home, env: environmentOf(sandbox, vendor) });
}

/** The run was left resumable; `resume` does the rest, and the sandbox holds every row once. */
async function expectResumed(
  sandbox: Sandbox,
  place: Place,
  stopped: Ended,
  rows: number,
  ...words: readonly string[]
): Promise<void> {
  const before = summaryOf(stopped);
  expect(stopped.stderr).toContain(`oppatch resume ${before.run}`);
  expect(rowsByNumber(before).size).toBe(rows);
  expect(resultRows(before.files.unprocessed)).toHaveLength(before.rows.unprocessed);
  const resumed = await resume(sandbox, place, ...words);
  expect(resumed.code, resumed.stderr).toBe(0);
  const after = summaryOf(resumed);
  expect(after).toMatchObject({
    run: before.run,
    status: 'finished',
    exit_code: 0,
    rows: { read: rows, applied: rows, unprocessed: 0 },
  });
  expect(after.files.failed).toBeUndefined();
  expect(after.files.unprocessed).toBeUndefined();
  expect([...rowsByNumber(after).keys()]).toEqual(Array.from({ length: rows }, (_, index) => index + 1));
  const { records, statistics } = sandbox.world(vendor);
  for (let row = 1; row <= rows; row += 1) {
    expect(records.get(`oppo_${row}`)?.['value']).toBe(row * 100 + 25);
    expect(statistics.appliedById[`oppo_${row}`]).toBe(1);
  }
}

describe.concurrent('exit code', () => {
  it('0: every row applied or unchanged', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const ended = await apply({ sandbox, vendor, place }, place.file('edits.csv', 'id,amount\noppo_1,1\noppo_2,\n'));
    expect(ended.code).toBe(0);
    expect(summaryOf(ended).rows).toMatchObject({ read: 2, applied: 1, unchanged: 1 });
    expect(writesOf(sandbox, vendor)).toHaveLength(1);
  });

  it.each(['retry', 'undo'])('2: %s without a run, which says where runs are listed', async (command) => {
    const ended = await run([command], { home: newPlace().home });
    expect([ended.code, ended.stderr]).toEqual([
      2,
      expect.stringContaining('`oppatch runs` lists the runs.') as unknown,
    ]);
  });

  it('3: finished, but some rows were not applied; retry sends those, and only those', async () => {
    const sandbox = await newSandbox({ refuse: [{ ids: ['oppo_2'], message: 'no' }] });
    const place = newPlace();
    const ended = await apply({ sandbox, vendor, place }, place.file('edits.csv', edits(3)), ...fast);
    expect(ended.code).toBe(3);
    const { run: id, rows } = summaryOf(ended);
    expect(rows).toMatchObject({ applied: 2, rejected: 1 });
    expect(ended.stderr).toContain(`oppatch retry ${id}`);
    sandbox.world(vendor).configure({ ...sandbox.world(vendor).behaviour, refuse: [] });
    const retried = await run(['retry', id, '--yes', '--json'], {
      home: place.home,
      env: environmentOf(sandbox, vendor),
    });
    expect(retried.code).toBe(0);
    expect(summaryOf(retried).rows).toMatchObject({ read: 1, applied: 1 });
    expect(writesOf(sandbox, vendor)).toHaveLength(4);
    expect(sandbox.world(vendor).log.at(-1)?.path).toContain('oppo_2');
  });

  it('4: no credentials', async () => {
    const sandbox = await newSandbox();
    const { home, file } = newPlace();
    const path = file('edits.csv', edits(1));
    const ended = await run(['apply', path, ...accountWords(sandbox, vendor), '--yes', '--json'], { home });
    expect(ended.code).toBe(4);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'no-credentials' } });
    expect(ended.stderr).toContain('CLOSE_API_KEY');
  });

  it.each([
    ['--max-errors 2', ['--max-errors', '2', '--concurrency', '1', '--blind'], 3],
    ['--max-errors 20%', ['--max-errors', '20%', '--concurrency', '1', '--blind'], 3],
    ['--fail-fast', ['--fail-fast', '--concurrency', '1', '--blind'], 1],
  ])('5: stopped early by %s', async (_name, words, rejected) => {
    const rows = 10;
    const ids = ['oppo_3', 'oppo_5', 'oppo_7', 'oppo_9'];
    const sandbox = await newSandbox({ refuse: [{ ids, message: 'no' }] });
    const place = newPlace();
    const ended = await apply({ sandbox, vendor, place }, place.file('edits.csv', edits(rows)), ...fast, ...words);
    expect(ended.code).toBe(5);
    const summary = summaryOf(ended);
    expect(summary).toMatchObject({ status: 'stopped', exit_code: 5, rows: { read: rows, rejected } });
    expect(summary.rows.unprocessed).toBeGreaterThan(0);
    expect(ended.stderr).toContain(`oppatch resume ${summary.run}`);
    expect(resultRows(summary.files.failed)).toHaveLength(rejected);

    sandbox.world(vendor).configure({ ...sandbox.world(vendor).behaviour, refuse: [] });
    const resumed = await resume(sandbox, place);
    // What the vendor refused stays refused; what was never tried is sent.
    expect(resumed.code).toBe(3);
    expect(summaryOf(resumed)).toMatchObject({
      run: summary.run,
      status: 'finished',
      rows: { read: rows, applied: rows - rejected, rejected, unprocessed: 0 },
    });
    expect(sandbox.world(vendor).statistics).toMatchObject({ arrivals: rows });
  });

  it('6: stopped early by --max-duration', async () => {
    const sandbox = await newSandbox({ latency: slow });
    const place = newPlace();
    const words = [...fast, '--concurrency', '2', '--max-duration', '500ms'];
    const ended = await apply({ sandbox, vendor, place }, place.file('edits.csv', edits(12)), ...words);
    expect(ended.code).toBe(6);
    expect(summaryOf(ended)).toMatchObject({ status: 'stopped', exit_code: 6, rows: { failed: 0, in_doubt: 0 } });
    expect(summaryOf(ended).rows.applied).toBe(sandbox.world(vendor).statistics.applied);
    expect(summaryOf(ended).rows.unprocessed).toBeGreaterThan(0);
    await expectResumed(sandbox, place, ended, 12);
  });

  it('6: stopped early by a used-up quota of the day', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const ended = await apply(
      { sandbox, vendor, place },
      place.file('edits.csv', edits(8)),
      '--rate',
      '5/1d',
      '--blind',
    );
    expect(ended.code).toBe(6);
    expect(summaryOf(ended)).toMatchObject({ status: 'stopped', rows: { read: 8, applied: 5, unprocessed: 3 } });
    expect(ended.stderr).toMatch(/quota/);
    await expectResumed(sandbox, place, ended, 8);
  });

  it('11: the same file is being applied to the same account; 130: Ctrl-C finishes what is in flight', async () => {
    const sandbox = await newSandbox({ latency: slow });
    const place = newPlace();
    const file = place.file('edits.csv', edits(40));
    const options = { home: place.home, env: environmentOf(sandbox, vendor) };
    const words = ['apply', file, ...accountWords(sandbox, vendor), '--yes', '--json', ...fast, '--concurrency', '3'];
    const first = start([...words, '--verbose'], options);
    await first.told(/row \d+ oppo_\d+: applied/);
    const copy = place.file('copy.csv', edits(40));
    const second = await run(words.with(1, copy), options);
    expect(second.code).toBe(11);
    expect(JSON.parse(second.stdout)).toMatchObject({ error: { code: 'already-running' } });
    expect(second.stderr).toContain(String(first.child.pid));
    expect(readdirSync(join(place.home, 'runs'))).toHaveLength(1);

    first.child.kill('SIGINT');
    const ended = await first.ended;
    expect(ended.code).toBe(130);
    const summary = summaryOf(ended);
    expect(summary).toMatchObject({ status: 'interrupted', exit_code: 130, rows: { failed: 0, in_doubt: 0 } });
    expect(summary.rows.applied).toBe(sandbox.world(vendor).statistics.applied);
    expect(summary.calls.sent).toBe(sandbox.world(vendor).statistics.arrivals);
    sandbox.world(vendor).configure({ ...sandbox.world(vendor).behaviour, latency: defaultBehaviour.latency });
    await expectResumed(sandbox, place, ended, 40);
  });

  it('143: SIGTERM finishes what is in flight', async () => {
    const sandbox = await newSandbox({ latency: slow });
    const place = newPlace();
    const file = place.file('edits.csv', edits(12));
    const running = start(
      ['apply', file, ...accountWords(sandbox, vendor), '--yes', '--json', '-v', ...fast, '--concurrency', '3'],
      { home: place.home, env: environmentOf(sandbox, vendor) },
    );
    await running.told(/row \d+ oppo_\d+: applied/);
    running.child.kill('SIGTERM');
    const ended = await running.ended;
    expect(ended).toMatchObject({ code: 143, signal: null });
    expect(summaryOf(ended)).toMatchObject({ status: 'interrupted', exit_code: 143 });
    expect(summaryOf(ended).rows.applied).toBe(sandbox.world(vendor).statistics.applied);
    await expectResumed(sandbox, place, ended, 12);
  });

  it('130: Ctrl-C twice gives up what is in flight, and resume settles it', async () => {
    const sandbox = await newSandbox({ latency: { requestMs: [0, 0], replyMs: [20, 20] } });
    const place = newPlace();
    const file = place.file('edits.csv', edits(6));
    // The reply to one row never comes.
    const { world } = sandbox;
    world(vendor).configure({
      ...world(vendor).behaviour,
      faults: [{ kind: 'never-answers', ids: ['oppo_3'], first: 1 }],
    });
    const running = start(
      [
        'apply',
        file,
        ...accountWords(sandbox, vendor),
        '--yes',
        '--json',
        '-v',
        ...fast,
        '--concurrency',
        '1',
        '--blind',
      ],
      { home: place.home, env: environmentOf(sandbox, vendor) },
    );
    await running.told(/#3 →/);
    running.child.kill('SIGINT');
    await running.told(/Ctrl-C again/);
    running.child.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(summaryOf(ended).rows).toMatchObject({ read: 6, applied: 2 });
    await expectResumed(sandbox, place, ended, 6);
  });
});

describe.concurrent('exit code 2, and nothing is sent', () => {
  const cases: readonly [string, string, readonly string[], RegExp][] = [
    ['no --yes without a terminal', 'id,amount\noppo_1,1\n', [], /--yes/],
    ['--no-input', 'id,amount\noppo_1,1\n', ['--no-input'], /--yes/],
    ['an unknown flag', 'id,amount\noppo_1,1\n', ['--yes', '--concurency', '3'], /--concurrency/],
    ['a wrong value of a flag', 'id,amount\noppo_1,1\n', ['--yes', '--rate', 'fast'], /25\/5s/],
    ['a wrong column', 'id,amuont\noppo_1,1\n', ['--yes'], /amount/],
    ['a setting that is none', 'id,amount\noppo_1,1\n', ['--yes', '--setting', 'colour=red'], /tz-offset/],
  ];
  it.each(cases)('%s', async (_name, content, words, says) => {
    const sandbox = await newSandbox();
    const { home, file } = newPlace();
    const path = file('edits.csv', content);
    const ended = await run(['apply', path, ...accountWords(sandbox, vendor), ...words, '--json'], {
      home,
      env: environmentOf(sandbox, vendor),
    });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(says);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    const { error } = JSON.parse(ended.stdout) as { error: { message: string; hint: string } };
    expect(`${error.message} ${error.hint}`).toMatch(says);
    expect(opportunityCalls(sandbox, vendor)).toEqual([]);
  });

  it.each([
    ['http://example.com/api/v1', 'insecure-base-url'],
    ['http://127.0.0.1.example.com/', 'insecure-base-url'],
    ['ftp://127.0.0.1/', 'bad-base-url'],
    ['not an address', 'bad-base-url'],
  ])('the address %s', async (address, code) => {
    const { home, file } = newPlace();
    const path = file('edits.csv', edits(1));
    const words = ['apply', path, '--vendor', vendor, '--base-url', address, '--yes', '--json'];
    const ended = await run(words, { home, env: { CLOSE_API_KEY: 'api_key.of.nobody' } });
    expect(ended.code).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code } });
  });

  it.each([
    ['an unknown command', ['aply', 'edits.csv'], /apply/],
    ['an unknown vendor', ['apply', 'edits.csv', '--vendor', 'closs', '--yes'], /close/],
    ['no profile and no vendor', ['apply', 'edits.csv', '--yes'], /profile add/],
    ['a missing argument', ['apply'], /file/],
    ['a run that is not there', ['resume', '20260101T000000Z-aaaa'], /oppatch runs|no run/],
  ])('%s', async (_name, words, says) => {
    const { home, file } = newPlace();
    const path = file('edits.csv', edits(1));
    const ended = await run(
      words.map((word) => (word === 'edits.csv' ? path : word)),
      { home },
    );
    expect(ended.code).toBe(2);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toMatch(says);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  it('a changed file is refused on resume, and the old content resumes', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const file = place.file('edits.csv', edits(8));
    const ended = await apply({ sandbox, vendor, place }, file, '--rate', '5/1d');
    expect(ended.code).toBe(6);
    place.file('edits.csv', edits(9));
    const refused = await resume(sandbox, place);
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'input-changed' } });
    expect(sandbox.world(vendor).statistics.arrivals).toBe(5);
    place.file('edits.csv', edits(8));
    await expectResumed(sandbox, place, ended, 8);
  });
});

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import {
  accountWords,
  apply,
  applyProcess,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  run,
  summaryOf,
} from './oppatch.ts';

function edits(from: number, rows: number): string {
  const lines = Array.from({ length: rows }, (_, index) => `opp-${from + index},Stage ${index + 1}`);
  return `id,mx_Custom_2\n${lines.join('\n')}\n`;
}

describe.concurrent('processes on one account', () => {
  it('share its quota: three runs at once at 10 per second meet no refusal', async () => {
    const rate = { count: 10, windowMs: 1_000 };
    const sandbox = await newSandbox({ quota: [rate], latency: { requestMs: [5, 40], replyMs: [5, 40] } });
    const place = newPlace();
    const ended = await Promise.all(
      [1, 101, 201].map((from) =>
        applyProcess(
          { sandbox, vendor: 'leadsquared', place },
          place.file(`edits-${from}.csv`, edits(from, 15)),
          '--rate',
          '10/1s',
          '--concurrency',
          '10',
          '--blind',
        ),
      ),
    );
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    for (const one of ended) expect(summaryOf(one)).toMatchObject({ rows: { applied: 15 }, calls: { throttled: 0 } });
    const { statistics } = sandbox.world('leadsquared');
    expect(statistics).toMatchObject({ arrivals: 45, throttled: 0 });
    expect(statistics.mostInWindow).toBeLessThanOrEqual(rate.count);
    expect(readdirSync(join(place.home, 'quota')).filter((name) => /^[0-9a-f]{64}\.db$/.test(name))).toHaveLength(1);
  });

  it('share a budget that outlives them: the second run stops with exit code 6 and can be resumed', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const account = { sandbox, vendor: 'leadsquared', place };
    const rate = ['--rate', '5/1d', '--concurrency', '1', '--blind'];
    const first = await applyProcess(account, place.file('a.csv', edits(1, 3)), ...rate);
    expect(first.code).toBe(0);
    const second = await applyProcess(account, place.file('b.csv', edits(11, 4)), ...rate);
    expect(second.code).toBe(6);
    expect(summaryOf(second)).toMatchObject({ status: 'stopped', rows: { applied: 2 } });
    expect(sandbox.world('leadsquared').statistics.arrivals).toBe(5);
  });

  it('send nothing where the quota cannot be kept', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    writeFileSync(join(place.home, 'quota'), '');
    const account = { sandbox, vendor: 'leadsquared', place };
    const ended = await apply(account, place.file('a.csv', edits(1, 2)), ...fast);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`can't be written`);
    const checked = await run(['profile', 'check', ...accountWords(sandbox, 'leadsquared')], {
      home: place.home,
      env: environmentOf(sandbox, 'leadsquared'),
    });
    expect(checked.code).toBe(2);
    expect(sandbox.world('leadsquared').statistics.arrivals).toBe(0);
  });

  it('refuse a store of an unknown kind, without repeating its address', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const account = { sandbox, vendor: 'leadsquared', place };
    const file = place.file('a.csv', edits(1, 2));
    const ended = await apply(account, file, '--quota-store', 'mysql://user:hunter22@host');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('--quota-store');
    expect(ended.stdout + ended.stderr).not.toContain('hunter22');
    expect(sandbox.world('leadsquared').statistics.arrivals).toBe(0);
    expect(existsSync(join(place.home, 'quota'))).toBe(false);
  });

  it('include the one that checks the credentials', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const words = ['profile', 'check', ...accountWords(sandbox, 'leadsquared'), '--rate', '1/1d'];
    const options = { home: place.home, env: environmentOf(sandbox, 'leadsquared') };
    await expect(run(words, options)).resolves.toMatchObject({ code: 0 });
    await expect(run(words, options)).resolves.toMatchObject({ code: 6 });
    expect(sandbox.world('leadsquared').log).toHaveLength(1);
  });
});

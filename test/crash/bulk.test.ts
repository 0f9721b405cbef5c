import { describe, expect, it } from 'vitest';
import type { CrashPoint } from '../../src/core/crash-point.ts';
import { createRandom } from '../../src/sandbox/random.ts';
import {
  accountWords,
  environmentOf,
  newPlace,
  newSandbox,
  rowsByNumber,
  run,
  start,
  summaryOf,
} from '../cli/oppatch.ts';

/** Killed while calls of 25 rows are under way: every row is accounted for and holds what was asked. */

const rounds = Number(process.env['OPPATCH_CRASH_ROUNDS'] ?? 5);
const rowCount = 130;
const points: readonly CrashPoint[] = ['before-intent', 'after-intent', 'after-send', 'after-reply', 'after-outcome'];

function idOf(row: number): string {
  return `5ca5b042-51ea-4699-b6f0-${String(row).padStart(12, '0')}`;
}

describe('a run of bulk calls', () => {
  it.each(Array.from({ length: rounds }, (_, index) => index))('survives SIGKILL, round %i', async (number) => {
    const random = createRandom(number + 71);
    const sandbox = await newSandbox({ latency: { requestMs: [0, 8], replyMs: [0, 12] } });
    const place = newPlace();
    const rows = Array.from({ length: rowCount }, (_, index) => `${idOf(index + 1)},Stage ${index}`);
    const file = place.file('edits.csv', `id,mx_Custom_2\n${rows.join('\n')}\n`);
    const words = [
      ...accountWords(sandbox, 'leadsquared'),
      '--event-code',
      '12000',
      '--rate',
      '100000/1s',
      '--rate',
      'bulk=100000/1s',
      '--json',
      '--concurrency',
      '3',
    ];
    // What is asked of the account once is known before the run that is killed.
    const first = place.file('first.csv', `id,mx_Custom_2\n${idOf(rowCount + 1)},Stage\n`);
    const env = environmentOf(sandbox, 'leadsquared');
    const known = await run(['apply', first, ...words, '--yes'], { home: place.home, env });
    expect(known.code, known.stderr).toBe(0);
    const point = points[number % points.length] ?? 'after-send';
    const crash = { OPPATCH_CRASH_AT: `${point}:${1 + Math.floor(random() * 5)}` };
    const killed = await start(['apply', file, ...words, '--yes'], { home: place.home, env: { ...env, ...crash } })
      .ended;
    expect(killed.signal).toBe('SIGKILL');
    const ended = await run(['resume', ...words], { home: place.home, env });
    const summary = summaryOf(ended);
    expect(summary.rows, ended.stderr).toMatchObject({ read: rowCount });
    expect(summary.rows.applied + summary.rows.unchanged).toBe(rowCount);
    expect(rowsByNumber(summary).size).toBe(rowCount);
    const { records, statistics } = sandbox.world('leadsquared');
    expect(statistics.violations).toEqual([]);
    for (let row = 1; row <= rowCount; row += 1)
      expect(records.get(idOf(row))?.['mx_Custom_2']).toBe(`Stage ${row - 1}`);
  });
});

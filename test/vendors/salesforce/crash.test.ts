import { describe, expect, it } from 'vitest';
import type { CrashPoint } from '../../../src/core/crash-point.ts';
import { createRandom } from '../../../src/sandbox/random.ts';
import { fullId } from '../../../src/sandbox/vendors/salesforce-write.ts';
import {
  accountWords,
  environmentOf,
  newPlace,
  newSandbox,
  rowsByNumber,
  run,
  start,
  summaryOf,
  type Ended,
} from '../../cli/oppatch.ts';

/**
 * Killed at named points, resumed, killed again: every row is accounted for, holds what was asked, and was written once. Odd rounds go row by row
 * under a guard, even ones in batches. `OPPATCH_CRASH_ROUNDS=100 npx vitest run test/vendors/salesforce/crash.test.ts` makes more.
 */
const rounds = Number(process.env['OPPATCH_CRASH_ROUNDS'] ?? 6);
const vendor = 'salesforce';
const points: readonly CrashPoint[] = [
  'before-intent',
  'after-intent',
  'after-send',
  'after-reply',
  'after-outcome',
  'result-files',
];

function idOf(row: number): string {
  return fullId(`0065e00000${row.toString(36).padStart(5, 'C')}`);
}

describe('a run that is killed', () => {
  it.each(Array.from({ length: rounds }, (_, index) => index))(
    'loses no row and writes none twice, round %i',
    async (number) => {
      const random = createRandom(number + 11);
      const isGuarded = number % 2 === 1;
      const rowCount = isGuarded ? 24 : 650;
      const sandbox = await newSandbox({ latency: { requestMs: [0, 8], replyMs: [0, 12] } });
      const place = newPlace();
      const rows = Array.from({ length: rowCount }, (_, index) => `${idOf(index + 1)},${index}.5,Step ${index}`);
      const file = place.file('edits.csv', `id,amount,NextStep\n${rows.join('\n')}\n`);
      const words = [...accountWords(sandbox, vendor), '--json', ...(isGuarded ? ['--setting', 'lock=each'] : [])];
      const begin = (more: readonly string[], crash: boolean): Promise<Ended> => {
        const point = points[Math.floor(random() * points.length)] ?? 'after-send';
        const most = point === 'result-files' ? 1 : isGuarded ? 20 : 5;
        const env = environmentOf(sandbox, vendor);
        if (!crash) return run([...more, ...words], { home: place.home, env });
        const at = { OPPATCH_CRASH_AT: `${point}:${1 + Math.floor(random() * most)}` };
        return start([...more, ...words], { home: place.home, env: { ...env, ...at } }).ended;
      };
      let ended = await begin(['apply', file, '--yes'], true);
      for (let kills = 1; ended.signal === 'SIGKILL'; kills += 1)
        ended = await begin(['resume'], kills < 3 && random() < 0.5);
      // Killed before there was a run: nothing was sent.
      if (ended.stdout === '' || summaryOf(ended).rows === undefined)
        ended = await begin(['apply', file, '--yes'], false);
      const { rows: counts } = summaryOf(ended);
      expect(counts, ended.stderr).toMatchObject({ read: rowCount, in_doubt: 0, failed: 0 });
      expect(counts.applied + counts.unchanged).toBe(rowCount);
      expect(rowsByNumber(summaryOf(ended)).size).toBe(rowCount);
      const { records, statistics } = sandbox.world(vendor);
      expect(statistics.violations).toEqual([]);
      for (let row = 1; row <= rowCount; row += 1) {
        expect(records.get(idOf(row))).toMatchObject({ Amount: row - 0.5, NextStep: `Step ${row - 1}` });
        expect(statistics.appliedById[idOf(row)], `row ${row}`).toBe(1);
      }
      await sandbox.close();
    },
  );
});

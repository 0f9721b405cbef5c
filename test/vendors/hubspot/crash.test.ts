import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/sandbox/random.ts';
import { accountWords, environmentOf, newPlace, newSandbox, run } from '../../cli/oppatch.ts';
import { crashRounds, killAndResume } from '../../crash/killed-run.ts';

/** Killed at any point of a run, HubSpot's deals hold what was asked, and nothing was added twice. More rounds: OPPATCH_CRASH_ROUNDS=100. */

const vendor = 'hubspot';
function idOf(row: number): string {
  return String(71_000_000 + row);
}

/** Every fifth row adds a value, which goes by itself and must not be done twice; the others go in batches in even rounds, one by one in odd ones. */
function adds(row: number): boolean {
  return row % 5 === 0;
}

describe('a run of HubSpot', () => {
  it.each(Array.from({ length: crashRounds }, (_, index) => index))('survives SIGKILL, round %i', async (number) => {
    const random = createRandom(number + 15);
    const [rowCount, mode] = number % 2 === 0 ? [230, []] : [40, ['--no-bulk']];
    const sandbox = await newSandbox({ latency: { requestMs: [0, 8], replyMs: [0, 12] } });
    const { home, file } = newPlace();
    const rows = Array.from({ length: rowCount }, (_, index) => {
      const row = index + 1;
      return adds(row) ? `${idOf(row)},,EMEA` : `${idOf(row)},${row}.5,`;
    });
    const path = file('edits.csv', `id,amount,sales_regions.add\n${rows.join('\n')}\n`);
    const words = [...accountWords(sandbox, vendor), '--rate', '100000/1s', '--json', '--concurrency', '4', ...mode];
    const env = environmentOf(sandbox, vendor);
    // The names are known before the run that is killed.
    const known = await run(['fields', ...accountWords(sandbox, vendor)], { home, env });
    expect(known.code, known.stderr).toBe(0);
    const times = 1 + Math.floor(random() * 5);
    await killAndResume(path, words, { home, env }, { round: number, times, rows: rowCount });
    const { records, statistics, log } = sandbox.world(vendor);
    expect(statistics.violations).toEqual([]);
    for (let row = 1; row <= rowCount; row += 1) {
      const id = idOf(row);
      expect(records.get(id)).toMatchObject(adds(row) ? { sales_regions: 'emea' } : { amount: `${row}.5` });
      const added = log.filter((call) => call.applied && call.path.endsWith(`/${id}`) && call.body.includes('";'));
      expect(added.length).toBe(adds(row) ? 1 : 0);
    }
  });
});

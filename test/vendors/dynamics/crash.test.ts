import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/sandbox/random.ts';
import { accountWords, environmentOf, newPlace, newSandbox } from '../../cli/oppatch.ts';
import { crashRounds, killAndResume } from '../../crash/killed-run.ts';

/** Killed at any point of a run, the opportunities hold what was asked, and none was closed twice. More rounds: OPPATCH_CRASH_ROUNDS=100. */

const vendor = 'dynamics';
const rowCount = 60;

function idOf(row: number): string {
  return `6f1c0a52-3b7e-ee11-8179-000d3ab${String(20_000 + row)}`;
}

/** Every third row is won as well, every third reopened, which takes two calls each. */
function statusOf(row: number): 'Won' | 'Open' | '' {
  return (['', 'Won', 'Open'] as const)[row % 3] ?? '';
}

describe('a run of Dynamics 365', () => {
  it.each(Array.from({ length: crashRounds }, (_, index) => index))('survives SIGKILL, round %i', async (number) => {
    const random = createRandom(number + 16);
    const sandbox = await newSandbox({ autoCreate: false, latency: { requestMs: [0, 8], replyMs: [0, 12] } });
    const { home, file } = newPlace();
    const { records, statistics } = sandbox.world(vendor);
    const all = Array.from({ length: rowCount }, (_, index) => index + 1);
    for (const row of all) {
      const isClosed = statusOf(row) === 'Open';
      records.put(
        idOf(row),
        records.make(idOf(row), isClosed ? { statecode: 2, statuscode: 4, actualvalue: 5, activities: 1 } : {}),
      );
    }
    const lines = all.map((row) => `${idOf(row)},${row}.5,${statusOf(row)}`);
    const path = file('edits.csv', `id,amount,status\n${lines.join('\n')}\n`);
    const words = [...accountWords(sandbox, vendor), '--rate', '100000/1s', '--json'];
    const env = environmentOf(sandbox, vendor);
    const times = 1 + Math.floor(random() * 50);
    await killAndResume(path, words, { home, env }, { round: number, times, rows: rowCount });
    expect(statistics.violations).toEqual([]);
    for (const row of all) {
      const isClosing = statusOf(row) === 'Won';
      expect(records.get(idOf(row))).toMatchObject({
        estimatedvalue: row + 0.5,
        statecode: isClosing ? 1 : 0,
        activities: statusOf(row) === '' ? 0 : 1,
      });
    }
  });
});

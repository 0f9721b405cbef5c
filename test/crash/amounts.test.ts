import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/sandbox/random.ts';
import { accountWords, environmentOf, newPlace, newSandbox } from '../cli/oppatch.ts';
import { crashRounds, killAndResume } from './killed-run.ts';

/** Vendors whose every edit is a plain value: killed at any point of a run, each deal holds what was asked. More rounds: OPPATCH_CRASH_ROUNDS=100. */

interface Case {
  readonly vendor: string;
  readonly field: string;
  /** Several calls, of whatever size they are. */
  readonly rowCount: number;
  readonly id: (row: number) => string;
}

const cases: readonly Case[] = [
  { vendor: 'pipedrive', field: 'value', rowCount: 30, id: (row) => String(50_000 + row) },
  { vendor: 'zoho', field: 'Amount', rowCount: 120, id: (row) => String(7_123_400_000_006_000_000n + BigInt(row)) },
];

describe.each(cases)('a run of $vendor', ({ vendor, field, rowCount, id }) => {
  it.each(Array.from({ length: crashRounds }, (_, index) => index))('survives SIGKILL, round %i', async (number) => {
    const random = createRandom(number + 7);
    const sandbox = await newSandbox({ autoCreate: true, latency: { requestMs: [0, 8], replyMs: [0, 12] } });
    const { home, file } = newPlace();
    const rows = Array.from({ length: rowCount }, (_, index) => `${id(index + 1)},${index + 1}.5`);
    const path = file('edits.csv', `id,amount\n${rows.join('\n')}\n`);
    const words = [...accountWords(sandbox, vendor), '--rate', '100000/1s', '--json', '--concurrency', '4'];
    const env = environmentOf(sandbox, vendor);
    const times = 1 + Math.floor(random() * 3);
    await killAndResume(path, words, { home, env }, { round: number, times, rows: rowCount });
    const { records, statistics } = sandbox.world(vendor);
    expect(statistics.violations).toEqual([]);
    for (let row = 1; row <= rowCount; row += 1) expect(records.get(id(row))?.[field]).toBe(row + 0.5);
  });
});

import { expect } from 'vitest';
import type { CrashPoint } from '../../src/core/crash-point.ts';
import type { RunSummary } from '../../src/core/run-summary.ts';
import { rowsByNumber, run, start, summaryOf, type RunOptions } from '../cli/oppatch.ts';

const points: readonly CrashPoint[] = ['before-intent', 'after-intent', 'after-send', 'after-reply', 'after-outcome'];

/** Rounds of a crash test, by `OPPATCH_CRASH_ROUNDS`. */
export const crashRounds = Number(process.env['OPPATCH_CRASH_ROUNDS'] ?? 5);

/** `apply FILE` with the words, killed as it comes to the point of the round for the given time, and resumed. All rows end as applied or unchanged. */
export async function killAndResume(
  file: string,
  words: readonly string[],
  { home, env = {} }: RunOptions,
  { round, times, rows }: { readonly round: number; readonly times: number; readonly rows: number },
): Promise<RunSummary> {
  const crash = { OPPATCH_CRASH_AT: `${points[round % points.length]}:${times}` };
  const killed = await start(['apply', file, ...words, '--yes'], { home, env: { ...env, ...crash } }).ended;
  expect(killed.signal, killed.stderr).toBe('SIGKILL');
  const ended = await run(['resume', ...words], { home, env });
  const summary = summaryOf(ended);
  expect(summary.rows, ended.stderr).toMatchObject({ read: rows, rejected: 0, failed: 0, in_doubt: 0 });
  expect(summary.rows.applied + summary.rows.unchanged).toBe(rows);
  expect(rowsByNumber(summary).size).toBe(rows);
  return summary;
}

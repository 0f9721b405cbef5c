import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CrashPoint } from '../../src/core/crash-point.ts';
import { createRandom } from '../../src/sandbox/random.ts';
import type { VendorWorld } from '../../src/sandbox/vendor-world.ts';
import { mixedFile } from '../cli/mixed-edits.ts';
import {
  accountWords,
  environmentOf,
  newPlace,
  newSandbox,
  rememberNames,
  run,
  start,
  summaryOf,
  type Ended,
  type VendorName,
  writesOf,
} from '../cli/oppatch.ts';
import { expectTruth } from '../cli/settled-truthfully.ts';

/**
 * The real process is killed with SIGKILL at named points and at random moments, resumed, killed again, resumed until it ends by itself. Then the
 * server and the summary must agree row by row: nothing lost, nothing that must not be repeated done twice. Every other round goes through a saved plan.
 * `OPPATCH_CRASH_ROUNDS=600 npx vitest run test/crash` makes more rounds.
 */
const rounds = Number(process.env['OPPATCH_CRASH_ROUNDS'] ?? 16);
const sideBySide = 3;
const rowCount = 12;

const points: readonly CrashPoint[] = [
  'before-intent',
  'after-intent',
  'after-send',
  'after-reply',
  'after-outcome',
  'result-files',
];
/** Mostly the vendors whose record tells whether a call was applied; LeadSquared waits for seconds before it calls a row doubtful. */
const vendors: readonly VendorName[] = ['partner-center', 'raze', 'partner-center', 'close', 'raze', 'partner-center'];

/** Whose record decides about every call: what is not there may go again. */
const settledByLook: ReadonlySet<VendorName> = new Set(['partner-center', 'raze']);

const isSingleRow = (row: number): boolean => row % 3 === 0;

async function round(number: number, vendor: VendorName): Promise<number> {
  const random = createRandom(number + 1);
  const sandbox = await newSandbox({ latency: { requestMs: [0, 8], replyMs: [0, 12] } });
  const place = newPlace();
  const file = place.file('edits.csv', mixedFile(vendor, rowCount, isSingleRow));
  const common = [...accountWords(sandbox, vendor), '--json', '--rate', '100000/1s', '--concurrency', '4'];

  if (vendor === 'close') await rememberNames(sandbox, place);
  let kills = 0;
  const throughPlan = number % 2 === 1;
  const edits = throughPlan ? await savedPlan() : file;
  let ended = await maybeKilled(['apply', edits, ...common, '--yes'], true);
  while (ended.signal === 'SIGKILL') {
    kills += 1;
    ended = await maybeKilled(['resume', ...common], kills < 4 && random() < 0.5);
  }
  // Killed while the account's name was asked for: there is nothing to resume, and nothing was sent.
  if (ended.code === 0 && ended.stderr.includes('There is no unfinished run')) {
    expect(writesOf(sandbox, vendor)).toEqual([]);
    ended = await maybeKilled(['apply', edits, ...common, '--yes'], false);
  }
  expect([0, 3], ended.stderr).toContain(ended.code);
  const summary = summaryOf(ended);
  expect(summary.status).toBe('finished');
  expectTruth(summary, sandbox.world(vendor), { vendor, rows: rowCount, isSingleRow });
  if (settledByLook.has(vendor)) expect(summary.rows.in_doubt, JSON.stringify(summary)).toBe(0);
  await sandbox.close();
  return kills;

  /** Killed while it is planned or saved, at times: what has the plan's name is whole then, or there is nothing of that name. */
  async function savedPlan(): Promise<string> {
    const out = join(place.directory, 'plan.json');
    for (let kill = random() < 0.7; ; kill = false) {
      const planned = await maybeKilled(['plan', file, ...common, '--out', out, '--quiet'], kill, ['plan-written']);
      if (planned.signal !== 'SIGKILL') {
        expect([0, 3], planned.stderr).toContain(planned.code);
        return out;
      }
      kills += 1;
      expect(existsSync(out)).toBe(false);
      expect(writesOf(sandbox, vendor)).toEqual([]);
    }
  }

  async function maybeKilled(words: readonly string[], kill: boolean, places = points): Promise<Ended> {
    const atPoint = random() < 0.7;
    const point = places[Math.floor(random() * places.length)] ?? 'after-send';
    const count = point === 'plan-written' ? 1 : 1 + Math.floor(random() * rowCount);
    const env = environmentOf(sandbox, vendor);
    if (!kill) return run(words, { home: place.home, env });
    const crash = atPoint ? { OPPATCH_CRASH_AT: `${point}:${count}` } : {};
    const running = start(words, { home: place.home, env: { ...env, ...crash } });
    if (!atPoint) await killAfterArrival(running.child, sandbox.world(vendor), count, random() * 12);
    return running.ended;
  }
}

/** Kills the process a moment after the server has counted so many more calls. Resolves then, or when the process ends before. */
function killAfterArrival(child: ChildProcess, world: VendorWorld, calls: number, delayMs: number): Promise<void> {
  const wanted = world.statistics.arrivals + calls;
  const treat = world.treat.bind(world);
  return new Promise((resolve) => {
    world.treat = (request, nowMs) => {
      const treatment = treat(request, nowMs);
      if (world.statistics.arrivals === wanted)
        setTimeout(() => {
          child.kill('SIGKILL');
          resolve();
        }, delayMs);
      return treatment;
    };
    child.once('exit', () => resolve());
  });
}

describe('kill -9 at any moment', () => {
  it(
    'loses nothing and does nothing twice',
    async () => {
      let next = 0;
      let kills = 0;
      const worker = async (): Promise<void> => {
        while (next < rounds) {
          const number = next;
          next += 1;
          const done = await round(number, vendors[number % vendors.length] ?? 'partner-center');
          kills += done;
        }
      };
      await Promise.all(Array.from({ length: sideBySide }, worker));
      console.log(`${rounds} runs, ${kills} kills`);
      expect(kills).toBeGreaterThan(rounds / 2);
    },
    60_000 + rounds * 10_000,
  );

  it('calls a LeadSquared note doubtful where the record does not show it', async () => {
    await round(1_000_003, 'leadsquared');
  });
});

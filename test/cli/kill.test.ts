import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, describe, expect, it } from 'vitest';

import type { VendorWorld } from '../../src/sandbox/vendor-world.ts';
import { mixedFile } from './mixed-edits.ts';
import {
  accountWords,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  run,
  start,
  summaryOf,
  type Ended,
} from './oppatch.ts';
import { expectTruth } from './settled-truthfully.ts';

const vendor = 'partner-center';
const rows = 30;
const isSingleRow = (row: number): boolean => row % 3 === 0;

/** Calls `use` when so many calls have arrived in all. */
function whenArrived(world: VendorWorld, count: number, use: () => void): void {
  const treat = world.treat.bind(world);
  world.treat = (request, nowMs) => {
    const treatment = treat(request, nowMs);
    if (world.statistics.arrivals === count) use();
    return treatment;
  };
}

/** Three lives at most end by kill -9, at a random moment after a random call; then the run is resumed to its end. */
async function round(): Promise<{ readonly killed: number; readonly inDoubt: number }> {
  const sandbox = await newSandbox({ latency: { requestMs: [0, 8], replyMs: [0, 8] } });
  const world = sandbox.world(vendor);
  const { home, file } = newPlace();
  const options = { home, env: environmentOf(sandbox, vendor) };
  const path = file('edits.csv', mixedFile(vendor, rows, isSingleRow));
  const send = ['--json', ...fast, '--concurrency', '4'];
  const apply = ['apply', path, ...accountWords(sandbox, vendor), '--yes', ...send];
  const resume = ['resume', ...accountWords(sandbox, vendor), ...send];

  let killed = 0;
  for (let life = 0; life < 3; life += 1) {
    const running = start(isBegun(home) ? resume : apply, options);
    const left = rows - world.statistics.applied;
    whenArrived(world, world.statistics.arrivals + 1 + Math.floor(Math.random() * left), () => {
      void delay(Math.random() * 12).then(() => running.child.kill('SIGKILL'));
    });
    const ended = await running.ended;
    if (ended.signal !== 'SIGKILL') return { killed, inDoubt: expectEnd(ended) };
    killed += 1;
  }
  return { killed, inDoubt: expectEnd(await run(resume, options)) };

  function expectEnd(ended: Ended): number {
    expect([0, 3], ended.stderr).toContain(ended.code);
    const summary = summaryOf(ended);
    expect(summary).toMatchObject({ status: 'finished', rows: { read: rows, rejected: 0, failed: 0, unprocessed: 0 } });
    expectTruth(summary, world, { vendor, rows, isSingleRow });
    const { applied, in_doubt: inDoubt } = summary.rows;
    expect(applied + inDoubt).toBe(rows);
    expect(ended.code).toBe(inDoubt === 0 ? 0 : 3);
    // At most the calls that were in flight when a process was killed.
    expect(inDoubt).toBeLessThanOrEqual(4 * killed);
    return inDoubt;
  }
}

function isBegun(home: string): boolean {
  try {
    return readdirSync(join(home, 'runs')).some((id) => readdirSync(join(home, 'runs', id)).includes('journal.ndjson'));
  } catch {
    return false;
  }
}

const ends: { readonly killed: number; readonly inDoubt: number }[] = [];
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
afterAll(() => {
  const killed = sum(ends.map((end) => end.killed));
  const inDoubt = sum(ends.map((end) => end.inDoubt));
  console.log(`${ends.length} rounds, ${killed} times killed, ${inDoubt} of ${ends.length * rows} rows in doubt`);
  expect(killed).toBeGreaterThanOrEqual(ends.length);
});

describe.concurrent('kill -9 at random moments', () => {
  it.each([1, 2, 3])('loses nothing and does nothing twice: group %i of three rounds', async () => {
    for (let index = 0; index < 3; index += 1) ends.push(await round());
  });
});

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rateText, type Rate } from '../../src/core/duration.ts';
import { compileChild, ended, message, type ChildProgram } from '../state/child-program.ts';
import { StrictCounter } from './strict-counter.ts';

/** Of a call, where nothing is said of it: a reply that a busy machine delays is none that was lost. */
const patientMs = 30_000;
const graceMs = 500;

let program: ChildProgram;
let directory: string;
const children: ChildProcess[] = [];
let server: Server | undefined;

beforeAll(() => {
  program = compileChild(join(import.meta.dirname, 'shared-permits-child.ts'));
});

afterAll(() => program.remove());

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'oppatch-processes-'));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  server?.closeAllConnections();
  server?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A vendor that counts strictly on arrival, 5 to 40 ms after a call was sent, and answers as late again. */
async function vendor(rate: Rate): Promise<{ counter: StrictCounter; arrivalsMs: number[]; url: string }> {
  const counter = new StrictCounter(rate);
  const arrivalsMs: number[] = [];
  const answer = async (response: ServerResponse): Promise<void> => {
    await wait(5 + Math.random() * 35);
    const nowMs = performance.now();
    arrivalsMs.push(nowMs);
    response.statusCode = counter.arrive(nowMs) ? 200 : 429;
    await wait(5 + Math.random() * 35);
    response.end();
  };
  server = createServer((_request, response) => void answer(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { counter, arrivalsMs, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

async function start(
  url: string,
  rate: Rate,
  { calls, workers, timeoutMs = patientMs }: { calls: number; workers: number; timeoutMs?: number },
): Promise<ChildProcess> {
  const words = [join(directory, 'account.db'), url, rateText(rate), calls, workers, timeoutMs, graceMs].map(String);
  const child = program.start(...words);
  children.push(child);
  expect(await message(child)).toBe('ready');
  return child;
}

interface Said {
  readonly refused: number;
  readonly firstAfterMs: number;
}

async function go(child: ChildProcess): Promise<Said> {
  const said = message(child);
  child.send('go');
  return (await said) as Said;
}

describe('processes of one machine on one account', () => {
  it.each([
    { processes: 2, rate: { count: 10, windowMs: 500 }, calls: 60 },
    { processes: 4, rate: { count: 10, windowMs: 500 }, calls: 60 },
    { processes: 8, rate: { count: 10, windowMs: 500 }, calls: 64 },
    { processes: 4, rate: { count: 200, windowMs: 1_000 }, calls: 800 },
  ])('$processes meet no refusal and lose no time: $calls calls at $rate', async ({ processes, rate, calls }) => {
    const { counter, arrivalsMs, url } = await vendor(rate);
    const perProcess = calls / processes;
    const started = await Promise.all(
      Array.from({ length: processes }, () => start(url, rate, { calls: perProcess, workers: 20 })),
    );
    const said = await Promise.all(started.map(go));
    expect(said.map(({ refused }) => refused)).toEqual(said.map(() => 0));
    expect(counter.refused).toBe(0);
    expect(arrivalsMs).toHaveLength(calls);
    const tookMs = (arrivalsMs.at(-1) ?? 0) - (arrivalsMs[0] ?? 0);
    const roundTripMs = 45;
    const idealMs = (Math.ceil(calls / rate.count) - 1) * (rate.windowMs + roundTripMs);
    console.log(`${processes} processes at ${rateText(rate)}: ${((100 * idealMs) / tookMs).toFixed(1)} % of the ideal`);
    // Short windows, and a machine that is busy with other tests.
    expect(idealMs / tookMs).toBeGreaterThan(0.4);
  });

  it('stay within the limit when half of them are killed, and have the full rate back a window, the time-out and the grace later', async () => {
    const rate = { count: 10, windowMs: 500 };
    const timeoutMs = 1_000;
    const { counter, arrivalsMs, url } = await vendor(rate);
    const endless = { calls: 1_000, workers: 20, timeoutMs };
    const started = await Promise.all(Array.from({ length: 4 }, () => start(url, rate, endless)));
    for (const child of started) child.send('go');
    await wait(1_200);
    const [first, second] = started;
    first?.kill('SIGKILL');
    second?.kill('SIGKILL');
    const backMs = performance.now() + rate.windowMs + timeoutMs + graceMs;
    // As many calls as the limit has, in hardly more than a window: all permits serve again.
    const isFull = (): boolean => {
      const after = arrivalsMs.filter((atMs) => atMs >= backMs);
      return after.some((atMs, index) => (after[index + rate.count - 1] ?? Infinity) - atMs < rate.windowMs);
    };
    while (!isFull()) await wait(50);
    expect(performance.now() - backMs).toBeLessThan(10_000);
    expect(counter.refused).toBe(0);
    await expect(Promise.all(started.slice(0, 2).map(ended))).resolves.toEqual([null, null]);
  });

  it('give a one-off its turn within two windows of a bulk run', async () => {
    const rate = { count: 10, windowMs: 1_000 };
    const { counter, url } = await vendor(rate);
    const bulk = await Promise.all(Array.from({ length: 3 }, () => start(url, rate, { calls: 1_000, workers: 20 })));
    for (const child of bulk) child.send('go');
    await wait(1_500);
    const single = await start(url, rate, { calls: 1, workers: 1 });
    const { firstAfterMs } = await go(single);
    expect(firstAfterMs).toBeLessThan(2 * rate.windowMs);
    expect(counter.refused).toBe(0);
  });
});

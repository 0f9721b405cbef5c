import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { PermitGate } from '../../src/quota/gate.ts';
import { openDiskPermitStore } from '../../src/quota/disk-permit-store.ts';
import { SharedPermits } from '../../src/quota/shared-permits.ts';
import { realClock } from '../../src/quota/clock.ts';
import { createTransport } from '../../src/transport/send.ts';
import { meter } from './meters.ts';
import { StrictCounter } from './strict-counter.ts';

it('on the real clock and a real wire, 75 calls at 25 per second with jitter meet no refusal', async () => {
  const rate = { count: 25, windowMs: 1_000 };
  const counter = new StrictCounter(rate);
  const answer = async (response: ServerResponse): Promise<void> => {
    await wait(Math.random() * 60);
    response.statusCode = counter.arrive(performance.now()) ? 200 : 429;
    await wait(Math.random() * 60);
    response.end();
  };
  const server = createServer((_request, response) => void answer(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const transport = await createTransport({ connections: 30, version: 'test' });
  const directory = mkdtempSync(join(tmpdir(), 'oppatch-'));
  const store = await openDiskPermitStore(join(directory, 'quota.db'), { meters: [meter(rate)], userSet: true });
  const permits = new SharedPermits({ store, rates: [rate], timeoutMs: 5_000 });
  const gate = new PermitGate({ permits });
  const startedAt = performance.now();
  try {
    const statuses = await Promise.all(
      Array.from({ length: 75 }, async () => {
        const permit = await gate.acquire('calls');
        const reply = await transport.send({ method: 'GET', url, headers: {} }, { timeoutMs: 5_000 });
        permit.replied();
        return reply.status;
      }),
    );
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(counter.refused).toBe(0);
    // Two windows and their round trips; the slack is for a machine that is busy with other things.
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  } finally {
    await transport.close();
    await permits.close();
    await store.close();
    rmSync(directory, { recursive: true });
    server.close();
  }
});

it('the real clock never rings early, and not at all once it is cancelled', async () => {
  let rung = 0;
  const cancel = realClock.at(realClock.nowMs() + 5, () => {
    rung += 1;
  });
  cancel();
  const lateMs = await Promise.all(
    Array.from({ length: 40 }, (_, index) => {
      const atMs = realClock.nowMs() + index * 1.37;
      return new Promise<number>((resolve) => {
        realClock.at(atMs, () => resolve(realClock.nowMs() - atMs));
      });
    }),
  );
  expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(0);
  expect(rung).toBe(0);
});

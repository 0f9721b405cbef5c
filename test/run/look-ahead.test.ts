import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import { runEdits, type EngineParts } from '../../src/run/engine.ts';
import type { RunRow } from '../../src/run/run-row.ts';
import { RunStop } from '../../src/run/run-stop.ts';
import { plainParts } from './plain-parts.ts';

const rows = 60;

function rowOf(_: unknown, index: number): RunRow {
  const row = index + 1;
  const id = `opp_${row}`;
  const call: Call = {
    method: 'PUT',
    path: `/${id}`,
    headers: {},
    edits: [{ row, line: row, id, changes: [] }],
    step: 'update',
    repeatable: true,
    quotaGroup: 'calls',
  };
  return { row, line: row, id, work: { kind: 'send', calls: [call] } };
}

async function* source(): AsyncGenerator<readonly RunRow[]> {
  yield Array.from({ length: rows }, rowOf);
}

/** The most calls that the transport had at once, and the rows that were settled. */
async function handedOver(more: Partial<EngineParts>): Promise<{ readonly most: number; readonly settled: number }> {
  let now = 0;
  let most = 0;
  let settled = 0;
  const end = await runEdits(
    {
      ...plainParts,
      rows: source(),
      transport: {
        send: async () => {
          now += 1;
          most = Math.max(most, now);
          await nextTurn();
          await nextTurn();
          now -= 1;
          return { status: 200, headers: {}, body: '', receivedAtMs: 0 };
        },
      },
      onEvent: (event) => {
        if (event.kind === 'row-settled') settled += 1;
      },
      concurrency: 4,
      failFast: false,
      ...more,
    },
    new RunStop(),
  );
  expect(end.stop).toBeUndefined();
  return { most, settled };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('calls that are handed to the transport', () => {
  it('are twice as many as go at once where replies come promptly', async () => {
    expect(await handedOver({})).toEqual({ most: 8, settled: rows });
  });

  it('are no more than go at once where replies take their time', async () => {
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 50));
    expect(await handedOver({})).toEqual({ most: 4, settled: rows });
  });

  it.each([
    ['that stops at its first error', { failFast: true }, 4],
    ['that stops after some errors', { mostErrors: 3 }, 4],
    ['that sends one call at a time', { concurrency: 1 }, 1],
  ])('are no more than go at once in a run %s', async (_name, more, most) => {
    expect(await handedOver(more)).toEqual({ most, settled: rows });
  });
});

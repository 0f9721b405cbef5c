import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/core/run-event.ts';
import { createEventLog } from '../../src/report/event-log.ts';
import { controlsIn, hostile, sampleCall, settled } from './samples.ts';

function linesOf(events: readonly RunEvent[]): string[] {
  const lines: string[] = [];
  const log = createEventLog((line) => lines.push(line));
  for (const event of events) log(event);
  return lines;
}

const retry = {
  kind: 'retry',
  call: sampleCall,
  attempt: 1,
  code: 'http-503',
  message: 'down',
  delayMs: 4000,
} as const;

describe('createEventLog', () => {
  it('tells what happens, one line each; the calls are left to the trace', () => {
    expect(
      linesOf([
        { kind: 'call-sent', call: sampleCall, attempt: 1 },
        { kind: 'call-replied', call: sampleCall, attempt: 1, status: 200, tookMs: 143 },
        { kind: 'throttled', message: 'over the limit', waitMs: 57_000 },
        { kind: 'throttled', message: 'over the limit' },
        retry,
        { ...retry, call: { ...sampleCall, edits: [] } },
        { ...retry, call: { ...sampleCall, edits: [1, 2].map((row) => ({ row, line: row, id: 'x', changes: [] })) } },
        settled(7, { status: 'rejected' }),
        { kind: 'stopping', reason: 'Ctrl-C' },
      ]),
    ).toEqual([
      'throttled: over the limit, wait 57s',
      'throttled: over the limit',
      'row 7 did not get through (http-503), again in 4s: down',
      'a call did not get through (http-503), again in 4s: down',
      'rows 1, 2 did not get through (http-503), again in 4s: down',
      'row 7 opp_7: rejected',
      'stopping: Ctrl-C',
    ]);
  });

  it('lets nothing through that moves a cursor', () => {
    const lines = linesOf([
      { kind: 'throttled', message: hostile },
      { ...retry, code: hostile, message: hostile },
      settled(1, { id: hostile }),
      { kind: 'stopping', reason: hostile },
    ]);
    expect(lines).toHaveLength(4);
    expect(controlsIn(lines.join('\n'))).toEqual([]);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timeOfDayText } from '../../src/report/numbers.ts';
import { plainLine, progressLines, type ProgressState } from '../../src/report/progress-lines.ts';
import { textWidth } from '../../src/report/text-width.ts';
import { coloured, controlsIn, hostile, plain } from './samples.ts';

const rate = { count: 25, windowMs: 5000 };
const state: ProgressState = {
  done: 1250,
  failed: 3,
  totalRows: 9980,
  causes: [
    { code: 'not-found', rows: 2 },
    { code: 'http-422', rows: 1 },
  ],
  perSecond: 5,
  callsPerSecond: 4.92,
  gate: { waitMs: 3000, reason: 'quota 25/5s', rates: [rate, { count: 10_000, windowMs: 86_400_000 }] },
  timeLeft: { leftMs: 0 },
  reading: false,
  stopping: false,
  timeMs: Date.UTC(2026, 10, 21, 10, 0),
};
const free = { waitMs: 0, rates: [] };

/** The first two lines of a wide terminal in another state. */
function lineOf(more: Partial<ProgressState>): string {
  return progressLines({ ...state, failed: 0, ...more }, 119, plain).join('\n');
}

function waits(gate: ProgressState['gate'], more: Partial<ProgressState> = {}): string {
  return lineOf({ gate, ...more });
}

/** The time left of a thousand rows. */
function left(more: Partial<ProgressState>): string | undefined {
  return / ([^·]+) left/.exec(lineOf({ done: 980, totalRows: 1980, gate: free, ...more }))?.[1];
}

describe('progressLines', () => {
  it('shows a bar and everything at 80 columns', () => {
    expect(progressLines(state, 79, plain)).toEqual([
      '███░░░░░░░░░░░░░░░░░░░░░░░░░░░ 1,250/9,980 12% · 29m 6s left · 5.0 rows/s',
      'waiting 3s: quota 25/5s · 24.6 of 25/5s calls',
      '3 failed: 2 not-found, 1 http-422',
    ]);
  });

  it('is readable at 44 columns: what matters most stays', () => {
    expect(progressLines(state, 43, plain)).toEqual([
      '█░░░░░░░░░░░░ 1,250/9,980 12% · 29m 6s left',
      'waiting 3s: quota 25/5s',
      '3 failed: 2 not-found, 1 http-422',
    ]);
    expect(progressLines(state, 12, plain)).toEqual(['1,250/9,980…', 'waiting 3s', '3 failed: 2…']);
  });

  it('is never wider than the terminal, with colour or without, and its bar is whole', () => {
    const words = fc.oneof(
      fc.constant('quota 25/5s'),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('額度', '👩‍👩‍👧 é'),
    );
    const states = fc.record<ProgressState>(
      {
        done: fc.nat(2_000_000),
        failed: fc.nat(2_000_000),
        totalRows: fc.nat(2_000_000),
        causes: fc.array(fc.record({ code: words, rows: fc.nat(99_999) }), { maxLength: 5 }),
        perSecond: fc.double({ min: 0, max: 1e6, noNaN: true }),
        callsPerSecond: fc.double({ min: 0, max: 1e6, noNaN: true }),
        gate: fc.record({ waitMs: fc.nat(1e8), reason: words, rates: fc.constantFrom([], [rate]) }),
        timeLeft: fc.record({
          leftMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
          stop: fc.record({ rate: fc.constant(rate), inMs: fc.nat(1e9) }),
        }),
        retry: fc.record({ rows: fc.nat(99), inMs: fc.nat(99_999), code: words }),
        job: fc.record({ job: words, done: fc.nat(99_999), rows: fc.nat(99_999) }),
        reading: fc.boolean(),
        stopping: fc.boolean(),
        timeMs: fc.constant(0),
      },
      {
        requiredKeys: [
          'done',
          'failed',
          'totalRows',
          'causes',
          'perSecond',
          'callsPerSecond',
          'gate',
          'reading',
          'stopping',
          'timeMs',
        ],
      },
    );
    fc.assert(
      fc.property(states, fc.integer({ min: 1, max: 200 }), (one, columns) => {
        const lines = progressLines(one, columns, coloured);
        expect(lines.length).toBeLessThanOrEqual(3);
        for (const line of lines) {
          expect(textWidth(line)).toBeLessThanOrEqual(columns);
          expect(line).not.toContain('\n');
          expect(controlsIn(line)).toEqual([]);
          expect(line).not.toMatch(/NaN|Infinity|undefined/);
        }
      }),
    );
  });

  it('says why it waits, and until when', () => {
    const until = timeOfDayText(state.timeMs + 720_000);
    expect(waits({ waitMs: 57_000, reason: 'paused by the vendor', rates: [] })).toContain('paused by the vendor 57s');
    expect(waits({ waitMs: 720_000, reason: 'quota 100/1h', rates: [] })).toContain(
      `waiting 12m: quota 100/1h, until ${until}`,
    );
    expect(waits({ waitMs: 900, reason: 'quota 25/5s', rates: [] })).not.toContain('quota');
    expect(waits(free, { retry: { rows: 3, inMs: 4000, code: 'http-503' } })).toContain('3 rows again in 4s: http-503');
    expect(waits(free, { job: { job: '7505e0000000001AAA', done: 12_000, rows: 20_000 } })).toContain(
      'the vendor works on job 7505e0000000001AAA: 12,000 of 20,000',
    );
    expect(waits(free, { reading: true })).toContain('reading current values first');
    expect(waits(free, { stopping: true })).toContain('stopping: waits for the calls under way');
    expect(controlsIn(waits({ waitMs: 9000, reason: hostile, rates: [] }))).toEqual([]);
  });

  it('names the most frequent causes of failure, and counts the others together', () => {
    const causes = ['a', 'b', 'c', 'd'].map((code, index) => ({ code, rows: 40 - index * 10 }));
    expect(progressLines({ ...state, failed: 105, causes }, 79, plain).at(-1)).toBe(
      '105 failed: 40 a, 30 b, 20 c, 15 other',
    );
    expect(progressLines({ ...state, failed: 0 }, 79, plain)).toHaveLength(2);
  });

  it('tells the time left by the slower of pace, quota and pause', () => {
    expect(left({ perSecond: 10 })).toBe('1m 40s');
    expect(left({ perSecond: 100, timeLeft: { leftMs: 195_000 } })).toBe('3m 15s');
    expect(left({ perSecond: 1, timeLeft: { leftMs: 195_000 } })).toBe('16m 40s');
    expect(left({ perSecond: 100, gate: { waitMs: 2_400_000, reason: 'paused', rates: [rate] } })).toBe('40m');
    expect(left({ perSecond: 0 })).toBeUndefined();
    expect(left({ done: 1980 })).toBeUndefined();
  });

  it('tells that a budget ends the run before its last row', () => {
    const stop = { rate: { count: 10_000, windowMs: 86_400_000 }, inMs: 1_980_000 };
    expect(lineOf({ timeLeft: { leftMs: 3 * 86_400_000, stop } })).toContain(
      'the budget of 10,000 a day ends it in 33m',
    );
  });

  it('measures the rate against the shortest window, as far as half a minute tells', () => {
    const hourly = { waitMs: 0, rates: [{ count: 100, windowMs: 3_600_000 }] };
    expect(lineOf({ gate: hourly, callsPerSecond: 1 })).toContain('1.0 calls/s of 100/1h');
    expect(lineOf({ callsPerSecond: 7 })).toContain('25.0 of 25/5s calls');
    expect(lineOf({ gate: free, callsPerSecond: 120 })).toContain('120 calls/s');
    expect(lineOf({ gate: free, callsPerSecond: 0 })).not.toContain('calls');
  });

  it('has an end where there are no rows', () => {
    expect(progressLines({ ...state, done: 0, failed: 0, totalRows: 0, gate: free }, 43, plain)[0]).toContain(
      '0/0 100%',
    );
  });
});

describe('plainLine', () => {
  it('is one line for a log', () => {
    expect(plainLine(state)).toBe(
      '1,250 of 9,980 rows, 3 failed (2 not-found, 1 http-422), 5.0 rows/s, 29m 6s left, waiting 3s: quota 25/5s',
    );
    expect(plainLine({ ...state, failed: 0, perSecond: 0.05, gate: free })).toContain('3.0 rows/min');
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barLine, plainLine, type ProgressState } from '../../src/report/progress-line.ts';
import { textWidth } from '../../src/report/text-width.ts';
import { coloured, controlsIn, hostile, plain } from './samples.ts';

const rate = { count: 25, windowMs: 5000 };
const state: ProgressState = {
  done: 1250,
  failed: 3,
  totalRows: 9980,
  perSecond: 5,
  callsPerRow: 1,
  gate: { waitMs: 3000, reason: 'quota 25/5s', rates: [rate] },
  stopping: false,
};
const free = { waitMs: 0, rates: [] };

/** The line of a wide terminal in another state. */
function lineOf(more: Partial<ProgressState>): string {
  return barLine({ ...state, failed: 0, ...more }, 119, plain);
}

function waits(gate: ProgressState['gate'], more: Partial<ProgressState> = {}): string {
  return lineOf({ gate, ...more });
}

/** The time left of a thousand rows. */
function left(more: Partial<ProgressState>): string | undefined {
  return / ([^·]+) left/.exec(lineOf({ done: 980, totalRows: 1980, gate: free, ...more }))?.[1];
}

describe('barLine', () => {
  it('shows a bar and everything where there is room', () => {
    expect(barLine(state, 119, plain)).toBe(
      '███░░░░░░░░░░░░░░░░░░░░░░░░░░░ 1,250/9,980 12% · 3 failed · waiting 3s: quota 25/5s · 29m 6s left · 5.0/s',
    );
  });

  it('is readable at 80 and at 40 columns: what matters most stays', () => {
    expect(barLine(state, 79, plain)).toBe(
      '1,250/9,980 12% · 3 failed · waiting 3s: quota 25/5s · 29m 6s left · 5.0/s',
    );
    expect(barLine({ ...state, gate: free }, 79, plain)).toBe(
      '███░░░░░░░░░░░░░░░░░░░░░░░░░░░ 1,250/9,980 12% · 3 failed · 29m 6s left · 5.0/s',
    );
    expect(barLine(state, 39, plain)).toBe('1,250/9,980 12% · 3 failed · waiting 3s');
    expect(barLine({ ...state, gate: free }, 39, plain)).toBe('█░░░░░░░░░░░ 1,250/9,980 12% · 3 failed');
    expect(barLine(state, 12, plain)).toBe('1,250/9,980…');
  });

  it('is never wider than the terminal, with colour or without, and its bar is whole', () => {
    const states = fc.record<ProgressState>({
      done: fc.nat(2_000_000),
      failed: fc.nat(2_000_000),
      totalRows: fc.nat(2_000_000),
      perSecond: fc.double({ min: 0, max: 1e6, noNaN: true }),
      callsPerRow: fc.double({ min: 0, max: 3, noNaN: true }),
      gate: fc.record({
        waitMs: fc.nat(1e8),
        reason: fc.oneof(fc.constant('quota 25/5s'), fc.string({ unit: 'grapheme' })),
        rates: fc.constant([rate]),
      }),
      stopping: fc.boolean(),
    });
    fc.assert(
      fc.property(states, fc.integer({ min: 1, max: 200 }), (one, columns) => {
        const line = barLine(one, columns, coloured);
        expect(textWidth(line)).toBeLessThanOrEqual(columns);
        expect(controlsIn(line)).toEqual([]);
        expect(line).not.toMatch(/NaN|Infinity|undefined/);
      }),
    );
  });

  it('says why it waits', () => {
    expect(waits({ waitMs: 57_000, reason: 'paused by the vendor', rates: [] })).toContain('paused by the vendor 57s');
    expect(waits({ waitMs: 900, reason: 'quota 25/5s', rates: [] })).not.toContain('quota');
    expect(waits(free, { retry: { inMs: 4000, code: 'http-503' } })).toContain('again in 4s: http-503');
    expect(waits(free, { stopping: true })).toContain('· stopping ·');
    expect(controlsIn(waits({ waitMs: 9000, reason: hostile, rates: [] }))).toEqual([]);
  });

  it('tells the time left by the slower of pace, quota and pause', () => {
    expect(left({ perSecond: 10 })).toBe('1m 40s');
    expect(left({ perSecond: 100, gate: { waitMs: 0, rates: [rate] } })).toBe('3m 15s');
    expect(left({ perSecond: 100, gate: { waitMs: 0, rates: [rate] }, callsPerRow: 2 })).toBe('6m 35s');
    expect(left({ perSecond: 100, gate: { waitMs: 2_400_000, reason: 'paused', rates: [rate] } })).toBe('40m');
    expect(left({ perSecond: 100, gate: { waitMs: 0, rates: [{ count: 10_000, windowMs: 86_400_000 }] } })).toBe('10s');
    expect(left({ perSecond: 0 })).toBeUndefined();
    expect(left({ done: 1980 })).toBeUndefined();
  });

  it('has an end where there are no rows', () => {
    expect(barLine({ ...state, done: 0, failed: 0, totalRows: 0, gate: free }, 39, plain)).toContain('0/0 100%');
  });
});

describe('plainLine', () => {
  it('is one line for a log', () => {
    expect(plainLine(state)).toBe('1,250 of 9,980 rows, 3 failed, 5.0/s, 29m 6s left, waiting 3s: quota 25/5s');
    expect(plainLine({ ...state, failed: 0, perSecond: 0.05, gate: free })).toContain('3.0/min');
  });
});

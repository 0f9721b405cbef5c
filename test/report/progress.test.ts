import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GateStatus } from '../../src/core/gate.ts';
import { createProgress, progressMode, type ProgressOptions } from '../../src/report/progress.ts';
import { controlsIn, hostile, coloured, plain, sampleCall, settled } from './samples.ts';
import { LogFile, Terminal } from './terminal.ts';

const free: GateStatus = { waitMs: 0, rates: [] };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function progressOn(stream: Terminal | LogFile, given: Partial<ProgressOptions> = {}) {
  const mode = stream instanceof Terminal ? 'bar' : 'lines';
  return createProgress({ stream, paint: plain, mode, totalRows: 100, gateStatus: () => free, ...given });
}

describe('the progress bar of a terminal', () => {
  it('stands on a few lines that are redrawn, and is gone at the end', () => {
    const terminal = new Terminal(80);
    const progress = progressOn(terminal, { paint: coloured });
    for (let row = 1; row <= 40; row += 1) {
      progress.event(
        settled(row, row % 10 === 0 ? { status: 'rejected', ...(row === 20 ? { code: 'not-found' } : {}) } : {}),
      );
      vi.advanceTimersByTime(100);
    }
    expect(terminal.screen).toEqual([
      expect.stringMatching(/^█{12}░{18} 40\/100 40% · \d+s left · 10 rows\/s$/),
      '4 failed: 3 rejected, 1 not-found',
    ]);
    progress.stop();
    progress.stop();
    expect(terminal.screen).toEqual([]);
    terminal.write('summary\n');
    expect(terminal.screen).toEqual(['summary']);
  });

  it('says that current values are read first, until the first write', () => {
    const terminal = new Terminal(80);
    const progress = progressOn(terminal);
    for (const step of ['read', 'batch-read'] as const) {
      progress.event({ kind: 'call-sent', call: { ...sampleCall, step }, attempt: 1 });
      vi.advanceTimersByTime(1_000);
      expect(terminal.screen.join(' ')).toContain('reading current values first');
    }
    progress.event({ kind: 'call-sent', call: { ...sampleCall, step: 'update' }, attempt: 1 });
    vi.advanceTimersByTime(1_000);
    expect(terminal.screen.join(' ')).not.toContain('reading');
    progress.stop();
  });

  it('is drawn at most ten times a second, and not again where nothing changed', () => {
    const terminal = new Terminal(80);
    const progress = progressOn(terminal);
    for (let row = 1; row <= 50; row += 1) {
      progress.event(settled(row));
      vi.advanceTimersByTime(20);
    }
    expect(terminal.writes).toBeLessThanOrEqual(10);
    progress.stop();
    const still = new Terminal(80);
    const idle = progressOn(still);
    vi.advanceTimersByTime(5_000);
    expect(still.writes).toBe(1);
    idle.stop();
  });

  it('fits terminals of any width and survives resizing in both directions', () => {
    const terminal = new Terminal(120);
    terminal.write('$ oppatch apply edits.csv\n');
    const progress = progressOn(terminal, { gateStatus: () => ({ waitMs: 4000, reason: 'quota 25/5s', rates: [] }) });
    let row = 0;
    for (const columns of [120, 80, 50, 44, 20, 60, 10, 100, 45]) {
      terminal.resize(columns);
      for (let count = 0; count < 5; count += 1) progress.event(settled((row += 1), { status: 'rejected' }));
      vi.advanceTimersByTime(1000);
      const screen = terminal.screen;
      if (columns < 44) {
        expect(screen.join(''), `${columns} columns`).toBe('$ oppatch apply edits.csv');
        continue;
      }
      expect(screen).toHaveLength(4);
      for (const line of screen.slice(1)) expect(line.length, `${columns} columns`).toBeLessThan(columns);
      expect(screen[0]).toBe('$ oppatch apply edits.csv');
      expect(screen[1]).toContain(`${row}/100`);
      expect(screen[3]).toBe(`${row} failed: ${row} rejected`);
    }
    terminal.resize(12);
    progress.stop();
    expect(terminal.screen.join('')).toBe('$ oppatch apply edits.csv');
  });

  it('is drawn anew at once where the terminal is resized', () => {
    const terminal = new Terminal(120);
    const progress = progressOn(terminal);
    vi.advanceTimersByTime(100);
    progress.event(settled(1));
    terminal.resize(60);
    expect(terminal.screen).toEqual([expect.stringContaining('1/100')]);
    progress.stop();
    const { writes } = terminal;
    terminal.resize(100);
    expect(terminal.writes).toBe(writes);
  });

  it('writes plain lines on a terminal that is too narrow for a bar', () => {
    const terminal = new Terminal(40);
    const progress = progressOn(terminal);
    for (let row = 1; row <= 10; row += 1) {
      progress.event(settled(row));
      vi.advanceTimersByTime(1_000);
    }
    expect(terminal.screen).toEqual(['10 of 100 rows, 1.0 rows/s, 1m 29s left']);
    progress.stop();
    expect(terminal.screen).toHaveLength(1);
  });

  it('is one line on a terminal that is low', () => {
    const terminal = new Terminal(80);
    terminal.rows = 4;
    const progress = progressOn(terminal);
    progress.event(settled(1, { status: 'rejected' }));
    vi.advanceTimersByTime(100);
    expect(terminal.screen).toHaveLength(1);
    progress.stop();
  });

  it('lets notes stand above it, untorn', () => {
    const terminal = new Terminal(60);
    const progress = progressOn(terminal);
    progress.note('before the first drawing');
    progress.event(settled(1));
    vi.advanceTimersByTime(100);
    progress.note('PUT https://api.close.com 200');
    progress.note(hostile);
    expect(terminal.screen.slice(0, 2)).toEqual(['before the first drawing', 'PUT https://api.close.com 200']);
    expect(terminal.screen.at(-1)).toContain('1/100');
    expect(terminal.screen).toHaveLength(4);
    progress.stop();
    progress.note('after');
    expect(terminal.screen.slice(3)).toEqual(['after']);
  });

  it('shows waits, repeats and that it stops', () => {
    const terminal = new Terminal(100);
    let gate: GateStatus = free;
    const progress = progressOn(terminal, { gateStatus: () => gate });
    const shown = (): string | undefined => {
      vi.advanceTimersByTime(100);
      return terminal.screen.at(-1);
    };
    gate = { waitMs: 3000, reason: 'quota 25/5s', rates: [] };
    expect(shown()).toContain('waiting 3s: quota 25/5s');
    gate = { waitMs: 57_000, reason: 'paused by the vendor', rates: [] };
    expect(shown()).toContain('paused by the vendor 57s');
    gate = free;
    progress.event({ kind: 'retry', call: sampleCall, attempt: 1, code: hostile, message: '', delayMs: 4000 });
    expect(shown()).toContain('1 row again in 4s: a');
    vi.advanceTimersByTime(4000);
    expect(shown()).not.toContain('again in');
    progress.event({ kind: 'stopping', reason: 'interrupted' });
    expect(shown()).toContain('stopping');
    progress.stop();
  });

  it('goes on where a resumed run stood, at the pace of now', () => {
    const terminal = new Terminal(100);
    const progress = progressOn(terminal, { totalRows: 1000, doneBefore: 900 });
    for (let row = 901; row <= 950; row += 1) {
      progress.event(settled(row));
      vi.advanceTimersByTime(100);
    }
    expect(terminal.screen.at(-1)).toMatch(/950\/1,000 95% · 5s left · 10 rows\/s$/);
    progress.stop();
  });

  it('counts rows that were never tried as no failures', () => {
    const terminal = new Terminal(80);
    const progress = progressOn(terminal);
    progress.event(settled(1, { status: 'unprocessed' }));
    progress.event(settled(2, { status: 'in_doubt' }));
    vi.advanceTimersByTime(100);
    expect(terminal.screen.at(-1)).toContain('1 failed');
    progress.stop();
  });

  it('does not pile up drawings that nobody takes', () => {
    const terminal = new Terminal(80);
    terminal.cork();
    const progress = progressOn(terminal);
    for (let row = 1; row <= 100; row += 1) {
      progress.event(settled(row));
      vi.advanceTimersByTime(10_000);
    }
    // The stream's own mark is 16 or 64 KiB, as Node's version has it; one drawing may go over it.
    expect(terminal.writableLength).toBeLessThan(80 * 1024);
    for (let row = 1; row <= 1000; row += 1) {
      progress.event(settled(row));
      vi.advanceTimersByTime(100);
    }
    // The stream's own mark is 16 or 64 KiB, as Node's version has it; one drawing may go over it.
    expect(terminal.writableLength).toBeLessThan(80 * 1024);
    progress.stop();
    terminal.uncork();
  });
});

describe('progress in a log', () => {
  it('writes plain lines, the first after ten seconds, fewer in a long run', () => {
    const log = new LogFile();
    const progress = progressOn(log, { totalRows: 10_000 });
    const seconds = (count: number): number => {
      for (let second = 0; second < count; second += 1) {
        for (let row = 0; row < 5; row += 1) progress.event(settled(1));
        vi.advanceTimersByTime(1000);
      }
      return log.text.split('\n').length - 1;
    };
    expect(seconds(9)).toBe(0);
    expect(seconds(1)).toBe(1);
    expect(log.text).toBe('50 of 10,000 rows, 5.0 rows/s, 33m 10s left\n');
    expect(seconds(50)).toBe(6);
    const after10Minutes = seconds(540);
    expect(after10Minutes).toBeLessThanOrEqual(12 + 16);
    expect(after10Minutes).toBeGreaterThan(20);
    expect(seconds(600) - after10Minutes).toBeLessThanOrEqual(11);
    progress.stop();
    expect(controlsIn(log.text)).toEqual([]);
  });

  it('tells a long pause once, when it begins', () => {
    const log = new LogFile();
    const progress = progressOn(log);
    for (let call = 0; call < 25; call += 1)
      progress.event({ kind: 'throttled', message: `Too many ${hostile}`, waitMs: 57_000 });
    progress.event({ kind: 'throttled', message: 'short', waitMs: 2_000 });
    expect(log.text).toMatch(/^paused by the vendor for 57s: Too many a\S+.*\n$/);
    expect(controlsIn(log.text)).toEqual([]);
    progress.stop();
  });

  it('takes the wait of the gate where the vendor names none', () => {
    const log = new LogFile();
    const progress = progressOn(log, {
      gateStatus: () => ({ waitMs: 60_000, reason: 'paused by the vendor', rates: [] }),
    });
    progress.event({ kind: 'throttled', message: 'over the limit' });
    expect(log.text).toBe('paused by the vendor for 1m: over the limit\n');
    progress.stop();
  });

  it('asks how long the quota lets it take once a second', () => {
    const terminal = new Terminal(80);
    let asked = 0;
    const progress = progressOn(terminal, {
      timeLeft: (rowsLeft) => {
        asked += 1;
        return { leftMs: rowsLeft * 60_000 };
      },
    });
    progress.event(settled(1));
    vi.advanceTimersByTime(5_000);
    expect(terminal.screen[0]).toContain('1h 39m left');
    expect(asked).toBeLessThanOrEqual(6);
    progress.stop();
  });

  it('is silent but for notes when asked to be', () => {
    const log = new LogFile();
    const progress = progressOn(log, { mode: 'silent' });
    progress.event(settled(1));
    progress.event({ kind: 'throttled', message: 'm', waitMs: 60_000 });
    vi.advanceTimersByTime(120_000);
    expect(log.text).toBe('');
    progress.note('note');
    progress.stop();
    expect(log.text).toBe('note\n');
  });
});

describe('progressMode', () => {
  it('draws a bar only where a cursor can move', () => {
    expect(progressMode({ isTTY: true }, { TERM: 'xterm' }, { quiet: false })).toBe('bar');
    expect(progressMode({ isTTY: true }, { TERM: 'dumb' }, { quiet: false })).toBe('lines');
    expect(progressMode({}, {}, { quiet: false })).toBe('lines');
    expect(progressMode({ isTTY: true }, {}, { quiet: true })).toBe('silent');
  });
});

import { describe, expect, it } from 'vitest';
import { createPace } from '../../src/report/pace.ts';

/** Goes on for some seconds with so many rows in each; returns the time and the count. */
function run(
  pace: ReturnType<typeof createPace>,
  from: readonly [number, number],
  seconds: number,
  rowsPerSecond: number,
): [number, number] {
  let [nowMs, count] = from;
  for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
    nowMs += 100;
    count += rowsPerSecond / 10;
    pace.at(nowMs, count);
  }
  return [nowMs, count];
}

describe('createPace', () => {
  it('knows nothing at first', () => {
    const pace = createPace(1000, 500);
    expect(pace.perSecond(1000, 500)).toBe(0);
    expect(pace.perSecond(1100, 510)).toBe(0);
    expect(pace.perSecond(2000, 510)).toBe(10);
  });

  it('follows a change within half a minute', () => {
    const pace = createPace(0, 0);
    const early = run(pace, [0, 0], 600, 100);
    expect(pace.perSecond(...early)).toBeCloseTo(100);
    const late = run(pace, early, 32, 10);
    expect(pace.perSecond(...late)).toBeCloseTo(10);
  });

  it('takes the whole time where nothing came lately', () => {
    const pace = createPace(0, 0);
    const paused = run(pace, run(pace, [0, 0], 60, 100), 60, 0);
    expect(pace.perSecond(...paused)).toBeCloseTo(50);
  });
});

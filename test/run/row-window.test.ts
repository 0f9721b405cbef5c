import { describe, expect, it } from 'vitest';
import { RowWindow } from '../../src/run/row-window.ts';

/** Work that goes on until it is told to end. */
function works(): { readonly work: () => Promise<void>; readonly begun: () => boolean; readonly end: () => void } {
  let begun = false;
  const held: { release?: () => void } = {};
  const ended = new Promise<void>((resolve) => {
    held.release = resolve;
  });
  return {
    work: () => {
      begun = true;
      return ended;
    },
    begun: () => begun,
    end: () => held.release?.(),
  };
}

describe('the rows under way', () => {
  it('are as many at once as may be', async () => {
    const window = new RowWindow(2);
    const [a, b] = [works(), works()];
    window.start('a', a.work);
    expect(window.full).toBe(false);
    window.start('b', b.work);
    expect(window.full).toBe(true);
    const room = window.room();
    a.end();
    await room;
    expect(window.full).toBe(false);
    b.end();
    await window.empty();
  });

  it('of one id go one after the other, and those that wait keep no other id out', async () => {
    const window = new RowWindow(2);
    const [first, second, third, other] = [works(), works(), works(), works()];
    window.start('a', first.work);
    window.start('a', second.work);
    window.start('a', third.work);
    expect(window.full).toBe(false);
    window.start('b', other.work);
    expect([first, second, third, other].map(({ begun }) => begun())).toEqual([true, false, false, true]);
    expect(window.full).toBe(true);
    other.end();
    await window.room();
    first.end();
    second.end();
    third.end();
    await window.empty();
    expect([second, third].every(({ begun }) => begun())).toBe(true);
  });

  it('stay few where all are of one id', async () => {
    const window = new RowWindow(2);
    const started = Array.from({ length: 8 }, works);
    for (const { work } of started) {
      expect(window.full).toBe(false);
      window.start('a', work);
    }
    expect(window.full).toBe(true);
    for (const { end } of started) end();
    await window.empty();
    expect(window.full).toBe(false);
  });
});

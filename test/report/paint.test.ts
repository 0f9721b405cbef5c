/* oxlint-disable no-control-regex -- control characters are what this module looks for */
import { describe, expect, it } from 'vitest';
import { wantsColour } from '../../src/report/paint.ts';
import { coloured, plain } from './samples.ts';

const terminal = { isTTY: true };
const file = { isTTY: false };
const color = { color: true };

describe('createPaint', () => {
  it('leaves every text as it is without colour, and closes what it opens with colour', () => {
    for (const [name, paint] of Object.entries(plain) as [string, (text: string) => string][])
      expect(paint('text'), name).toBe('text');
    for (const [name, paint] of Object.entries(coloured) as [string, (text: string) => string][])
      expect(paint('text'), name).toMatch(/^\u001b\[\d+mtext\u001b\[\d+m$/);
  });
});

describe('wantsColour', () => {
  it('is for terminals only', () => {
    expect(wantsColour(terminal, {}, color)).toBe(true);
    expect(wantsColour(file, {}, color)).toBe(false);
    expect(wantsColour({}, {}, color)).toBe(false);
    expect(wantsColour(terminal, { TERM: 'dumb' }, color)).toBe(false);
  });

  it('obeys --no-color and NO_COLOR before FORCE_COLOR', () => {
    expect(wantsColour(terminal, { FORCE_COLOR: '1' }, { color: false })).toBe(false);
    expect(wantsColour(terminal, { FORCE_COLOR: '1', NO_COLOR: '1' }, color)).toBe(false);
    expect(wantsColour(terminal, { NO_COLOR: '' }, color)).toBe(true);
  });

  it('is turned on by FORCE_COLOR where there is no terminal, and off by 0', () => {
    expect(wantsColour(file, { FORCE_COLOR: '1' }, color)).toBe(true);
    expect(wantsColour(file, { FORCE_COLOR: '' }, color)).toBe(false);
    expect(wantsColour(terminal, { FORCE_COLOR: '0' }, color)).toBe(false);
    expect(wantsColour(terminal, { FORCE_COLOR: 'false' }, color)).toBe(false);
  });
});

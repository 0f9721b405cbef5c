import { win32 } from 'node:path';
import { expect, it } from 'vitest';
import { shellWord } from '../../src/profiles/owner-only.ts';

it.each([
  ['linux', '/home/ada/edits.csv', '/home/ada/edits.csv'],
  ['linux', "/home/ada/Ada's edits.csv", `'/home/ada/Ada'\\''s edits.csv'`],
  ['linux', 'C:\\edits.csv', `'C:\\edits.csv'`],
  ['win32', win32.join('C:\\Users\\ada', 'edits.csv'), 'C:\\Users\\ada\\edits.csv'],
  ['win32', win32.join('C:\\Users\\Ada K', "Ada's edits.csv"), `"C:\\Users\\Ada K\\Ada's edits.csv"`],
  ['win32', 'a,b', '"a,b"'],
  ['win32', 'stage=Won & "done"', '"stage=Won & \\"done\\""'],
] as const)('on %s, %s is typed as %s', (platform, text, typed) => {
  expect(shellWord(text, platform)).toBe(typed);
});

import { expect, it } from 'vitest';
import { terminalOf } from '../../src/app/profiles/new-entry.ts';
import { testHost } from '../cli/test-host.ts';

it.each([
  [0, 80],
  [50, 50],
])('a terminal of %i columns is asked in %i', (columns, asked) => {
  const host = testHost([], { env: {} });
  Object.assign(host.stderr, { isTTY: true, columns });
  expect(terminalOf(host).output).toMatchObject({ columns: asked });
});

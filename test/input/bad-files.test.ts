import { expect, it } from 'vitest';

import { OppatchError } from '../../src/core/errors.ts';
import { badFiles } from '../fixtures/edits/bad-files.ts';
import { readFile } from './read-source.ts';

const flags: Readonly<Record<string, string>> = {
  'unknown-encoding': '--encoding',
  'bad-delimiter': '--delimiter',
  'delimiter-without-csv': '--delimiter',
};

it.each(badFiles)('$name: $code', async ({ name, content, code, place, says, ...options }) => {
  const { format, encoding, delimiter } = options;
  const error: unknown = await readFile(name, content, {
    ...(format === undefined ? {} : { format }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(delimiter === undefined ? {} : { delimiter }),
  }).then(
    ({ rows }) => rows,
    (fault: unknown) => fault,
  );
  if (!(error instanceof OppatchError)) throw new Error(`not refused: ${String(error)}`, { cause: error });
  expect({ code: error.code, place: error.place }).toEqual({ code, place: flags[code] ?? `${name}${place}` });
  expect(`${error.message} ${error.hint ?? ''}`).toMatch(says);
  expect(error.message.length).toBeLessThan(300);
  expect(error.exitCode).toBe(2);
});

it('says what cannot be opened', async () => {
  const { openSource } = await import('../../src/input/source.ts');
  await expect(openSource('/nowhere/edits.csv', {})).rejects.toMatchObject({
    code: 'file-not-found',
    place: '/nowhere/edits.csv',
  });
  await expect(openSource('/', { displayName: 'edits.csv' })).rejects.toMatchObject({
    code: 'file-unreadable',
    message: expect.stringContaining('directory') as string,
  });
});

import { expect, it } from 'vitest';

import { parseAssignment } from '../../src/input/assignment.ts';
import { parseMapping } from '../../src/input/mapping.ts';

it('splits an assignment at the first =', () => {
  expect(parseAssignment(' note = a=b ')).toEqual({ name: 'note', text: ' a=b ' });
  expect(parseAssignment('stage=:clear:')).toEqual({ name: 'stage', text: ':clear:' });
});

it.each([
  ['stage', /FIELD=VALUE/],
  ['=won', /FIELD=VALUE/],
  ['stage=', /:clear: to clear/],
  ['stage=  ', /:clear: to clear/],
])('refuses the assignment %j', (text, says) => {
  expect(() => parseAssignment(text)).toThrow(
    expect.objectContaining({ code: 'bad-assignment', hint: expect.any(String) as string }) as Error,
  );
  try {
    parseAssignment(text);
  } catch (error) {
    expect(`${(error as Error).message} ${(error as { hint: string }).hint}`).toMatch(says);
  }
});

it('splits a mapping at the last =', () => {
  expect(parseMapping('Deal value = amount')).toEqual(['Deal value', 'amount']);
  expect(parseMapping('a=b=/details/dealValue')).toEqual(['a=b', '/details/dealValue']);
});

it.each(['Deal value', 'Deal value=', '=amount', ' = '])('refuses the mapping %j', (text) => {
  expect(() => parseMapping(text)).toThrow(expect.objectContaining({ code: 'bad-mapping', place: '--map' }) as Error);
});

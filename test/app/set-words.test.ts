import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { editLines, idsOfLines, setWords } from '../../src/app/edits/set-words.ts';

const word = fc.stringMatching(/^[A-Za-z0-9_]{1,12}$/);

it('takes the words before the first change for ids, each once, and the rest for changes', () => {
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1 }),
      fc.array(fc.tuple(word, fc.string({ minLength: 1 })), { minLength: 1 }),
      (ids, changes) => {
        fc.pre(changes.every(([, value]) => value.trim() !== ''));
        const given = [...ids, ...changes.map(([name, value]) => `${name}=${value}`)];
        expect(setWords(given, [])).toEqual({ ids: [...new Set(ids)], changes, readsStdin: false });
      },
    ),
  );
});

it('takes named ids, which may hold anything, and ids on stdin', () => {
  const change = ['a', '1'];
  expect(setWords(['a=1'], ['x=y'])).toEqual({ ids: ['x=y'], changes: [change], readsStdin: false });
  expect(setWords(['-', 'z', 'a=1'], [])).toEqual({ ids: ['z'], changes: [change], readsStdin: true });
  expect(() => setWords(['a=1'], [])).toThrow('No id is given.');
  expect(() => setWords(['x'], [])).toThrow('No change is given.');
  expect(() => setWords([], [])).toThrow('No id is given.');
});

it('reads ids line by line', () => {
  expect(idsOfLines('\ufeffa\r\n\n  b \na')).toEqual(['a', 'b']);
  expect(() => idsOfLines(' \n')).toThrow('No id came on stdin.');
});

it('writes the same changes for each id, exact, with the clear token as null', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), fc.string({ minLength: 1 }), (ids, value) => {
      const lines = editLines(
        ids,
        [
          ['f', value],
          ['g', '-'],
        ],
        '-',
      )
        .split('\n')
        .slice(0, -1);
      const wanted = value === '-' ? null : value;
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(ids.map((id) => ({ id, f: wanted, g: null })));
    }),
  );
  expect(() =>
    editLines(
      ['x'],
      [
        ['f', '1'],
        ['f', '2'],
      ],
      '-',
    ),
  ).toThrow('f is given twice.');
});

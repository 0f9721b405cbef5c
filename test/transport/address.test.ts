import { array, assert, constantFrom, property } from 'fast-check';
import { expect, it } from 'vitest';
import { createAddressReader } from '../../src/transport/address.ts';

const parts = [
  '/',
  'a',
  'B9',
  '.',
  '..',
  '%2e',
  '%2E',
  '%20',
  '%',
  '?',
  '&',
  '=',
  '#',
  '@',
  ':',
  ':8080',
  '\\\\',
  '//',
  "'",
  ' ',
  'ü',
  '+',
];
const hosts = ['http://a.test', 'http://a.test:8080', 'https://b.test:443', 'http://a.test.evil', 'HTTP://A.test'];

it('takes every URL apart as the URL parser does', () => {
  const read = createAddressReader();
  assert(
    property(constantFrom(...hosts), array(constantFrom(...parts), { maxLength: 8 }), (host, path) => {
      const text = host + path.join('');
      if (!URL.canParse(text)) return;
      const url = new URL(text);
      expect(read(text)).toEqual({ origin: url.origin, host: url.host, path: url.pathname + url.search });
    }),
    { numRuns: 5_000 },
  );
});

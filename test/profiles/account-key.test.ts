import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountKey, canonicalAddress } from '../../src/profiles/account-key.ts';

const of = (baseUrl: string, more: { readonly profileName?: string; readonly accessToken?: string } = {}): string =>
  accountKey({
    vendorName: 'leadsquared',
    baseUrl,
    credentials: more.accessToken === undefined ? { accessKey: 'a' } : { accessToken: more.accessToken },
    profileName: more.profileName ?? null,
  });

/** Upper or lower case for each letter. */
const anyCase = (text: string): fc.Arbitrary<string> =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => [...text].map((letter, index) => (upper[index] === true ? letter.toUpperCase() : letter)).join(''));

/** As it is, or percent-encoded. */
const anyCoding = (text: string): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom('plain', 'upper', 'lower'), { minLength: text.length, maxLength: text.length })
    .map((forms) =>
      [...text]
        .map((letter, index) => {
          const coded = `%${letter.charCodeAt(0).toString(16)}`;
          if (forms[index] === 'plain') return letter;
          return forms[index] === 'upper' ? coded.toUpperCase() : coded;
        })
        .join(''),
    );

const slashes = fc.constantFrom('', '/', '//', '/./', '/x/../');
const loopback = fc.constantFrom(
  '127.0.0.1',
  '127.1',
  '0x7f000001',
  '2130706433',
  '0177.0.0.1',
  '127.0.1',
  '127.0.0.1.',
);

describe('the key of an account', () => {
  it('is one for all spellings of an address', () => {
    const hosted = fc
      .tuple(
        anyCase('https'),
        anyCase('api.leadsquared.com'),
        fc.constantFrom('', '.'),
        fc.constantFrom('', ':443', ':0443'),
        anyCoding('v2'),
        slashes,
      )
      .map(([scheme, host, dot, port, path, end]) => `${scheme}://${host}${dot}${port}/${path}${end}`);
    fc.assert(fc.property(hosted, (address) => of(address) === of('https://api.leadsquared.com/v2')));
    const local = fc
      .tuple(anyCase('http'), loopback, fc.constantFrom(':4000', ':04000'), anyCoding('v2'), slashes)
      .map(([scheme, host, port, path, end]) => `${scheme}://${host}${port}/${path}${end}`);
    fc.assert(fc.property(local, (address) => of(address) === of('http://127.0.0.1:4000/v2')));
  });

  it('differs where scheme, host, port or path do', () => {
    const others = [
      'https://a.test/v2',
      'http://a.test/v2',
      'https://b.test/v2',
      'https://a.test:8443/v2',
      'https://a.test/V2',
      'https://a.test/v2/x',
      'https://a.test/v%2F2',
    ];
    expect(new Set(others.map((address) => of(address))).size).toBe(others.length);
  });

  it('survives any text', () => {
    for (const text of ['A:@$', 'mailto:a@b.test', 'file:///x/']) expect(canonicalAddress(text)).toBe(text);
    fc.assert(fc.property(fc.string(), (text) => of(text) === of(canonicalAddress(text))));
    fc.assert(fc.property(fc.webUrl(), (text) => canonicalAddress(canonicalAddress(text)) === canonicalAddress(text)));
  });

  it('is one for two profiles with one access token', () => {
    const address = 'https://api.partner.microsoft.com/v1.0';
    const key = of(address, { accessToken: 'opaque', profileName: 'one' });
    expect(of(address, { accessToken: 'opaque', profileName: 'two' })).toBe(key);
    expect(of(address, { accessToken: 'other', profileName: 'one' })).not.toBe(key);
  });
});

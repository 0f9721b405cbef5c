import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLoopback, readNoProxy } from '../../src/transport/no-proxy.ts';

const numberOf = (parts: readonly number[]): number => parts.reduce((sum, part) => sum * 256 + part, 0);

describe('NO_PROXY', () => {
  it.each([
    ['*', 'any.example', 443, true],
    ['', 'any.example', 443, false],
    ['example.com', 'example.com', 443, true],
    ['example.com', 'api.example.com', 443, true],
    ['.example.com', 'example.com', 443, true],
    ['*.example.com', 'a.b.example.com', 443, true],
    ['example.com', 'notexample.com', 443, false],
    ['EXAMPLE.com.', 'Example.COM', 443, true],
    ['example.com:8443', 'example.com', 443, false],
    ['example.com:8443', 'example.com', 8443, true],
    ['one.example two.example,three.example', 'two.example', 443, true],
    ['10.0.0.0/8', '10.9.8.7', 443, true],
    ['10.0.0.0/8', '11.0.0.1', 443, false],
    ['10.0.0.0/8', '10.example.com', 443, false],
    ['192.168.1.7', '192.168.1.7', 443, true],
    ['fd00::/8', '[fd12::1]', 443, true],
    ['[fd12::1]:8443', '[fd12::1]', 8443, true],
    ['[fd12::1]:8443', '[fd12::1]', 443, false],
    ['10.0.0.0/99', '10.0.0.1', 443, false],
    ['.', 'example.com', 443, false],
  ])('%s and %s:%i', (list, host, port, expected) => {
    expect(readNoProxy(list)(host, port)).toBe(expected);
  });

  it('takes a network exactly as far as its bits go', () => {
    const byte = fc.nat(255);
    const address = fc.tuple(byte, byte, byte, byte);
    fc.assert(
      fc.property(address, address, fc.nat(32), (network, host, bits) => {
        const within =
          Math.floor(numberOf(network) / 2 ** (32 - bits)) === Math.floor(numberOf(host) / 2 ** (32 - bits));
        expect(readNoProxy(`${network.join('.')}/${bits}`)(host.join('.'), 443)).toBe(within);
      }),
    );
  });

  it('never throws, whatever it is given', () => {
    fc.assert(fc.property(fc.string(), fc.webAuthority(), (list, host) => void readNoProxy(list)(host, 443)));
  });
});

it.each([
  ['localhost', true],
  ['api.localhost', true],
  ['127.1.2.3', true],
  ['[::1]', true],
  ['localhost.example', false],
  ['128.0.0.1', false],
])('%s is a loopback host: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

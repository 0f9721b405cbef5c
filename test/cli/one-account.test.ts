import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { constantFrom, record, sample, type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { environmentOf, fast, newPlace, newSandbox, run, start, writesOf } from './oppatch.ts';

/** One address in many spellings is one account: one quota, one lock. */

const spellings = (address: URL): Arbitrary<string> =>
  record({
    scheme: constantFrom('http', 'HTTP', 'hTTp'),
    host: constantFrom('127.0.0.1', '127.1', '0x7f000001', '2130706433', '0177.0.0.1', '127.0.1', '127.0.0.1.'),
    port: constantFrom('', '0', '000'),
    path: constantFrom(
      address.pathname,
      address.pathname.replace('v1', '%76%31'),
      address.pathname.replace('v1', 'x/../v1'),
      address.pathname.replace('/v1', '/./v1'),
    ),
    end: constantFrom('', '/', '//'),
  }).map(({ scheme, host, port, path, end }) => `${scheme}://${host}:${port}${address.port}${path}${end}`);

describe('spellings of one address', () => {
  it('share one quota and one lock', async () => {
    const [sandbox, place] = [await newSandbox(), newPlace()];
    const address = new URL(sandbox.baseUrls['raze'] ?? '');
    const home = { home: place.home, env: environmentOf(sandbox, 'raze') };
    const all = [...new Set(sample(spellings(address), { numRuns: 10, seed: 21 }))];
    const file = place.file('edits.csv', `id,notes\n${[1, 2, 3].map((row) => `opp_${row},x\n`).join('')}`);
    const long = Array.from({ length: 30 }, (_, index) => `opp_${index},y\n`).join('');
    const edits = place.file('long.csv', `id,notes\n${long}`);
    const words = ['--vendor', 'raze', '--yes', '--json'];
    const running = start(['apply', edits, ...words, '--base-url', all[0] ?? '', '--rate', '1/2s'], home);
    while (writesOf(sandbox, 'raze').length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const spelled of all) {
      const second = await run(['apply', edits, ...words, '--base-url', spelled], home);
      expect(second.code, `${spelled}: ${second.stderr}`).toBe(11);
    }
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    for (const spelled of all) {
      const ended = await run(['apply', file, ...words, ...fast, '--base-url', spelled], home);
      // The sandbox does not know a path that is percent-encoded.
      expect([0, 3], `${spelled}: ${ended.stderr}`).toContain(ended.code);
    }
    const kept = readdirSync(join(place.home, 'quota')).filter((name) => name.endsWith('.db'));
    expect(kept).toHaveLength(1);
    expect(existsSync(join(place.home, 'quota', kept[0] ?? ''))).toBe(true);
  });
});

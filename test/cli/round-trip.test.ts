import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstId, handshakes, sampleIds, vendorNames, write } from '../sandbox/practice.ts';
import { accountWords, environmentOf, fast, newPlace, newSandbox, run, summaryOf } from './oppatch.ts';

/** Text that a person or another tool may have left in a record, damaged text included. */
const text = fc.oneof(
  fc.constantFrom(
    ':clear:',
    '\\:clear:',
    '\\\\:clear:',
    'null',
    '#N/A',
    '=SUM(A1)',
    '12.125',
    '1,250',
    '[]',
    '["a"]',
    ' a ',
    '"',
    "'x",
  ),
  fc
    .array(fc.constantFrom('a', 'ü', '€', '"', ',', ';', '\t', '\n', '\\', '|', ' ', '=', '🙂'), {
      minLength: 1,
      maxLength: 12,
    })
    .map((all) => `x${all.join('')}x`),
);

describe.each(vendorNames)('what get prints of %s', (vendor) => {
  it('goes back in as no edit, as it is', async () => {
    const sandbox = await newSandbox();
    const ids = sampleIds(sandbox, vendor);
    const place = newPlace();
    const env = environmentOf(sandbox, vendor);
    const account = [...accountWords(sandbox, vendor), ...fast];
    const { member = '' } = handshakes[vendor] ?? {};
    const writes = () => sandbox.world(vendor).statistics.applied;
    const roundTrip = async () => {
      const got = await run(['get', ...ids, ...account, '--csv'], { home: place.home, env });
      expect(got.code, got.stderr).toBe(0);
      const before = writes();
      const words = [
        'apply',
        '-',
        '--allow-damaged',
        member,
        '--ignore-read-only',
        ...account,
        '--yes',
        '--json',
        '--format',
        'csv',
      ];
      const ended = await run(words, { home: place.home, env, input: got.stdout });
      expect(ended.code, `${ended.stdout}${ended.stderr}\n${got.stdout}`).toBe(0);
      expect(summaryOf(ended).rows).toMatchObject({ read: ids.length, unchanged: ids.length });
      expect(writes()).toBe(before);
    };
    await roundTrip();
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        await write(sandbox, vendor, firstId(sandbox, vendor), value);
        await roundTrip();
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });
});

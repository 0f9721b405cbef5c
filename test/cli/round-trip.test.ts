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

/** A field as `fields --json` shows it. */
interface ShownField {
  readonly field: string;
  readonly type: string;
  readonly writable: boolean;
  readonly action: string;
  readonly options?: readonly string[];
}

const scalars: Readonly<Record<string, fc.Arbitrary<string>>> = {
  decimal: fc.constantFrom('0', '12.125', '1250.50', '-3', '4200000.01'),
  integer: fc.constantFrom('0', '7', '100'),
  boolean: fc.constantFrom('true', 'false'),
  date: fc.constantFrom('2026-12-18', '2027-02-28'),
  'date-time': fc.constantFrom('2026-12-18', '2026-12-18T14:05:09Z', '2026-12-18T23:59:59.250Z'),
};

/** What a person may write into such a field; what it refuses is left out of the run. */
function cellFor({ type, options }: ShownField): fc.Arbitrary<string | string[]> {
  if (options !== undefined && options.length > 0)
    return type === 'list'
      ? fc.uniqueArray(fc.constantFrom(...options), { minLength: 1, maxLength: 3 })
      : fc.constantFrom(...options);
  return scalars[type] ?? text;
}

/** `OPPATCH_ROUND_TRIPS`: how often all fields of a record are written with something else. */
const roundTrips = Number(process.env['OPPATCH_ROUND_TRIPS'] ?? 1);

async function stage(vendor: string) {
  const sandbox = await newSandbox();
  const ids = sampleIds(sandbox, vendor);
  const { home } = newPlace();
  const env = environmentOf(sandbox, vendor);
  const account = [...accountWords(sandbox, vendor), ...fast];
  const call = (words: readonly string[], input?: string) =>
    run([...words, ...account], { home, env, ...(input === undefined ? {} : { input }) });
  const writes = () => sandbox.world(vendor).statistics.applied;
  /** What `get` prints is no edit. `damaged`: columns that may hold what looks damaged. */
  const roundTrip = async (damaged: readonly string[]) => {
    const got = await call(['get', ...ids, '--csv']);
    expect(got.code, got.stderr).toBe(0);
    const before = writes();
    const allowed = damaged.flatMap((field) => ['--allow-damaged', field]);
    const words = ['apply', '-', ...allowed, '--ignore-read-only', '--yes', '--json', '--format', 'csv'];
    const ended = await call(words, got.stdout);
    expect(ended.code, `${ended.stdout}${ended.stderr}\n${got.stdout}`).toBe(0);
    expect(summaryOf(ended).rows).toMatchObject({ read: ids.length, unchanged: ids.length });
    expect(writes()).toBe(before);
    return got.stdout;
  };
  return { sandbox, ids, call, roundTrip };
}

describe.each(vendorNames)('what get prints of %s', (vendor) => {
  it('goes back in as no edit, as it is', async () => {
    const { sandbox, roundTrip } = await stage(vendor);
    const damaged = [handshakes[vendor]?.member ?? ''];
    await roundTrip(damaged);
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        await write(sandbox, vendor, firstId(sandbox, vendor), value);
        await roundTrip(damaged);
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });

  it('does so whatever all its fields were set to', async () => {
    const { ids, call, roundTrip } = await stage(vendor);
    const listed = await call(['fields', '--json']);
    const fields = JSON.parse(listed.stdout) as readonly ShownField[];
    const writable = fields.filter((one) => one.writable && one.action === 'set');
    const texts = writable.filter(({ type }) => type === 'text').map(({ field }) => field);
    let most = 0;
    await fc.assert(
      fc.asyncProperty(fc.tuple(...writable.map(cellFor)), async (cells) => {
        const rows = cells.map((cell, at) => JSON.stringify({ id: ids[0], [writable[at]?.field ?? '']: cell }));
        const allowed = texts.flatMap((field) => ['--allow-damaged', field]);
        const words = ['apply', '-', '--format', 'ndjson', '--skip-invalid', '--yes', '--json'];
        const ended = await call([...words, ...allowed], rows.join('\n'));
        most = Math.max(most, summaryOf(ended).rows.applied);
        await roundTrip(texts);
      }),
      { numRuns: roundTrips, endOnFailure: true },
    );
    expect(most).toBeGreaterThan(Math.min(4, writable.length / 3));
  });
});

/** Choices by id that the account offered once, as its records hold them. */
const retired = [
  ['close', 'status_id', 'stat_gone'],
  ['hubspot', 'hubspot_owner_id', '999999'],
  ['pipedrive', 'stage_id', 9999],
  ['leadsquared', 'Status', 'Gone'],
] as const;

it.each(retired)('a choice that %s offers no more goes back in as it is: %s', async (vendor, field, value) => {
  const { sandbox, ids, roundTrip } = await stage(vendor);
  const { records } = sandbox.world(vendor);
  for (const id of ids) records.put(id, { ...records.get(id), [field]: value });
  expect(await roundTrip([])).toContain(`,${value}`);
});

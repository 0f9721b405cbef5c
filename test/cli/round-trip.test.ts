import { join } from 'node:path';
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

async function stage(vendor: string, more: readonly string[] = []) {
  const sandbox = await newSandbox();
  const ids = sampleIds(sandbox, vendor);
  const { home } = newPlace();
  const env = environmentOf(sandbox, vendor);
  const account = [...accountWords(sandbox, vendor), ...more, ...fast];
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
  return { sandbox, ids, call, writes, roundTrip };
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

/** Choices that the account offered once, as its records hold them: those that are refused of any other record first. */
const withdrawn: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  close: { 'custom.cf_region': 'LATAM', 'custom.cf_days': ['Monday', 'Someday'], status_id: 'stat_gone' },
  dynamics: { salesstage: 7, new_region: 100_000_009, new_days: '1,5' },
  hubspot: { dealstage: '4711', dealtype: 'gone', sales_regions: 'emea;gone', hubspot_owner_id: '999999' },
  leadsquared: { mx_Custom_10: 'Gone', Status: 'Gone' },
  'partner-center': { substatus: 'Shelved' },
  pipedrive: { status: 'parked', stage_id: 9999 },
  raze: { status: 'archived' },
  salesforce: { Region__c: 'LATAM', Days__c: 'MON;SUN', StageName: 'Gone' },
  zoho: { Stage: 'Gone', Region: 'LATAM', Langs: ['Dutch', 'Latin'] },
};

/** The members of a row, where they are not those of the record. */
const rowOf: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'partner-center': { '/status': 'Active', '/substatus': 'Shelved' },
};

const moreWords: Readonly<Record<string, readonly string[]>> = { leadsquared: ['--event-code', '12000'] };

describe.each(vendorNames)('choices that %s offers no more', (vendor) => {
  const held = withdrawn[vendor] ?? {};
  const [first = ''] = Object.keys(held);
  const row = rowOf[vendor] ?? { [first]: held[first] };

  it('go back in as they are', async () => {
    const { sandbox, ids, roundTrip } = await stage(vendor, moreWords[vendor]);
    const { records } = sandbox.world(vendor);
    for (const id of ids) records.put(id, { ...records.get(id), ...held });
    const printed = await roundTrip([]);
    for (const one of Object.values(held).flat()) expect(printed).toContain(String(one).split(/[;,]/).at(-1));
  });

  it('stop the file, a plan and set where they would change a record', async () => {
    const { sandbox, ids, call, writes } = await stage(vendor, moreWords[vendor]);
    const { records } = sandbox.world(vendor);
    const [same = '', other = ''] = ids;
    records.put(same, { ...records.get(same), [first]: held[first] });
    const file = [same, other].map((id) => JSON.stringify({ id, ...row })).join('\n');
    const reading = ['-', '--format', 'ndjson'];
    const before = writes();
    for (const words of [
      ['apply', '--yes', '--json'],
      ['plan', '--json'],
    ]) {
      const { code, stderr } = await call([...words, ...reading], file);
      expect([code, stderr], words.join(' ')).toEqual([2, expect.stringContaining('1 row of 2 ') as unknown]);
      expect(stderr).toMatch(/ line 2 \(row 2\), column .*"/);
      expect(stderr).not.toContain('line 1 ');
    }
    const cells = Object.entries(row).map(([name, value]) => `${name}=${String(value)}`);
    const typed = await call(['set', other, ...cells, '--yes']);
    expect([typed.code, typed.stderr, writes()]).toEqual([
      2,
      expect.stringContaining('1 row of 1 ') as unknown,
      before,
    ]);

    const others = await call(['apply', ...reading, '--skip-invalid', '--yes', '--json'], file);
    const { rows, calls } = summaryOf(others);
    expect([others.code, rows, writes()]).toEqual([
      3,
      expect.objectContaining({ read: 2, unchanged: 1, invalid: 1 }),
      before,
    ]);
    expect(calls.reads).toBeGreaterThan(1);
  });
});

const many = (count: number) => Array.from({ length: count }, (_, at) => `opp_${at}`);

function edits(ids: readonly string[], status: string): string {
  return ['id,status', ...ids.map((id) => `${id},${status}`)].join('\n');
}

describe('a choice that is not offered', () => {
  const reading = ['-', '--format', 'csv', '--yes', '--json'];

  it('is refused as it is where no record is read', async () => {
    const { sandbox, ids, call } = await stage('raze');
    const { records } = sandbox.world('raze');
    for (const id of ids) records.put(id, { ...records.get(id), status: 'archived' });
    for (const words of [
      ['plan', '--offline', '-', '--format', 'csv'],
      ['apply', '--blind', ...reading],
    ]) {
      const ended = await call(words, edits(ids, 'archived'));
      expect([ended.code, ended.stderr], words.join(' ')).toEqual([
        2,
        expect.stringContaining('3 rows of 3 ') as unknown,
      ]);
    }
    expect(sandbox.world('raze').log).toEqual([]);
  });

  it('is left out of what is sent, in a saved plan, too, and of a described vendor', async () => {
    const { sandbox, ids, call } = await stage('raze');
    const { records, log } = sandbox.world('raze');
    for (const id of ids) records.put(id, { ...records.get(id), status: 'archived' });
    const file = (amount: number) => ['id,stage,amount', ...ids.map((id) => `${id},archived,${amount}`)].join('\n');
    const out = join(newPlace().home, 'plan.json');
    const planned = await call(['plan', '-', '--format', 'csv', '--out', out], file(77));
    expect([planned.code, planned.stdout]).toEqual([0, expect.not.stringContaining('archived') as unknown]);
    const applied = await call(['apply', out, '--yes', '--json']);
    const described = join(import.meta.dirname, '..', '..', 'docs', 'examples', 'raze.json');
    const { apiKey = '' } = sandbox.credentials['raze'] ?? {};
    const byFile = ['--vendor-file', described, '--base-url', sandbox.baseUrls['raze'] ?? '', ...fast];
    const again = await run(['apply', ...reading, ...byFile], {
      home: newPlace().home,
      env: { RAZE_BY_FILE_API_KEY: apiKey },
      input: file(78),
    });
    for (const ended of [applied, again]) expect(summaryOf(ended).rows).toMatchObject({ read: 3, applied: 3 });
    expect(ids.map((id) => records.get(id))).toEqual(
      ids.map(() => expect.objectContaining({ status: 'archived', deal_value: 78 }) as unknown),
    );
    const writes = log.filter(({ method }) => method !== 'GET');
    expect([writes.length, JSON.stringify(writes)]).toEqual([6, expect.not.stringContaining('archived') as unknown]);
  });

  it('refuses no other row with it: neither one it would be merged with, nor one of a run that is resumed blind', async () => {
    const { sandbox, ids, call } = await stage('raze');
    const world = sandbox.world('raze');
    const { records } = world;
    const [first = '', second = '', third = ''] = ids;
    const pair = [`{"id":"${first}","notes":"merged"}`, `{"id":"${first}","status":"wonn"}`].join('\n');
    const ndjson = ['-', '--format', 'ndjson', '--yes', '--json'];
    const merged = await call(['apply', ...ndjson, '--merge', '--skip-invalid'], pair);
    expect([summaryOf(merged).rows, records.get(first)]).toMatchObject([
      { read: 2, applied: 1, invalid: 1 },
      { notes: 'merged', status: 'qualified' },
    ]);
    for (const id of ids) records.put(id, { ...records.get(id), status: 'archived' });
    world.configure({ ...world.behaviour, refuse: [{ ids: [first], message: 'no' }] });
    const rows = [
      `{"id":"${first}","notes":"x"}`,
      ...[second, third].map((id) => `{"id":"${id}","status":"archived"}`),
    ];
    const stopped = await call(['apply', ...ndjson, '--fail-fast', '--concurrency', '1'], rows.join('\n'));
    const left = summaryOf(stopped).rows.unprocessed;
    expect([stopped.code, left > 0]).toEqual([5, true]);
    const resumed = await call(['resume', '--blind', '--json']);
    expect(summaryOf(resumed).rows).toMatchObject({ read: 3, rejected: 1, invalid: left });
  });

  it('costs a misspelt file one read, and one of too many rows none', async () => {
    const { sandbox, call } = await stage('raze');
    const requests = () => sandbox.world('raze').log.length;
    const typo = await call(['apply', ...reading], edits(many(300), 'wonn'));
    expect([typo.code, typo.stderr, requests()]).toEqual([
      2,
      expect.stringContaining('300 rows of 300 ') as unknown,
      1,
    ]);
    const tooMany = await call(['apply', ...reading], edits(many(501), 'wonn'));
    expect([tooMany.code, tooMany.stderr, requests()]).toEqual([
      2,
      expect.stringMatching(/501 rows of 501 [^]* at most 500 rows of a file, and this one has 501\./) as unknown,
      1,
    ]);
    const planned = await call(['plan', '-', '--format', 'csv'], edits(many(300), 'wonn'));
    expect(planned.code).toBe(2);
    expect(planned.stderr).toContain('300 rows of 300 ');
    expect(requests()).toBeLessThan(80);
  });
});

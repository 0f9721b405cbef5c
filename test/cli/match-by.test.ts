import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultBehaviour } from '../../src/sandbox/options.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import {
  accountWords,
  environmentOf,
  fast,
  manyRows,
  newPlace,
  newSandbox,
  resultRows,
  run,
  summaryOf,
  type Ended,
  type Place,
} from './oppatch.ts';

/** Rows that carry another key than the id; `OPPATCH_MANY_ROWS=8000` makes 1,000 keys of 250. */

const keys = manyRows / 8;

interface Keyed {
  readonly vendor: string;
  readonly field: string;
  readonly column: string;
  readonly title: string;
  /** What stands behind the id of a candidate: its address, where the vendor documents one. A pattern. */
  readonly link: string;
}

const salesforce: Keyed = { vendor: 'salesforce', field: 'Key__c', column: 'Amount', title: 'Name', link: '' };
const hubspot: Keyed = {
  vendor: 'hubspot',
  field: 'erp_number',
  column: 'amount',
  title: 'dealname',
  link: ', https://app\\.hubspot\\.com/contacts/\\d+/record/0-3/\\d+',
};

const zoho: Keyed = { vendor: 'zoho', field: 'Ext_Key', column: 'Amount', title: 'Deal_Name', link: '' };

interface Stage {
  readonly sandbox: Sandbox;
  readonly place: Place;
  readonly ids: readonly string[];
  /** An object is not a word, but what comes on stdin. */
  readonly call: (...words: readonly (string | { readonly input: string })[]) => Promise<Ended>;
  /** Calls that looked keys up. */
  readonly finds: () => number;
  readonly record: (index: number) => Readonly<Record<string, unknown>>;
}

/** Opportunities with the keys `K-0`, `K-1` … and those of `more`. */
async function stage(
  { vendor, field, column, title }: Keyed,
  count: number,
  more: readonly string[] = [],
  behaviour: Parameters<typeof newSandbox>[0] = {},
): Promise<Stage> {
  const sandbox = await newSandbox({ autoCreate: false, logged: 100_000, ...behaviour });
  const place = newPlace();
  const { records, server, log } = sandbox.world(vendor);
  records.clear();
  const ids = [...Array.from({ length: count }, (_, index) => `K-${index}`), ...more].map((key, index) => {
    const { id } = server.sample(index + 1);
    const amount = vendor === 'hubspot' ? '1000' : 1000;
    records.put(id, { ...records.make(id, {}), [field]: key, [column]: amount, [title]: `Deal ${index}` });
    return id;
  });
  return {
    sandbox,
    place,
    ids,
    call: (...words) => {
      const typed = words.filter((word) => typeof word === 'string');
      const input = words.find((word) => typeof word !== 'string');
      return run([...typed, ...accountWords(sandbox, vendor), ...fast], {
        home: place.home,
        env: environmentOf(sandbox, vendor),
        ...input,
      });
    },
    finds: () =>
      log.filter(
        ({ query, body }) =>
          query.includes(`Name%2C+${field}+FROM`) || body.includes('"idProperty"') || body.includes(`${field} in (`),
      ).length,
    record: (index) => records.get(ids[index] ?? '') ?? {},
  };
}

describe.each([
  { ...salesforce, count: keys, reads: Math.ceil(keys / 85) },
  { ...hubspot, count: keys, reads: Math.ceil(keys / 85) },
  // At most 50 keys in one condition.
  { ...zoho, count: 200, reads: 4 },
])('$vendor', ({ count, reads, ...keyed }) => {
  const { vendor, field, column, link } = keyed;

  it(`resolves ${count} keys in at most ${reads} reads, and names the 20 unknown and the 5 ambiguous ones`, async () => {
    const twins = Array.from({ length: 5 }, (_, index) => `K-${index}`);
    const world = await stage(keyed, count - 20, twins);
    const rows = Array.from({ length: count }, (_, index) => `K-${index},${2_000 + index},kept`);
    const file = world.place.file('edits.csv', `${field},${column},Remark\n${rows.join('\n')}\n`);
    const words = ['apply', file, '--match-by', field, '--ignore', 'Remark', '--yes', '--json'];

    const refused = await world.call(...words);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining(`25 rows of ${count.toLocaleString('en')}`),
    ]);
    expect(world.sandbox.world(vendor).statistics.appliedById).toEqual({});
    expect(world.finds()).toBeLessThanOrEqual(reads);

    const before = world.finds();
    const applied = await world.call(...words, '--skip-invalid');
    expect(applied.code, applied.stderr).toBe(3);
    const { rows: counts, files, run: id } = summaryOf(applied);
    expect(counts).toMatchObject({ read: count, applied: count - 25, invalid: 25 });
    expect(world.finds() - before).toBeLessThanOrEqual(reads);

    const failed = resultRows(files.failed);
    const byCode = (code: string) => failed.filter((row) => row['oppatch_code'] === code);
    expect(byCode('no-match').map((row) => row[field])).toEqual(
      Array.from({ length: 20 }, (_, at) => `K-${count - 20 + at}`),
    );
    expect(byCode('several-matches').map((row) => row[field])).toEqual(twins);
    // Whichever the vendor names first.
    const [one, other] = [0, count - 20].map((index) => `Deal ${index} \\(${world.ids[index] ?? ''}${link}\\)`);
    expect(byCode('several-matches')[0]).toMatchObject({
      oppatch_row: '1',
      Remark: 'kept',
      oppatch_id: '',
      oppatch_message: expect.stringMatching(
        new RegExp(`^2 opportunities have ${field} "K-0": (?:${one}, ${other}|${other}, ${one})\\.$`),
      ) as string,
    });
    const done = resultRows(files.success);
    expect(done[0]).toMatchObject({ [field]: 'K-5', oppatch_row: '6', oppatch_id: world.ids[5] });
    expect(Number(world.record(count - 21)[column])).toBe(2_000 + count - 21);

    const undone = await world.call('undo', id, '--yes', '--json');
    expect(summaryOf(undone).rows, undone.stderr).toMatchObject({ applied: count - 25 });
    expect(Number(world.record(count - 21)[column])).toBe(1_000);
    expect(world.finds() - before).toBeLessThanOrEqual(reads);
  }, 120_000);

  it('keeps the ids in a saved plan, which asks no more', async () => {
    const world = await stage(keyed, 4);
    const file = world.place.file(
      'edits.ndjson',
      `{"${field}":"K-1","${column}":5}\n{"${field}":"K-9","${column}":6}\n`,
    );
    const out = `${world.place.directory}/plan.json`;
    const planned = await world.call('plan', file, '--match-by', field, '--skip-invalid', '--out', out);
    expect(planned.code, planned.stderr).toBe(0);
    expect(readFileSync(out, 'utf8')).toContain(`"id":"${world.ids[1] ?? ''}"`);
    const asked = world.finds();
    expect(asked).toBe(1);
    const applied = await world.call('apply', out, '--skip-invalid', '--yes', '--json');
    expect(applied.code, applied.stderr).toBe(3);
    expect(summaryOf(applied).rows).toMatchObject({ read: 2, applied: 1, invalid: 1 });
    expect(Number(world.record(1)[column])).toBe(5);
    expect(world.finds()).toBe(asked);
    const success = readFileSync(summaryOf(applied).files.success ?? '', 'utf8');
    expect(JSON.parse(success)).toMatchObject({ [field]: 'K-1', oppatch_id: world.ids[1], oppatch_row: 1 });
    const failed = readFileSync(summaryOf(applied).files.failed ?? '', 'utf8');
    expect(JSON.parse(failed)).toMatchObject({ [field]: 'K-9', oppatch_code: 'no-match', oppatch_row: 2 });
  });

  it('asks no more in resume, and in retry only for what led nowhere', async () => {
    const world = await stage(keyed, 6);
    const { records } = world.sandbox.world(vendor);
    const refuse = [{ ids: [world.ids[1] ?? ''] }];
    world.sandbox.world(vendor).configure({ ...defaultBehaviour, logged: 100_000, refuse });
    const rows = ['K-0,1', 'K-1,-', 'K-2,3', 'K-3,4', 'K-77,5'];
    const file = world.place.file(
      'edits.csv',
      `${field};${column}\r\n${rows.join('\r\n').replaceAll(',', ';').replace('-\r', '2\r')}\r\n`,
    );
    const words = ['apply', file, '--match-by', field, '--skip-invalid', '--yes', '--json', '--no-bulk'];
    const stopped = await world.call(...words, '--concurrency', '1', '--max-errors', '0');
    const summary = summaryOf(stopped);
    expect([stopped.code, summary.status], stopped.stderr).toEqual([5, 'stopped']);
    const asked = world.finds();
    const resumed = await world.call('resume', summary.run, '--json', '--no-bulk');
    expect(summaryOf(resumed).rows, resumed.stderr).toMatchObject({ read: 5, invalid: 1, unprocessed: 0 });
    expect(world.finds()).toBe(asked);
    expect(Number(world.record(3)[column])).toBe(4);

    // The record of the unknown key is made meanwhile.
    const late = world.sandbox.world(vendor).server.sample(99).id;
    records.put(late, { ...records.make(late, {}), [field]: 'K-77' });
    const retried = await world.call('retry', summary.run, '--only-code', 'no-match', '--yes', '--json');
    expect(summaryOf(retried).rows, retried.stderr).toMatchObject({ read: 1, applied: 1 });
    expect(Number(records.get(late)?.[column])).toBe(5);
    expect(world.finds()).toBe(asked + 1);
    const [row] = resultRows(summaryOf(retried).files.success, ';');
    expect(row).toMatchObject({ [field]: 'K-77', oppatch_id: late, oppatch_row: '5' });
    const again = await world.call('undo', summaryOf(retried).run, '--yes', '--json');
    expect(summaryOf(again).rows, again.stderr).toMatchObject({ applied: 1 });
  });
});

describe('keys', () => {
  it('are compared as the vendor does, and two of one opportunity are rows of one', async () => {
    const world = await stage(salesforce, 3);
    const file = world.place.file('edits.csv', 'Key__c,Amount\nK-1,5\nk-1 ,6\n');
    const applied = await world.call('apply', file, '--match-by', 'Key__c', '--yes', '--json');
    expect(summaryOf(applied).rows, applied.stderr).toMatchObject({ applied: 2 });
    expect(world.record(1)['Amount']).toBe(6);
    expect(world.finds()).toBe(1);
    expect(applied.stderr + applied.stdout).toContain('contradict');
  });

  it('are found under the name that people know, in a file of any kind', async () => {
    const world = await stage(salesforce, 3);
    const text = 'Report\r\nExternal Key\tAmount\r\nK-2\t7\r\n\t8\r\n';
    const file = world.place.file('edits.tsv', Buffer.from(`\ufeff${text}`, 'utf16le'));
    const words = ['--match-by', 'External Key', '--skip-lines', '1', '--skip-invalid', '--yes', '--json'];
    const applied = await world.call('apply', file, ...words);
    expect(summaryOf(applied).rows, applied.stderr).toMatchObject({ applied: 1, invalid: 1 });
    expect(resultRows(summaryOf(applied).files.failed, '\t')[0]).toMatchObject({
      oppatch_code: 'no-key',
      Amount: '8',
      oppatch_row: '2',
    });
  });

  it('stand for ids in set, those of stdin too: all are found before any is sent', async () => {
    const world = await stage(hubspot, 4);
    const words = ['amount=9', '--match-by', 'erp_number', '--yes', '--json'];
    const unknown = await world.call('set', 'K-1', 'K-77', ...words);
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('No opportunity has erp_number "K-77"'),
    ]);
    expect(world.sandbox.world('hubspot').statistics.appliedById).toEqual({});
    const some = summaryOf(await world.call('set', 'K-1', 'K-77', ...words, '--skip-invalid'));
    expect(some.rows).toMatchObject({ read: 2, applied: 1, invalid: 1 });
    const input = 'K-2\nK-3\n';
    const piped = summaryOf(await world.call('set', '-', ...words, { input }));
    expect(piped.rows).toMatchObject({ read: 2, applied: 2 });
    expect([0, 1, 2, 3].map((index) => world.record(index)['amount'])).toEqual(['1000', '9', '9', '9']);
    const undone = summaryOf(await world.call('undo', piped.run, '--yes', '--json'));
    expect(undone.rows).toMatchObject({ read: 2, applied: 2 });
    const retried = summaryOf(await world.call('retry', some.run, '--yes', '--json', '--skip-invalid', '--limit', '1'));
    expect(retried.rows).toMatchObject({ read: 1, invalid: 1 });
  });

  it.each([
    [salesforce, ['--match-by', 'Kee__c'], /Kee__c/],
    [salesforce, ['--match-by', 'Amount'], /can't be found by Amount/],
    [hubspot, ['--match-by', 'dealname'], /need not be unique/],
    [hubspot, ['--match-by', 'erp_number'], /No column is named "erp_number"/],
    [salesforce, ['--match-by', 'Key__c', '--id-column', 'Code'], /each say what the rows carry/],
    [{ ...salesforce, vendor: 'pipedrive' }, ['--match-by', 'title'], /documents no way to find[^]*oppatch list/],
    [{ ...salesforce, vendor: 'raze' }, ['--match-by', 'title'], /documents no way to find/],
    [
      { ...salesforce, vendor: 'leadsquared' },
      ['--match-by', 'AutoId'],
      /The value of the AutoId field[^]*in place of the id/,
    ],
    [{ ...salesforce, vendor: 'raze' }, ['--match-by', 'title', '--dry-run'], /looked up/],
  ])('$vendor refuses %j before it looks up any', async (keyed, words, message) => {
    const world = await stage(keyed, 0);
    const file = world.place.file('edits.csv', 'Code,amount\nK-1,5\n');
    const ended = await world.call('apply', file, ...words, '--yes');
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(world.finds()).toBe(0);
  });
});

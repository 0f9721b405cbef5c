import { describe, expect, it } from 'vitest';
import { vendors } from '../../src/vendors/index.ts';
import { accountWords, environmentOf, fast, newPlace, newSandbox, run, summaryOf } from './oppatch.ts';

/** One file for every vendor: what a vendor has not got is named before anything is sent, and the rest means the same. */

const columns = ['amount', 'currency', 'close_date', 'stage', 'owner'] as const;
type Column = (typeof columns)[number];

interface Case {
  readonly vendor: string;
  readonly stage: string;
  readonly owner: string;
  readonly lacks: readonly Column[];
  /** Members of the record afterwards. */
  readonly changed: Readonly<Record<string, unknown>>;
}

const cases: readonly Case[] = [
  {
    vendor: 'close',
    stage: 'Proposal',
    owner: 'bo@northwind.example',
    lacks: ['currency'],
    changed: { value: 125_050, status_id: 'stat_proposal', user_id: 'user_bo', date_won: '2026-12-18' },
  },
  {
    vendor: 'leadsquared',
    stage: 'Proposal',
    owner: 'bo@northwind.example',
    lacks: ['amount', 'currency', 'close_date', 'stage'],
    changed: { Owner: '22222222-2222-4333-8444-555555555555' },
  },
  {
    vendor: 'partner-center',
    stage: 'S',
    owner: 'bo@northwind.example',
    lacks: ['owner'],
    changed: {
      salesStage: 'S',
      details: { dealValue: 1250.5, currency: 'EUR', closingDateTime: '2026-12-18T00:00:00Z' },
    },
  },
  {
    vendor: 'raze',
    stage: 'proposal',
    owner: 'bo@northwind.example',
    lacks: ['close_date'],
    changed: {
      status: 'proposal',
      deal_value: 1250.5,
      deal_currency: 'EUR',
      responsible_user_id: 'bo@northwind.example',
    },
  },
  {
    vendor: 'hubspot',
    stage: 'Quote Sent',
    owner: 'bo.lind@northwind.example',
    lacks: [],
    changed: { amount: '1250.5', deal_currency_code: 'EUR', dealstage: '151003002', hubspot_owner_id: '880012' },
  },
  {
    vendor: 'salesforce',
    stage: 'Negotiation/Review',
    owner: 'bo@northwind.example',
    lacks: [],
    changed: { Amount: 1250.5, CurrencyIsoCode: 'EUR', CloseDate: '2026-12-18', StageName: 'Negotiation_Review' },
  },
  {
    vendor: 'dynamics',
    stage: 'Propose',
    owner: 'bo@northwind.example',
    lacks: [],
    changed: { estimatedvalue: 1250.5, estimatedclosedate: '2026-12-18', salesstage: 2 },
  },
  {
    vendor: 'pipedrive',
    stage: 'Sales / Negotiation',
    owner: 'bo@northwind.example',
    lacks: [],
    changed: { value: 1250.5, currency: 'EUR', expected_close_date: '2026-12-18', stage_id: 32, owner_id: 10 },
  },
  {
    vendor: 'zoho',
    stage: 'Negotiation/Review',
    owner: 'bo@northwind.example',
    lacks: ['currency'],
    changed: {
      Amount: 1250.5,
      Closing_Date: '2026-12-18',
      Stage: 'Negotiation/Review',
      Owner: { id: '7123400000000301002' },
    },
  },
];

it('is tried at each vendor', () => {
  expect(cases.map(({ vendor }) => vendor).toSorted()).toEqual(vendors.map(({ name }) => name).toSorted());
});

describe.each(cases)('$vendor', ({ vendor, stage, owner, lacks, changed }) => {
  it('takes the common columns that it has, and names the others before it sends', async () => {
    const sandbox = await newSandbox({ autoCreate: false });
    const place = newPlace();
    const { log, records, server } = sandbox.world(vendor);
    const { id } = server.sample(1);
    const before = records.get(id);
    const cells = `${id},1250.50,EUR,2026-12-18,${stage},${owner}`;
    const file = place.file('edits.csv', `id,${columns.join(',')}\n${cells}\n`);
    const call = (...words: readonly string[]) =>
      run([...words, ...accountWords(sandbox, vendor), ...fast], {
        home: place.home,
        env: environmentOf(sandbox, vendor),
      });

    const ignored = lacks.flatMap((column) => ['--ignore', column]);
    if (lacks.length > 0) {
      for (const words of [
        ['plan', file],
        ['apply', file, '--yes'],
      ]) {
        const refused = await call(...words);
        expect(refused.code, refused.stderr).toBe(2);
        const named = columns.filter((column) => refused.stderr.includes(`The column "${column}"`));
        expect(named, refused.stderr).toEqual(lacks);
        for (const column of lacks) expect(refused.stderr).toContain(`--ignore ${column}`);
      }
      expect(records.get(id)).toEqual(before);
      expect(log.filter(({ method, path }) => method !== 'GET' && !/search|Get|TypeMetadata/.test(path))).toEqual([]);
    }

    const planned = await call('plan', file, ...ignored);
    expect(planned.code, planned.stderr).toBe(0);
    expect(records.get(id)).toEqual(before);

    const applied = await call('apply', file, ...ignored, '--yes', '--json');
    expect(applied.code, applied.stderr + applied.stdout).toBe(0);
    expect(summaryOf(applied).rows).toMatchObject({ read: 1, applied: 1 });
    expect(records.get(id)).toMatchObject(changed);
    expect(sandbox.world(vendor).statistics.violations).toEqual([]);
  });
});

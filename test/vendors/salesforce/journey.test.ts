import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keptText, readKept } from '../../../src/quota/kept-ledger.ts';
import type { Sandbox, SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { users } from '../../../src/sandbox/vendors/salesforce-metadata.ts';
import { fullId } from '../../../src/sandbox/vendors/salesforce-write.ts';
import { openDatabase } from '../../../src/state/database.ts';
import {
  accountWords,
  apply,
  environmentOf,
  manyRows,
  newPlace,
  newSandbox,
  resultRows,
  rowsByNumber,
  run,
  runProcess,
  summaryOf,
  type Ended,
  type Place,
} from '../../cli/oppatch.ts';

/** The command line against the practice server of Salesforce: in batches, and row by row under a guard. */

const vendor = 'salesforce';
const many = '/services/data/v66.0/composite/sobjects';
const manyRead = `${many}/Opportunity`;
const one = '/services/data/v66.0/sobjects/Opportunity/';

function idOf(number: number): string {
  return fullId(`0065e00000${number.toString(36).padStart(5, 'B')}`);
}

interface Stage {
  readonly sandbox: Sandbox;
  readonly place: Place;
  readonly put: (number: number, members?: Readonly<Record<string, unknown>>) => void;
  readonly record: (number: number) => Readonly<Record<string, unknown>>;
  readonly oppatch: (
    words: readonly string[],
    more?: { readonly env?: Record<string, string>; readonly process?: true },
  ) => Promise<Ended>;
  readonly paths: () => readonly string[];
}

async function stage(behaviour: SandboxOptions['behaviour'] = {}): Promise<Stage> {
  const sandbox = await newSandbox(behaviour);
  const place = newPlace();
  const { records, log } = sandbox.world(vendor);
  return {
    sandbox,
    place,
    put: (number, members = {}) => {
      const id = idOf(number);
      records.put(id, records.make(id, { ...members }));
    },
    record: (number) => records.get(idOf(number)) ?? {},
    oppatch: (words, { env = {}, process } = {}) => {
      const options = { home: place.home, env: { ...environmentOf(sandbox, vendor), ...env } };
      return (process === true ? runProcess : run)([...words, ...accountWords(sandbox, vendor)], options);
    },
    paths: () => log.map(({ method, path }) => `${method} ${path.replace(/(?<=\/Opportunity\/)006\w+$/, 'ID')}`),
  };
}

function countOf(paths: readonly string[], wanted: string): number {
  return paths.filter((path) => path === wanted).length;
}

/** As if the machine were off until tomorrow: what it keeps of the quota was noted a day ago, before it was started. */
async function sleepUntilTomorrow({ home }: Place): Promise<void> {
  const names = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => /quota.*\.db$/.test(name));
  expect(names).toHaveLength(1);
  for (const name of names) {
    const database = await openDatabase(join(home, name), '');
    await database.transaction((sql) => {
      const kept = readKept(String(sql.get('SELECT text FROM ledger_2')?.['text']));
      if (kept === undefined) throw new Error('no ledger');
      const clock = { ...kept.clock, boot: 'yesterday', wallMs: kept.clock.wallMs - 25 * 3_600_000 };
      sql.run('UPDATE ledger_2 SET text = ?', keptText({ ...kept, clock }));
    });
    database.close();
  }
}

/** 10,000 rows with OPPATCH_MANY_ROWS=10000: at most 60 calls. */
describe('many rows', () => {
  it('go 200 and are read 2,000 a call, with five for names, and none is written twice', async () => {
    const { sandbox, place, paths } = await stage();
    const rows = Array.from(
      { length: manyRows },
      (_, index) =>
        `${idOf(index + 1)},${index % 2 === 0 ? 'Negotiation/Review' : 'Qualification'},${index}.25,bo@northwind.example`,
    );
    const file = place.file('edits.csv', `Opportunity ID,Stage,Amount,Owner\n${rows.join('\n')}\n`);
    const ended = await apply({ sandbox, vendor, place }, file);
    expect(ended.code, ended.stderr).toBe(0);
    expect(summaryOf(ended).rows).toMatchObject({ read: manyRows, applied: manyRows });
    expect(countOf(paths(), `PATCH ${many}`)).toBe(manyRows / 200);
    expect(countOf(paths(), `POST ${manyRead}`)).toBe(manyRows / 2_000);
    expect(paths().length).toBeLessThanOrEqual(manyRows / 200 + manyRows / 2_000 + 5);
    const { violations, appliedById } = sandbox.world(vendor).statistics;
    expect(violations).toEqual([]);
    expect(Object.values(appliedById).filter((times) => times === 1)).toHaveLength(manyRows);
  }, 240_000);

  it('that are there already are not written again', async () => {
    const { sandbox, place, paths } = await stage();
    const rows = Array.from({ length: 450 }, (_, index) => `${idOf(index + 1)},${index}.25`);
    const file = place.file('edits.csv', `Id,Amount\n${rows.join('\n')}\n`);
    expect(summaryOf(await apply({ sandbox, vendor, place }, file)).rows).toMatchObject({ applied: 450 });
    expect(countOf(paths(), `PATCH ${many}`)).toBe(3);
    expect(summaryOf(await apply({ sandbox, vendor, place }, file)).rows).toMatchObject({ unchanged: 450 });
    expect(countOf(paths(), `PATCH ${many}`)).toBe(3);
  });
});

describe('a batch whose reply is lost', () => {
  it.each([
    ['cut-after', 3],
    ['500-after', 3],
    ['cut-before', 9],
  ] as const)('is read before it goes again, together (%s)', async (kind, writes) => {
    const { sandbox, place, paths } = await stage({ faults: [{ kind, first: 1 }] });
    const rows = Array.from({ length: 450 }, (_, index) => `${idOf(index + 1)},${index}.25`);
    const file = place.file('edits.csv', `id,amount\n${rows.join('\n')}\n`);
    const ended = await apply({ sandbox, vendor, place }, file);
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ read: 450, applied: 450 });
    expect(countOf(paths(), `PATCH ${many}`)).toBeLessThanOrEqual(writes);
    expect(countOf(paths(), `PATCH ${one}ID`)).toBe(0);
    const { appliedById } = sandbox.world(vendor).statistics;
    expect(Object.values(appliedById).filter((times) => times === 1)).toHaveLength(450);
  });
});

describe('a poisoned row among 200', () => {
  const poisoned = 137;
  const fileOf = (place: Place, bad: string) =>
    place.file(
      'edits.csv',
      `id,AccountId\n${Array.from({ length: 200 }, (_, index) => `${idOf(index + 1)},${index + 1 === poisoned ? bad : '0015e00000YyYyYAAV'}`).join('\n')}\n`,
    );

  it.each(['named', 'failures', 'bare'] as const)(
    'is told apart in one call, whatever order the reply has (%s)',
    async (reply) => {
      const { sandbox, place, paths, record } = await stage({ bulk: { reply, atomic: false } });
      // The id of a user where an account is wanted.
      const ended = await apply({ sandbox, vendor, place }, fileOf(place, '0055e0000012xyzAAA'));
      expect(ended.code, ended.stderr).toBe(3);
      expect(summaryOf(ended).rows).toMatchObject({ read: 200, applied: 199, rejected: 1 });
      expect(rowsByNumber(summaryOf(ended)).get(poisoned)).toMatchObject({
        oppatch_status: 'rejected',
        oppatch_code: 'MALFORMED_ID',
      });
      expect(record(poisoned)['AccountId']).toBe('0015e00000ZzZzZAAV');
      const writes = paths().filter((path) => path.startsWith('PATCH'));
      expect(writes.length).toBeLessThanOrEqual(reply === 'named' ? 1 : 2);
    },
  );

  it('is found within the bound where it refuses the whole call, and no neighbour is blamed', async () => {
    const { sandbox, place, paths, put } = await stage();
    put(poisoned, { sandbox_poison: true });
    const ended = await apply({ sandbox, vendor, place }, fileOf(place, '0015e00000YyYyYAAV'));
    expect(summaryOf(ended).rows).toMatchObject({ read: 200, applied: 199, rejected: 1 });
    expect(rowsByNumber(summaryOf(ended)).get(poisoned)).toMatchObject({ oppatch_code: 'JSON_PARSER_ERROR' });
    expect(paths().filter((path) => path.startsWith('PATCH')).length).toBeLessThanOrEqual(
      2 * Math.ceil(Math.log2(200)) + 1,
    );
  });
});

describe.each([
  ['in batches', []],
  ['row by row, guarded', ['--setting', 'lock=each']],
] as const)('the journey %s', (_how, lock) => {
  it('goes from plan over kill, resume, failure and retry to undo', async () => {
    const { sandbox, place, put, record, oppatch } = await stage({ autoCreate: false });
    const rows = 24;
    for (let number = 1; number < rows; number += 1) put(number, { Amount: number, CloseDate: '2099-12-31' });
    const lines = Array.from({ length: rows }, (_, index) => `${idOf(index + 1)},Closed Won,${1000 + index}.5`);
    const file = place.file('edits.csv', `id,stage,amount\n${lines.join('\n')}\n`);

    const plan = await oppatch(['plan', file, ...lock]);
    expect(plan.stdout).toContain('Closed Won');
    const known = await oppatch(['fields', '--quiet', ...lock]);
    expect(known.code, known.stderr).toBe(0);

    const killed = await oppatch(['apply', file, ...lock, '--yes', '--json'], {
      env: { OPPATCH_CRASH_AT: lock.length === 0 ? 'after-send:2' : 'after-send:9' },
      process: true,
    });
    expect(killed.signal, killed.stderr).toBe('SIGKILL');
    const resumed = await oppatch(['resume', ...lock, '--json'], { process: true });
    const summary = summaryOf(resumed);
    expect(summary.rows, resumed.stderr).toMatchObject({ read: rows, rejected: 1 });
    expect(summary.rows.applied + summary.rows.unchanged).toBe(rows - 1);
    for (let number = 1; number < rows; number += 1)
      expect(record(number)).toMatchObject({
        StageName: 'Closed_Won',
        Amount: 999.5 + number,
        Probability: 100,
        IsWon: true,
      });
    const { appliedById, violations } = sandbox.world(vendor).statistics;
    expect(violations).toEqual([]);
    expect(Object.values(appliedById).filter((times) => times > 1)).toEqual([]);

    put(rows, { Amount: rows, CloseDate: '2099-12-31' });
    const retried = await oppatch(['retry', summary.run, ...lock, '--yes', '--json']);
    expect(summaryOf(retried).rows, retried.stderr).toMatchObject({ read: 1, applied: 1 });

    const undone = await oppatch(['undo', summary.run, ...lock, '--yes', '--json']);
    expect(summaryOf(undone).rows, undone.stderr).toMatchObject({ applied: rows - 1 });
    for (let number = 1; number < rows; number += 1) {
      // What the stage moved along is put back with it.
      expect(record(number)).toMatchObject({
        StageName: 'Prospecting',
        Amount: number,
        Probability: 10,
        ForecastCategoryName: 'Pipeline',
        CloseDate: '2099-12-31',
        IsWon: false,
      });
    }
    expect(record(rows)).toMatchObject({ StageName: 'Closed_Won' });
  });

  it('leaves rows with a lock until later, and amounts that products decide', async () => {
    const { sandbox, place, put, record } = await stage();
    put(2, { sandbox_locks: 2 });
    put(3, { HasOpportunityLineItem: true });
    const file = place.file(
      'edits.csv',
      `id,amount\n${[1, 2, 3, 4].map((number) => `${idOf(number)},${number}.5`).join('\n')}\n`,
    );
    const ended = await apply({ sandbox, vendor, place }, file, ...lock);
    const summary = summaryOf(ended);
    expect(summary.rows, ended.stderr).toMatchObject({ read: 4, applied: 3, invalid: 1 });
    expect(rowsByNumber(summary).get(3)).toMatchObject({ oppatch_code: 'has-products' });
    expect([1, 2, 3, 4].map((number) => record(number)['Amount'])).toEqual([1.5, 2.5, 1_000, 4.5]);
  });
});

describe('a guard', () => {
  it('goes with every row by itself and never into a batch', async () => {
    const { sandbox, place, paths } = await stage();
    const file = place.file(
      'edits.csv',
      `id,amount\n${Array.from({ length: 12 }, (_, index) => `${idOf(index + 1)},7`).join('\n')}\n`,
    );
    const ended = await apply({ sandbox, vendor, place }, file, '--setting', 'lock=each');
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ applied: 12 });
    expect(countOf(paths(), `PATCH ${many}`)).toBe(0);
    const writes = sandbox.world(vendor).log.filter(({ method }) => method === 'PATCH');
    expect(writes).toHaveLength(12);
    for (const { headers } of writes) expect(headers['if-unmodified-since']).toBe('Mon, 02 Mar 2026 09:15:00 GMT');
  });

  it('keeps what someone else has changed after it was read', async () => {
    const { sandbox, place, put, record } = await stage({ latency: { requestMs: [0, 0], replyMs: [150, 150] } });
    put(1);
    put(2);
    const world = sandbox.world(vendor);
    const file = place.file('edits.csv', `id,amount\n${idOf(1)},7\n${idOf(2)},8\n`);
    const applying = apply({ sandbox, vendor, place }, file, '--setting', 'lock=each');
    await expect
      .poll(() => world.log.filter(({ path }) => path === manyRead || path.startsWith(one)).length, {
        interval: 5,
        timeout: 20_000,
      })
      .toBeGreaterThan(0);
    // Between the read and its reply: another user's amount in one, another field in the other.
    const now = new Date().toISOString().replace('Z', '+0000');
    put(1, { Amount: 55, LastModifiedDate: now, SystemModstamp: now });
    put(2, { NextStep: 'called', LastModifiedDate: now, SystemModstamp: now });
    const ended = await applying;
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ conflict: 1, applied: 1 });
    expect(record(1)).toMatchObject({ Amount: 55 });
    expect(record(2)).toMatchObject({ Amount: 8, NextStep: 'called' });
  });
});

describe('ids', () => {
  it('of 15 and 18 characters are one opportunity: its rows go one after the other, in their order', async () => {
    const { sandbox, place, record } = await stage();
    const short = idOf(1).slice(0, 15);
    const file = place.file('edits.csv', `id,amount\n${short},1\n${idOf(2)},2\n${idOf(1)},3\n`);
    const ended = await apply({ sandbox, vendor, place }, file);
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ applied: 3 });
    expect(record(1)['Amount']).toBe(3);
    expect(resultRows(summaryOf(ended).files.success).map((row) => row['id'])).toEqual(
      expect.arrayContaining([short, idOf(1)]),
    );
  });
});

/** An export of a whole object, as people bring it: headers as the screens show them, and all that nobody can write. */
const exported: Readonly<Record<string, (number: number) => string>> = {
  'Opportunity ID': (number) => idOf(number).slice(0, 15),
  Deleted: () => '0',
  'Account ID': () => '0015e00000ZzZzZ',
  'Record Type ID': () => 'Renewal',
  Private: () => '0',
  Name: (number) => `"Northwind, ${number} seats"`,
  Description: () => '',
  Stage: () => 'Proposal/Price Quote',
  Amount: (number) => `${number}.50`,
  'Probability (%)': () => '65',
  'Expected Amount': () => '1',
  Quantity: () => '3',
  'Close Date': () => '2026-12-18',
  'Opportunity Type': () => 'New Business',
  'Next Step': () => 'Call',
  'Lead Source': () => 'Trade Show',
  Closed: () => '0',
  Won: () => '0',
  'Forecast Category': () => 'BestCase',
  'Forecast Category Name': () => 'Best Case',
  'Opportunity Currency': () => 'EUR',
  'Has Line Item': () => '0',
  'Price Book ID': () => '',
  'Owner ID': () => 'bo@northwind.example',
  'Campaign ID': () => '',
  'Contract ID': () => '',
  'Created Date': () => '2026-03-02T09:15:00.000+0000',
  'Last Modified Date': () => '2026-03-02T09:15:00.000+0000',
  'Created By ID': () => '0055e0000012xyzAAA',
  'Last Modified By ID': () => '0055e0000012xyzAAA',
  'Last Activity': () => '',
  'Push Count': () => '0',
  'Last Stage Change Date': () => '',
  'Fiscal Quarter': () => '4',
  'Fiscal Year': () => '2026',
  'Fiscal Period': () => '2026 4',
  Region: () => 'Asia and Pacific',
  Days: () => 'Wednesday;Monday',
  Score: () => '12.5',
  Strategic: () => '1',
};

describe("a stranger's file", () => {
  it('of 40 columns with labels, owners by e-mail and stages by label plans and applies', async () => {
    const { sandbox, place, oppatch, record } = await stage();
    expect(Object.keys(exported)).toHaveLength(40);
    const rows = Array.from({ length: 30 }, (_, index) =>
      Object.values(exported)
        .map((cell) => cell(index + 1))
        .join(','),
    );
    const file = place.file('export.csv', `${Object.keys(exported).join(',')}\n${rows.join('\n')}\n`);
    const refused = await oppatch(['plan', file]);
    expect(refused.code).toBe(2);
    const plan = await oppatch(['plan', file, '--ignore-read-only']);
    expect(plan.code, plan.stderr).toBe(0);
    expect(plan.stdout).toContain('Proposal/Price Quote');
    const ended = await apply({ sandbox, vendor, place }, file, '--ignore-read-only');
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ read: 30, applied: 30 });
    expect(record(7)).toMatchObject({
      Name: 'Northwind, 7 seats',
      StageName: 'Proposal_Price_Quote',
      Amount: 7.5,
      OwnerId: users[1]?.['Id'],
      RecordTypeId: '0125e0000001aBDAAY',
      Region__c: 'APAC',
      Days__c: 'MON;WED',
      Strategic__c: true,
      IsPrivate: false,
    });
    expect(sandbox.world(vendor).statistics.violations).toEqual([]);
  });

  it('that get --csv has printed goes back in as no edit', async () => {
    const { place, put, oppatch, sandbox } = await stage();
    put(1, {
      Score__c: 12.5,
      Days__c: 'WED;MON',
      Kickoff__c: '2026-10-02T08:15:00.123+0000',
      Region__c: 'EMEA',
      Notes__c: 'two\nlines',
    });
    put(2);
    const printed = await oppatch(['get', idOf(1), idOf(2).slice(0, 15), '--csv']);
    expect(printed.code, printed.stderr).toBe(0);
    const file = place.file('again.csv', printed.stdout);
    const ended = await apply({ sandbox, vendor, place }, file, '--ignore-read-only');
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ unchanged: 2 });
  });
});

describe('the account', () => {
  it('signs in with the client credentials of an app, and is told of another instance', async () => {
    const { sandbox, place } = await stage();
    const file = place.file('edits.csv', `id,amount\n${idOf(1)},7\n`);
    const login = [
      '--setting',
      'instance=southwind.my.salesforce.com',
      '--setting',
      `login-url=${sandbox.baseUrls[vendor] ?? ''}`,
    ];
    const words = ['apply', file, ...accountWords(sandbox, vendor), '--yes', '--json', ...login];
    const env = {
      SALESFORCE_CLIENT_ID: '3MVG9sandbox.ConsumerKey',
      SALESFORCE_CLIENT_SECRET: 'sandboxConsumerSecret0123456789',
    };
    const ended = await run(words, { home: place.home, env });
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ applied: 1 });
    expect(ended.stderr).toContain('northwind.my.salesforce.com');
    const wrong = await run(words, {
      home: place.home,
      env: { ...env, SALESFORCE_CLIENT_SECRET: 'anotherSecret0123456789' },
    });
    expect(wrong.code, wrong.stderr).toBe(4);
  });

  it('stops where the calls of the day are used up, with every row accounted for, and goes on the next day', async () => {
    const { sandbox, place, oppatch } = await stage();
    const world = sandbox.world(vendor);
    const file = place.file(
      'edits.csv',
      `id,amount\n${Array.from({ length: 10 }, (_, index) => `${idOf(index + 1)},7`).join('\n')}\n`,
    );
    world.configure({
      ...world.behaviour,
      quota: [{ count: 6, windowMs: 86_400_000, group: 'api', countRefused: true }],
    });
    const ended = await oppatch(['apply', file, '--yes', '--json', '--setting', 'lock=each']);
    expect(ended.code, ended.stderr).toBe(6);
    expect(summaryOf(ended)).toMatchObject({ status: 'stopped' });
    const { read, applied, unprocessed } = summaryOf(ended).rows;
    expect([read, applied + unprocessed]).toEqual([10, 10]);
    expect(ended.stderr).toContain('The quota is used up');

    const words = ['resume', '--json', '--setting', 'lock=each'];
    const tooSoon = await oppatch(words);
    expect(tooSoon.code, tooSoon.stderr).toBe(6);
    world.configure({
      ...world.behaviour,
      quota: [{ count: 60, windowMs: 86_400_000, group: 'api', countRefused: true }],
    });
    await sleepUntilTomorrow(place);
    const resumed = await oppatch(words);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(summaryOf(resumed).rows).toMatchObject({ read: 10, applied: 10, unprocessed: 0 });
    expect(Object.values(world.statistics.appliedById)).toEqual(Array(10).fill(1));
  });

  it('leaves others the share of the day that --reserve says, of the number that the org states', async () => {
    const { sandbox, place, oppatch } = await stage();
    const world = sandbox.world(vendor);
    const lines = Array.from({ length: 30 }, (_, index) => `${idOf(index + 1)},7`);
    const file = place.file('edits.csv', `id,amount\n${lines.join('\n')}\n`);
    world.configure({
      ...world.behaviour,
      quota: [{ count: 20, windowMs: 86_400_000, group: 'api', countRefused: true }],
    });
    const ended = await oppatch(['apply', file, '--yes', '--json', '--setting', 'lock=each', '--reserve', '50%']);
    expect(ended.code, ended.stderr).toBe(6);
    const { read, applied, unprocessed } = summaryOf(ended).rows;
    expect([read, applied + unprocessed]).toEqual([30, 30]);
    expect(applied).toBeGreaterThan(0);
    expect(world.statistics.arrivals).toBeLessThanOrEqual(10);
    expect(world.statistics.throttled).toBe(0);
  });
});

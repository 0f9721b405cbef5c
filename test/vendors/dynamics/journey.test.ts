import { describe, expect, it } from 'vitest';
import type { Sandbox, SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { adaId, euroId } from '../../../src/sandbox/vendors/dynamics-metadata.ts';
import {
  accountWords,
  apply,
  environmentOf,
  fast,
  manyRows,
  newPlace,
  newSandbox,
  resultRows,
  rowsByNumber,
  run,
  start,
  summaryOf,
  type Ended,
  type Place,
} from '../../cli/oppatch.ts';

/** Dynamics 365 from the first plan to the undo, row by row, against the sandbox. */

const vendor = 'dynamics';
const boId = '0a4d7d11-90aa-ee11-be37-000d3ab1f012';

function idOf(number: number): string {
  return `6f1c0a52-3b7e-ee11-8179-000d3ab${String(20_000 + number)}`;
}

async function environment(
  rows: number,
  behaviour: SandboxOptions['behaviour'] = {},
): Promise<{ sandbox: Sandbox; place: Place }> {
  const sandbox = await newSandbox({ autoCreate: false, ...behaviour });
  const { records } = sandbox.world(vendor);
  for (let number = 1; number <= rows; number += 1)
    records.put(idOf(number), records.make(idOf(number), { name: `Opportunity ${number}`, new_key: `ERP-${number}` }));
  return { sandbox, place: newPlace() };
}

function command(sandbox: Sandbox, { home }: Place, words: readonly string[]): Promise<Ended> {
  return run([...words, ...accountWords(sandbox, vendor)], { home, env: environmentOf(sandbox, vendor) });
}

function stateOf(sandbox: Sandbox, number: number): Record<string, unknown> {
  return sandbox.world(vendor).records.get(idOf(number)) ?? {};
}

function put(sandbox: Sandbox, number: number, values: Readonly<Record<string, unknown>>): void {
  const record = stateOf(sandbox, number);
  sandbox.world(vendor).records.put(idOf(number), { ...record, ...values, version: Number(record['version']) + 1 });
}

function writesOf(sandbox: Sandbox, number: number): readonly string[] {
  return sandbox
    .world(vendor)
    .log.filter(({ method, path, body }) => method !== 'GET' && `${path}${body}`.includes(idOf(number)))
    .map(({ method, path }) => (method === 'PATCH' ? method : path));
}

/** The closing of a row happens once, however often its reply is lost. */
function expectOneActivityEach(sandbox: Sandbox, numbers: readonly number[]): void {
  for (const number of numbers) expect(stateOf(sandbox, number)['activities'], String(number)).toBe(1);
}

it('a file is planned, applied, killed, resumed, retried and undone', async () => {
  const rows = 120;
  const { sandbox, place } = await environment(rows);
  const refused = 5;
  put(sandbox, refused, { statecode: 2, statuscode: 4, activities: 1 });
  for (const number of [3, 9]) put(sandbox, number, { statecode: 1, statuscode: 3, actualvalue: 7, activities: 1 });
  const lines = Array.from({ length: rows }, (_, index) => {
    const number = index + 1;
    const status = number === 3 || number === 9 ? 'Open' : number % 3 === 0 || number === refused ? 'Won' : '';
    return `${idOf(number).toUpperCase()},${1_000 + number}.50,Propose,${status},bo@northwind.example,USD,Monday;Friday,APAC`;
  });
  const header = '(Do Not Modify) Opportunity,Est. Revenue,stage,Status,Owner,currency,Days,Region';
  const file = place.file('edits.csv', `${header}\n${lines.join('\n')}\n`);
  const before = Array.from({ length: rows }, (_, index) => stateOf(sandbox, index + 1));
  const won = Array.from({ length: rows }, (_, index) => index + 1).filter(
    (number) => number % 3 === 0 && number !== 3 && number !== 9,
  );

  const planned = await command(sandbox, place, ['plan', file]);
  expect(planned.code, planned.stderr).toBe(3);
  expect(planned.stdout).toMatch(/stage \(salesstage\): Qualify.* → .*Propose/);
  expect(planned.stdout).toMatch(/only an open one can be made won/);
  expect(planned.stdout).toMatch(/stays there when it is undone/);
  expect(sandbox.world(vendor).log.every(({ method }) => method === 'GET')).toBe(true);

  const words = [...accountWords(sandbox, vendor), '--json', ...fast];
  const env = environmentOf(sandbox, vendor);
  const killed = await start(['apply', file, ...words, '--yes'], {
    home: place.home,
    env: { ...env, OPPATCH_CRASH_AT: 'after-send:55' },
  }).ended;
  expect(killed.signal, killed.stderr).toBe('SIGKILL');

  const resumed = await run(['resume', ...words], { home: place.home, env });
  const summary = summaryOf(resumed);
  expect(resumed.code, resumed.stderr).toBe(3);
  expect(summary.rows).toMatchObject({ read: rows, applied: rows - 1, invalid: 1, in_doubt: 0, unprocessed: 0 });
  expect(rowsByNumber(summary).get(refused)).toMatchObject({ oppatch_code: 'closed-already' });
  for (let number = 1; number <= rows; number += 1) {
    const wanted = {
      estimatedvalue: 1_000.5 + number,
      salesstage: 2,
      ownerid: { set: 'systemusers', id: boId },
      new_days: '1,9',
      new_region: 100_000_001,
      statecode: won.includes(number) ? 1 : 0,
    };
    expect(stateOf(sandbox, number)).toMatchObject(number === refused ? { statecode: 2, salesstage: 0 } : wanted);
  }
  expectOneActivityEach(sandbox, [...won, 3, 9, refused]);

  put(sandbox, refused, { statecode: 0, statuscode: 1 });
  const retried = await run(['retry', summary.run, '--yes', ...words], { home: place.home, env });
  expect(retried.code, retried.stderr).toBe(0);
  expect(stateOf(sandbox, refused)).toMatchObject({ statecode: 1, statuscode: 3, activities: 2 });

  for (const id of [summaryOf(retried).run, summary.run]) {
    const undone = await run(['undo', id, '--yes', ...words], { home: place.home, env });
    expect(undone.code, undone.stderr).toBe(0);
  }
  const names = ['estimatedvalue', 'salesstage', 'ownerid', 'transactioncurrencyid', 'new_days', 'new_region'];
  const states = ['statecode', 'statuscode', 'actualvalue', 'actualclosedate'];
  for (let number = 1; number <= rows; number += 1) {
    const kept = [...names, ...(number === refused ? [] : states)];
    const of = (record: Record<string, unknown> | undefined): unknown => kept.map((name) => record?.[name] ?? null);
    const [is, was] = [stateOf(sandbox, number), before[number - 1]];
    // The day of a closing that took place without one is the day on which it is done again.
    if (number === 3 || number === 9) expect(is).toMatchObject({ statecode: 1, statuscode: 3, actualvalue: 7 });
    else expect(of(is), String(number)).toEqual(of(was));
  }
  // Undoing a win leaves its activity; undoing a reopening makes a second one.
  expectOneActivityEach(sandbox, won);
  expect(stateOf(sandbox, 3)).toMatchObject({ activities: 2 });
  expect(sandbox.world(vendor).statistics.violations).toEqual([]);
});

it('the common columns work as they are', async () => {
  const { sandbox, place } = await environment(2);
  const file = place.file(
    'common.csv',
    `id,amount,currency,close_date,stage,owner\n${idOf(1)},42000.50,EUR,2026-12-18,Close,ada@northwind.example\n${idOf(2)},1,USD,,,Renewals\n`,
  );
  const ended = await apply({ sandbox, vendor, place }, file, ...fast);
  expect(ended.code, ended.stderr).toBe(0);
  expect(stateOf(sandbox, 1)).toMatchObject({
    estimatedvalue: 42_000.5,
    estimatedclosedate: '2026-12-18',
    salesstage: 3,
    ownerid: { id: adaId },
    transactioncurrencyid: { id: euroId },
  });
  expect(stateOf(sandbox, 2)).toMatchObject({ ownerid: { set: 'teams' } });
});

it('many rows are read 50 at a time and written one by one', async () => {
  const rows = manyRows / 10;
  const { sandbox, place } = await environment(rows);
  const lines = Array.from({ length: rows }, (_, index) => `${idOf(index + 1)},${index + 2}.25`);
  const file = place.file('edits.csv', `id,amount\n${lines.join('\n')}\n`);
  const ended = await apply({ sandbox, vendor, place }, file, ...fast);
  expect(ended.code, ended.stderr).toBe(0);
  expect(summaryOf(ended).rows).toMatchObject({ read: rows, applied: rows });
  const { log } = sandbox.world(vendor);
  expect(log.filter(({ method }) => method === 'PATCH')).toHaveLength(rows);
  expect(log.filter(({ path }) => path === '/opportunities').length).toBeLessThanOrEqual(rows / 50 + 1);
  const again = await apply({ sandbox, vendor, place }, file, ...fast);
  expect(summaryOf(again).rows).toMatchObject({ unchanged: rows });
});

describe('the guard', () => {
  it('is the version that was read, on the first call of a row only', async () => {
    const { sandbox, place } = await environment(1);
    put(sandbox, 1, { statecode: 2, statuscode: 4 });
    const open = await command(sandbox, place, ['set', idOf(1), 'status=Open', 'amount=7', 'note=back', '--yes']);
    expect(open.code, open.stderr).toBe(0);
    const patches = sandbox.world(vendor).log.filter(({ method }) => method === 'PATCH');
    expect(patches.map(({ headers }) => headers['if-match'])).toEqual([expect.stringMatching(/^W\/"\d+"$/), '*']);
    const won = await command(sandbox, place, ['set', idOf(1), 'status=Won', '--yes']);
    expect(won.code, won.stderr).toBe(0);
    const win = sandbox.world(vendor).log.find(({ path }) => path === '/WinOpportunity');
    expect(win).toBeDefined();
    expect(win?.headers).not.toHaveProperty('if-match');
  });

  it.each<[string, Readonly<Record<string, unknown>>, number, string]>([
    ['did not touch what the row writes is met by a second look', { description: 'automation' }, 0, 'applied'],
    ['did, is a conflict', { estimatedvalue: 5 }, 3, 'conflict'],
  ])('that an automation outdated which %s', async (_title, values, code, status) => {
    const { sandbox, place } = await environment(1, { latency: { requestMs: [0, 0], replyMs: [150, 150] } });
    const file = place.file('edits.csv', `id,amount\n${idOf(1)},77\n`);
    const applying = apply({ sandbox, vendor, place }, file, ...fast);
    // After the read was answered, and before its answer has arrived.
    while (!sandbox.world(vendor).log.some(({ path }) => path.startsWith('/opportunities')))
      await new Promise<void>((resolve) => void setImmediate(resolve));
    put(sandbox, 1, values);
    const ended = await applying;
    expect(ended.code, ended.stderr).toBe(code);
    expect(rowsByNumber(summaryOf(ended)).get(1) ?? { oppatch_status: 'applied' }).toMatchObject({
      oppatch_status: status,
    });
    expect(stateOf(sandbox, 1)).toMatchObject({ ...values, ...(code === 0 ? { estimatedvalue: 77 } : {}) });
    expect(writesOf(sandbox, 1)).toHaveLength(code === 0 ? 2 : 1);
  });
});

it('a win takes its outcome along although the record still holds the same from an earlier one', async () => {
  const { sandbox, place } = await environment(1);
  put(sandbox, 1, { actualvalue: 7 });
  const ended = await command(sandbox, place, ['set', idOf(1), 'status=Won', 'actualvalue=7', '--yes']);
  expect(ended.code, ended.stderr).toBe(0);
  expect(stateOf(sandbox, 1)).toMatchObject({ statecode: 1, actualvalue: 7 });
});

describe('winning and losing', () => {
  const rows = 12;
  const file = (place: Place): string =>
    place.file(
      'close.csv',
      `id,status,actualclosedate,actualvalue\n${Array.from({ length: rows }, (_, index) => `${idOf(index + 1)},${index % 2 === 0 ? 'Won' : 'Lost'},2026-11-30,9${index}`).join('\n')}\n`,
    );
  const all = Array.from({ length: rows }, (_, index) => index + 1);

  it.each(['cut-after', '500-after', '504-after'] as const)(
    'whose reply is lost (%s) is not done twice',
    async (kind) => {
      const { sandbox, place } = await environment(rows, { faults: [{ kind, every: 2 }] });
      const ended = await apply({ sandbox, vendor, place }, file(place), ...fast);
      expect(ended.code, ended.stderr).toBe(0);
      expect(summaryOf(ended).rows).toMatchObject({ applied: rows, in_doubt: 0 });
      expectOneActivityEach(sandbox, all);
      expect(stateOf(sandbox, 1)).toMatchObject({ statecode: 1, actualclosedate: '2026-11-30', actualvalue: 90 });
      for (const number of all) expect(writesOf(sandbox, number)).toHaveLength(1);
    },
  );

  it.each(['cut-before', '500'] as const)(
    'that did not arrive (%s) is done once it was seen to be missing',
    async (kind) => {
      const { sandbox, place } = await environment(rows, { faults: [{ kind, every: 3 }] });
      const ended = await apply({ sandbox, vendor, place }, file(place), ...fast);
      expect(ended.code, ended.stderr).toBe(0);
      expectOneActivityEach(sandbox, all);
    },
  );

  it('of a record that is closed already is refused by the look, and by the service where nobody looks', async () => {
    const { sandbox, place } = await environment(1);
    put(sandbox, 1, { statecode: 2, statuscode: 4, activities: 1 });
    const edits = place.file('win.csv', `id,status\n${idOf(1)},Won\n`);
    const looked = await apply({ sandbox, vendor, place }, edits, ...fast);
    expect(rowsByNumber(summaryOf(looked)).get(1)).toMatchObject({ oppatch_code: 'closed-already' });
    expect(writesOf(sandbox, 1)).toEqual([]);
    const blind = await apply({ sandbox, vendor, place }, edits, ...fast, '--blind');
    const [row] = resultRows(summaryOf(blind).files.failed ?? undefined);
    expect(row).toMatchObject({ oppatch_status: 'rejected', oppatch_code: '0x80040265' });
    expectOneActivityEach(sandbox, [1]);
  });
});

it('rows are found by another column, whatever the letter case of their keys', async () => {
  const { sandbox, place } = await environment(3);
  const file = place.file('keys.csv', 'new_key,amount\nerp-1,11\nERP-3,33\nERP-9,99\n');
  const ended = await apply({ sandbox, vendor, place }, file, '--match-by', 'new_key', ...fast, '--skip-invalid');
  expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ read: 3, applied: 2 });
  expect([1, 2, 3].map((number) => stateOf(sandbox, number)['estimatedvalue'])).toEqual([11, 1_000, 33]);
});

it('choices are added and removed as a whole list, under the version that was read', async () => {
  const { sandbox, place } = await environment(2);
  put(sandbox, 1, { new_days: '2' });
  const file = place.file('days.csv', `id,new_days.add\n${idOf(1)},Monday\n${idOf(2)},Friday\n`);
  const ended = await apply({ sandbox, vendor, place }, file, ...fast);
  expect(ended.code, ended.stderr).toBe(0);
  expect([1, 2].map((number) => stateOf(sandbox, number)['new_days'])).toEqual(['2,1', '9']);
  const patches = sandbox.world(vendor).log.filter(({ method }) => method === 'PATCH');
  for (const { headers } of patches) expect(headers['if-match']).toMatch(/^W\//);
  const removed = await command(sandbox, place, ['set', idOf(1), 'new_days.remove=Tuesday', '--yes']);
  expect(removed.code, removed.stderr).toBe(0);
  expect(stateOf(sandbox, 1)['new_days']).toBe('1');
});

it('an environment that tells no names takes ids', async () => {
  const { sandbox, place } = await environment(1, { metadata: 'forbidden' });
  const words = ['set', idOf(1), 'stage=2', 'amount=9', `owner=${boId}`, '--yes'];
  const ended = await command(sandbox, place, words);
  expect(ended.code, ended.stderr).toBe(0);
  expect(stateOf(sandbox, 1)).toMatchObject({ salesstage: 2, estimatedvalue: 9, ownerid: { id: boId } });
});

it('a column that the service would ignore is refused here', async () => {
  const { sandbox, place } = await environment(1);
  const ended = await command(sandbox, place, ['set', idOf(1), 'createdon=2026-01-01', '--yes']);
  expect(ended.code).toBe(2);
  expect(writesOf(sandbox, 1)).toEqual([]);
});

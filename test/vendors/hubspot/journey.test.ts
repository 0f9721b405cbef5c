import { describe, expect, it } from 'vitest';
import type { Sandbox, SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { properties } from '../../../src/sandbox/vendors/hubspot/properties.ts';
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

/** HubSpot from the first plan to the undo, in batches and row by row, against the sandbox. */

const vendor = 'hubspot';
const batchPath = '/crm/objects/2026-09/0-3/batch/update';

function idOf(number: number): string {
  return String(71_000_000 + number);
}

/** A sandbox that holds the deals of so many rows. */
async function account(
  rows: number,
  behaviour: SandboxOptions['behaviour'] = {},
): Promise<{ sandbox: Sandbox; place: Place }> {
  const sandbox = await newSandbox({ autoCreate: false, ...behaviour });
  const { records } = sandbox.world(vendor);
  for (let number = 1; number <= rows; number += 1)
    records.put(idOf(number), records.make(idOf(number), { dealname: `Deal ${number}`, erp_number: `ERP-${number}` }));
  return { sandbox, place: newPlace() };
}

function command(sandbox: Sandbox, { home }: Place, words: readonly string[]): Promise<Ended> {
  return run([...words, ...accountWords(sandbox, vendor)], { home, env: environmentOf(sandbox, vendor) });
}

function stateOf(sandbox: Sandbox, number: number): Record<string, unknown> {
  return sandbox.world(vendor).records.get(idOf(number)) ?? {};
}

function quoted(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function callsTo(sandbox: Sandbox, path: string): number {
  return sandbox.world(vendor).log.filter((call) => call.path === path).length;
}

function writes(sandbox: Sandbox): number {
  return sandbox.world(vendor).log.filter(({ method, path }) => method === 'PATCH' || path === batchPath).length;
}

describe.each([
  ['in batches', 230, 2, []],
  ['row by row', 40, 25, ['--no-bulk']],
])('%s', (_title, rows, crashAfter, mode) => {
  it('a file is planned, applied, killed, resumed, retried and undone', async () => {
    const { sandbox, place } = await account(rows);
    const lost = Math.floor(rows / 2) + 2;
    const lines = Array.from({ length: rows }, (_, index) => {
      const stage = index + 1 === lost ? 'Closed Lost' : index % 2 === 0 ? 'Quote Sent' : 'Contract Sent';
      return `${idOf(index + 1)},${1_000 + index}.50,${stage},bo.lind@northwind.example`;
    });
    const file = place.file('edits.csv', `Record ID,Amount,Deal Stage,Deal owner\n${lines.join('\n')}\n`);
    const before = Array.from({ length: rows }, (_, index) => stateOf(sandbox, index + 1));

    const planned = await command(sandbox, place, ['plan', file]);
    expect(planned.code, planned.stderr).toBe(0);
    expect(planned.stdout).toMatch(/Deal Stage.*Appointment Scheduled.* → .*Quote Sent/);
    expect(writes(sandbox)).toBe(0);

    const words = [...accountWords(sandbox, vendor), '--json', ...fast, ...mode];
    const env = environmentOf(sandbox, vendor);
    const killed = await start(['apply', file, ...words, '--yes'], {
      home: place.home,
      env: { ...env, OPPATCH_CRASH_AT: `after-send:${crashAfter}` },
    }).ended;
    expect(killed.signal, killed.stderr).toBe('SIGKILL');

    const resumed = await run(['resume', ...words], { home: place.home, env });
    const summary = summaryOf(resumed);
    expect(resumed.code, resumed.stderr).toBe(3);
    expect(summary.rows).toMatchObject({ read: rows, rejected: 1, failed: 0, in_doubt: 0, unprocessed: 0 });
    expect(rowsByNumber(summary).get(lost)).toMatchObject({ oppatch_code: 'MISSING_CONDITIONAL_REQUIRED_PROPERTY' });
    for (let number = 1; number <= rows; number += 1) {
      const [stage, pipeline] = number % 2 === 1 ? ['151003002', '77120034'] : ['contractsent', 'default'];
      const wanted = { amount: `${999 + number}.5`, dealstage: stage, pipeline, hubspot_owner_id: '880012' };
      expect(stateOf(sandbox, number)).toMatchObject(number === lost ? { amount: '1000' } : wanted);
    }

    const retried = await run(['retry', summary.run, '--set', 'closed_lost_reason=Price', '--yes', ...words], {
      home: place.home,
      env,
    });
    expect(retried.code, retried.stderr).toBe(0);
    expect(stateOf(sandbox, lost)).toMatchObject({ dealstage: 'closedlost', closed_lost_reason: 'Price' });

    for (const id of [summaryOf(retried).run, summary.run]) {
      const undone = await run(['undo', id, '--yes', ...words], { home: place.home, env });
      expect(undone.code, undone.stderr).toBe(0);
    }
    const names = ['amount', 'dealstage', 'pipeline', 'hubspot_owner_id', 'closedate', 'closed_lost_reason'];
    const kept = (record: Record<string, unknown> | undefined): unknown => names.map((name) => record?.[name] ?? null);
    for (let number = 1; number <= rows; number += 1)
      expect(kept(stateOf(sandbox, number))).toEqual(kept(before[number - 1]));
    expect(sandbox.world(vendor).statistics.violations).toEqual([]);
  });
});

/** 10,000 rows with OPPATCH_MANY_ROWS=10000: at most 220 calls. */
it('many rows go and are read 100 a call, names included', async () => {
  const rows = manyRows;
  const { sandbox, place } = await account(rows);
  const lines = Array.from({ length: rows }, (_, index) => `${idOf(index + 1)},${index}.25,Contract Sent`);
  const file = place.file('edits.csv', `id,amount,stage\n${lines.join('\n')}\n`);
  const ended = await apply({ sandbox, vendor, place }, file, ...fast);
  expect(ended.code, ended.stderr).toBe(0);
  expect(summaryOf(ended).rows).toMatchObject({ read: rows, applied: rows });
  expect(sandbox.world(vendor).statistics.arrivals).toBeLessThanOrEqual((2 * rows) / 100 + 20);
});

describe('one bad row among 100', () => {
  const rows = 100;
  const most = 2 * Math.ceil(Math.log2(rows)) + 1;

  it.each([1, 37, 64, 100])('is found at place %i, and no neighbour is blamed', async (bad) => {
    const { sandbox, place } = await account(rows);
    const lines = Array.from(
      { length: rows },
      (_, index) => `${idOf(index + 1)},${index + 1 === bad ? 'Closed Lost' : 'Contract Sent'}`,
    );
    const file = place.file('edits.csv', `id,stage\n${lines.join('\n')}\n`);
    const ended = await apply({ sandbox, vendor, place }, file, ...fast);
    expect(ended.code, ended.stderr).toBe(3);
    const failed = resultRows(summaryOf(ended).files.failed ?? undefined);
    expect(failed.map((row) => [row['id'], row['oppatch_status'], row['oppatch_code']])).toEqual([
      [idOf(bad), 'rejected', 'MISSING_CONDITIONAL_REQUIRED_PROPERTY'],
    ]);
    expect(summaryOf(ended).rows).toMatchObject({ applied: rows - 1, rejected: 1 });
    expect(writes(sandbox)).toBeLessThanOrEqual(most);
  });

  it('is sent apart at once where the reply names a property that it alone changes', async () => {
    const { sandbox, place } = await account(rows);
    const lines = Array.from(
      { length: rows },
      (_, index) => `${idOf(index + 1)},7,${index + 1 === 42 ? 'nowhere' : ''}`,
    );
    const file = place.file('edits.csv', `id,amount,territory\n${lines.join('\n')}\n`);
    const ended = await apply({ sandbox, vendor, place }, file, ...fast);
    expect(summaryOf(ended).rows).toMatchObject({ applied: rows - 1, rejected: 1 });
    expect(writes(sandbox)).toBeLessThanOrEqual(3);
  });

  it('is named where the reply names rows, in any order of the results', async () => {
    const { sandbox, place } = await account(rows, { batch: { inOrder: false, namesRows: true } });
    const lines = Array.from(
      { length: rows },
      (_, index) => `${idOf(index + 1)},${index + 1 === 42 ? 'Closed Lost' : 'Contract Sent'}`,
    );
    const file = place.file('edits.csv', `id,stage\n${lines.join('\n')}\n`);
    const ended = await apply({ sandbox, vendor, place }, file, ...fast);
    expect(summaryOf(ended).rows).toMatchObject({ applied: rows - 1, rejected: 1 });
    expect(rowsByNumber(summaryOf(ended)).get(42)).toMatchObject({ oppatch_status: 'rejected' });
    expect(writes(sandbox)).toBe(1);
  });
});

it("a stranger's export of 40 columns, labels and names is planned and applied", async () => {
  const rows = 60;
  const { sandbox, place } = await account(rows);
  const labels = properties.map(({ label }) => label).filter((label) => label !== 'Record ID');
  const cells: Readonly<Record<string, string>> = {
    'Deal Name': '"Northwind, 500 seats"',
    Amount: '42000.50',
    Currency: 'Euro (EUR)',
    'Close Date': '2026-11-30 12:00',
    Pipeline: 'Renewals',
    'Deal Stage': 'Closed Won (Renewals)',
    'Deal owner': 'cy.rose@northwind.example',
    'Deal Type': 'Existing Business',
    'Sales regions': 'EMEA;Asia Pacific',
    Renewal: 'Yes',
    'Contract end': '2027-01-31',
    'Contract phone': '+49301234',
    'Create Date': '2026-03-02 08:00',
    'Is Closed': 'false',
  };
  const header = ['Record ID', ...labels.slice(0, 38), 'Associated Company'];
  expect(header).toHaveLength(40);
  const lines = Array.from({ length: rows }, (_, index) =>
    [idOf(index + 1), ...labels.slice(0, 38).map((label) => cells[label] ?? ''), 'Northwind'].join(','),
  );
  const file = place.file('export.csv', `${header.map(quoted).join(',')}\n${lines.join('\n')}\n`);

  const refused = await command(sandbox, place, ['plan', file]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('--ignore');

  const leftOut = ['--ignore', 'Associated Company', '--ignore-read-only'];
  const planned = await command(sandbox, place, ['plan', file, ...leftOut]);
  expect(planned.code, planned.stderr).toBe(0);
  const ended = await apply({ sandbox, vendor, place }, file, ...leftOut, ...fast);
  expect(ended.code, ended.stderr).toBe(0);
  expect(summaryOf(ended).rows).toMatchObject({ read: rows, applied: rows });
  for (let number = 1; number <= rows; number += 1) {
    expect(stateOf(sandbox, number)).toMatchObject({
      dealname: 'Northwind, 500 seats',
      amount: '42000.5',
      deal_currency_code: 'EUR',
      closedate: '2026-11-30T12:00:00.000Z',
      pipeline: '77120034',
      dealstage: '151003003',
      hubspot_owner_id: '880013',
      dealtype: 'existingbusiness',
      sales_regions: 'emea;apac',
      renewal: 'true',
      contract_end: '2027-01-31',
    });
  }
  const again = await apply({ sandbox, vendor, place }, file, ...leftOut, ...fast);
  expect(summaryOf(again).rows, again.stderr).toMatchObject({ unchanged: rows });
  expect(sandbox.world(vendor).statistics.violations).toEqual([]);
});

describe('what HubSpot does by itself', () => {
  it('a deal that was merged away is changed under its new id', async () => {
    const { sandbox, place } = await account(3);
    sandbox.world(vendor).records.put(idOf(1), { ...stateOf(sandbox, 1), hs_merged_object_ids: '60000001' });
    const file = place.file('edits.csv', `id,amount\n60000001,77\n${idOf(2)},78\n${idOf(3)},79\n`);
    const planned = await command(sandbox, place, ['plan', file]);
    expect(planned.stdout + planned.stderr).toContain(`the deal 60000001 was merged into ${idOf(1)}`);
    const ended = await apply({ sandbox, vendor, place }, file, ...fast);
    expect(ended.code, ended.stderr).toBe(0);
    expect([1, 2, 3].map((number) => stateOf(sandbox, number)['amount'])).toEqual(['77', '78', '79']);
  });

  it('a value that was brought into another form is applied', async () => {
    const { sandbox, place } = await account(2);
    const file = place.file('edits.csv', `id,contract_phone\n${idOf(1)},+49 30 1234\n${idOf(2)},+49 30 99\n`);
    const ended = await apply({ sandbox, vendor, place }, file, ...fast);
    expect(ended.code, ended.stderr).toBe(0);
    expect(summaryOf(ended).rows).toMatchObject({ applied: 2 });
    expect(stateOf(sandbox, 1)['contract_phone']).toBe('+49301234');
  });

  it('values are added to a list, each deal by itself', async () => {
    const { sandbox, place } = await account(3);
    sandbox.world(vendor).records.put(idOf(2), { ...stateOf(sandbox, 2), sales_regions: 'emea;na' });
    const added = place.file(
      'add.csv',
      `id,sales_regions.add\n${idOf(1)},EMEA\n${idOf(2)},Asia Pacific\n${idOf(3)},EMEA;North America\n`,
    );
    const first = await apply({ sandbox, vendor, place }, added, ...fast);
    expect(first.code, first.stderr).toBe(0);
    expect([1, 2, 3].map((number) => stateOf(sandbox, number)['sales_regions'])).toEqual([
      'emea',
      'emea;na;apac',
      'emea;na',
    ]);
    expect(callsTo(sandbox, batchPath)).toBe(0);
    const again = await apply({ sandbox, vendor, place }, added, ...fast);
    expect(summaryOf(again).rows, again.stderr).toMatchObject({ unchanged: 3 });
  });

  it("the day's last call ends the run in order, and it can be resumed", async () => {
    const rows = 20;
    const { sandbox, place } = await account(rows);
    const lines = Array.from({ length: rows }, (_, index) => `${idOf(index + 1)},7`);
    const file = place.file('edits.csv', `id,amount\n${lines.join('\n')}\n`);
    const world = sandbox.world(vendor);
    const names = await command(sandbox, place, ['fields']);
    expect(names.code, names.stderr).toBe(0);
    world.configure({ ...world.behaviour, quota: [{ count: 8, windowMs: 86_400_000 }] });
    const stopped = await apply({ sandbox, vendor, place }, file, ...fast, '--no-bulk', '--blind');
    expect(stopped.code, stopped.stderr).toBe(6);
    expect(summaryOf(stopped).rows.unprocessed).toBeGreaterThan(0);
    world.configure({ ...world.behaviour, quota: [] });
    const words = ['resume', '--json', ...fast];
    const resumed = await command(sandbox, place, words);
    expect(resumed.code, resumed.stderr).toBe(0);
    for (let number = 1; number <= rows; number += 1) expect(stateOf(sandbox, number)['amount']).toBe('7');
  });
});

import { describe, expect, it } from 'vitest';
import type { Sandbox, SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { daysKey, regionKey } from '../../../src/sandbox/vendors/pipedrive-metadata.ts';
import {
  accountWords,
  apply,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  rowsByNumber,
  run,
  start,
  summaryOf,
  type Ended,
  type Place,
} from '../../cli/oppatch.ts';

/** Pipedrive from the first plan to the undo against the sandbox, and its budget of the day. */

const vendor = 'pipedrive';

function idOf(number: number): string {
  return String(50_000 + number);
}

async function company(rows: number, behaviour: SandboxOptions['behaviour'] = {}) {
  const sandbox = await newSandbox({ autoCreate: false, ...behaviour });
  const { records } = sandbox.world(vendor);
  for (let number = 1; number <= rows; number += 1)
    records.put(idOf(number), records.make(idOf(number), { title: `Deal ${number}` }));
  return { sandbox, place: newPlace() };
}

function command(sandbox: Sandbox, { home }: Place, words: readonly string[]): Promise<Ended> {
  return run([...words, ...accountWords(sandbox, vendor)], { home, env: environmentOf(sandbox, vendor) });
}

function stateOf(sandbox: Sandbox, number: number): Record<string, unknown> {
  return sandbox.world(vendor).records.get(idOf(number)) ?? {};
}

/** The published price of a call, in tokens. */
function price(method: string, path: string): number {
  if (method === 'PATCH') return 5;
  if (/\/v2\/deals\/\d+$/.test(path)) return 1;
  if (/\/v2\/(pipelines|stages)$/.test(path)) return 5;
  if (path.endsWith('/v1/users/me')) return 2;
  return path.includes('/v1/') ? 20 : 10;
}

function tokensSpent(sandbox: Sandbox): number {
  return sandbox.world(vendor).log.reduce((sum, { method, path }) => sum + price(method, path), 0);
}

it('a file with names is planned, applied, killed, resumed, retried and undone', async () => {
  const rows = 60;
  const { sandbox, place } = await company(rows);
  const archived = 31;
  const { records } = sandbox.world(vendor);
  records.put(idOf(archived), { ...stateOf(sandbox, archived), is_archived: true });
  const lines = Array.from({ length: rows }, (_, index) => {
    const stage = index % 2 === 0 ? 'Sales / Negotiation' : 'Renewals / Negotiation';
    return `${idOf(index + 1)},${1_000 + index}.50,${stage},bo@northwind.example,EMEA,"[""Monday"",""Wednesday""]"`;
  });
  const file = place.file('edits.csv', `Deal - ID,amount,stage,owner,Region,Days\n${lines.join('\n')}\n`);
  const input = ['--id-column', 'Deal - ID'];
  const before = Array.from({ length: rows }, (_, index) => stateOf(sandbox, index + 1));

  const planned = await command(sandbox, place, ['plan', file, ...input]);
  expect(planned.code, planned.stderr).toBe(3);
  expect(planned.stdout).toMatch(/Qualified.* → .*Negotiation/);
  expect(sandbox.world(vendor).log.filter(({ method }) => method === 'PATCH')).toEqual([]);

  const words = [...accountWords(sandbox, vendor), '--json', ...fast];
  const env = environmentOf(sandbox, vendor);
  const killed = await start(['apply', file, ...input, ...words, '--yes'], {
    home: place.home,
    env: { ...env, OPPATCH_CRASH_AT: 'after-send:20' },
  }).ended;
  expect(killed.signal, killed.stderr).toBe('SIGKILL');

  const resumed = await run(['resume', ...words], { home: place.home, env });
  const summary = summaryOf(resumed);
  expect(resumed.code, resumed.stderr).toBe(3);
  expect(summary.rows).toMatchObject({ read: rows, invalid: 1, rejected: 0, failed: 0, in_doubt: 0, unprocessed: 0 });
  expect(rowsByNumber(summary).get(archived)).toMatchObject({ oppatch_code: 'deal-archived' });
  for (let number = 1; number <= rows; number += 1) {
    if (number === archived) continue;
    const [stage, pipeline] = number % 2 === 1 ? [32, 3] : [41, 4];
    expect(stateOf(sandbox, number)).toMatchObject({
      value: 999.5 + number,
      stage_id: stage,
      pipeline_id: pipeline,
      owner_id: 10,
      custom_fields: { [regionKey]: 107, [daysKey]: [1, 3] },
    });
  }

  records.put(idOf(archived), { ...stateOf(sandbox, archived), is_archived: false });
  const retried = await run(['retry', summary.run, '--yes', ...words], { home: place.home, env });
  expect(retried.code, retried.stderr).toBe(0);
  for (const id of [summaryOf(retried).run, summary.run]) {
    const undone = await run(['undo', id, '--yes', ...words], { home: place.home, env });
    expect(undone.code, `${undone.stdout}${undone.stderr}`).toBe(0);
  }
  const names = ['value', 'stage_id', 'pipeline_id', 'owner_id', 'custom_fields'];
  for (let number = 1; number <= rows; number += 1)
    for (const name of names) expect(stateOf(sandbox, number)[name]).toEqual(before[number - 1]?.[name]);
  expect(sandbox.world(vendor).statistics.violations).toEqual([]);
});

it('a second apply of the same file writes nothing', async () => {
  const { sandbox, place } = await company(120);
  const lines = Array.from({ length: 120 }, (_, index) => `${idOf(index + 1)},${index}.25`);
  const file = place.file('edits.csv', `id,amount\n${lines.join('\n')}\n`);
  const account = { sandbox, vendor, place };
  expect((await apply(account, file, ...fast)).code).toBe(0);
  const { log } = sandbox.world(vendor);
  const sent = log.length;
  const again = await apply(account, file, ...fast);
  expect(summaryOf(again).rows).toMatchObject({ unchanged: 120, applied: 0 });
  // Two lists of up to 100 show all of them.
  expect(log.slice(sent).filter(({ path }) => path.includes('/deals')).length).toBe(2);
});

describe('the budget of the day', () => {
  it('is spent at the published prices and never overdrawn; the rest is resumable', async () => {
    const budget = 300;
    const { sandbox, place } = await company(100, {
      quota: [
        { count: 1_000, windowMs: 2_000 },
        { count: budget, windowMs: 86_400_000, unit: 'tokens' },
      ],
    });
    const lines = Array.from({ length: 100 }, (_, index) => `${idOf(index + 1)},${index}.25`);
    const file = place.file('edits.csv', `id,amount\n${lines.join('\n')}\n`);
    const ended = await apply({ sandbox, vendor, place }, file, '--rate', `tokens=${budget}/1d`, '--rate', '1000/2s');
    const summary = summaryOf(ended);
    expect(ended.code, ended.stderr).toBe(6);
    expect(summary.rows.applied + summary.rows.unprocessed).toBe(100);
    expect(summary.rows.applied).toBeGreaterThan(30);
    expect(summary.rows.failed + summary.rows.rejected + summary.rows.in_doubt).toBe(0);
    expect(tokensSpent(sandbox)).toBeLessThanOrEqual(budget);
    expect(sandbox.world(vendor).statistics.throttled).toBe(0);
  });

  it('ends the run with the time of its return where the vendor says that it is used up', async () => {
    const { sandbox, place } = await company(50, {
      quota: [{ count: 120, windowMs: 7_200_000, unit: 'tokens' }],
    });
    const lines = Array.from({ length: 50 }, (_, index) => `${idOf(index + 1)},${index}.25`);
    const file = place.file('edits.csv', `id,amount\n${lines.join('\n')}\n`);
    const ended = await apply({ sandbox, vendor, place }, file, ...fast);
    expect(ended.code, ended.stderr).toBe(6);
    expect(summaryOf(ended).rows).toMatchObject({ failed: 0, rejected: 0, in_doubt: 0 });
    expect(ended.stderr).toMatch(/budget of the day|used up/);
  });
});

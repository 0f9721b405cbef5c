import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Sandbox, SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import {
  accountWords,
  apply,
  environmentOf,
  fast,
  manyRows,
  newPlace,
  newSandbox,
  rowsByNumber,
  run,
  start,
  summaryOf,
  type Ended,
  type Place,
} from '../../cli/oppatch.ts';

/** Zoho CRM from the first plan to the undo, in batches and one by one, against the sandbox. */

const vendor = 'zoho';

function idOf(number: number): string {
  return String(7_123_400_000_006_000_000n + BigInt(number));
}

async function organisation(rows: number, behaviour: SandboxOptions['behaviour'] = {}) {
  const sandbox = await newSandbox({ autoCreate: false, ...behaviour });
  const { records } = sandbox.world(vendor);
  for (let number = 1; number <= rows; number += 1)
    records.put(idOf(number), records.make(idOf(number), { Deal_Name: `Deal ${number}` }));
  return { sandbox, place: newPlace() };
}

function command(sandbox: Sandbox, { home }: Place, words: readonly string[]): Promise<Ended> {
  return run([...words, ...accountWords(sandbox, vendor)], { home, env: environmentOf(sandbox, vendor) });
}

function stateOf(sandbox: Sandbox, number: number): Record<string, unknown> {
  return sandbox.world(vendor).records.get(idOf(number)) ?? {};
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function writes(sandbox: Sandbox) {
  return sandbox.world(vendor).log.filter(({ method }) => method === 'PUT');
}

describe.each([
  ['in batches', 230, 2, []],
  ['one by one, under a guard', 40, 25, ['--setting', 'lock=each']],
])('%s', (_title, rows, crashAfter, mode) => {
  it('a file is planned, applied, killed, resumed, retried and undone', async () => {
    const { sandbox, place } = await organisation(rows);
    const unknown = Math.floor(rows / 2) + 2;
    const id = (number: number): string => (number === unknown ? '7123400000009999999' : idOf(number));
    const lines = Array.from({ length: rows }, (_, index) => {
      const stage = index % 2 === 0 ? 'Negotiation/Review' : 'Closed Won';
      return `${id(index + 1)},${1_000 + index}.50,${stage},bo@northwind.example,"[""Korean"",""Dutch""]"`;
    });
    const file = place.file('edits.csv', `Record Id,amount,Stage,Deal Owner,Languages\n${lines.join('\n')}\n`);
    const before = Array.from({ length: rows }, (_, index) => stateOf(sandbox, index + 1));

    const planned = await command(sandbox, place, ['plan', file, ...mode]);
    expect(planned.code, planned.stderr).toBe(3);
    expect(planned.stdout).toMatch(/Qualification.* → .*Negotiation/);
    expect(writes(sandbox)).toEqual([]);

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
    expect(rowsByNumber(summary).get(unknown)).toMatchObject({ oppatch_code: 'not-found' });
    for (let number = 1; number <= rows; number += 1) {
      if (number === unknown) continue;
      expect(stateOf(sandbox, number)).toMatchObject({
        Amount: 999.5 + number,
        Stage: number % 2 === 1 ? 'Negotiation/Review' : 'Closed Won',
        Owner: { id: '7123400000000301002' },
        Langs: ['Korean', 'Dutch'],
      });
    }

    const undone = await run(['undo', summary.run, '--yes', ...words], { home: place.home, env });
    expect(undone.code, `${undone.stdout}${undone.stderr}`).toBe(0);
    const names = ['Amount', 'Stage', 'Langs', 'Probability'];
    const held = (record: Record<string, unknown> | undefined) => names.map((name) => record?.[name] ?? null);
    for (let number = 1; number <= rows; number += 1)
      expect(held(stateOf(sandbox, number))).toEqual(held(before[number - 1]));
    expect(sandbox.world(vendor).statistics.violations).toEqual([]);
    const guarded = writes(sandbox).filter(({ headers }) => headers['if-unmodified-since'] !== undefined);
    expect(guarded.length > 0).toBe(mode.length > 0);
    expect(guarded.every(({ path }) => path.endsWith('/Deals'))).toBe(mode.length === 0);
  });
});

/** 10,000 rows with OPPATCH_MANY_ROWS=10000: at most 320 calls. */
it('many rows go 100 and are read 46 a call, names included', async () => {
  const rows = manyRows;
  const { sandbox, place } = await organisation(rows);
  const lines = Array.from({ length: rows }, (_, index) => `${idOf(index + 1)},${index}.25`);
  const file = place.file('edits.csv', `id,Amount\n${lines.join('\n')}\n`);
  const ended = await apply({ sandbox, vendor, place }, file, ...fast);
  expect(ended.code, ended.stderr).toBe(0);
  expect(summaryOf(ended).rows).toMatchObject({ read: rows, applied: rows });
  expect(sandbox.world(vendor).statistics.arrivals).toBeLessThanOrEqual(rows / 100 + Math.ceil(rows / 46) + 2);
});

it('a bad row among 100 is told by its own outcome without a call more, whatever its place', async () => {
  for (const bad of [1, 50, 100]) {
    const { sandbox, place } = await organisation(100);
    const { records } = sandbox.world(vendor);
    const lines = Array.from({ length: 100 }, (_, index) => `${idOf(index + 1)},${index}.25`);
    const file = place.file('edits.csv', `id,Amount\n${lines.join('\n')}\n`);
    // The deal goes between the read and the write.
    const shown = records.get.bind(records);
    let reads = 0;
    Object.assign(records, {
      get: (id: string) => {
        if (id !== idOf(bad)) return shown(id);
        reads += 1;
        return reads === 1 ? shown(id) : undefined;
      },
    });
    const ended = await apply({ sandbox, vendor, place }, file, ...fast);
    const summary = summaryOf(ended);
    expect(summary.rows, ended.stderr).toMatchObject({ read: 100, applied: 99, rejected: 1 });
    expect(rowsByNumber(summary).get(bad)).toMatchObject({ oppatch_status: 'rejected', oppatch_code: 'INVALID_DATA' });
    // 100 rows may come in two calls, as reads of 46 let them come.
    expect(writes(sandbox).length).toBeLessThanOrEqual(2);
  }
});

it('someone else’s change since the read is a conflict, not lost', async () => {
  const { sandbox, place } = await organisation(1);
  const { records } = sandbox.world(vendor);
  const file = place.file('edits.csv', `id,Amount\n${idOf(1)},5\n`);
  const shown = records.get.bind(records);
  let seen = false;
  Object.assign(records, {
    get: (id: string) => {
      const record = shown(id);
      if (id !== idOf(1) || record === undefined || seen) return record;
      seen = true;
      records.put(id, { ...record, Amount: 777, Modified_Time: '2100-01-01T00:00:00+00:00' });
      return record;
    },
  });
  const ended = await apply({ sandbox, vendor, place }, file, '--setting', 'lock=each');
  expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ conflict: 1 });
  expect(stateOf(sandbox, 1)).toMatchObject({ Amount: 777 });
});

it('a language is added to those that a deal has, in a batch and under a guard, and taken back', async () => {
  for (const mode of [[], ['--setting', 'lock=each']]) {
    const { sandbox, place } = await organisation(3);
    const { records } = sandbox.world(vendor);
    records.put(idOf(2), { ...stateOf(sandbox, 2), Langs: ['Korean', 'Dutch'] });
    const file = place.file(
      'edits.csv',
      `id,Languages.add,Langs.remove\n${idOf(1)},Dutch,\n${idOf(2)},Greek,Korean\n${idOf(3)},,Greek\n`,
    );
    const ended = await apply({ sandbox, vendor, place }, file, ...mode);
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ applied: 2, unchanged: 1 });
    const held = () => [1, 2, 3].map((number) => stateOf(sandbox, number)['Langs']);
    expect(held()).toEqual([['Dutch'], ['Dutch', 'Greek'], null]);
    expect(writes(sandbox)).toHaveLength(mode.length === 0 ? 1 : 2);
    const undone = await command(sandbox, place, ['undo', summaryOf(ended).run, '--yes', ...mode]);
    expect(undone.code, undone.stderr).toBe(0);
    expect(held()).toEqual([null, ['Korean', 'Dutch'], null]);
  }
});

it('a plan and its page say that automations run, or that they are told not to', async () => {
  const { sandbox, place } = await organisation(1);
  const file = place.file('edits.csv', `id,Amount\n${idOf(1)},77\n`);
  const page = join(place.home, 'plan.html');
  const runs = 'Workflows, approvals and blueprints of Zoho run on each edit; --setting automations=none';
  const none = 'Zoho is told not to run workflows, approvals and blueprints';
  expect(onOneLine((await command(sandbox, place, ['plan', file, '--html', page])).stdout)).toContain(runs);
  expect(onOneLine(readFileSync(page, 'utf8'))).toContain(runs);
  const quiet = await command(sandbox, place, ['plan', file, '--setting', 'automations=none']);
  expect(onOneLine(quiet.stdout)).toContain(none);
});

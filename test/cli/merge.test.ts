import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  accountWords,
  apply,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  rememberNames,
  resultRows,
  rowsByNumber,
  run,
  start,
  summaryOf,
  writesOf,
  type VendorName,
} from './oppatch.ts';

/** `--merge`: successive rows of one id in one call, each with its own outcome, its own values from before and its own part of what was sent. */

function bodiesOf(calls: readonly { readonly body?: string | undefined }[]): unknown[] {
  return calls.map(({ body }) => JSON.parse(body ?? 'null') as unknown);
}

describe('successive rows of one id', () => {
  it('become one call at Close; each is reported, and taken back by row', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const file = place.file(
      'edits.csv',
      'id,confidence,note\noppo_1,10,\noppo_1,20,first\noppo_1,,second\noppo_2,30,\noppo_1,40,\n',
    );
    const summary = summaryOf(await apply({ sandbox, vendor: 'close', place }, file, ...fast, '--merge'));
    expect(summary.rows).toMatchObject({ read: 5, applied: 5 });
    expect(bodiesOf(writesOf(sandbox, 'close').filter(({ path }) => path.includes('oppo_1')))).toEqual([
      { confidence: 20, note: 'second' },
      { confidence: 40 },
    ]);
    const journal = readFileSync(join(summary.files.directory, 'journal.ndjson'), 'utf8').split('\n');
    const planned = journal.filter((line) => line.includes('"k":"B"')).map((line) => JSON.parse(line) as object);
    expect(planned).toMatchObject([
      { r: 1, before: {}, sent: [], merged: { lead: 1 } },
      { r: 2, before: { confidence: 50 }, sent: ['confidence'], merged: { lead: 1 } },
      { r: 3, sent: ['note'], merged: { lead: 1 } },
      { r: 4, sent: ['confidence'] },
      { r: 5, before: { confidence: 20 }, sent: ['confidence'] },
    ]);
    expect(planned.filter((record) => 'merged' in record)).toHaveLength(3);

    const words = ['undo', summary.run, ...accountWords(sandbox, 'close'), ...fast, '--yes', '--json'];
    const undone = summaryOf(await run(words, { home: place.home, env: environmentOf(sandbox, 'close') }));
    expect(undone.rows).toMatchObject({ read: 4, applied: 4 });
    expect(sandbox.world('close').records.get('oppo_1')).toMatchObject({ confidence: 50 });
  });

  it('share a refusal, which says so, and a retry without --merge sends each', async () => {
    const sandbox = await newSandbox({ autoCreate: false });
    const place = newPlace();
    const file = place.file('edits.csv', 'id,confidence,note\noppo_9,10,\noppo_9,,text\n');
    const ended = await apply({ sandbox, vendor: 'close', place }, file, ...fast, '--merge', '--blind');
    const summary = summaryOf(ended);
    expect(summary.rows).toMatchObject({ read: 2, rejected: 2 });
    expect(writesOf(sandbox, 'close')).toHaveLength(1);
    expect(resultRows(summary.files.failed).every((row) => row['oppatch_hint']?.includes('--merge') === true)).toBe(
      true,
    );
    const { records } = sandbox.world('close');
    records.put('oppo_9', records.make('oppo_9', {}));
    const words = ['retry', summary.run, ...accountWords(sandbox, 'close'), ...fast, '--yes', '--json', '--blind'];
    const retried = summaryOf(await run(words, { home: place.home, env: environmentOf(sandbox, 'close') }));
    expect(retried.rows).toMatchObject({ read: 2, applied: 2 });
    expect(retried.calls.sent).toBe(2);
  });

  it('leave alone what is so already, row by row', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const file = place.file('edits.csv', 'id,confidence,note\noppo_1,50,\noppo_1,,new\n');
    const summary = summaryOf(await apply({ sandbox, vendor: 'close', place }, file, ...fast, '--merge'));
    expect(summary.rows).toMatchObject({ unchanged: 1, applied: 1 });
    expect(rowsByNumber(summary).get(1)?.['oppatch_status']).toBe('unchanged');
    expect(bodiesOf(writesOf(sandbox, 'close'))).toEqual([{ note: 'new' }]);
  });

  it('become one entry of a bulk call at LeadSquared', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const lines = Array.from({ length: 20 }, (_, index) => [
      `${idOf('leadsquared', index)},,${index}`,
      `${idOf('leadsquared', index)},Text ${index},${index + 1}`,
    ]).flat();
    const file = place.file('edits.csv', `id,mx_Custom_11,mx_Custom_6\n${lines.join('\n')}\n`);
    const quick = ['--rate', '100000/1s', '--rate', 'bulk=100000/1s', '--event-code', '12000', '--blind'];
    const summary = summaryOf(await apply({ sandbox, vendor: 'leadsquared', place }, file, ...quick, '--merge'));
    expect(summary).toMatchObject({ rows: { read: 40, applied: 40 }, calls: { sent: 1 } });
    expect(rowsByNumber(summary).size).toBe(40);
    for (let number = 0; number < 20; number += 1)
      expect(sandbox.world('leadsquared').records.get(idOf('leadsquared', number))).toMatchObject({
        mx_Custom_11: `Text ${number}`,
        mx_Custom_6: String(number + 1),
      });
  });

  it('become two calls at Raze, fields and then stage; a stage is not passed over', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const file = place.file(
      'edits.csv',
      'id,name,notes,stage\nopp_1,New,,\nopp_1,,Text,won\nopp_2,,,proposal\nopp_2,,,won\nopp_2,After,,\n',
    );
    const summary = summaryOf(
      await apply({ sandbox, vendor: 'raze', place }, file, ...fast, '--merge', '--blind', '--concurrency', '1'),
    );
    expect(summary.rows).toMatchObject({ read: 5, applied: 5 });
    const calls = writesOf(sandbox, 'raze').map(({ method, path }) => `${method} ${path.split('opp_')[1] ?? ''}`);
    expect(calls.filter((call) => call.includes(' 1'))).toEqual(['PUT 1', 'PATCH 1/stage']);
    expect(calls.filter((call) => call.includes(' 2'))).toEqual(['PATCH 2/stage', 'PATCH 2/stage', 'PUT 2']);
  });

  it('are counted by the plan as the calls that they become', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const file = place.file('edits.csv', 'id,confidence\noppo_1,10\noppo_1,20\noppo_1,30\noppo_2,40\n');
    const words = ['plan', file, '--offline', ...accountWords(sandbox, 'close')];
    const env = environmentOf(sandbox, 'close');
    const apart = await run(words, { home: place.home, env });
    const merged = await run([...words, '--merge'], { home: place.home, env });
    expect(apart.stdout).toMatch(/\b4 calls\b/);
    expect(merged.stdout).toMatch(/\b2 calls\b/);
  });
});

describe('a killed run of merged rows', () => {
  it.each([
    ['close', 'after-intent'],
    ['close', 'after-reply'],
    ['raze', 'after-send'],
    ['raze', 'after-reply'],
    ['raze', 'after-outcome'],
    ['partner-center', 'after-send'],
    ['partner-center', 'after-reply'],
  ] as const)('at %s goes on where it was killed: %s', async (vendor, point) => {
    const sandbox = await newSandbox({ latency: { requestMs: [0, 3], replyMs: [0, 5] } });
    const place = newPlace();
    const env = environmentOf(sandbox, vendor);
    if (vendor === 'close') await rememberNames(sandbox, place);
    const { header, rowsOf, holds } = forms[vendor];
    const ids = Array.from({ length: 6 }, (_, index) => idOf(vendor, index));
    const file = place.file('edits.csv', `${header}\n${ids.flatMap((id, index) => rowsOf(id, index)).join('\n')}\n`);
    const words = [...accountWords(sandbox, vendor), '--json', ...fast, '--concurrency', '2'];
    const killed = await start(['apply', file, ...words, '--yes', '--merge'], {
      home: place.home,
      env: { ...env, OPPATCH_CRASH_AT: `${point}:9` },
    }).ended;
    expect(killed.signal).toBe('SIGKILL');
    const ended = await run(['resume', ...words], { home: place.home, env });
    const summary = summaryOf(ended);
    expect(summary.rows, ended.stderr).toMatchObject({ read: 18, applied: 18 });
    expect(rowsByNumber(summary).size).toBe(18);
    const { records, statistics } = sandbox.world(vendor);
    expect(statistics.violations).toEqual([]);
    for (const [index, id] of ids.entries()) expect(records.get(id)).toMatchObject(holds(index));
  });
});

function idOf(vendor: VendorName, index: number): string {
  if (vendor === 'close') return `oppo_${index}`;
  return vendor === 'raze' ? `opp_${index}` : `5ca5b042-51ea-4699-b6f0-${String(index).padStart(12, '0')}`;
}

/** Three rows an id, the second of which overwrites all of the first. */
const forms = {
  close: {
    header: 'id,confidence,note',
    rowsOf: (id: string, index: number) => [`${id},1,`, `${id},${index + 10},`, `${id},,note ${index}`],
    holds: (index: number) => ({ confidence: index + 10, note: `note ${index}` }),
  },
  raze: {
    header: 'id,name,notes,stage',
    rowsOf: (id: string, index: number) => [`${id},Old,,`, `${id},New ${index},,`, `${id},,Text,won`],
    holds: (index: number) => ({ name: `New ${index}`, notes: 'Text', status: 'won' }),
  },
  'partner-center': {
    header: 'id,/name,/details/notes',
    rowsOf: (id: string, index: number) => [`${id},Old,`, `${id},New ${index},`, `${id},,note ${index}`],
    holds: (index: number) => ({ name: `New ${index}`, details: { notes: `note ${index}` } }),
  },
};

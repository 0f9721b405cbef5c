import { expect, it } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { labelIds } from '../../../src/sandbox/vendors/pipedrive-metadata.ts';
import {
  accountWords,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  run,
  type Ended,
  type Place,
} from '../../cli/oppatch.ts';

/** Labels are a list that Pipedrive only takes as a whole: what is added or removed goes through every command. */

const vendor = 'pipedrive';
const [first = 0, second = 0] = [...labelIds] as readonly number[];

async function company(labels: Readonly<Record<string, readonly number[]>>) {
  const sandbox = await newSandbox({ autoCreate: false });
  const { records } = sandbox.world(vendor);
  for (const [id, label_ids] of Object.entries(labels))
    records.put(id, records.make(id, { title: `Deal ${id}`, label_ids }));
  return { sandbox, place: newPlace() };
}

function command(sandbox: Sandbox, { home }: Place, words: readonly string[]): Promise<Ended> {
  return run([...words, ...accountWords(sandbox, vendor)], { home, env: environmentOf(sandbox, vendor) });
}

function labelsOf(sandbox: Sandbox, ...ids: readonly string[]): unknown[] {
  return ids.map((id) => sandbox.world(vendor).records.get(id)?.['label_ids']);
}

it('a label is added to those that a deal has, shown before and after, and taken back with them as they were', async () => {
  const { sandbox, place } = await company({ '61': [first], '62': [], '63': [first, second] });
  const file = place.file('edits.csv', `id,label_ids.add\n61,${second}\n62,${second}\n63,${second}\n`);
  const planned = await command(sandbox, place, ['plan', file, '--json']);
  const [row] = planned.stdout.split('\n');
  expect(JSON.parse(row ?? '')).toMatchObject({
    id: '61',
    title: 'Deal 61',
    changes: [{ field: 'label_ids', action: 'set', before: [first], after: [first, second] }],
  });
  const applied = await command(sandbox, place, ['apply', file, '--yes', '--json', ...fast]);
  expect(applied.code, applied.stderr).toBe(0);
  expect(JSON.parse(applied.stdout)).toMatchObject({ rows: { applied: 2, unchanged: 1 } });
  expect(labelsOf(sandbox, '61', '62', '63')).toEqual([[first, second], [second], [first, second]]);
  const { run: id } = JSON.parse(applied.stdout) as { run: string };
  const undone = await command(sandbox, place, ['undo', id, '--yes', '--json', ...fast]);
  expect(undone.code, undone.stderr).toBe(0);
  expect(labelsOf(sandbox, '61', '63')).toEqual([[first], [first, second]]);
  // No page of Pipedrive says how the labels are emptied.
  expect(undone.stderr).toContain('not put back: label_ids: it was empty');
});

it('a saved plan sends the list that was shown, and leaves alone one that someone else has changed since', async () => {
  const { sandbox, place } = await company({ '61': [first, second], '62': [first, second], '63': [first, second] });
  const file = place.file('edits.csv', `id,label_ids.remove\n61,${first}\n62,${first}\n63,${first}\n`);
  const plan = `${place.directory}/plan.json`;
  const planned = await command(sandbox, place, ['plan', file, '--out', plan]);
  expect(planned.code, planned.stderr).toBe(0);
  const { records } = sandbox.world(vendor);
  records.put('62', { ...records.get('62'), label_ids: [second, first], title: 'renamed' });
  records.put('63', { ...records.get('63'), label_ids: [first] });
  const applied = await command(sandbox, place, ['apply', plan, '--yes', '--json', ...fast]);
  expect(applied.code, applied.stderr).toBe(3);
  expect(JSON.parse(applied.stdout)).toMatchObject({ rows: { applied: 2, conflict: 1 } });
  // The order of the labels says nothing.
  expect(labelsOf(sandbox, '61', '62', '63')).toEqual([[second], [second], [first]]);
});

it('a label is not added without reading what the deal has, and rows of one deal follow each other', async () => {
  const { sandbox, place } = await company({ '61': [first] });
  const file = place.file('edits.csv', `id,label_ids.add,label_ids.remove\n61,${second},\n61,,${first}\n`);
  const blind = await command(sandbox, place, ['apply', file, '--blind', '--yes', '--json', ...fast]);
  expect(JSON.parse(blind.stdout)).toMatchObject({ rows: { invalid: 2 } });
  expect(labelsOf(sandbox, '61')).toEqual([[first]]);
  const offline = await command(sandbox, place, ['plan', file, '--offline']);
  expect(`${offline.stdout}${offline.stderr}`).toContain('a run reads the list and sends all of it');
  const applied = await command(sandbox, place, ['apply', file, '--yes', '--json', ...fast]);
  expect(applied.code, applied.stderr).toBe(0);
  expect(labelsOf(sandbox, '61')).toEqual([[second]]);
});

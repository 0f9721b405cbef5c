import { expect, it } from 'vitest';
import {
  accountWords,
  applyProcess,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  runProcess,
  summaryOf,
  vendorNames,
} from './oppatch.ts';
import { mixedFile } from './mixed-edits.ts';

/** The built bin itself, each command and each vendor once: what the tests in one process can't see is how it is put together. */

it.each(vendorNames)('a process of its own applies edits at %s', async (vendor) => {
  const sandbox = await newSandbox();
  const place = newPlace();
  const file = place.file(
    'edits.csv',
    mixedFile(vendor, 3, () => true),
  );
  const ended = await applyProcess({ sandbox, vendor, place }, file, ...fast);
  expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
  expect(summaryOf(ended).rows).toMatchObject({ read: 3, applied: 3 });
  expect(Object.keys(sandbox.world(vendor).statistics.appliedById)).toHaveLength(3);
});

it('a process of its own runs each command', async () => {
  const sandbox = await newSandbox();
  const place = newPlace();
  const account = [...accountWords(sandbox, 'close'), ...fast];
  const file = place.file('edits.csv', 'id,confidence\noppo_1,80\noppo_2,80\n');
  const says = async (words: readonly string[], code: number, text: RegExp): Promise<string> => {
    const ended = await runProcess(words, { home: place.home, env: environmentOf(sandbox, 'close') });
    expect([ended.code, ended.stdout + ended.stderr], words.join(' ')).toEqual([code, expect.stringMatching(text)]);
    return ended.stdout;
  };
  await says([], 0, /oppatch sandbox/);
  await says(['--help'], 0, /Usage: oppatch/);
  await says(['vendors', 'close'], 0, /CLOSE_API_KEY/);
  await says(['fields', ...account], 0, /confidence/);
  await says(['template', ...account, '--offline'], 0, /^id,/);
  await says(['completion', 'bash'], 0, /complete/);
  await says(['complete', 'vendors'], 0, /^close\t/m);
  await says(['profile', 'add', 'own', ...account.slice(0, 4), '--from-env'], 0, /Stored the profile own/);
  await says(['doctor', '--profile', 'own'], 0, /the credentials work/);
  await says(['get', 'oppo_1', ...account], 0, /confidence/);
  await says(['list', '--where', 'status=Active', '--csv', ...account], 0, /^id,oppatch_title,oppatch_link/);
  await says(['set', 'oppo_3', 'confidence=70', '--yes', ...account], 0, /1 applied/);
  await says(['plan', file, ...account], 0, /2 edits/);
  await says(
    ['apply', file, ...accountWords(sandbox, 'close'), '--rate', '1/1d', '--blind', '--yes'],
    6,
    /oppatch resume/,
  );
  await says(['resume', ...account], 0, /2 applied/);
  await says(['runs'], 0, /apply .*2 applied/);
  const [newest] = JSON.parse(await says(['runs', '--json'], 0, /"run"/)) as { readonly run: string }[];
  await says(['retry', newest?.run ?? '', ...account, '--yes'], 2, /nothing/i);
  await says(['undo', newest?.run ?? '', ...account, '--yes'], 2, /without reading/);
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { vendors } from '../../src/vendors/index.ts';
import { accountWords, environmentOf, fast, newPlace, newSandbox, run, summaryOf } from './oppatch.ts';

/** One file for every vendor: what a vendor has not got is named before anything is sent, and the rest means the same. */

const columns = ['amount', 'currency', 'close_date', 'stage', 'owner'] as const;
type Column = (typeof columns)[number];

/** `common-columns.json` of a vendor: what of the file it lacks, and the members of the record afterwards. */
interface Expected {
  readonly stage: string;
  readonly owner: string;
  readonly lacks: readonly Column[];
  readonly changed: Readonly<Record<string, unknown>>;
}

function expectedOf(vendor: string): Expected {
  const file = new URL(`../vendors/${vendor}/common-columns.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Expected;
}

describe.each(vendors)('$name', ({ name: vendor }) => {
  it('takes the common columns that it has, and names the others before it sends', async () => {
    const { stage, owner, lacks, changed } = expectedOf(vendor);
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

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apply, fast, newPlace, newSandbox, rowsByNumber, run, summaryOf, type VendorName } from './oppatch.ts';

/** Writes that do more than was asked, and writes that only say they were done: the record in the reply tells. */

const cases: Readonly<Partial<Record<VendorName, { readonly file: string; readonly told: string }>>> = {
  close: { file: 'id,amount\noppo_1,42000\noppo_2,42000\n', told: 'confidence "50" → "1"' },
  raze: { file: 'id,notes\nopp_1,called\nopp_2,called\n', told: 'deal_value "1,000" → "1"' },
  'partner-center': {
    file: 'id,/details/notes\n9f8bed52-e4df-4d0c-9ca6-000000000001,called\n9f8bed52-e4df-4d0c-9ca6-000000000002,called\n',
    told: '/externalReferenceId empty → "overwritten"',
  },
};

describe.each(Object.entries(cases))('a write at %s', (vendor, { file, told }) => {
  it('that changes more than was asked is told, row by row', async () => {
    const sandbox = await newSandbox({ faults: [{ kind: 'overreach', every: 2 }] });
    const place = newPlace();
    const ended = await apply({ sandbox, vendor, place }, place.file('edits.csv', file), ...fast, '--concurrency', '1');
    const summary = summaryOf(ended);
    expect(ended.code).toBe(0);
    expect(summary.rows).toMatchObject({ read: 2, applied: 2 });
    const rows = [...rowsByNumber(summary).values()];
    expect(rows.map((row) => row['oppatch_code'])).toEqual(['', 'changed-more']);
    expect(rows[1]?.['oppatch_message']).toContain(told);
    expect(ended.stderr).toContain('changed-more');
    const shown = await run(['runs', summary.run, '--json'], { home: place.home });
    expect(JSON.parse(shown.stdout)).toMatchObject({
      failures: [{ status: 'applied', code: 'changed-more', count: 1, examples: [{ row: 2 }] }],
    });
    expect(readFileSync(join(summary.files.directory, 'journal.ndjson'), 'utf8')).toContain('"code":"changed-more"');
  });

  it('that says it is done, and shows it, is found out by --verify where it is not', async () => {
    const sandbox = await newSandbox({ faults: [{ kind: 'lie', every: 2 }] });
    const place = newPlace();
    const words = [...fast, '--concurrency', '1', '--verify'];
    const ended = await apply({ sandbox, vendor, place }, place.file('edits.csv', file), ...words);
    expect(ended.code).toBe(3);
    const rows = [...rowsByNumber(summaryOf(ended)).values()];
    expect(rows.map((row) => [row['oppatch_status'], row['oppatch_code']])).toEqual([
      ['applied', ''],
      ['in_doubt', 'not-seen'],
    ]);
  });
});

it('is told of a row of two calls, too, whichever of them it was', async () => {
  const sandbox = await newSandbox({ faults: [{ kind: 'overreach', first: 1 }] });
  const place = newPlace();
  const file = place.file('edits.csv', 'id,notes,status\nopp_1,called,proposal\n');
  const summary = summaryOf(await apply({ sandbox, vendor: 'raze', place }, file, ...fast));
  expect(sandbox.world('raze').statistics.appliedById['opp_1']).toBe(2);
  expect(rowsByNumber(summary).get(1)).toMatchObject({ oppatch_status: 'applied', oppatch_code: 'changed-more' });
});

import { describe, expect, it } from 'vitest';

import type { FaultKind } from '../../src/sandbox/options.ts';
import { mixedEdits, mixedFile } from './mixed-edits.ts';
import {
  accountWords,
  apply,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  run,
  summaryOf,
  vendorNames,
} from './oppatch.ts';
import { expectTruth } from './settled-truthfully.ts';

const kinds: readonly FaultKind[] = [
  'cut-before',
  'cut-after',
  '500',
  '500-after',
  '502-page',
  '503',
  '504-after',
  'html-200',
  'garbage',
  'truncated-body',
];

const rows = 12;
const isSingleRow = (row: number): boolean => row % 2 === 0;

describe.concurrent.each(vendorNames)('%s', (vendor) => {
  it.each(kinds)('settles each row truthfully when every fourth write meets %s', async (kind) => {
    const sandbox = await newSandbox({ faults: [{ kind, every: 4 }] });
    const place = newPlace();
    const file = place.file('edits.csv', mixedFile(vendor, rows, isSingleRow));
    const ended = await apply({ sandbox, vendor, place }, file, ...fast, '--no-bulk', '--concurrency', '3');
    const summary = summaryOf(ended);
    const world = sandbox.world(vendor);
    expectTruth(summary, world, { vendor, rows, isSingleRow });
    const { applied, in_doubt: inDoubt } = summary.rows;
    expect(applied + inDoubt).toBe(rows);
    expect(summary).toMatchObject({ status: 'finished', exit_code: inDoubt === 0 ? 0 : 3 });
    expect(ended.code).toBe(summary.exit_code);
    expect(summary.calls.sent).toBe(world.statistics.arrivals);
    // Faults happened: calls were repeated, looked for at the vendor, or left in doubt.
    expect(summary.calls.retried + summary.calls.reads + inDoubt).toBeGreaterThanOrEqual(3);
    if (inDoubt > 0) expect(ended.stderr).toContain(`${inDoubt} in_doubt`);
  });

  it('stops at the first 401, and resume with right credentials does the rest', async () => {
    const { id } = mixedEdits[vendor];
    const sandbox = await newSandbox({ faults: [{ kind: '401', ids: [id(5)], first: 1 }] });
    const place = newPlace();
    const file = place.file('edits.csv', mixedFile(vendor, rows, isSingleRow));
    const ended = await apply({ sandbox, vendor, place }, file, ...fast, '--no-bulk', '--concurrency', '1');
    expect(ended.code).toBe(4);
    const summary = summaryOf(ended);
    expect(summary).toMatchObject({ status: 'stopped', exit_code: 4, rows: { read: rows, rejected: 0, in_doubt: 0 } });
    expect(summary.rows.applied).toBeLessThan(rows);
    expect(ended.stderr).toContain(`oppatch resume ${summary.run}`);
    const world = sandbox.world(vendor);
    expect(world.log.filter(({ status }) => status === 401)).toHaveLength(1);
    expect(world.log.at(-1)?.status).toBe(401);

    const words = ['resume', '--base-url', sandbox.baseUrls[vendor] ?? '', '--json', ...fast];
    const resumed = await run(words, { home: place.home, env: environmentOf(sandbox, vendor) });
    expect(resumed.code).toBe(0);
    expect(summaryOf(resumed)).toMatchObject({ run: summary.run, rows: { read: rows, applied: rows } });
    expectTruth(summaryOf(resumed), world, { vendor, rows, isSingleRow });
  });
});

describe('wrong credentials', () => {
  it('stop a run with exit 4 before a second wave; a profile with the right ones resumes it', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const { home } = place;
    const add = (apiKey: string) =>
      run(['profile', 'add', 'prod', ...accountWords(sandbox, 'raze'), '--credentials-stdin', '--force'], {
        home,
        input: JSON.stringify({ apiKey }),
      });
    expect((await add('gr_live_wrong')).code).toBe(0);
    const file = place.file('edits.csv', mixedFile('raze', rows, isSingleRow));
    const ended = await run(['apply', file, '--yes', '--json', ...fast, '--concurrency', '4'], { home });
    expect(ended.code).toBe(4);
    expect(summaryOf(ended)).toMatchObject({
      status: 'stopped',
      profile: 'prod',
      exit_code: 4,
      rows: { read: rows, applied: 0, unprocessed: rows },
    });
    const { statistics } = sandbox.world('raze');
    expect(statistics.arrivals).toBeGreaterThan(0);
    // One asked whom the key belongs to.
    expect(statistics.arrivals).toBeLessThanOrEqual(1 + 4);

    expect((await add(sandbox.credentials['raze']?.['apiKey'] ?? '')).code).toBe(0);
    const resumed = await run(['resume', '--json', ...fast], { home });
    expect(resumed.code).toBe(0);
    expectTruth(summaryOf(resumed), sandbox.world('raze'), { vendor: 'raze', rows, isSingleRow });
  });
});

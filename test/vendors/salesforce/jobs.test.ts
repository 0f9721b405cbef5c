import { describe, expect, it } from 'vitest';
import type { CrashPoint } from '../../../src/core/crash-point.ts';
import type { RunSummary } from '../../../src/core/run-summary.ts';
import type { SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { jobsIn } from '../../../src/sandbox/vendors/salesforce-jobs.ts';
import { createRandom } from '../../../src/sandbox/random.ts';
import { fullId } from '../../../src/sandbox/vendors/salesforce-write.ts';
import {
  accountWords,
  environmentOf,
  newPlace,
  newSandbox,
  rowsByNumber,
  run,
  runProcess,
  summaryOf,
  type Ended,
} from '../../cli/oppatch.ts';

/** Runs that send their edits as jobs of the Bulk API 2.0, against the practice server. */

const vendor = 'salesforce';
const always = ['--setting', 'bulk-api=always'];

function idOf(number: number): string {
  return fullId(`0065e00000${number.toString(36).padStart(5, 'B')}`);
}

type Jobs = NonNullable<NonNullable<SandboxOptions['behaviour']>['jobs']>;

async function stage(jobs: Partial<Jobs> = {}, behaviour: SandboxOptions['behaviour'] = {}) {
  const sandbox = await newSandbox({
    ...behaviour,
    jobs: { workMs: 0, ends: 'JobComplete', unprocessed: 0, untold: 0, foreign: false, ...jobs },
  });
  const place = newPlace();
  const { records, log, statistics } = sandbox.world(vendor);
  return {
    place,
    statistics,
    put: (number: number, members: Readonly<Record<string, unknown>> = {}) => {
      const id = idOf(number);
      records.put(id, records.make(id, { ...members }));
    },
    record: (number: number) => records.get(idOf(number)) ?? {},
    jobs: () => [...jobsIn(records).values()],
    calls: () =>
      log.map(({ method, path }) => `${method} ${path.replace(/^.*\/v66\.0/, '').replace(/(?<=ingest\/)\w+/, 'ID')}`),
    oppatch: (
      words: readonly string[],
      /** Where it kills itself, in a process of its own: `POINT:TIMES`. */
      crashAt?: string,
    ): Promise<Ended> => {
      const typed = [...words, ...accountWords(sandbox, vendor)];
      const options = { home: place.home, env: environmentOf(sandbox, vendor) };
      if (crashAt === undefined) return run(typed, options);
      return runProcess(typed, { ...options, env: { ...options.env, OPPATCH_CRASH_AT: crashAt } });
    },
  };
}

function fileOf(
  place: ReturnType<typeof newPlace>,
  rows: number,
  cellsOf = (row: number) => `${row}.5,Step ${row}`,
): string {
  const lines = Array.from({ length: rows }, (_, index) => `${idOf(index + 1)},${cellsOf(index + 1)}`);
  return place.file('edits.csv', `id,amount,NextStep\n${lines.join('\n')}\n`);
}

const apply = (file: string): readonly string[] => ['apply', file, '--yes', '--json', ...always];

/** Every row holds what was asked and was written once. */
function expectWritten({ record, statistics }: Awaited<ReturnType<typeof stage>>, rows: number): void {
  for (let row = 1; row <= rows; row += 1)
    expect(record(row)).toMatchObject({ Amount: row + 0.5, NextStep: `Step ${row}` });
  expect(statistics.violations).toEqual([]);
  expect(Object.values(statistics.appliedById)).toEqual(Array.from({ length: rows }, () => 1));
}

describe('a job', () => {
  it('carries all rows of a run in five calls, its results joined by id in whatever order they come', async () => {
    const org = await stage();
    const ended = await org.oppatch(apply(fileOf(org.place, 150)));
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ read: 150, applied: 150 });
    expectWritten(org, 150);
    const sent = org.calls();
    expect(sent.slice(sent.indexOf('POST /jobs/ingest'))).toEqual([
      'POST /jobs/ingest',
      'PUT /jobs/ingest/ID/batches',
      'PATCH /jobs/ingest/ID',
      'GET /jobs/ingest/ID',
      'GET /jobs/ingest/ID/successfulResults',
    ]);
    expect(rowsByNumber(summaryOf(ended)).get(7)).toMatchObject({ oppatch_status: 'applied' });
    const undone = await org.oppatch(['undo', summaryOf(ended).run, '--yes', '--json', ...always]);
    expect(summaryOf(undone).rows, undone.stderr).toMatchObject({ applied: 150 });
    expect(org.record(7)).toMatchObject({ Amount: 1_000 });
    expect(org.jobs()).toHaveLength(2);
  });

  it('blames the rows that failed and no other, tries locked ones again, and clears, leaves and quotes as JSON would', async () => {
    const org = await stage({ workMs: 600 });
    org.put(2, { sandbox_locks: 1 });
    org.put(5, { NextStep: 'keep' });
    org.put(4, { Description: 'old', Amount: 4, NextStep: 'keep' });
    const cells = ['1,one', '2,two', '-3,three', ':clear:,"a ""b"", c\nd"', '5,', '6,"  six"'];
    const ended = await org.oppatch(apply(fileOf(org.place, 6, (row) => cells[row - 1] ?? '')));
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ read: 6, applied: 5, rejected: 1 });
    expect(rowsByNumber(summaryOf(ended)).get(3)).toMatchObject({
      oppatch_code: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      oppatch_message: 'An amount is never below zero at Northwind. (Amount)',
    });
    expect(org.record(2)).toMatchObject({ Amount: 2, NextStep: 'two' });
    expect(org.record(4)).toMatchObject({ Amount: null, NextStep: 'a "b", c\nd', Description: 'old' });
    expect(org.record(5)).toMatchObject({ Amount: 5, NextStep: 'keep' });
    expect(org.statistics.violations).toEqual([]);
  });

  it('sends successive rows of one id in successive jobs', async () => {
    const org = await stage();
    const file = org.place.file('edits.csv', `id,amount\n${idOf(1)},1\n${idOf(2)},2\n${idOf(1)},3\n`);
    const ended = await org.oppatch(apply(file));
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ applied: 3 });
    expect(org.record(1)).toMatchObject({ Amount: 3 });
    expect(org.jobs()).toHaveLength(2);
    expect(org.statistics.violations).toEqual([]);
  });

  it('leaves texts that a cell can not say to other calls', async () => {
    const org = await stage();
    const file = org.place.file('edits.csv', `id,NextStep\n${idOf(1)},#N/A\n${idOf(2)},two\n`);
    const ended = await org.oppatch([...apply(file), '--allow-damaged', 'NextStep']);
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ applied: 2 });
    expect([1, 2].map((row) => org.record(row)['NextStep'])).toEqual(['#N/A', 'two']);
  });
});

describe('a plan', () => {
  it('says how many jobs there will be, which no run makes that is to stop at its first errors', async () => {
    const org = await stage();
    const file = fileOf(org.place, 20);
    const told = async (...more: readonly string[]): Promise<string> =>
      (await org.oppatch(['plan', file, ...always, ...more])).stdout;
    expect(await told()).toContain('10 calls and 1 read before them');
    expect(await told()).toContain('1 bulk job among them');
    expect(await told('--no-bulk')).not.toContain('bulk job');
    const ended = await org.oppatch([...apply(file), '--fail-fast']);
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ applied: 20 });
    expect(org.jobs()).toEqual([]);
  });
});

describe('a job that goes wrong', () => {
  it.each([
    ['cut-after', 'job-POST'],
    ['500-after', 'job-PUT'],
    ['cut-before', 'job-PATCH'],
    ['cut-after', 'job-PATCH'],
    ['html-200', 'job-PATCH'],
    ['401', 'job-PUT'],
  ] as const)('%s at %s: no row is lost, none written twice, and one job is closed', async (kind, step) => {
    const org = await stage({}, { faults: [{ kind, ids: [step], first: 1 }] });
    const ended = await org.oppatch(apply(fileOf(org.place, 30)));
    if (kind === '401') {
      // A token that can't be renewed ends the session; the job that it left open is given up.
      expect(ended.code).toBe(4);
      const resumed = await org.oppatch(['resume', '--json', ...always]);
      expect(summaryOf(resumed).rows, resumed.stderr).toMatchObject({ read: 30, applied: 30 });
    } else expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ read: 30, applied: 30 });
    expectWritten(org, 30);
    expect(org.jobs().filter(({ state }) => state === 'JobComplete')).toHaveLength(1);
  });

  it.each([
    ['ends as failed with rows undone', { ends: 'Failed', unprocessed: 40, untold: 30 }],
    ['leaves rows out of its results, and names another', { untold: 50, foreign: true }],
    ['is refused', { ends: 'refused' }],
  ] as const)('%s: each row is still written once', async (_what, behaviour) => {
    const org = await stage(behaviour);
    const ended = await org.oppatch(apply(fileOf(org.place, 300)));
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ read: 300, applied: 300 });
    expectWritten(org, 300);
    expect(ended.stderr).toMatch(/results name 1 that were not in it: 0065e00000FoReiGN|rows are sent without/);
  });

  it('is aborted by someone: what it did counts, the rest is not sent, and the run stops', async () => {
    const org = await stage({ ends: 'Aborted', unprocessed: 20 });
    const ended = await org.oppatch(apply(fileOf(org.place, 60)));
    expect(ended.code).toBe(6);
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ read: 60, applied: 40, failed: 20 });
    expect(rowsByNumber(summaryOf(ended)).get(60)).toMatchObject({ oppatch_code: 'job-aborted' });
    expect(org.record(60)).toMatchObject({ Amount: 1_000 });
  });
});

const points: readonly (readonly [CrashPoint, number])[] = [
  ['job-created', 1],
  ['job-closing', 1],
  ['job-closed', 1],
  ['job-results', 1],
  ['job-begins', 1],
  ['job-uploaded', 1],
  ['after-intent', 4],
  ['job-working', 1],
  ['after-send', 4],
  ['after-reply', 5],
  ['after-outcome', 30],
];
/** The first four; `OPPATCH_CRASH_ROUNDS=100 npx vitest run test/vendors/salesforce/jobs.test.ts` goes through all, and kills the resumed run, too. */
const rounds = Number(process.env['OPPATCH_CRASH_ROUNDS'] ?? 2);

describe('a run that is killed while it sends a job', () => {
  it.each(Array.from({ length: rounds }, (_, index) => index))(
    'loses no row and makes no second closed job, round %i',
    async (number) => {
      const random = createRandom(number + 5);
      const org = await stage({ workMs: 200 });
      org.put(5, { sandbox_locks: 1 });
      const file = fileOf(org.place, 90);
      const [point, times] = points[number % points.length] ?? ['job-closed', 1];
      let ended = await org.oppatch(apply(file), `${point}:${times}`);
      expect(ended.signal, ended.stderr).toBe('SIGKILL');
      while (ended.signal === 'SIGKILL') {
        const next = points[Math.floor(random() * points.length)]?.[0] ?? 'job-closed';
        const at = number < points.length || random() < 0.3 ? undefined : `${next}:${1 + Math.floor(random() * 3)}`;
        ended = await org.oppatch(['resume', '--json', ...always], at);
      }
      const { rows }: RunSummary = summaryOf(ended);
      expect(rows, ended.stderr).toMatchObject({ read: 90, in_doubt: 0, failed: 0 });
      expect(rows.applied + rows.unchanged).toBe(90);
      expect(rowsByNumber(summaryOf(ended)).size).toBe(90);
      expectWritten(org, 90);
      // The row under a lock goes once more, by a job of its own.
      const states = org.jobs().map(({ state }) => state);
      expect(states.filter((state) => state === 'JobComplete')).toHaveLength(2);
    },
  );

  it('sends rows that were merged once, each with its own outcome', async () => {
    const org = await stage({ workMs: 200 });
    const rows = Array.from(
      { length: 20 },
      (_, index) => `${idOf(index + 1)},${index + 1}.5,\n${idOf(index + 1)},,Step ${index + 1}`,
    );
    const file = org.place.file('edits.csv', `id,amount,NextStep\n${rows.join('\n')}\n`);
    await org.oppatch([...apply(file), '--merge'], 'job-closed:1');
    const ended = await org.oppatch(['resume', '--json', ...always]);
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ read: 40, applied: 40 });
    expectWritten(org, 20);
    expect(org.jobs()).toHaveLength(1);
  });

  it('or stopped leaves the job at work, and a later session asks for its results', async () => {
    const org = await stage({ workMs: 3_000 });
    const ended = await org.oppatch([...apply(fileOf(org.place, 40)), '--max-duration', '1s']);
    expect(ended.code).toBe(6);
    expect(summaryOf(ended).rows).toMatchObject({ read: 40, in_doubt: 40 });
    const resumed = await org.oppatch(['resume', '--json', ...always]);
    expect(summaryOf(resumed).rows, resumed.stderr).toMatchObject({ read: 40, applied: 40 });
    expectWritten(org, 40);
    expect(org.jobs()).toHaveLength(1);
  });

  it('follows the job where no more are to be made', async () => {
    const org = await stage({ workMs: 300 });
    const file = fileOf(org.place, 40);
    await org.oppatch(apply(file), 'job-closed:1');
    const ended = await org.oppatch(['resume', '--json', '--no-bulk', ...always]);
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ read: 40, applied: 40 });
    expectWritten(org, 40);
    expect(org.calls().filter((call) => call.startsWith('PATCH /sobjects'))).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import type { BulkReply } from '../../src/sandbox/options.ts';
import type { RunSummary } from '../../src/core/run-summary.ts';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts';
import {
  accountWords,
  apply,
  environmentOf,
  newPlace,
  newSandbox,
  rowsByNumber,
  run,
  summaryOf,
  type Place,
} from './oppatch.ts';

/** Several rows a call and several opportunities a read, as LeadSquared offers it where the event code is known. */

const quick = ['--rate', '100000/1s', '--rate', 'bulk=100000/1s', '--event-code', '12000'] as const;
const writePath = '/OpportunityManagement.svc/Bulk/Update/ByOpportunityId';
const readPath = '/OpportunityManagement.svc/GetOpportunitiesById';
const singlePath = '/OpportunityManagement.svc/Update';

function idOf(number: number): string {
  return `5ca5b042-51ea-4699-b6f0-${String(number).padStart(12, '0')}`;
}

function fileOf(place: Place, rows: number, more = (_number: number): string => ''): string {
  const lines = Array.from({ length: rows }, (_, index) => `${idOf(index + 1)},Stage ${index % 7}${more(index + 1)}`);
  return place.file('edits.csv', `id,mx_Custom_2\n${lines.join('\n')}\n`);
}

function countOf(sandbox: Sandbox, path: string): number {
  return sandbox.world('leadsquared').log.filter((call) => call.path === path).length;
}

async function applied(
  behaviour: SandboxOptions['behaviour'],
  rows: number,
  words: readonly string[] = [],
): Promise<{ sandbox: Sandbox; place: Place; file: string; summary: RunSummary; stderr: string; code: number | null }> {
  const sandbox = await newSandbox(behaviour);
  const place = newPlace();
  const file = fileOf(place, rows);
  const ended = await apply({ sandbox, vendor: 'leadsquared', place }, file, ...quick, ...words);
  return { sandbox, place, file, summary: summaryOf(ended), stderr: ended.stderr, code: ended.code };
}

/** Practice opportunities, all but one of those that the file names. */
async function oneMissing(
  bulk: { readonly reply: BulkReply; readonly atomic: boolean },
  rows: number,
  missing: number,
): Promise<{ readonly sandbox: Sandbox; readonly place: Place; readonly file: string }> {
  const sandbox = await newSandbox({ autoCreate: false, bulk });
  const place = newPlace();
  const { records } = sandbox.world('leadsquared');
  for (let number = 1; number <= rows; number += 1)
    if (number !== missing) records.put(idOf(number), records.make(idOf(number), {}));
  return { sandbox, place, file: fileOf(place, rows) };
}

describe('rows that are sent together', () => {
  it('are read 2,000 at a time and written 25 at a time, and a second apply writes nothing', async () => {
    const { sandbox, place, file, summary, code } = await applied({}, 4_510);
    expect(code).toBe(0);
    expect(summary.rows).toMatchObject({ read: 4_510, applied: 4_510 });
    expect(countOf(sandbox, readPath)).toBe(3);
    expect(countOf(sandbox, writePath)).toBeLessThanOrEqual(182);
    expect(countOf(sandbox, singlePath)).toBe(0);
    const { violations, appliedById } = sandbox.world('leadsquared').statistics;
    expect(violations).toEqual([]);
    expect(Object.values(appliedById).filter((times) => times === 1)).toHaveLength(4_510);
    const before = sandbox.world('leadsquared').log.length;
    const again = summaryOf(await apply({ sandbox, vendor: 'leadsquared', place }, file, ...quick));
    expect(again.rows).toMatchObject({ unchanged: 4_510, applied: 0 });
    expect(sandbox.world('leadsquared').log.length - before).toBe(3);
  });

  it.each(['named', 'failures', 'bare'] as const)(
    'are each accounted for where the reply is %s, one bad row among them',
    async (reply) => {
      const { sandbox, place, file } = await oneMissing({ reply, atomic: false }, 30, 12);
      const ended = await apply({ sandbox, vendor: 'leadsquared', place }, file, ...quick, '--blind');
      const summary = summaryOf(ended);
      expect(ended.code).toBe(3);
      expect(summary.rows).toMatchObject({ read: 30, applied: 29 });
      const row = rowsByNumber(summary).get(12);
      expect(row?.['oppatch_status']).toMatch(/^(rejected|in_doubt)$/);
      expect(row?.['oppatch_message']).toContain('does not exist');
      const { appliedById } = sandbox.world('leadsquared').statistics;
      expect(Object.values(appliedById)).toEqual(Array.from({ length: 29 }, () => 1));
    },
  );

  it('are halved until the one to blame stands alone', async () => {
    const { sandbox, place, file } = await oneMissing({ reply: 'named', atomic: true }, 25, 17);
    const ended = await apply({ sandbox, vendor: 'leadsquared', place }, file, ...quick, '--blind');
    expect(summaryOf(ended).rows).toMatchObject({ read: 25, applied: 24, rejected: 1 });
    const calls = countOf(sandbox, writePath) + countOf(sandbox, singlePath);
    expect(calls).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(25)) + 1);
  });

  it('go one by one where the account has no such call, which is said once', async () => {
    const { sandbox, summary, stderr } = await applied({ bulk: { reply: 'none', atomic: false } }, 60);
    expect(summary.rows).toMatchObject({ applied: 60 });
    expect(countOf(sandbox, singlePath)).toBe(60);
    expect(countOf(sandbox, writePath)).toBeLessThanOrEqual(3);
    expect(stderr.match(/Several rows in one call are not accepted/g)).toHaveLength(1);
  });

  it('go one by one with --no-bulk', async () => {
    const { sandbox, summary } = await applied({}, 30, ['--no-bulk']);
    expect(summary.rows).toMatchObject({ applied: 30 });
    expect([countOf(sandbox, singlePath), countOf(sandbox, writePath), countOf(sandbox, readPath)]).toEqual([30, 0, 0]);
  });

  it('are applied once each when a reply is lost on the way', async () => {
    const { sandbox, summary } = await applied({ faults: [{ kind: 'cut-after', every: 2 }] }, 100);
    expect(summary.rows).toMatchObject({ applied: 100 });
    expect(Object.keys(sandbox.world('leadsquared').statistics.appliedById)).toHaveLength(100);
  });

  it('are those of one opportunity type, by the column too', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const rows = Array.from(
      { length: 20 },
      (_, index) => `${idOf(index + 1)},Won,${index % 2 === 0 ? '12000' : '12003'}`,
    );
    const file = place.file('edits.csv', `id,mx_Custom_2,OpportunityEventCode\n${rows.join('\n')}\n`);
    const words = ['--rate', '100000/1s', '--rate', 'bulk=100000/1s'];
    const ended = await apply({ sandbox, vendor: 'leadsquared', place }, file, ...words, '--blind');
    const codes = sandbox
      .world('leadsquared')
      .log.filter(({ path }) => path === writePath)
      .map(
        ({ body }) =>
          new Set((JSON.parse(body) as { OpportunityEventCode: number }[]).map((entry) => entry.OpportunityEventCode)),
      );
    expect(codes.every((of) => of.size === 1)).toBe(true);
    expect(summaryOf(ended).rows.applied).toBe(10);
    expect(summaryOf(ended).rows.rejected + summaryOf(ended).rows.in_doubt).toBe(10);
  });

  it('are taken back together', async () => {
    const { sandbox, place, summary } = await applied({}, 60);
    const before = sandbox.world('leadsquared').records.get(idOf(3));
    expect(before?.['mx_Custom_2']).toBe('Stage 2');
    const words = ['undo', summary.run, ...accountWords(sandbox, 'leadsquared'), ...quick, '--yes', '--json'];
    const undone = summaryOf(await run(words, { home: place.home, env: environmentOf(sandbox, 'leadsquared') }));
    expect(undone.rows).toMatchObject({ read: 60, applied: 60 });
    expect(sandbox.world('leadsquared').records.get(idOf(3))?.['mx_Custom_2']).toBe('Prospecting');
    expect(countOf(sandbox, writePath)).toBe(6);
  });

  it('are written in file order where an opportunity comes twice', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const rows = Array.from({ length: 40 }, (_, index) => `${idOf((index % 10) + 1)},Stage ${index}`);
    const file = place.file('edits.csv', `id,mx_Custom_2\n${rows.join('\n')}\n`);
    const summary = summaryOf(await apply({ sandbox, vendor: 'leadsquared', place }, file, ...quick));
    expect(summary.rows).toMatchObject({ applied: 40 });
    for (let number = 1; number <= 10; number += 1)
      expect(sandbox.world('leadsquared').records.get(idOf(number))?.['mx_Custom_2']).toBe(`Stage ${29 + number}`);
    expect(sandbox.world('leadsquared').statistics.violations).toEqual([]);
  });

  it('stay under their own quota', async () => {
    const sandbox = await newSandbox({
      quota: [
        { count: 100, windowMs: 1_000 },
        { count: 2, windowMs: 1_000, group: 'bulk' },
      ],
    });
    const place = newPlace();
    const words = ['--rate', '100/1s', '--rate', 'bulk=2/1s', '--event-code', '12000', '--blind'];
    const ended = await apply({ sandbox, vendor: 'leadsquared', place }, fileOf(place, 150), ...words);
    expect(summaryOf(ended)).toMatchObject({ rows: { applied: 150 }, calls: { sent: 6, throttled: 0 } });
  });
});

describe('--verify', () => {
  it('waits until the record shows what was written', async () => {
    const { summary, code } = await applied({ readLagMs: 1_500 }, 30, ['--verify']);
    expect(code).toBe(0);
    expect(summary.rows).toMatchObject({ applied: 30 });
    expect(summary.calls.reads).toBeGreaterThanOrEqual(2);
  });
});

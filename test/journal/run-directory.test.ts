import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/journal/journal.ts';
import { RowIndex } from '../../src/journal/row-index.ts';
import { checkingFile, journalFile, makeRunDirectory, newRunId, runBegins } from '../../src/journal/run-directory.ts';
import { findRun, listRuns, surveyRuns } from '../../src/journal/run-listing.ts';
import { sampleHeader, temporaryDirectory } from './temporary.ts';

async function makeRun(runs: string, at: string, ended: boolean): Promise<string> {
  const { run, directory } = await makeRunDirectory(runs, new Date(at));
  const journal = await Journal.create(join(directory, journalFile), sampleHeader(run), new RowIndex());
  const rows = {
    read: 10,
    applied: 10,
    unchanged: 0,
    invalid: 0,
    rejected: 0,
    conflict: 0,
    failed: 0,
    in_doubt: 0,
    unprocessed: 0,
  };
  const calls = { sent: 10, reads: 0, throttled: 0, retried: 0 };
  if (ended) await journal.end({ status: 'finished', exitCode: 0, rows, calls, elapsedMs: 5 });
  else await journal.close();
  return run;
}

describe('run directories', () => {
  it('have ids that sort by time and are told apart within a second', () => {
    const now = new Date('2026-11-21T02:15:30.123Z');
    const ids = new Set(Array.from({ length: 200 }, () => newRunId(now)));
    expect(ids.size).toBeGreaterThan(190);
    for (const id of ids) expect(id).toMatch(/^20261121T021530Z-[a-z0-9]{4}$/);
  });

  it('are listed the newest first, with how they ended; what has no journal is left out', async () => {
    const runs = join(temporaryDirectory(), 'runs');
    const first = await makeRun(runs, '2026-11-20T00:00:00Z', true);
    const second = await makeRun(runs, '2026-11-21T00:00:00Z', false);
    const killed = await makeRunDirectory(runs, new Date('2026-11-19T00:00:00Z'));
    mkdirSync(join(runs, 'something-else'));
    const listed = await listRuns(runs);
    expect(listed.map(({ header, end }) => [header.run, end?.status])).toEqual([
      [second, undefined],
      [first, 'finished'],
    ]);
    expect(statSync(killed.directory).mode & 0o777).toBe(0o700);
    expect((await findRun(runs, first.slice(-4))).header.run).toBe(first);
    expect((await findRun(runs, '20261121')).header.run).toBe(second);
    await expect(findRun(runs, '202611')).rejects.toMatchObject({ code: 'ambiguous-run' });
    await expect(findRun(runs, 'zzzz')).rejects.toMatchObject({ code: 'unknown-run' });
    const { unreadable } = await surveyRuns(runs);
    expect(unreadable.map(({ run, maySent }) => [run, maySent])).toEqual([[killed.run, false]]);
  });

  it('that lost their journal, or its header, are named; it is never said that they sent nothing', async () => {
    const runs = join(temporaryDirectory(), 'runs');
    const id = await makeRun(runs, '2026-11-20T00:00:00Z', true);
    const directory = join(runs, id);
    await runBegins(directory);
    expect(readdirSync(directory)).toEqual([journalFile]);
    const whole = readFileSync(join(directory, journalFile), 'utf8');
    for (const [content, reason] of [
      ['', 'header'],
      [whole.replace('"close"', '"raze"'), 'header'],
      [whole.slice(0, 40), 'header'],
      [`{"k":"H","r":         0,"c":0,"version":1,"run":"${id}"}\n`, 'format 1'],
      [undefined, 'gone'],
    ] as const) {
      if (content === undefined) rmSync(join(directory, journalFile));
      else writeFileSync(join(directory, journalFile), content);
      const { runs: readable, unreadable } = await surveyRuns(runs);
      expect(readable).toEqual([]);
      expect(unreadable).toMatchObject([{ run: id, directory, maySent: true }]);
      expect(unreadable[0]?.problem.message).toContain(reason);
      await expect(findRun(runs, id)).rejects.toMatchObject({ exitCode: 1 });
    }
    writeFileSync(join(directory, checkingFile), '');
    expect((await surveyRuns(runs)).unreadable).toMatchObject([{ run: id, maySent: false }]);
  });

  it('whose last line is damaged are listed as that', async () => {
    const runs = join(temporaryDirectory(), 'runs');
    const path = join(runs, await makeRun(runs, '2026-11-20T00:00:00Z', true), journalFile);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"finished"', '"stopped"'));
    expect(await listRuns(runs)).toMatchObject([{ damage: 'its journal is damaged', end: undefined }]);
  });

  it('of one second are listed by the millisecond in which they began, whatever their tails; no two are equal', async () => {
    const runs = join(temporaryDirectory(), 'runs');
    const begun = [
      ['20261121T021530Z-zzzz', '2026-11-21T02:15:30.100Z'],
      ['20261121T021530Z-aaaa', '2026-11-21T02:15:30.900Z'],
      ['20261121T021530Z-mmmm', '2026-11-21T02:15:30.500Z'],
      ['20261121T021530Z-nnnn', '2026-11-21T02:15:30.500Z'],
      ['20261121T021529Z-yyyy', '2026-11-21T02:15:31.000Z'],
    ] as const;
    for (const [run, startedAt] of begun) {
      const directory = join(runs, run);
      mkdirSync(directory, { recursive: true });
      const header = { ...sampleHeader(run), startedAt };
      await (await Journal.create(join(directory, journalFile), header, new RowIndex())).close();
    }
    const tails = (await listRuns(runs)).map(({ header }) => header.run.slice(-4));
    expect(tails).toEqual(['aaaa', 'nnnn', 'mmmm', 'zzzz', 'yyyy']);
  });

  it('that are not there or cannot be made are told', async () => {
    const directory = temporaryDirectory();
    expect(await listRuns(join(directory, 'none'))).toEqual([]);
    await expect(findRun(join(directory, 'none'), 'x7f3')).rejects.toMatchObject({ code: 'unknown-run' });
    writeFileSync(join(directory, 'file'), '');
    await expect(makeRunDirectory(join(directory, 'file', 'runs'), new Date())).rejects.toMatchObject({
      code: 'state-directory-not-writable',
    });
  });
});

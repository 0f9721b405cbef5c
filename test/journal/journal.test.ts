import { appendFileSync, copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/journal/journal.ts';
import { OutcomeReader } from '../../src/journal/outcome-reader.ts';
import { replay } from '../../src/journal/replay.ts';
import { jobsVersion } from '../../src/journal/run-header.ts';
import { RowIndex } from '../../src/journal/row-index.ts';
import type { SessionEnd } from '../../src/journal/session-end.ts';
import { sampleHeader, sampleOutcome, temporaryDirectory } from './temporary.ts';

const identity = (row: number) => ({ row, line: row + 1, id: `oppo_${row}` });

const end: SessionEnd = {
  status: 'stopped',
  reason: 'the time is over',
  exitCode: 6,
  rows: {
    read: 10,
    applied: 2,
    unchanged: 0,
    invalid: 0,
    rejected: 1,
    conflict: 0,
    failed: 1,
    in_doubt: 1,
    unprocessed: 5,
  },
  calls: { sent: 5, reads: 0, throttled: 0, retried: 0 },
  elapsedMs: 1234,
};

/** A journal with a row of every kind, not yet ended. */
async function writtenJournal(): Promise<{ path: string; journal: Journal }> {
  const path = join(temporaryDirectory(), 'journal.ndjson');
  const journal = await Journal.create(path, sampleHeader(), new RowIndex());
  await journal.intent(identity(1), 0);
  await journal.recordOutcome(sampleOutcome(1));
  await journal.intent(identity(2), 0);
  await journal.callApplied(identity(2), 0, 1);
  await journal.intent(identity(3), 0);
  await journal.intent(identity(4), 0);
  await journal.notApplied(identity(4), 0);
  await journal.intent(identity(5), 0);
  await journal.recordOutcome(
    sampleOutcome(5, { status: 'rejected', code: 'http-400', message: 'Größe ungültig 大', httpStatus: 400 }),
  );
  return { path, journal };
}

function expectKnown(index: RowIndex): void {
  expect(index.counts(10)).toEqual({ ...end.rows, applied: 1, unprocessed: 6 });
  expect([1, 2, 3, 4, 5].map((row) => index.inDoubt(row))).toEqual([false, false, true, false, false]);
  expect(index.callsApplied(2)).toBe(1);
}

describe('a journal', () => {
  it('is replayed to what was known when it was written', async () => {
    const { path, journal } = await writtenJournal();
    expectKnown(journal.index);
    await journal.close();
    const { index, header, goodBytes, end: last, sessions } = await replay(path);
    expectKnown(index);
    expect(header).toEqual(sampleHeader());
    expect(goodBytes).toBe(readFileSync(path).length);
    expect(last).toBeUndefined();
    expect(sessions).toBe(1);
  });

  it('goes on after an orderly end, and knows of it', async () => {
    const { path, journal } = await writtenJournal();
    await journal.end(end);
    const again = await Journal.reopen(path);
    expect(again.header).toMatchObject(sampleHeader());
    expect(again.previousEnd).toMatchObject(end);
    await again.recordOutcome(sampleOutcome(3));
    await again.close();
    const { index, sessions, end: last } = await replay(path);
    expect(index.settledStatus(3)).toBe('applied');
    expect(sessions).toBe(2);
    expect(last).toBeUndefined();
  });

  it('is read back record by record, from any offset, longer than a chunk too', async () => {
    const path = join(temporaryDirectory(), 'journal.ndjson');
    const journal = await Journal.create(path, sampleHeader(undefined, 3001), new RowIndex());
    for (const row of [1, 5]) await journal.recordOutcome(sampleOutcome(row));
    const long = sampleOutcome(6, { status: 'rejected', code: 'x', message: 'ä'.repeat(400_000) });
    await journal.recordOutcome(long);
    for (let row = 7; row <= 3000; row += 1) void journal.recordOutcome(sampleOutcome(row));
    await journal.recordOutcome(sampleOutcome(3001));
    await journal.close();
    const { index } = await replay(path);
    const reader = await OutcomeReader.open(path);
    for (const row of [3001, 1, 5, 6, 7, 2500, 8, 6, 3000]) {
      const outcome = await reader.at(index.settledOffset(row));
      expect(outcome.row).toBe(row);
      if (row === 6) expect(outcome).toEqual(long);
    }
    await reader.close();
  });

  it('survives a last record that is torn at any byte, and can be read after going on', async () => {
    const { path, journal } = await writtenJournal();
    await journal.close();
    const whole = readFileSync(path);
    const lastStart = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
    for (let length = lastStart; length < whole.length; length += 1) {
      const torn = join(temporaryDirectory(), 'journal.ndjson');
      writeFileSync(torn, whole.subarray(0, length));
      const found = await replay(torn);
      expect(found.goodBytes).toBe(lastStart);
      expect(found.index.inDoubt(5)).toBe(true);
      const again = await Journal.reopen(torn);
      await again.recordOutcome(sampleOutcome(5));
      await again.close();
      expect((await replay(torn)).index.settledStatus(5)).toBe('applied');
    }
  });

  it('names the place of any other damage', async () => {
    const { path, journal } = await writtenJournal();
    await journal.close();
    const text = readFileSync(path, 'utf8');
    const lines = text.split('\n');
    const third = `${lines[0]}\n${lines[1]}\n`.length;
    for (const damaged of [
      '',
      'x'.repeat(50),
      '\u0000'.repeat(64),
      (lines[2] ?? '').slice(0, -1),
      (lines[3] ?? '').replace('applied', 'aplied'),
    ]) {
      const copy = join(temporaryDirectory(), 'journal.ndjson');
      writeFileSync(copy, [...lines.slice(0, 2), damaged, ...lines.slice(3)].join('\n'));
      await expect(replay(copy)).rejects.toMatchObject({
        code: 'journal-damaged',
        place: copy,
        message: expect.stringContaining(`byte ${third}`) as string,
      });
    }
  });

  it('without a header is damaged: it is never told that nothing was sent', async () => {
    const path = join(temporaryDirectory(), 'journal.ndjson');
    writeFileSync(path, '{"k":"H","r":    ');
    await expect(Journal.reopen(path)).rejects.toMatchObject({ code: 'journal-damaged' });
    await expect(replay(join(path, 'nowhere'))).rejects.toMatchObject({ code: 'no-journal' });
  });

  it('is never begun over another one', async () => {
    const { path, journal } = await writtenJournal();
    await journal.close();
    const before = readFileSync(path);
    await expect(Journal.create(path, sampleHeader(), new RowIndex())).rejects.toThrow();
    expect(readFileSync(path)).toEqual(before);
  });

  it('keeps the offsets of what comes after a cut right', async () => {
    const { path, journal } = await writtenJournal();
    await journal.close();
    const copy = `${path}.copy`;
    copyFileSync(path, copy);
    appendFileSync(copy, '{"k":"R","r":  torn');
    const again = await Journal.reopen(copy);
    await again.recordOutcome(sampleOutcome(9, { message: 'größer' }));
    const offset = again.index.settledOffset(9);
    await again.close();
    const reader = await OutcomeReader.open(copy);
    expect(await reader.at(offset)).toMatchObject({ row: 9, message: 'größer' });
    await reader.close();
    truncateSync(copy, 0);
    await expect(Journal.reopen(copy)).rejects.toMatchObject({ code: 'journal-damaged' });
  });
});

describe('a journal of jobs', () => {
  it('tells which job carries a row in doubt, until the row is sent otherwise, and which jobs stand open', async () => {
    const path = join(temporaryDirectory(), 'journal.ndjson');
    const journal = await Journal.create(path, { ...sampleHeader(), version: jobsVersion }, new RowIndex());
    for (const job of ['a', 'b', 'c']) await journal.jobOpened(job);
    await journal.jobDropped('b');
    for (const row of [1, 2, 3, 4]) await journal.intent(identity(row), 0);
    await journal.jobClosing('a', [1, 2, 3, 4].map(identity));
    await journal.recordOutcome(sampleOutcome(1));
    await journal.notApplied(identity(2), 0);
    await journal.notApplied(identity(3), 0);
    await journal.intent(identity(3), 0);
    await journal.intent(identity(6), 0);
    await journal.jobClosing('d', [identity(6)]);
    await journal.jobDropped('d');
    await journal.close();
    const { index, openJobs } = await replay(path);
    for (const known of [index, journal.index]) {
      expect(known.inDoubt(6)).toBe(false);
      expect([1, 2, 3, 4, 5].map((row) => known.jobOf(row))).toEqual([undefined, undefined, undefined, 'a', undefined]);
    }
    expect(openJobs).toEqual(['c']);
  });

  it('has a version of its own, which programs that know no jobs refuse', async () => {
    const path = join(temporaryDirectory(), 'journal.ndjson');
    const journal = await Journal.create(path, sampleHeader(), new RowIndex());
    await journal.jobOpened('a');
    await journal.close();
    await expect(replay(path)).rejects.toMatchObject({ code: 'journal-damaged' });
  });
});

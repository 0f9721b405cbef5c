import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/journal/journal.ts';
import { OutcomeReader } from '../../src/journal/outcome-reader.ts';
import { bareRecord, recordWith } from '../../src/journal/record.ts';
import { replay, surveyJournal } from '../../src/journal/replay.ts';
import { RowIndex } from '../../src/journal/row-index.ts';
import { surveyRuns } from '../../src/journal/run-listing.ts';
import { sealed } from '../../src/journal/seal.ts';
import { sampleHeader, sampleOutcome, temporaryDirectory } from './temporary.ts';

const identity = (row: number) => ({ row, line: row + 1, id: `oppo_${row}` });
const rows = Array.from({ length: 10 }, (_, index) => index + 1);
const lineEnd = 0x0a;

/** The bytes of a journal with a record of every kind, and where its lines begin. */
async function sampleJournal(): Promise<{ path: string; bytes: Buffer; starts: number[] }> {
  const path = join(temporaryDirectory(), 'journal.ndjson');
  const journal = await Journal.create(path, sampleHeader(), new RowIndex());
  await journal.intent(identity(1), 0);
  await journal.callApplied(identity(1), 0, 2);
  await journal.intent(identity(1), 1);
  await journal.notApplied(identity(1), 1);
  await journal.intent(identity(2), 0);
  await journal.recordOutcome(sampleOutcome(2, { status: 'rejected', code: 'x', message: 'Größe "大"\n\u0000😀' }));
  await journal.end({
    status: 'stopped',
    exitCode: 6,
    rows: new RowIndex().counts(10),
    calls: { sent: 3, reads: 0, throttled: 0, retried: 0 },
    elapsedMs: 1,
  });
  const bytes = readFileSync(path);
  const starts = [...bytes.keys()].filter((at) => at === 0 || bytes[at - 1] === lineEnd);
  return { path, bytes, starts };
}

/** All that replay tells of the rows. */
function known(index: RowIndex): unknown {
  return rows.map((row) => [
    index.settledStatus(row) ?? index.unsettledStatus(row),
    index.callsApplied(row),
    index.callsTried(row),
    index.settledOffset(row),
  ]);
}

describe('a journal that breaks off', () => {
  it('at any byte is replayed up to its last whole record', async () => {
    const { path, bytes, starts } = await sampleJournal();
    const wholes = new Map<number, unknown>();
    for (const start of starts) {
      writeFileSync(path, bytes.subarray(0, start));
      wholes.set(start, known((await replay(path)).index));
    }
    expect(new Set([...wholes.values()].map((value) => JSON.stringify(value))).size).toBeGreaterThan(5);
    for (let length = 0; length < bytes.length; length += 1) {
      writeFileSync(path, bytes.subarray(0, length));
      const { goodBytes, index, header } = await replay(path);
      expect(goodBytes).toBe(starts.findLast((start) => start <= length));
      expect(known(index)).toEqual(wholes.get(goodBytes));
      expect(header === undefined).toBe(goodBytes === 0);
    }
  });

  it('with zeros behind its last record is cut there', async () => {
    const { path, bytes } = await sampleJournal();
    writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(5_000)]));
    expect((await replay(path)).goodBytes).toBe(bytes.length);
    const journal = await Journal.reopen(path);
    await journal.recordOutcome(sampleOutcome(3));
    await journal.close();
    expect((await replay(path)).index.settledStatus(3)).toBe('applied');
    expect(readFileSync(path).includes(0)).toBe(false);
  });
});

/** Every bit takes a minute; `OPPATCH_ALL_BITS=1` flips them all. */
const bitStep = process.env['OPPATCH_ALL_BITS'] === '1' ? 1 : 7;

describe('a journal that is damaged', () => {
  it('in any bit says so, where, and what is known before it; nothing else is believed', async () => {
    const { path, bytes, starts } = await sampleJournal();
    const knownAt = new Map<number, unknown>();
    for (const start of starts) {
      writeFileSync(path, bytes.subarray(0, start));
      knownAt.set(start, known((await surveyJournal(path)).index));
    }
    for (let bit = 0; bit < bytes.length * 8; bit += bitStep) {
      const at = bit >> 3;
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(path, copy);
      const { index, damage, goodBytes } = await surveyJournal(path);
      const start = starts.findLast((one) => one <= at) ?? 0;
      expect(damage, `bit ${bit}`).toMatchObject({ code: 'journal-damaged', place: path, exitCode: 1 });
      expect(damage?.message).toContain(`at byte ${start}:`);
      expect(goodBytes).toBe(start);
      expect(known(index)).toEqual(knownAt.get(start));
      await expect(Journal.reopen(path)).rejects.toMatchObject({ code: 'journal-damaged' });
      expect(readFileSync(path).equals(copy)).toBe(true);
    }
  });

  it('by a line that is doubled, dropped or swapped with another says so', async () => {
    const { path, bytes } = await sampleJournal();
    const lines = bytes.toString('utf8').trimEnd().split('\n');
    const all = lines.keys();
    for (const line of all) {
      const doubled = lines.toSpliced(line, 0, lines[line] ?? '');
      const dropped = lines.toSpliced(line, 1);
      const swaps = lines.flatMap((_text, other) =>
        other <= line ? [] : [lines.with(line, lines[other] ?? '').with(other, lines[line] ?? '')],
      );
      for (const changed of [doubled, ...(line === lines.length - 1 ? [] : [dropped]), ...swaps]) {
        writeFileSync(path, `${changed.join('\n')}\n`);
        await expect(replay(path)).rejects.toMatchObject({ code: 'journal-damaged' });
      }
    }
  });

  it('names the version that it does not know', async () => {
    const { path } = await sampleJournal();
    writeFileSync(path, '{"k":"H","r":         0,"c":0,"version":1,"run":"20261121T021530Z-x7f3"}\n');
    await expect(replay(path)).rejects.toMatchObject({ code: 'journal-version', exitCode: 1 });
    const header = recordWith('H', 0, 0, { ...sampleHeader(), version: 4 });
    writeFileSync(path, `${sealed(header, 1)}\n`);
    await expect(replay(path)).rejects.toMatchObject({ code: 'journal-version' });
  });

  it.each([
    ['settings', { settings: { a: 1 } }],
    ['accountKey', { accountKey: 'short' }],
    ['input', { input: { ...sampleHeader().input, copy: '../input.csv' } }],
    ['options', { options: { ...sampleHeader().options, map: [['a']] } }],
    ['baseUrl', { baseUrl: 'nowhere' }],
  ])('in the type of %s, though sealed, is not believed', async (name, wrong) => {
    const runs = temporaryDirectory();
    const directory = join(runs, sampleHeader().run);
    mkdirSync(directory);
    const path = join(directory, 'journal.ndjson');
    writeFileSync(path, `${sealed(recordWith('H', 0, 0, { ...sampleHeader(), ...wrong }), 1)}\n`);
    const message = expect.stringContaining(`"${name}"`) as string;
    await expect(replay(path)).rejects.toMatchObject({ message });
    expect((await surveyRuns(runs)).unreadable).toMatchObject([{ problem: { code: 'run-not-readable', message } }]);
  });

  it('by a row that the run does not have is not believed', async () => {
    const { path } = await sampleJournal();
    const lines = [recordWith('H', 0, 0, { ...sampleHeader() }), bareRecord('I', 11, 0)];
    writeFileSync(path, lines.map((line, index) => `${sealed(line, index + 1)}\n`).join(''));
    await expect(replay(path)).rejects.toMatchObject({ message: expect.stringContaining('no row 11') as string });
  });

  it('in the body of a settled row says where when the row is read back', async () => {
    const { path, bytes } = await sampleJournal();
    const offset = (await replay(path)).index.settledOffset(2);
    const copy = Buffer.from(bytes);
    copy.write('}', bytes.indexOf('"message"'));
    writeFileSync(path, copy);
    const reader = await OutcomeReader.open(path);
    const damaged = { code: 'journal-damaged', place: path, exitCode: 1 };
    await expect(reader.at(offset)).rejects.toMatchObject(damaged);
    // The second time it stands in the chunk at hand.
    expect(() => reader.at(offset)).toThrow(expect.objectContaining(damaged) as Error);
    await expect(reader.at(bytes.length)).rejects.toMatchObject({ code: 'journal-damaged' });
    await reader.close();
  });
});

describe('a journal that something else touches while it is open', () => {
  it.each([
    ['removed', (path: string) => rmSync(path)],
    ['replaced', (path: string) => (copyFileSync(path, `${path}.copy`), renameSync(`${path}.copy`, path))],
    ['cut', (path: string) => truncateSync(path, 100)],
    ['written to', (path: string) => appendFileSync(path, 'x')],
    ['moved away with its directory', (path: string) => renameSync(dirname(path), `${dirname(path)}-moved`)],
  ])('is refused when it is %s', async (_how, touch) => {
    const path = join(temporaryDirectory(), 'run', 'journal.ndjson');
    mkdirSync(dirname(path));
    const journal = await Journal.create(path, sampleHeader(), new RowIndex());
    await journal.intent(identity(1), 0);
    touch(path);
    await expect(journal.recordOutcome(sampleOutcome(1))).rejects.toMatchObject({ code: 'journal-lost', exitCode: 1 });
    await expect(journal.intent(identity(2), 0)).rejects.toMatchObject({ code: 'journal-lost' });
    await expect(journal.close()).resolves.toBeUndefined();
  });
});

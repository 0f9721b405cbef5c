import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/journal/journal.ts';
import { OutcomeReader } from '../../src/journal/outcome-reader.ts';
import { replay } from '../../src/journal/replay.ts';
import { RowIndex } from '../../src/journal/row-index.ts';
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
  await journal.settle(sampleOutcome(2, { status: 'rejected', code: 'x', message: 'Größe "大"\n\u0000😀' }));
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
    await journal.settle(sampleOutcome(3));
    await journal.close();
    expect((await replay(path)).index.settledStatus(3)).toBe('applied');
    expect(readFileSync(path).includes(0)).toBe(false);
  });
});

describe('a journal that is damaged', () => {
  it('in any letter of the head of any record says so, and where', async () => {
    const { path, bytes, starts } = await sampleJournal();
    for (const start of starts) {
      if (start === bytes.length) continue;
      for (let at = start; at < start + 30; at += 1) {
        // Blanks before a row's number are the only letters that may stand for one another.
        for (const letter of ['\u0000', 'z', '\n', '{', '9']) {
          const copy = Buffer.from(bytes);
          copy.write(letter, at);
          if (copy.equals(bytes) || (letter === '9' && /[\d ]/.test(String.fromCharCode(bytes[at] ?? 0)))) continue;
          writeFileSync(path, copy);
          await expect(replay(path), `${JSON.stringify(letter)} at ${at - start} of ${start}`).rejects.toMatchObject({
            code: 'journal-damaged',
            place: path,
            message: expect.stringMatching(new RegExp(`byte (${start}|${at + 1})\\.`)) as string,
          });
        }
      }
    }
  });

  it('by zeros in any record but the last says where', async () => {
    const { path, bytes, starts } = await sampleJournal();
    for (const [line, start] of starts.slice(0, -1).entries()) {
      const copy = Buffer.from(bytes);
      copy.fill(0, (starts[line + 1] ?? 0) - 4, (starts[line + 1] ?? 0) - 2);
      writeFileSync(path, copy);
      await expect(replay(path)).rejects.toMatchObject({
        code: 'journal-damaged',
        message: `The journal is damaged at byte ${start}.`,
      });
    }
  });

  it.each(['"version"', '"exitCode"'])('at %s of what is parsed says where', async (name) => {
    const { path, bytes, starts } = await sampleJournal();
    const at = bytes.indexOf(name);
    writeFileSync(path, Buffer.concat([bytes.subarray(0, at), Buffer.from('}'), bytes.subarray(at + 1)]));
    const start = starts.findLast((one) => one <= at);
    await expect(Journal.reopen(path)).rejects.toMatchObject({
      code: 'journal-damaged',
      message: `The journal is damaged at byte ${start}.`,
    });
  });

  it('in the body of a settled row says where when the row is read back', async () => {
    const { path, bytes } = await sampleJournal();
    const copy = Buffer.from(bytes);
    copy.write('}', bytes.indexOf('"message"'));
    writeFileSync(path, copy);
    const offset = (await replay(path)).index.settledOffset(2);
    const reader = await OutcomeReader.open(path);
    const damaged = { code: 'journal-damaged', place: path, message: `The journal is damaged at byte ${offset}.` };
    await expect(reader.at(offset)).rejects.toMatchObject(damaged);
    // The second time it stands in the chunk at hand.
    expect(() => reader.at(offset)).toThrow(expect.objectContaining(damaged) as Error);
    await expect(reader.at(bytes.length)).rejects.toMatchObject({ code: 'journal-damaged' });
    await reader.close();
  });
});

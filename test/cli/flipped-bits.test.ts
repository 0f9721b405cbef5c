import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/core/run-summary.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { accountWords, environmentOf, fast, newPlace, run, runProcess, writesOf, type Ended } from './oppatch.ts';

/**
 * A run of 40 rows that was killed, its journal damaged in one place, then `resume`: it is told, and nothing is sent; where the journal is sound all the same,
 * no row goes out twice. Every bit, and all pairs of lines, with `OPPATCH_ALL_BITS=1`.
 */

const all = process.env['OPPATCH_ALL_BITS'] === '1';
const rowCount = 40;
const sandbox = await startSandbox({
  samples: rowCount,
  behaviour: { quota: [] },
});
afterAll(() => sandbox.close());

const place = newPlace();
const ids = sandbox
  .world('raze')
  .records.all()
  .map(({ id }) => String(id));
const home = { home: place.home, env: environmentOf(sandbox, 'raze') };
const account = [...accountWords(sandbox, 'raze'), ...fast];
const file = place.file(
  'edits.csv',
  `id,notes,stage\n${ids.map((id, index) => `${id},note ${index},${index % 2 === 0 ? 'won' : ''}\n`).join('')}`,
);
const killed = await runProcess(['apply', file, ...account, '--yes', '--concurrency', '4'], {
  ...home,
  env: { ...home.env, OPPATCH_CRASH_AT: 'after-send:34' },
});
const [id = ''] = readdirSync(join(place.home, 'runs'));
const directory = join(place.home, 'runs', id);
const journal = join(directory, 'journal.ndjson');
const bytes = readFileSync(journal);
const lines = bytes.toString('utf8').trimEnd().split('\n');
const state = structuredClone(sandbox.world('raze').records.all());
const sentBefore = writesOf(sandbox, 'raze').length;
const loggedBefore = sandbox.world('raze').log.length;
const settled = settledRows(lines);

const lastRow = Number(/"r": *(\d+),/.exec(lines.at(-1) ?? '')?.[1]);

function settledRows(list: readonly string[]): ReadonlySet<number> {
  return new Set(list.flatMap((line) => Number(/^\{"k":"R","r": *(\d+),/.exec(line)?.[1] ?? [])));
}

function reset(): void {
  for (const record of state) sandbox.world('raze').records.put(String(record['id']), structuredClone(record));
  sandbox.world('raze').log.splice(loggedBefore);
}

const damaged = ['journal-damaged', 'run-not-readable', 'journal-version'];

/** Resumes with this journal; true where the damage was told. */
async function resumed(content: Buffer, what: string): Promise<boolean> {
  writeFileSync(journal, content);
  const ended: Ended = await run(['resume', id, ...account, '--json'], home);
  const told = JSON.parse(ended.stdout) as RunSummary & {
    readonly error?: { readonly code: string };
  };
  const writes = sandbox
    .world('raze')
    .log.slice(loggedBefore)
    .filter(({ method }) => method !== 'GET');
  if (told.error !== undefined) {
    expect(damaged, `${what}: ${ended.stdout}`).toContain(told.error.code);
    expect(ended.code, what).toBe(1);
    expect(writes, what).toEqual([]);
    expect(readFileSync(journal).equals(content), what).toBe(true);
    return true;
  }
  expect(ended.code, `${what}: ${ended.stdout}`).toBe(0);
  // What a row holds already is left unchanged.
  expect(told.rows.applied + told.rows.unchanged, what).toBe(rowCount);
  const known = settledRows(content.toString('utf8').split('\n'));
  const written = writes.map(({ path }) => ids.findIndex((one) => path.includes(one)) + 1);
  expect(
    written.filter((row) => known.has(row)),
    what,
  ).toEqual([]);
  // A change of stage must not be made twice; of what only the last line told, nothing is known without it.
  const forgotten = content.length < bytes.length ? `/${ids[lastRow - 1]}/` : undefined;
  const stages = sandbox
    .world('raze')
    .log.filter(({ path }) => path.endsWith('/stage') && (forgotten === undefined || !path.includes(forgotten)));
  expect(new Set(stages.map(({ path }) => path)).size, what).toBe(stages.length);
  for (const [index, one] of ids.entries())
    expect(sandbox.world('raze').records.get(one), what).toMatchObject({
      notes: `note ${index}`,
      status: index % 2 === 0 ? 'won' : 'qualified',
    });
  reset();
  return false;
}

describe('the journal of a killed run', () => {
  it('holds settled rows, rows under way and rows that were not begun', async () => {
    expect(killed.signal).toBe('SIGKILL');
    expect(settled.size).toBeGreaterThan(5);
    expect(sentBefore).toBeGreaterThan(settled.size);
    expect(sentBefore).toBeLessThan(rowCount);
    expect(await resumed(bytes, 'sound')).toBe(false);
  });

  it('with any bit flipped is told by resume, and sends nothing', async () => {
    const step = all ? 1 : Math.ceil((bytes.length * 8) / 120);
    let cases = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += step) {
      const copy = Buffer.from(bytes);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await resumed(copy, `bit ${bit}`), `bit ${bit}`).toBe(true);
      cases += 1;
    }
    expect(cases).toBeGreaterThan(100);
    if (all) process.stderr.write(`${cases} bits flipped\n`);
  }, 7_200_000);

  it('with any line doubled, dropped or swapped is told, or no row is sent twice', async () => {
    const step = all ? 1 : Math.ceil(lines.length / 8);
    const counts = { told: 0, sound: 0 };
    const changed = async (list: readonly string[], what: string): Promise<boolean> => {
      const told = await resumed(Buffer.from(`${list.join('\n')}\n`), what);
      counts[told ? 'told' : 'sound'] += 1;
      return told;
    };
    for (let line = 0; line < lines.length; line += step) {
      const text = lines[line] ?? '';
      expect(await changed(lines.toSpliced(line, 0, text), `line ${line + 1} doubled`)).toBe(true);
      // Without its last line a journal is one that was cut a moment earlier.
      expect(await changed(lines.toSpliced(line, 1), `line ${line + 1} dropped`)).toBe(line < lines.length - 1);
      for (let other = line + 1; other < lines.length; other += step) {
        const swapped = lines.with(line, lines[other] ?? '').with(other, text);
        expect(await changed(swapped, `lines ${line + 1} and ${other + 1} swapped`)).toBe(true);
      }
    }
    await changed(lines.slice(0, -1), 'the last line dropped');
    if (all) process.stderr.write(`${counts.told} changes of lines told, ${counts.sound} sound\n`);
    expect(counts.sound).toBeGreaterThan(0);
  }, 7_200_000);
});

// Directories of runs as a process leaves them, of any length, written by the product's own classes.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../test/setup.js';
import { writeEdits } from './edits.js';

/** A run of so many rows like the one that `home` has already. `settle(row)`: what became of a row, undefined for nothing yet. Resolves with its id. */
export async function pastRun(home, rows, settle, planned) {
  const [{ Journal }, { RowIndex }, { makeRunDirectory, runsDirectory }] = await Promise.all([
    load('journal/journal.js'),
    load('journal/row-index.js'),
    load('journal/run-directory.js'),
  ]);
  const runs = runsDirectory(home);
  const [any] = await readdir(runs);
  const firstLine = (await readFile(join(runs, any, 'journal.ndjson'), 'utf8')).split('\n', 1)[0];
  const { k: _kind, r: _row, c: _call, ...header } = JSON.parse(firstLine);
  const made = await makeRunDirectory(runs, new Date());
  const copy = await writeEdits(join(made.directory, 'input.csv'), rows);
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(copy)) hash.update(bytes);
  const { path: _path, ...input } = header.input;
  const journal = await Journal.create(
    join(made.directory, 'journal.ndjson'),
    { ...header, run: made.run, input: { ...input, copy: 'input.csv', rows, sha256: hash.digest('hex') } },
    new RowIndex(),
  );
  let last;
  for (let row = 1; row <= rows; row += 1) {
    const outcome = settle(row);
    if (outcome === undefined) continue;
    const identity = { row, line: row + 1, id: `oppo_${row}` };
    if (planned !== undefined) journal.planned(identity, planned(row));
    void journal.intent(identity, 0);
    last = journal.recordOutcome({ ...identity, attempts: 1, ...outcome });
    if (row % 5_000 === 0) await last;
  }
  await last;
  await journal.close();
  return made.run;
}

function load(path) {
  return import(pathToFileURL(join(root, 'dist', path)).href);
}

// node bench/journal.js: what the journal costs: apply with it as it is, and with its syncs turned into nothing; its size on the disk; and how
// soon the resume of a run of 1,000,000 rows, 999,000 of them settled, begins to send.
import { readdirSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../test/setup.js';
import { writeEdits } from './edits.js';
import { bin, interleaved, median, ready, startSandboxProcess, timeNode, workDirectory } from './measure.js';

ready();
const rows = 20_000;
const directory = workDirectory();
const file = await writeEdits(join(directory, 'edits.csv'), rows);
const sandbox = await startSandboxProcess('--unlimited', '--auto-create', '--no-state', '--no-log');
const baseUrl = sandbox.base_urls.close;
const env = { OPPATCH_HOME: directory, CLOSE_API_KEY: sandbox.credentials.close.apiKey };
const account = ['--vendor', 'close', '--base-url', baseUrl];
const unlimited = ['--quiet', '--rate', '1000000/1s', '--concurrency', '32'];
const noSync = `data:text/javascript,import fs from 'node:fs';import { syncBuiltinESMExports } from 'node:module';fs.fdatasync=(fd,done)=>setImmediate(done,null);syncBuiltinESMExports();`;

try {
  const words = [bin, 'apply', file, ...account, '--yes', '--blind', ...unlimited];
  const results = await interleaved(
    {
      durable: () => timeNode(words, { env }),
      'without syncs': () => timeNode(['--import', noSync, ...words], { env }),
    },
    5,
  );
  const speed = (name) => rows / median(results[name].map(({ seconds }) => seconds));
  console.log(
    `apply of ${rows} rows, 32 in flight: ${speed('durable').toFixed(0)} rows/s, ${speed('without syncs').toFixed(0)} without syncs: ${(speed('durable') / speed('without syncs')).toFixed(2)}`,
  );
  const runs = readdirSync(join(directory, 'runs'));
  const journal = statSync(join(directory, 'runs', runs[0], 'journal.ndjson')).size;
  console.log(
    `journal: ${(journal / rows).toFixed(0)} bytes a row, ${(((journal / rows) * 1e6) / 2 ** 20).toFixed(0)} MiB for 1,000,000 rows`,
  );

  const run = await halfDoneRun(1_000_000, 999_000);
  const { seconds, peakMb } = timeNode([bin, 'resume', run, ...account, ...unlimited], { env });
  console.log(
    `resume of 1,000,000 rows, 999,000 settled: ${seconds.toFixed(1)} s in all (1,000 calls and the result files of all rows included), peak ${peakMb.toFixed(0)} MB`,
  );
} finally {
  sandbox.stop();
}

/** A run directory as a killed process leaves it, written by the product's own classes. */
async function halfDoneRun(total, settled) {
  const [{ Journal }, { RowIndex }, { makeRunDirectory, runsDirectory }, { readdir, readFile }] = await Promise.all([
    load('journal/journal.js'),
    load('journal/row-index.js'),
    load('journal/run-directory.js'),
    import('node:fs/promises'),
  ]);
  const runs = runsDirectory(directory);
  await mkdir(runs, { recursive: true });
  const [any] = await readdir(runs);
  const firstLine = (await readFile(join(runs, any, 'journal.ndjson'), 'utf8')).split('\n', 1)[0];
  const { k: _kind, r: _row, c: _call, ...header } = JSON.parse(firstLine);
  const made = await makeRunDirectory(runs, new Date());
  await writeEdits(join(made.directory, 'input.csv'), total);
  const { path: _path, ...input } = header.input;
  const journal = await Journal.create(
    join(made.directory, 'journal.ndjson'),
    { ...header, run: made.run, input: { ...input, copy: 'input.csv', rows: total } },
    new RowIndex(),
  );
  let last;
  for (let row = 1; row <= settled; row += 1) {
    void journal.intent({ row, line: row + 1, id: `oppo_${row}` }, 0);
    last = journal.settle({ row, line: row + 1, id: `oppo_${row}`, status: 'applied', attempts: 1, httpStatus: 200 });
    if (row % 5_000 === 0) await last;
  }
  await last;
  await journal.close();
  return made.run;
}

function load(path) {
  return import(pathToFileURL(join(root, 'dist', path)).href);
}

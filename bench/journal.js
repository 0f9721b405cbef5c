// node bench/journal.js: what the journal costs: apply with it as it is, and with its syncs turned into nothing; its size on the disk; and how
// soon the resume of a run of 1,000,000 rows, 999,000 of them settled, begins to send.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeEdits } from './edits.js';
import { bin, interleaved, median, ready, startSandboxProcess, timeNode, workDirectory } from './measure.js';
import { pastRun } from './past-run.js';

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

  const run = await pastRun(directory, 1_000_000, (row) =>
    row <= 999_000 ? { status: 'applied', httpStatus: 200 } : undefined,
  );
  const { seconds, peakMb } = timeNode([bin, 'resume', run, ...account, ...unlimited], { env });
  console.log(
    `resume of 1,000,000 rows, 999,000 settled: ${seconds.toFixed(1)} s in all (1,000 calls and the result files of all rows included), peak ${peakMb.toFixed(0)} MB`,
  );
} finally {
  sandbox.stop();
}

// node bench/growth.js [most rows] [what begins so]: how time and peak memory grow with the rows, from 1,000 to 1,000,000: apply, resume, retry, undo, result files.
// What is sent of a retry and an undo is cut off after a second: they are measured for what they do with the rows before and after.
// OPPATCH_BEFORE=/path/of/another/checkout (installed and built) adds each as it is there.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../test/setup.js';
import { writeEdits } from './edits.js';
import { before, binOf, ready, startSandboxProcess, timeNode, workDirectory } from './measure.js';

ready();
const [, , most = '1000000', only = ''] = process.argv;
const directory = workDirectory();
const sandbox = await startSandboxProcess('--unlimited', '--auto-create', '--no-state', '--no-log');
const account = ['--vendor', 'close', '--base-url', sandbox.base_urls.close];
const sending = ['--quiet', '--rate', '1000000/1s', '--concurrency', '32'];
const cutOff = ['--yes', '--max-duration', '1s'];
const applied = { status: 'applied', httpStatus: 200 };
const failed = { status: 'failed', code: 'no-reply-timeout', message: 'no reply within 30 s' };
const heldBefore = (row) => ({
  before: { value: 1, confidence: 1, note: `before ${row}` },
  sent: ['value', 'confidence', 'note'],
});

/** What is measured, each in a home of its own that holds the run it goes back to. */
const kinds = {
  apply: async (rows, at) => {
    const file = await writeEdits(join(at.home, 'edits.csv'), rows);
    return at.node(['apply', file, '--yes', '--blind']);
  },
  'resume, 1,000 rows left': async (rows, at) =>
    at.node(['resume', await at.pastRun(at.home, rows, (row) => (row <= rows - 1_000 ? applied : undefined))]),
  'result files of a run that is done': async (rows, at) =>
    at.node(['resume', await at.pastRun(at.home, rows, () => applied)]),
  'retry of all rows': async (rows, at) =>
    at.node(['retry', await at.pastRun(at.home, rows, () => failed), ...cutOff, '--blind'], [0, 6]),
  'undo of all rows': async (rows, at) =>
    at.node(['undo', await at.pastRun(at.home, rows, () => applied, heldBefore), ...cutOff], [0, 3, 6]),
};

/** Each with the past runs that its own classes write. */
const checkouts = await Promise.all(
  [['', root], ...(before === undefined ? [] : [[', before', before]])].map(async ([note, checkout]) => {
    const { pastRun } = await import(pathToFileURL(join(checkout, 'bench', 'past-run.js')).href);
    return { note, bin: binOf(checkout), pastRun };
  }),
);

console.log('| | rows | seconds | µs a row more | peak MB |\n| --- | ---: | ---: | ---: | ---: |');
try {
  for (const [name, run] of Object.entries(kinds)) {
    if (!name.startsWith(only)) continue;
    const last = new Map();
    for (let rows = 1_000; rows <= Number(most); rows *= 10)
      for (const { note, bin, pastRun } of checkouts) {
        const home = join(directory, 'home');
        mkdirSync(home);
        const env = { OPPATCH_HOME: home, CLOSE_API_KEY: sandbox.credentials.close.apiKey };
        const node = (words, expected = [0]) => timeNode([bin, ...words, ...account, ...sending], { env, expected });
        node(['apply', await writeEdits(join(home, 'one.csv'), 1), '--yes', '--blind']);
        const { seconds, peakMb } = await run(rows, { home, node, pastRun });
        const fewer = last.get(note);
        const more = fewer === undefined ? '' : (((seconds - fewer.seconds) * 1e6) / (rows - fewer.rows)).toFixed(1);
        last.set(note, { rows, seconds });
        console.log(
          `| ${name}${note} | ${rows.toLocaleString('en')} | ${seconds.toFixed(2)} | ${more} | ${peakMb.toFixed(0)} |`,
        );
        rmSync(home, { recursive: true, force: true });
      }
  }
} finally {
  sandbox.stop();
}

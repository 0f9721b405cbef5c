// node bench/plan.js: `plan --offline`, with and without --json, for 10,000, 100,000 and 1,000,000 rows against csv-parse alone on the same file.
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../test/setup.js';
import { writeEdits } from './edits.js';
import { bin, interleaved, median, ready, timeNode, workDirectory } from './measure.js';

ready();
const directory = workDirectory();
const env = { OPPATCH_HOME: directory };
const nowhere = openSync('/dev/null', 'w');
const bare = `import { createReadStream } from 'node:fs';
import { parse } from ${JSON.stringify(join(root, 'node_modules/csv-parse/lib/index.js'))};
const parser = createReadStream(process.argv[1]).pipe(parse());
let rows = 0;
parser.on('readable', () => { while (parser.read() !== null) rows += 1; });`;

const formats = ['csv', 'ndjson', 'json'].flatMap((format) => [[format], [format, '--json']]);

console.log('| rows | format | seconds | peak MB | times csv-parse alone |');
console.log('| ---: | --- | ---: | ---: | ---: |');
for (const [rows, runs] of [
  [10_000, 7],
  [100_000, 5],
  [1_000_000, 3],
]) {
  const csv = await writeEdits(join(directory, `${rows}.csv`), rows);
  for (const [format, ...flags] of formats) {
    const path = format === 'csv' ? csv : await writeEdits(join(directory, `${rows}.${format}`), rows, format);
    const { plan, alone } = await interleaved(
      {
        plan: () => timeNode([bin, 'plan', path, '--offline', '--vendor', 'close', ...flags], { env, output: nowhere }),
        alone: () => timeNode(['--input-type=module', '--eval', bare, csv]),
      },
      runs,
    );
    const seconds = median(plan.map((run) => run.seconds));
    const ratio = seconds / median(alone.map((run) => run.seconds));
    const peak = Math.max(...plan.map((run) => run.peakMb));
    console.log(
      `| ${rows.toLocaleString('en')} | ${[format, ...flags].join(' ')} | ${seconds.toFixed(2)} | ${peak.toFixed(0)} | ${ratio.toFixed(1)} |`,
    );
  }
}

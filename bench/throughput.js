// node bench/throughput.js: rows per second of apply (journal and result files on) on the loopback sandbox without a quota, against a bare
// undici loop that sends the same bytes, and against what a user would write instead.
import { join } from 'node:path';
import { root } from '../test/setup.js';
import { writeEdits } from './edits.js';
import { bin, interleaved, median, ready, startSandboxProcess, timeNode, workDirectory } from './measure.js';

ready();
const rows = 20_000;
const concurrency = 32;
const directory = workDirectory();
const file = await writeEdits(join(directory, 'edits.csv'), rows);
const sandbox = await startSandboxProcess('--unlimited', '--auto-create', '--no-state', '--no-log');
const baseUrl = sandbox.base_urls.close;
const env = {
  OPPATCH_HOME: directory,
  CLOSE_API_KEY: sandbox.credentials.close.apiKey,
  BASE_URL: baseUrl,
  ROWS: String(rows),
  CONCURRENCY: String(concurrency),
};

const bodies = `const headers = { 'content-type': 'application/json', accept: 'application/json', authorization: 'Basic ' + Buffer.from(process.env.CLOSE_API_KEY + ':').toString('base64') };
const url = (n) => process.env.BASE_URL + '/opportunity/oppo_' + n + '/';
const body = (n) => JSON.stringify({ value: n * 100 + 50, date_won: '2026-12-18', confidence: n % 100, note: 'note ' + n + ', with text', 'custom.cf_a': 'v' + n });
const rows = Number(process.env.ROWS), concurrency = Number(process.env.CONCURRENCY);`;
const floor = `import { Agent, request } from ${JSON.stringify(join(root, 'node_modules/undici/index.js'))};
${bodies}
const dispatcher = new Agent({ connections: concurrency, pipelining: 1 });
let next = 1;
await Promise.all(Array.from({ length: concurrency }, async () => { while (next <= rows) { const n = next++; const r = await request(url(n), { dispatcher, method: 'PUT', headers, body: body(n) }); await r.body.text(); if (r.statusCode !== 200) throw new Error(r.statusCode); } }));
await dispatcher.close();`;
const script = `import pLimit from ${JSON.stringify(join(root, 'node_modules/p-limit/index.js'))};
${bodies}
const limit = pLimit(concurrency);
await Promise.all(Array.from({ length: rows }, (_, i) => limit(async () => { const r = await fetch(url(i + 1), { method: 'PUT', headers, body: body(i + 1) }); await r.json(); if (!r.ok) throw new Error(r.status); })));`;

try {
  const words = [
    bin,
    'apply',
    file,
    '--vendor',
    'close',
    '--base-url',
    baseUrl,
    '--yes',
    '--quiet',
    '--blind',
    '--rate',
    '1000000/1s',
    '--concurrency',
    String(concurrency),
  ];
  const results = await interleaved(
    {
      'bare undici loop (the floor)': () => timeNode(['--input-type=module', '--eval', floor], { env }),
      'oppatch apply': () => timeNode(words, { env }),
      'script with fetch and p-limit': () => timeNode(['--input-type=module', '--eval', script], { env }),
    },
    5,
  );
  const speed = (name) => rows / median(results[name].map(({ seconds }) => seconds));
  const bare = speed('bare undici loop (the floor)');
  console.log(
    `${rows.toLocaleString('en')} rows, ${concurrency} in flight, medians of 5 interleaved runs, start-up included\n`,
  );
  console.log('| | rows/s | of the floor | peak MB |\n| --- | ---: | ---: | ---: |');
  for (const name of Object.keys(results)) {
    const peak = Math.max(...results[name].map(({ peakMb }) => peakMb));
    console.log(`| ${name} | ${speed(name).toFixed(0)} | ${(speed(name) / bare).toFixed(2)} | ${peak.toFixed(0)} |`);
  }
} finally {
  sandbox.stop();
}

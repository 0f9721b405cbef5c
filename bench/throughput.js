// node bench/throughput.js [rows]: rows per second of apply (journal and result files on) on the loopback sandbox without a quota, against a bare
// undici loop that sends the same bytes, and against what one would take instead: a script with fetch, Newman, xargs and curl. Needs `curl` and `xargs`; takes ten minutes.
// OPPATCH_BEFORE=/path/of/another/checkout (installed and built) adds apply as it is there. `[rows]` is the length of the file, 100,000 where it is not given.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../test/setup.js';
import { writeEdits } from './edits.js';
import {
  before,
  bin,
  binOf,
  installPeers,
  interleaved,
  median,
  ready,
  startSandboxProcess,
  timeCommand,
  timeNode,
  workDirectory,
} from './measure.js';

ready();
installPeers();
const rows = Number(process.argv[2] ?? 100_000);
/** Of those that take milliseconds for each row. */
const fewRows = Math.ceil(rows / 20);
const concurrency = 32;
const runs = 5;
const directory = workDirectory();
const file = await writeEdits(join(directory, 'edits.csv'), rows);
const sandbox = await startSandboxProcess('--unlimited', '--auto-create', '--no-state', '--no-log');
const baseUrl = sandbox.base_urls.close;
const key = sandbox.credentials.close.apiKey;
const env = {
  OPPATCH_HOME: directory,
  CLOSE_API_KEY: key,
  BASE_URL: baseUrl,
  ROWS: String(rows),
  CONCURRENCY: String(concurrency),
};
/** A home of its own: what is kept there is not of the same form. */
const envBefore = { ...env, OPPATCH_HOME: join(directory, 'before') };

const url = (n) => `${baseUrl}/opportunity/oppo_${n}/`;
const body = (n) =>
  JSON.stringify({
    value: n * 100 + 50,
    date_won: '2026-12-18',
    confidence: n % 100,
    note: `note ${n}, with text`,
    'custom.cf_a': `v${n}`,
  });
const headers = {
  'content-type': 'application/json',
  accept: 'application/json',
  authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
};

const start = `const baseUrl = process.env.BASE_URL, rows = Number(process.env.ROWS), concurrency = Number(process.env.CONCURRENCY);
const headers = ${JSON.stringify(headers)};
const url = ${String(url)}, body = ${String(body)};`;
const floor = `import { Agent, request } from ${JSON.stringify(join(root, 'node_modules/undici/index.js'))};
${start}
const dispatcher = new Agent({ connections: concurrency, pipelining: 1 });
let next = 1;
await Promise.all(Array.from({ length: concurrency }, async () => { while (next <= rows) { const n = next++; const r = await request(url(n), { dispatcher, method: 'PUT', headers, body: body(n) }); await r.body.text(); if (r.statusCode !== 200) throw new Error(r.statusCode); } }));
await dispatcher.close();`;
const script = `import pLimit from ${JSON.stringify(join(root, 'node_modules/p-limit/index.js'))};
${start}
const limit = pLimit(concurrency);
await Promise.all(Array.from({ length: rows }, (_, i) => limit(async () => { const r = await fetch(url(i + 1), { method: 'PUT', headers, body: body(i + 1) }); await r.json(); if (!r.ok) throw new Error(r.status); })));`;

/** For Newman: one request, sent once for each line of data, one after the other. Values are in the vendor's form already. */
const collection = join(directory, 'collection.json');
const data = join(directory, 'data.csv');
writeFileSync(
  collection,
  JSON.stringify({
    info: { name: 'edits', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
    item: [
      {
        name: 'update',
        event: [{ listen: 'test', script: { exec: ["pm.test('applied', () => pm.response.to.have.status(200));"] } }],
        request: {
          method: 'PUT',
          url: `${baseUrl}/opportunity/{{id}}/`,
          header: Object.entries(headers).map(([name, value]) => ({ key: name, value })),
          body: {
            mode: 'raw',
            raw: '{"value":{{value}},"date_won":"{{close_date}}","confidence":{{confidence}},"note":"{{note}}","custom.cf_a":"{{region}}"}',
          },
        },
      },
    ],
  }),
);
const numbers = Array.from({ length: fewRows }, (_, index) => index + 1);
const lines = numbers.map((n) => `oppo_${n},${n * 100 + 50},2026-12-18,${n % 100},"note ${n}, with text",v${n}\n`);
writeFileSync(data, `id,value,close_date,confidence,note,region\n${lines.join('')}`);
const newman = [join(root, 'bench/node_modules/newman/bin/newman.js'), 'run', collection, '-d', data, '--silent'];

const flags = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
const xargs = [
  '-0',
  '-n',
  '2',
  '-P',
  String(concurrency),
  'curl',
  '-sSf',
  '-o',
  '/dev/null',
  '-X',
  'PUT',
  ...flags,
  '-d',
];
const pairs = numbers.map((n) => `${body(n)}\0${url(n)}\0`).join('');

const sending = 'apply --vendor close --yes --quiet --blind --rate 1000000/1s'.split(' ');
const applied = [...sending, '--concurrency', String(concurrency), '--base-url', baseUrl, file];
const contenders = {
  'bare undici loop that sends the same bytes (the floor)': {
    rows,
    run: () => timeNode(['--input-type=module', '--eval', floor], { env }),
  },
  '`oppatch apply`, journal and result files on': { rows, run: () => timeNode([bin, ...applied], { env }) },
  ...(before === undefined
    ? {}
    : { '`oppatch apply` before': { rows, run: () => timeNode([binOf(before), ...applied], { env: envBefore }) } }),
  'script with `fetch` and p-limit, no checks, no record': {
    rows,
    run: () => timeNode(['--input-type=module', '--eval', script], { env }),
  },
  'Newman with `-d data.csv`, one after the other': { rows: fewRows, run: () => timeNode(newman, { env }) },
  [`\`xargs -P ${concurrency} curl\``]: { rows: fewRows, run: () => timeCommand('xargs', xargs, { input: pairs }) },
};

try {
  const taken = await interleaved(
    Object.fromEntries(Object.entries(contenders).map(([name, { run }]) => [name, run])),
    runs,
  );
  const speedOf = (name) => contenders[name].rows / median(taken[name].map(({ seconds }) => seconds));
  const [bare] = Object.keys(contenders);
  console.log(`${concurrency} in flight, medians of ${runs} interleaved runs, start-up included\n`);
  console.log(
    '| | rows | rows/s | of the floor | CPU µs a row | peak MB |\n| --- | ---: | ---: | ---: | ---: | ---: |',
  );
  for (const [name, contender] of Object.entries(contenders)) {
    const peak = Math.max(...taken[name].map(({ peakMb }) => peakMb));
    const [count, speed] = [contender.rows, speedOf(name)].map((number) => Math.round(number).toLocaleString('en'));
    const share = (speedOf(name) / speedOf(bare)).toFixed(2);
    const cpu = (median(taken[name].map(({ cpuSeconds }) => cpuSeconds)) / contender.rows) * 1e6;
    const [cpuText, peakText] = [cpu, peak].map((number) => (Number.isNaN(number) ? '' : number.toFixed(0)));
    console.log(`| ${name} | ${count} | ${speed} | ${share} | ${cpuText} | ${peakText} |`);
  }
} finally {
  sandbox.stop();
}

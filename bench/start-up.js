// node bench/start-up.js: how many times as long as bare Node `--help` and a `set` of one field take, beside a script that sends the same call with fetch.
import { bin, interleaved, median, ready, startSandboxProcess, timeNode, workDirectory } from './measure.js';

ready();
const runs = 21;
const sandbox = await startSandboxProcess('--unlimited', '--auto-create', '--no-state', '--no-log');
const baseUrl = sandbox.base_urls.close;
const env = { OPPATCH_HOME: workDirectory(), CLOSE_API_KEY: sandbox.credentials.close.apiKey, BASE_URL: baseUrl };
const script = `const r = await fetch(process.env.BASE_URL + '/opportunity/oppo_1/', { method: 'PUT', headers: { 'content-type': 'application/json', authorization: 'Basic ' + btoa(process.env.CLOSE_API_KEY + ':') }, body: '{"value":4200000}' });
if (!r.ok) throw new Error(r.status);
await r.json();`;
let amount = 0;
/** Another value each time, so that there is something to change. */
const set = () => {
  amount += 1;
  return [bin, ...`set oppo_1 amount=${amount} --vendor close --yes --quiet`.split(' '), '--base-url', baseUrl];
};

try {
  const taken = await interleaved(
    {
      'bare Node': () => timeNode(['--eval', '0']),
      '`--help`': () => timeNode([bin, '--help'], { env }),
      '`set` of one field, sent without a look (`--blind`)': () => timeNode([...set(), '--blind'], { env }),
      '`set` of one field, before → after looked up': () => timeNode(set(), { env }),
      'script with `fetch`, no checks, no record': () => timeNode(['--input-type=module', '--eval', script], { env }),
    },
    runs,
  );
  const milliseconds = (name, of) => median(taken[name].map((took) => took[of] * 1000));
  const times = (name, of) => (milliseconds(name, of) / milliseconds('bare Node', of)).toFixed(1);
  console.log(`Node ${process.versions.node}, medians of ${runs} interleaved runs\n`);
  console.log('| | ms | times bare Node | CPU ms | times bare Node |\n| --- | ---: | ---: | ---: | ---: |');
  for (const name of Object.keys(taken)) {
    const columns = ['seconds', 'cpuSeconds'].flatMap((of) => [milliseconds(name, of).toFixed(0), times(name, of)]);
    console.log(`| ${name} | ${columns.join(' | ')} |`);
  }
} finally {
  sandbox.stop();
}

// node bench/start-up.js: how many times as long as bare Node `--help` and a `set` of one field take, beside a script that sends the same call with fetch.
// OPPATCH_BEFORE=/path/of/another/checkout (installed and built) adds each as it is there.
import {
  before,
  bin,
  binOf,
  interleaved,
  median,
  ready,
  startSandboxProcess,
  timeNode,
  workDirectory,
} from './measure.js';

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
const set = (program) => {
  amount += 1;
  return [program, ...`set oppo_1 amount=${amount} --vendor close --yes --quiet`.split(' '), '--base-url', baseUrl];
};

const contenders = (program, env, when = '') => ({
  [`\`--help\`${when}`]: () => timeNode([program, '--help'], { env }),
  [`\`set\` of one field, sent without a look (\`--blind\`)${when}`]: () =>
    timeNode([...set(program), '--blind'], { env }),
  [`\`set\` of one field, before → after looked up${when}`]: () => timeNode(set(program), { env }),
});

try {
  const taken = await interleaved(
    {
      'bare Node': () => timeNode(['--eval', '0']),
      ...contenders(bin, env),
      ...(before && contenders(binOf(before), { ...env, OPPATCH_HOME: workDirectory() }, ', before')),
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

// `npm run demo`: starts the sandbox vendors on loopback and applies real sample files to all of them, with the built program, the way a person
// would. Everything it writes goes into a temporary directory.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, root } from '../setup.js';

install();
build();

const bin = join(root, 'bin', 'oppatch.js');
const home = mkdtempSync(join(tmpdir(), 'oppatch-demo-'));
const sandbox = spawn(process.execPath, [bin, 'sandbox', '--json', '--latency', '20-60'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const greeting = await new Promise((resolve, reject) => {
  let text = '';
  sandbox.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)));
  sandbox.stdout.on('data', (chunk) => {
    text += chunk;
    if (text.includes('\n')) resolve(JSON.parse(text));
  });
});

/** Shows a command as it would be typed, runs it, and fails the demo when it ends with another code than is expected. */
function oppatch(words, { input, expected = 0 } = {}) {
  console.log(`\n$ oppatch ${words.map((word) => (/[\s=*?$#]/.test(word) ? `'${word}'` : word)).join(' ')}`);
  const env = { ...process.env, OPPATCH_HOME: home };
  const stdio = [input === undefined ? 'ignore' : 'pipe', 'inherit', 'inherit'];
  const { status } = spawnSync(process.execPath, [bin, ...words], {
    cwd: join(root, 'test', 'vendors'),
    env,
    input,
    stdio,
  });
  if (status !== expected) throw new Error(`oppatch ended with ${status}, not ${expected}`);
}

/** Ids are made of the second, in which several runs may begin. */
function latestRun() {
  const runs = join(home, 'runs');
  return readdirSync(runs)
    .toSorted((a, b) => statSync(join(runs, a)).mtimeMs - statSync(join(runs, b)).mtimeMs)
    .at(-1);
}

async function state(vendor, id, names) {
  const response = await fetch(`${greeting.origin}/_sandbox/state/${vendor}/${encodeURIComponent(id)}`);
  const record = await response.json();
  const shown = names.map(
    (name) => `${name}=${JSON.stringify(name.split('.').reduce((value, part) => value?.[part], record))}`,
  );
  console.log(`  at the vendor: ${id}  ${shown.join('  ')}`);
}

try {
  for (const [vendor, baseUrl] of Object.entries(greeting.base_urls)) {
    const input = JSON.stringify(greeting.credentials[vendor]);
    oppatch(['profile', 'add', vendor, '--vendor', vendor, '--base-url', baseUrl, '--credentials-stdin'], { input });
    oppatch(['profile', 'check', vendor]);
  }
  oppatch(['profile', 'list']);

  console.log('\n── Close: a CSV. See first, then send; one row is wrong on purpose (exit code 3)');
  oppatch(['plan', 'close/demo.csv', '--profile', 'close'], { expected: 3 });
  oppatch(['apply', 'close/demo.csv', '--profile', 'close', '--yes'], { expected: 3 });
  await state('close', 'oppo_sandbox000001', ['value', 'date_won', 'confidence']);
  await state('close', 'oppo_sandbox000002', ['value', 'date_won', 'note']);

  console.log('\n── LeadSquared: a TSV with a mapped column');
  oppatch(['apply', 'leadsquared/demo.tsv', '--profile', 'leadsquared', '--map', 'Deal size=mx_Custom_6', '--yes']);
  await state('leadsquared', '5ca5b042-51ea-4699-b6f0-000000000001', ['Status', 'mx_Custom_2', 'mx_Custom_6']);

  console.log('\n── Raze: a JSON array; fields and stage are two calls');
  oppatch(['apply', 'raze/demo.json', '--profile', 'raze', '--yes', '--json']);
  const firstRun = latestRun();
  await state('raze', 'opp_sandbox000002', ['deal_value', 'deal_currency', 'status']);

  console.log('\n── Partner Center: NDJSON to JSON Patch');
  oppatch(['apply', 'partner-center/demo.ndjson', '--profile', 'partner-center', '--yes']);
  await state('partner-center', '9f8bed52-e4df-4d0c-9ca6-000000000001', ['details.dealValue', 'team']);
  await state('partner-center', '9f8bed52-e4df-4d0c-9ca6-000000000002', ['status', 'substatus']);

  console.log('\n── HubSpot: an export with labels; stages and owners by name. One deal is not there (exit code 3)');
  oppatch(['plan', 'hubspot/demo.csv', '--profile', 'hubspot'], { expected: 3 });
  oppatch(['apply', 'hubspot/demo.csv', '--profile', 'hubspot', '--yes'], { expected: 3 });
  await state('hubspot', '71000003', ['pipeline', 'dealstage', 'hubspot_owner_id']);

  console.log('\n── Salesforce, Pipedrive, Zoho: columns that mean the same everywhere, names for stages and owners');
  oppatch(['apply', 'salesforce/demo.csv', '--profile', 'salesforce', '--list-separator', ';', '--yes'], {
    expected: 3,
  });
  oppatch(['apply', 'pipedrive/demo.csv', '--profile', 'pipedrive', '--yes'], { expected: 3 });
  oppatch(['apply', 'zoho/demo.csv', '--profile', 'zoho', '--yes'], { expected: 3 });
  await state('pipedrive', '4701', ['value', 'stage_id', 'expected_close_date']);
  await state('zoho', '7123400000005500001', ['Amount', 'Stage', 'Langs']);

  console.log(
    '\n── Dynamics 365: labels, a choice of the environment, a win. One opportunity is not there (exit code 3)',
  );
  oppatch(['plan', 'dynamics/demo.csv', '--profile', 'dynamics'], { expected: 3 });
  oppatch(['apply', 'dynamics/demo.csv', '--profile', 'dynamics', '--yes'], { expected: 3 });
  await state('dynamics', '6f1c0a52-3b7e-ee11-8179-000d3ab10002', ['statecode', 'actualvalue', 'activities']);

  console.log('\n── Raze again: nothing is left to send; then all of it is taken back');
  oppatch(['apply', 'raze/demo.json', '--profile', 'raze', '--yes', '--json']);
  const clearing = ['--setting', 'clear=empty'];
  oppatch(['undo', firstRun, ...clearing, '--dry-run']);
  oppatch(['undo', firstRun, ...clearing, '--yes']);
  await state('raze', 'opp_sandbox000002', ['deal_value', 'deal_currency', 'status']);

  console.log('\n── One edit from the terminal, and what was done');
  oppatch(['set', 'oppo_sandbox000005', 'amount=77000', '--profile', 'close', '--yes']);
  oppatch(['runs']);
  console.log('\nThe demo went as it should. Next: oppatch sandbox, or the README.');
} finally {
  sandbox.kill('SIGTERM');
  rmSync(home, { recursive: true, force: true });
}

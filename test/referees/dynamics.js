// Part of `npm run referees`: the same edits by dynamics-web-api, the client that most programs use, and by oppatch, through one loopback recorder in front
// of the sandbox: method, path, body, condition and OData headers must be the same. Which columns the reply shows is each one's own choice.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, root } from '../setup.js';
import { installPackage } from './install-package.js';

install();
build();
const { DynamicsWebApi } = installPackage('dynamics-web-api', '2.5.0');

const bin = join(root, 'bin', 'oppatch.js');
const directory = mkdtempSync(join(tmpdir(), 'oppatch-referee-dynamics-'));
const sandbox = spawn(process.execPath, [bin, 'sandbox', '--json', '--unlimited'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [greeting] = await once(sandbox.stdout, 'data');
const { base_urls: baseUrls, credentials, origin } = JSON.parse(String(greeting));
const { accessToken } = credentials.dynamics;

const prefix = '/api/data/v9.2';
let recorded = [];
const recorder = createServer((incoming, outgoing) => {
  void forward(incoming, outgoing);
});
await new Promise((resolve) => {
  recorder.listen(0, '127.0.0.1', resolve);
});
const address = `http://127.0.0.1:${recorder.address().port}`;

async function forward(incoming, outgoing) {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const { pathname, search, searchParams } = new URL(incoming.url, address);
  const path = pathname.slice(prefix.length);
  const { headers } = incoming;
  recorded.push({
    method: incoming.method,
    path,
    query: [...searchParams],
    body: body === '' ? undefined : JSON.parse(body),
    authorization: headers.authorization,
    ifMatch: headers['if-match'],
    versions: [headers['odata-version'], headers['odata-maxversion']],
    accept: headers.accept,
    // The client names the charset, which JSON always has.
    contentType: body === '' ? undefined : headers['content-type']?.split(';')[0],
    prefer: headers.prefer?.split(',').map((part) => part.trim()),
  });
  const passed = { ...headers };
  for (const name of ['host', 'connection', 'content-length', 'transfer-encoding']) delete passed[name];
  const reply = await fetch(`${baseUrls.dynamics}${path}${search}`, {
    method: incoming.method,
    headers: passed,
    ...(body === '' ? {} : { body }),
  });
  const text = await reply.text();
  outgoing.writeHead(reply.status, text === '' ? {} : { 'content-type': 'application/json' });
  outgoing.end(text);
}

/** What `act` sends through the recorder. */
async function requestsOf(act) {
  recorded = [];
  await act();
  return [...recorded];
}

async function oppatch(...words) {
  const account = ['--vendor', 'dynamics', '--base-url', `${address}${prefix}`];
  const child = spawn(process.execPath, [bin, ...words, ...account], {
    env: { ...process.env, OPPATCH_HOME: directory, DYNAMICS_ACCESS_TOKEN: accessToken },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let shown = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (shown += chunk));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, `oppatch ${words.join(' ')} ended with ${code}:\n${shown}`);
}

const client = new DynamicsWebApi({
  serverUrl: address,
  dataApi: { version: '9.2' },
  onTokenRefresh: async () => accessToken,
});
const id = '6f1c0a52-3b7e-ee11-8179-000d3ab10001';
const account = '1c4d7d11-90aa-ee11-be37-000d3ab1f00a';
const bo = '0a4d7d11-90aa-ee11-be37-000d3ab1f012';
const euro = 'c7d2f1b0-1111-ee11-8f6d-000d3ab1f003';

/** One of each kind of value: what is typed, and the members that belong on the wire. */
const edits = [
  ['text', ['name=Northwind, 500 seats'], { name: 'Northwind, 500 seats' }],
  ['memo', ['note=two lines, "quoted"'], { description: 'two lines, "quoted"' }],
  ['money', ['amount=12500.50'], { estimatedvalue: 12500.5 }],
  ['decimal', ['new_score=12.5'], { new_score: 12.5 }],
  ['whole number', ['closeprobability=60'], { closeprobability: 60 }],
  ['day', ['close_date=2026-11-30'], { estimatedclosedate: '2026-11-30' }],
  ['moment', ['new_renewal=2026-11-30T14:00:00+02:00'], { new_renewal: '2026-11-30T12:00:00Z' }],
  ['boolean', ['isrevenuesystemcalculated=false'], { isrevenuesystemcalculated: false }],
  ['choice by its label', ['stage=Propose'], { salesstage: 2 }],
  ['choice of the environment', ['Region=APAC'], { new_region: 100_000_001 }],
  ['several choices', ['Days=Monday;Friday'], { new_days: '1,9' }],
  ['owner by e-mail', ['owner=bo@northwind.example'], { 'ownerid@odata.bind': `/systemusers(${bo})` }],
  ['currency by its code', ['currency=EUR'], { 'transactioncurrencyid@odata.bind': `/transactioncurrencies(${euro})` }],
  ['customer', [`customerid=accounts(${account})`], { 'customerid_account@odata.bind': `/accounts(${account})` }],
  ['custom lookup', [`Reseller=${account}`], { 'new_CustomerId@odata.bind': `/accounts(${account})` }],
  ['emptied lookup', ['parentcontactid=:clear:'], { parentcontactid: null }],
  ['emptied choices', ['new_days=:clear:'], { new_days: null }],
  ['reopened', ['status=Open'], { statecode: 0, statuscode: 1 }],
];

const writesOf = (requests) => requests.filter(({ method }) => method !== 'GET');
/** The annotations and the columns of the reply are oppatch's own. */
const compared = ({ query: _query, prefer, ...request }) => ({
  ...request,
  returned: prefer?.includes('return=representation') === true,
});

try {
  for (const [title, words, data] of edits) {
    const theirs = await requestsOf(() =>
      client.update({ collection: 'opportunities', key: id, data, returnRepresentation: true, select: ['name'] }),
    );
    const ours = await requestsOf(() => oppatch('set', id, ...words, '--blind', '--yes'));
    assert.deepEqual(writesOf(ours).map(compared), theirs.map(compared), title);
    assert.deepEqual(
      writesOf(ours)[0].query.map(([name]) => name),
      theirs[0].query.map(([name]) => name),
      title,
    );
    console.log('same:', title);
  }

  // Under a version: each side first reads it, and writes with what it read.
  const before = await client.retrieve({ collection: 'opportunities', key: id, select: ['name'] });
  const guarded = await requestsOf(() =>
    client.update({
      collection: 'opportunities',
      key: id,
      data: { closeprobability: 61 },
      ifmatch: before['@odata.etag'],
    }),
  );
  const looked = await requestsOf(() => oppatch('set', id, 'closeprobability=62', '--yes'));
  const [theirGuard, ourGuard] = [guarded, writesOf(looked)].map(([request]) => request.ifMatch);
  for (const guard of [theirGuard, ourGuard]) assert.match(guard, /^W\/"\d+"$/);
  assert.notEqual(ourGuard, theirGuard);
  console.log('same: the version as a condition');

  for (const [action, status, reason] of [
    ['WinOpportunity', 'Won', -1],
    ['LoseOpportunity', 'Lost', 5],
  ]) {
    const parameters = {
      Status: reason,
      OpportunityClose: { 'opportunityid@odata.bind': `/opportunities(${id})`, subject: status },
    };
    const words = reason === -1 ? [`status=${status}`] : ['statuscode=Out-Sold'];
    const theirs = await requestsOf(() => client.callAction({ actionName: action, action: parameters }));
    await client.update({ collection: 'opportunities', key: id, data: { statecode: 0, statuscode: 1 } });
    const ours = await requestsOf(() => oppatch('set', id, ...words, '--blind', '--yes'));
    assert.deepEqual(writesOf(ours).map(compared), theirs.map(compared), action);
    await client.update({ collection: 'opportunities', key: id, data: { statecode: 0, statuscode: 1 } });
    console.log('same:', action);
  }

  const file = join(directory, 'two.csv');
  writeFileSync(file, `id,amount\n${id},1\n6f1c0a52-3b7e-ee11-8179-000d3ab10002,2\n`);
  const reads = await requestsOf(() => oppatch('plan', file));
  const look = reads.find(({ path }) => path === '/opportunities');
  const query = Object.fromEntries(look.query);
  const read = await requestsOf(() =>
    client.retrieveMultiple({
      collection: 'opportunities',
      select: query.$select.split(','),
      filter: query.$filter,
      includeAnnotations: 'Microsoft.Dynamics.CRM.lookuplogicalname',
    }),
  );
  assert.deepEqual([look], read, 'many read');
  console.log('same: many read');

  // The client reads metadata by functions of its own; those that oppatch uses are there among them.
  const columns = await requestsOf(() =>
    client.retrieveMultiple({
      collection: 'transactioncurrencies',
      select: ['transactioncurrencyid', 'isocurrencycode', 'currencyprecision'],
    }),
  );
  const names = await requestsOf(() => oppatch('fields', '--refresh'));
  assert.deepEqual(
    names.filter(({ path }) => path === '/transactioncurrencies'),
    columns,
    'currencies',
  );
  console.log('same: currencies');

  const state = await (await fetch(`${origin}/_sandbox/state/dynamics/${id}`)).json();
  assert.equal(state.activities, 4);
  console.log('oppatch sends what dynamics-web-api sends.');
} finally {
  sandbox.kill('SIGTERM');
  recorder.close();
  recorder.closeAllConnections();
  rmSync(directory, { recursive: true, force: true });
}

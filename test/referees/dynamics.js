// Part of `npm run referees`: the same edits by dynamics-web-api, the client that most programs use, and by oppatch, through one loopback recorder in front
// of the sandbox: method, path, body, condition and OData headers must be the same. Which columns the reply shows is each one's own choice.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPackage } from './install-package.js';
import { startRecorder, writesOf } from './recorder.js';

const { DynamicsWebApi } = installPackage('dynamics-web-api', '2.5.0');
const {
  address,
  directory,
  origin,
  credentials: { accessToken },
  requestsOf,
  oppatch,
  close,
} = await startRecorder({
  vendor: 'dynamics',
  prefix: '/api/data/v9.2',
  environment: (credentials) => ({ DYNAMICS_ACCESS_TOKEN: credentials.accessToken }),
});

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

const wire = ({ headers, ...request }) => ({
  ...request,
  authorization: headers.authorization,
  ifMatch: headers['if-match'],
  versions: [headers['odata-version'], headers['odata-maxversion']],
  accept: headers.accept,
  prefer: headers.prefer?.split(',').map((part) => part.trim()),
});
/** The annotations and the columns of the reply are oppatch's own. */
const compared = (request) => {
  const { query: _query, prefer, ...rest } = wire(request);
  return { ...rest, returned: prefer?.includes('return=representation') === true };
};

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
  const [theirGuard, ourGuard] = [guarded, writesOf(looked)].map(([request]) => wire(request).ifMatch);
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
  assert.deepEqual([look].map(wire), read.map(wire), 'many read');
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
    names.filter(({ path }) => path === '/transactioncurrencies').map(wire),
    columns.map(wire),
    'currencies',
  );
  console.log('same: currencies');

  const state = await (await fetch(`${origin}/_sandbox/state/dynamics/${id}`)).json();
  assert.equal(state.activities, 4);
  console.log('oppatch sends what dynamics-web-api sends.');
} finally {
  close();
}

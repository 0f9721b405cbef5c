// `npm run referees`: the same edits by HubSpot's own client and by oppatch, through one loopback recorder in front of the sandbox: method, path,
// query, body and authorisation must be the same. The client speaks /crm/v3 only, so its paths are mapped to the dated ones before they are compared.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPackage } from './install-package.js';
import { startRecorder, writesOf } from './recorder.js';

const { Client } = installPackage('@hubspot/api-client', '13.5.0');
const {
  address,
  directory,
  credentials: { serviceKey },
  requestsOf,
  oppatch,
  close,
} = await startRecorder({
  vendor: 'hubspot',
  pathOf: datedPath,
  environment: (credentials) => ({ HUBSPOT_SERVICE_KEY: credentials.serviceKey }),
});

/** Paths of version 3 as the dated versions spell them. */
function datedPath(path) {
  return path
    .replace(/^\/crm\/v3\/objects\/deals/, '/crm/objects/2026-09/0-3')
    .replace(/^\/crm\/v3\/(properties|pipelines)\/0-3$/, '/crm/$1/2026-09/0-3')
    .replace(/^\/crm\/v3\/owners\/?$/, '/crm/owners/2026-09');
}

/** The client adds `archived=false`, which is HubSpot's default. */
function compared({ headers, ...request }) {
  return {
    ...request,
    query: request.query.filter(([, value]) => value !== 'false'),
    authorization: headers.authorization,
  };
}

const client = new Client({ accessToken: serviceKey, basePath: address, numberOfApiCallRetries: 0 });
const { basicApi, batchApi } = client.crm.deals;
const id = '71000001';

/** One of each kind of value: what is typed, and the texts that belong on the wire. */
const edits = [
  ['text', ['dealname=Northwind, 500 seats'], { dealname: 'Northwind, 500 seats' }],
  ['number', ['amount=12500.50'], { amount: '12500.5' }],
  ['moment', ['closedate=2026-11-30T12:00:00Z'], { closedate: '2026-11-30T12:00:00Z' }],
  ['day', ['contract_end=2026-11-30'], { contract_end: '2026-11-30' }],
  ['option by its label', ['Deal Type=New Business'], { dealtype: 'newbusiness' }],
  ['several options', ['sales_regions=EMEA;Asia Pacific'], { sales_regions: 'emea;apac' }],
  ['an option that is added', ['sales_regions.add=Latin America'], { sales_regions: ';latam' }],
  ['boolean', ['renewal=Yes'], { renewal: 'true' }],
  ['phone number', ['contract_phone=+49301234'], { contract_phone: '+49301234' }],
  ['owner by e-mail', ['owner=bo.lind@northwind.example'], { hubspot_owner_id: '880012' }],
  ['collaborators', ['hs_all_collaborator_owner_ids=Ada Kern'], { hs_all_collaborator_owner_ids: '880011' }],
  ['currency', ['currency=EUR'], { deal_currency_code: 'EUR' }],
  ['stage, which brings its pipeline', ['stage=Quote Sent'], { dealstage: '151003002', pipeline: '77120034' }],
  ['clearing', ['closedate=:clear:'], { closedate: '' }],
];

try {
  for (const [title, words, properties] of edits) {
    const theirs = await requestsOf(() => basicApi.update(id, { properties }));
    const ours = await requestsOf(() => oppatch('set', id, ...words, '--blind', '--yes'));
    assert.deepEqual(writesOf(ours).map(compared), theirs.map(compared), title);
    console.log('same:', title);
  }

  // Row by row there is a trace id for each input, which the client passes on as it is given.
  const file = join(directory, 'two.csv');
  writeFileSync(file, 'id,amount,description\n71000001,1,one\n71000002,2,two\n');
  const inputs = [1, 2].map((row) => ({
    id: `7100000${row}`,
    properties: { amount: String(row), description: row === 1 ? 'one' : 'two' },
    objectWriteTraceId: `row-${row}`,
  }));
  const batched = await requestsOf(() => batchApi.update({ inputs }));
  const applied = await requestsOf(() => oppatch('apply', file, '--blind', '--yes'));
  assert.deepEqual(
    applied.filter(({ path }) => path.endsWith('/batch/update')).map(compared),
    batched.map(compared),
    'batch update',
  );
  console.log('same: batch update');

  // Which properties are asked for is oppatch's own choice; the form is what is compared.
  const looked = await requestsOf(() => oppatch('plan', file));
  const look = looked.find(({ path }) => path.endsWith('/batch/read'));
  const read = await requestsOf(() =>
    batchApi.read({
      properties: look.body.properties,
      propertiesWithHistory: [],
      inputs: [{ id: '71000001' }, { id: '71000002' }],
    }),
  );
  assert.deepEqual(read.map(compared), [compared(look)], 'batch read');
  console.log('same: batch read');

  const names = ['properties', 'pipelines', 'owners'];
  const asked = await requestsOf(async () => {
    await client.crm.properties.coreApi.getAll('0-3');
    await client.crm.pipelines.pipelinesApi.getAll('0-3');
    await client.crm.owners.ownersApi.getPage(undefined, undefined, 100);
  });
  const metadata = await requestsOf(() => oppatch('fields', '--refresh'));
  const first = names.map((name) => metadata.find(({ path }) => path.includes(`/${name}/`)));
  assert.deepEqual(first.map(compared), asked.map(compared), 'metadata');
  console.log('same: properties, pipelines, owners');
  console.log('oppatch sends what the official client sends.');
} finally {
  close();
}

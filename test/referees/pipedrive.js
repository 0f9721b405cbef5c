// Part of `npm run referees`: the same edits by Pipedrive's own client and by oppatch, through one loopback recorder in front of the sandbox: method, path,
// query, body and token must be the same.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPackage } from './install-package.js';
import { startRecorder, writesOf } from './recorder.js';

const { v1, v2 } = installPackage('pipedrive', '33.7.0');
const prefix = '/api';
const { address, directory, credentials, requestsOf, oppatch, close } = await startRecorder({
  vendor: 'pipedrive',
  prefix,
  environment: ({ apiToken }) => ({ PIPEDRIVE_API_TOKEN: apiToken }),
});
const configuration = (of, path) =>
  new of.Configuration({ apiKey: credentials.apiToken, basePath: `${address}${prefix}${path}` });
const [deals, fields, pipelines, stages] = [v2.DealsApi, v2.DealFieldsApi, v2.PipelinesApi, v2.StagesApi].map(
  (Api) => new Api(configuration(v2, '/v2')),
);
const users = new v1.UsersApi(configuration(v1, '/v1'));

const id = '4711';
const compared = ({ headers, ...request }) => ({ ...request, token: headers['x-api-token'] });

try {
  const keys = {};
  for (let cursor; cursor !== null;) {
    const page = await fields.getDealFields({ limit: 500, cursor });
    for (const { field_name: name, field_code: code } of page.data) keys[name] = code;
    cursor = page.additional_data?.next_cursor || null;
  }
  const custom = (name, value) => ({ custom_fields: { [keys[name]]: value } });

  /** One of each kind of value: what is typed, and what a program has in its hands for it. */
  const edits = [
    ['text', ['title=Northwind, 500 seats'], { title: 'Northwind, 500 seats' }],
    ['number', ['amount=12500.50'], { value: 12_500.5 }],
    ['currency', ['currency=EUR'], { currency: 'EUR' }],
    ['day', ['close_date=2026-11-30'], { expected_close_date: '2026-11-30' }],
    ['percent', ['probability=60'], { probability: 60 }],
    ['stage by its name', ['stage=Sales / Negotiation'], { stage_id: 32 }],
    ['owner by e-mail', ['owner=bo@northwind.example'], { owner_id: 10 }],
    ['person', ['person_id=5'], { person_id: 5 }],
    ['labels by name', ['label_ids=["Hot","Cold"]'], { label_ids: [5, 6] }],
    ['who sees it', ['visible_to=3'], { visible_to: 3 }],
    ['lost, with the reason', ['status=lost', 'lost_reason=Price'], { status: 'lost', lost_reason: 'Price' }],
    ['reopened', ['status=open'], { status: 'open' }],
    [
      'won, with the time',
      ['status=won', 'won_time=2026-11-02T09:30:00+01:00'],
      { status: 'won', won_time: '2026-11-02T08:30:00Z' },
    ],
    ['choice by its label', ['Region=EMEA'], custom('Region', 107)],
    ['several choices', ['Days=["Monday","Wednesday"]'], custom('Days', [1, 3])],
    ['own number', ['Score=12.5'], custom('Score', 12.5)],
    ['amount with its currency', ['Setup fee=99.50 EUR'], custom('Setup fee', { value: 99.5, currency: 'EUR' })],
    ['own day', ['Renewal=2026-11-30'], custom('Renewal', '2026-11-30')],
    ['range of days', ['Trial=2026-01-01/2026-02-01'], custom('Trial', { value: '2026-01-01', until: '2026-02-01' })],
    ['own text', ['Remarks=two, "quoted"'], custom('Remarks', 'two, "quoted"')],
    ['user by e-mail', ['Engineer=bo@northwind.example'], custom('Engineer', 10)],
    ['address', ['Site={"value":"530 Fifth Ave"}'], custom('Site', { value: '530 Fifth Ave' })],
    ['time', ['Call at=09:00 Europe/London'], custom('Call at', { value: '09:00:00', timezone_name: 'Europe/London' })],
    ['emptied choice', ['Region=:clear:'], custom('Region', null)],
  ];
  for (const [title, words, UpdateDealRequest] of edits) {
    const theirs = await requestsOf(() => deals.updateDeal({ id: Number(id), UpdateDealRequest }));
    const ours = await requestsOf(() => oppatch('set', id, ...words, '--blind', '--yes'));
    assert.deepEqual(writesOf(ours).map(compared), theirs.map(compared), title);
    console.log('same:', title);
  }

  const file = join(directory, 'two.csv');
  writeFileSync(file, `id,amount,Region\n${id},1,APAC\n4712,2,APAC\n`);
  const looked = await requestsOf(() => oppatch('plan', file));
  const look = looked.find(({ path }) => path === '/v2/deals');
  const read = await requestsOf(() =>
    deals.getDeals({ ids: `${id},4712`, limit: 100, include_fields: 'products_count', custom_fields: keys.Region }),
  );
  const inAnyOrder = (request) => ({ ...compared(request), query: request.query.toSorted() });
  assert.deepEqual([look].map(inAnyOrder), read.map(inAnyOrder), 'many read');
  console.log('same: many read');

  const one = await requestsOf(() => deals.getDeal({ id: Number(id), include_fields: 'products_count' }));
  const got = await requestsOf(() => oppatch('get', id));
  assert.deepEqual(got.filter(({ path }) => path === `/v2/deals/${id}`).map(compared), one.map(compared), 'one read');
  console.log('same: one read');

  const asked = await requestsOf(async () => {
    await fields.getDealFields({ limit: 500 });
    await pipelines.getPipelines({ limit: 500 });
    await stages.getStages({ limit: 500 });
    await users.getUsers();
  });
  const metadata = await requestsOf(() => oppatch('fields', '--refresh'));
  const first = asked.map(({ path }) => metadata.find((request) => request.path === path));
  assert.deepEqual(first.map(compared), asked.map(compared), 'metadata');
  console.log('same: fields, pipelines, stages, users');
  console.log('oppatch sends what the official client sends.');
} finally {
  close();
}

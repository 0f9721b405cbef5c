import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../../src/core/call.ts';
import type { Edit } from '../../../src/core/edit.ts';
import type { Transport } from '../../../src/core/wire.ts';
import { fields as described } from '../../../src/sandbox/vendors/salesforce-metadata.ts';
import { fullId } from '../../../src/sandbox/vendors/salesforce-write.ts';
import { createTransport } from '../../../src/transport/send.ts';
import { wireRequest } from '../../../src/transport/wire-request.ts';
import { salesforce } from '../../../src/vendors/salesforce/vendor.ts';
import { officialClient, startRecorder, type Recorded, type Recorder } from '../official-client.ts';
import { edit, openOrg, settingsWith, toReply } from './org.ts';

/*
 * jsforce is Salesforce's own client for Node (https://github.com/jsforce/jsforce, MIT): the same edit by it and by us must reach the server with the
 * same method, path, query and body. Order of members and of records' `id` and `attributes` has no meaning in JSON. 3.9.5 is the last that runs on Node 20.
 */
const version = '3.9.5';
const token = '00D5e0000001abc!AQmadeUp';

interface Client {
  readonly sobject: (name: string) => {
    readonly update: (records: unknown, options?: unknown) => Promise<unknown>;
    readonly retrieve: (ids: unknown, options?: unknown) => Promise<unknown>;
    readonly describe: () => Promise<unknown>;
  };
  readonly query: (soql: string) => Promise<unknown>;
  readonly bulk2: { readonly createJob: (options: Readonly<Record<string, string>>) => IngestJob };
}

interface IngestJob {
  readonly open: () => Promise<unknown>;
  readonly uploadData: (csv: string) => Promise<unknown>;
  readonly close: () => Promise<unknown>;
  readonly abort: () => Promise<unknown>;
  readonly check: () => Promise<unknown>;
  readonly getSuccessfulResults: (raw: true) => Promise<unknown>;
  readonly getFailedResults: (raw: true) => Promise<unknown>;
  readonly getUnprocessedRecords: (raw: true) => Promise<unknown>;
}

let folder: string;
let recorder: Recorder;
let client: Client;
let transport: Transport;

beforeAll(async () => {
  folder = officialClient('jsforce', version);
  const { default: jsforce } = (await import(pathToFileURL(`${folder}/index.js`).href)) as {
    default: { Connection: new (options: unknown) => Client };
  };
  recorder = await startRecorder(({ method, path, body }) => {
    if (method === 'PATCH' && path.includes('/sobjects/Opportunity/')) return { status: 204 };
    if (path.includes('/jobs/ingest')) {
      if (method === 'PUT') return { status: 201 };
      return /(?:Results|records)$/.test(path)
        ? { status: 200 }
        : { status: 200, body: { id: '7505e0000000001AAA', state: 'Open' } };
    }
    const { records, ids } = (body ?? {}) as { records?: { id: string }[]; ids?: string[] };
    if (records !== undefined)
      return { status: 200, body: records.map(({ id }) => ({ id, success: true, errors: [] })) };
    if (ids !== undefined) return { status: 200, body: ids.map((Id) => ({ attributes: {}, Id })) };
    return { status: 200, body: { totalSize: 0, done: true, records: [], fields: [] } };
  });
  client = new jsforce.Connection({ instanceUrl: recorder.origin, accessToken: token, version: '66.0' });
  transport = await createTransport({ connections: 1, version: '0.0.0' });
}, 300_000);

afterAll(async () => {
  await transport?.close();
  await recorder?.close();
});

/** The org of the sandbox, which has a field of every type. */
const org = openOrg(
  {},
  (() => {
    const reads = salesforce.open(settingsWith()).metadata?.reads ?? [];
    const items = reads[0]?.items(toReply(200, { fields: JSON.parse(JSON.stringify(described)) as never })) ?? [];
    return { fields: items };
  })(),
);

async function ours(call: Call): Promise<readonly Recorded[]> {
  recorder.taken();
  const authorisation = salesforce.authorise({ accessToken: token });
  const reply = await transport.send(wireRequest(call, recorder.origin, authorisation), { timeoutMs: 10_000 });
  expect(org.read(reply, call).kind).toBe('settled');
  return recorder.taken();
}

async function theirs(act: () => Promise<unknown>): Promise<readonly Recorded[]> {
  recorder.taken();
  await act();
  return recorder.taken();
}

const id = '0065e00000AbCdEAAV';

function writeOf(one: Edit): Call {
  const [call] = org.plan(one);
  if (call === undefined) throw new Error('no call');
  return call;
}

/** A cell for each type, and what a program that calls jsforce has in its hands for it. */
const samples: readonly (readonly [type: string, column: string, cell: string, value: unknown])[] = [
  ['string', 'NextStep', 'Call back, "soon" – ok?', 'Call back, "soon" – ok?'],
  ['textarea', 'Description', 'two\nlines', 'two\nlines'],
  ['phone', 'Phone__c', '+49 30 1234', '+49 30 1234'],
  ['url', 'Website__c', 'https://northwind.example/?a=1', 'https://northwind.example/?a=1'],
  ['email', 'Contact_Email__c', 'ada@northwind.example', 'ada@northwind.example'],
  ['double', 'Score__c', '12.5', 12.5],
  ['currency', 'Amount', '1250.50', 1250.5],
  ['currency below zero', 'Amount', '-0.01', -0.01],
  ['percent', 'Discount__c', '7.25', 7.25],
  ['percent', 'Probability', '80', 80],
  ['double without decimals', 'Seats__c', '500', 500],
  ['boolean', 'Strategic__c', 'TRUE', true],
  ['date', 'CloseDate', '2026-12-18', '2026-12-18'],
  ['datetime', 'Kickoff__c', '2026-10-02T10:15:00+02:00', '2026-10-02T08:15:00Z'],
  ['picklist by label', 'StageName', 'Negotiation/Review', 'Negotiation_Review'],
  ['restricted picklist', 'Region__c', 'Europe', 'EMEA'],
  ['multipicklist', 'Days__c', 'Wednesday;Monday', 'MON;WED'],
  ['reference', 'AccountId', '0015e00000ZzZzZ', '0015e00000ZzZzZAAV'],
];

describe('the codes that we know', () => {
  it('are those of the WSDL that comes with jsforce, and a few of REST', () => {
    const source = readFileSync(new URL('../../../src/vendors/salesforce/read.ts', import.meta.url), 'utf8');
    const known = new Set(
      [...source.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'|^ {2}([A-Z]+(?:_[A-Z]+)+):/gm)].map(
        ([, one, other]) => one ?? other ?? '',
      ),
    );
    const wsdl = readFileSync(join(folder, 'src', 'api', 'soap', 'wsdl.xml'), 'utf8');
    const published = new Set([...wsdl.matchAll(/enumeration value="([A-Z_]+)"/g)].map(([, code]) => code));
    expect(known.size).toBeGreaterThan(20);
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
    expect([...known].filter((code) => !published.has(code)).toSorted()).toEqual(['NOT_FOUND']);
  });
});

describe('the same edit by jsforce and by us', () => {
  it('covers every type that a field of an opportunity may have', () => {
    const types = new Set(described.filter(({ updateable }) => updateable).map(({ type }) => type));
    const covered = new Set(samples.map(([, column]) => described.find(({ name }) => name === column)?.type));
    expect([...types].filter((type) => !covered.has(type))).toEqual([]);
  });

  it.each(samples)('sets %s (%s)', async (_type, column, cell, value) => {
    const mine = await ours(writeOf(edit(org, id, { [column]: cell })));
    expect(mine).toEqual(await theirs(() => client.sobject('Opportunity').update({ Id: id, [column]: value })));
    expect(mine).toHaveLength(1);
  });

  it.each(samples.filter(([, column]) => described.find(({ name, nillable }) => name === column && nillable)))(
    'clears %s (%s)',
    async (_type, column) => {
      const mine = await ours(writeOf(edit(org, id, { [column]: null })));
      expect(mine).toEqual(await theirs(() => client.sobject('Opportunity').update({ Id: id, [column]: null })));
      expect(mine[0]?.body).toEqual({ [column]: null });
    },
  );

  it('sends 201 rows as one call of 200 and another of one', async () => {
    const rows = Array.from({ length: 201 }, (_, index) => ({
      Id: fullId(`0065e00000${String(index).padStart(5, '0')}`),
      Amount: index + 0.5,
      NextStep: null,
    }));
    const edits = rows.map(({ Id, Amount }, index) =>
      edit(org, Id, { Amount: String(Amount), NextStep: null }, index + 1),
    );
    const { batches } = org;
    const first = await ours(batches!.call('Opportunity', edits.slice(0, batches!.most)));
    // jsforce sends a collection of one for what is left; we send a plain PATCH then, which is the same edit.
    const second = await ours(batches!.call('Opportunity', edits.slice(batches!.most)));
    const all = await theirs(() => client.sobject('Opportunity').update(rows, { allowRecursive: true }));
    expect([...first, ...second]).toEqual(all);
    expect(all.map(({ body }) => (body as { records: unknown[] }).records.length)).toEqual([200, 1]);
  });

  it('reads many, one, the fields and a query', async () => {
    const edits = [edit(org, id, { Amount: '1' }), edit(org, '0065e00000AbCdF', { Amount: '2' }, 2)];
    const many = org.records!.bulk!.call('changed', edits);
    const { ids, fields } = many.body as { ids: string[]; fields: string[] };
    expect(await ours(many)).toEqual(await theirs(() => client.sobject('Opportunity').retrieve(ids, { fields })));
    const [read] = org.metadata!.reads;
    expect(await ours(read!.call)).toEqual(await theirs(() => client.sobject('Opportunity').describe()));
    const found = org.find!.call('Key__c', ["it's 100 % + more", 'NW-2']);
    expect(await ours(found)).toEqual(await theirs(() => client.query(found.query?.[0]?.[1] ?? '')));
  });
});

/** The character set is named by either of us where the other does not. */
function plain({ contentType, ...request }: Recorded): Recorded {
  return { ...request, contentType: contentType?.split(';')[0] };
}

describe('the same job by jsforce and by us', () => {
  it('is created, filled, closed, asked, read and given up by the same requests', async () => {
    const { jobs } = org;
    if (jobs === undefined) throw new Error('no jobs');
    const name = '7505e0000000001AAA';
    const content = jobs.content([edit(org, id, { Amount: '12.5', NextStep: 'a, "b"' })]);
    const job = client.bulk2.createJob(jobs.create.body as Record<string, string>);
    const pairs: readonly (readonly [Call | undefined, () => Promise<unknown>])[] = [
      [jobs.create, () => job.open()],
      [jobs.upload(name, content), () => job.uploadData(content)],
      [jobs.close(name), () => job.close()],
      [jobs.state(name), () => job.check()],
      [jobs.results(name)[0], () => job.getSuccessfulResults(true)],
      [jobs.results(name)[1], () => job.getFailedResults(true)],
      [jobs.results(name)[2], () => job.getUnprocessedRecords(true)],
      [jobs.abort(name), () => job.abort()],
    ];
    for (const [call, act] of pairs) {
      if (call === undefined) throw new Error('no call');
      expect((await ours(call)).map(plain)).toEqual((await theirs(act)).map(plain));
    }
  });
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import {
  accountWords,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  run,
  summaryOf,
  type Ended,
  type Place,
} from './oppatch.ts';

/** `list`, and what becomes of its CSV. `OPPATCH_LIST_DEALS=2500` makes the journey a long one. */

const deals = Number(process.env['OPPATCH_LIST_DEALS'] ?? 0);

interface Way {
  readonly vendor: string;
  /** Deals, half of which match: more than a page, where a page is short. */
  readonly fewest: number;
  /** The condition and the change, both in people's words. */
  readonly where: string;
  readonly set: string;
  /** The members of a record that the condition, the others and the change are about. */
  readonly matching: Readonly<Record<string, unknown>>;
  readonly others: Readonly<Record<string, unknown>>;
  readonly changed: Readonly<Record<string, unknown>>;
}

const ways: readonly Way[] = [
  {
    vendor: 'close',
    fewest: 220,
    where: 'owner=ada@northwind.example',
    set: 'owner=bo@northwind.example',
    matching: { user_id: 'user_ada' },
    others: { user_id: 'user_seller1' },
    changed: { user_id: 'user_bo' },
  },
  {
    vendor: 'hubspot',
    fewest: 420,
    where: 'owner=ada.kern@northwind.example',
    set: 'owner=bo.lind@northwind.example',
    matching: { hubspot_owner_id: '880011' },
    others: { hubspot_owner_id: '880013' },
    changed: { hubspot_owner_id: '880012' },
  },
  {
    vendor: 'salesforce',
    fewest: 60,
    where: 'owner=ada@northwind.example',
    set: 'owner=bo@northwind.example',
    matching: { OwnerId: '0055e0000012xyzAAA' },
    others: { OwnerId: '0055e0000012xzaAAA' },
    changed: { OwnerId: '0055e0000012xyyAAA' },
  },
  {
    vendor: 'pipedrive',
    fewest: 60,
    where: 'stage=31',
    set: 'owner=bo@northwind.example',
    matching: { stage_id: 31, owner_id: 9 },
    others: { stage_id: 32, owner_id: 9 },
    changed: { stage_id: 31, owner_id: 10 },
  },
  {
    vendor: 'zoho',
    fewest: 60,
    where: 'owner=ada@northwind.example',
    set: 'owner=bo@northwind.example',
    matching: { Owner: { id: '7123400000000301001' } },
    others: { Owner: { id: '7123400000000301099' } },
    changed: { Owner: { id: '7123400000000301002' } },
  },
  {
    vendor: 'dynamics',
    fewest: 60,
    where: 'stage=Propose',
    set: 'amount=7',
    matching: { salesstage: 2, estimatedvalue: 5 },
    others: { salesstage: 0, estimatedvalue: 5 },
    changed: { salesstage: 2, estimatedvalue: 7 },
  },
  {
    vendor: 'partner-center',
    fewest: 210,
    where: 'status=New',
    set: '/name=Called',
    matching: { status: 'New', substatus: 'Received', name: 'Referral' },
    others: { status: 'Active', substatus: 'Accepted', name: 'Referral' },
    changed: { status: 'New', substatus: 'Received', name: 'Called' },
  },
];

/** A field of each that a file may change. */
const fieldsOf: Readonly<Record<string, string>> = {
  zoho: 'Next_Step',
  salesforce: 'NextStep',
  dynamics: 'description',
  pipedrive: 'title',
};

interface Stage {
  readonly sandbox: Sandbox;
  readonly place: Place;
  readonly call: (words: readonly string[], input?: string) => Promise<Ended>;
  /** Lists of opportunities that the vendor was asked for, each as one text. */
  readonly lists: () => readonly string[];
}

async function stage(vendor: string, behaviour: Parameters<typeof newSandbox>[0] = {}): Promise<Stage> {
  const sandbox = await newSandbox({ autoCreate: false, logged: 100_000, ...behaviour });
  const place = newPlace();
  const { records, log } = sandbox.world(vendor);
  records.clear();
  return {
    sandbox,
    place,
    call: (words, input) =>
      run([...words, ...accountWords(sandbox, vendor), ...fast], {
        home: place.home,
        env: environmentOf(sandbox, vendor),
        ...(input === undefined ? {} : { input }),
      }),
    lists: () =>
      log
        .filter(({ method, path, query }) =>
          /\/search$|v1\/opportunity\/$|^\/opportunity\/$|\/v2\/deals$|\/coql$|^\/opportunities$|\/engagements\/referrals$/.test(
            path,
          )
            ? method === 'GET' || path.endsWith('/search') || path.endsWith('/coql')
            : path.includes('/query/') ||
              query.includes('FROM+Opportunity+') ||
              query.includes('FROM%20Opportunity%20'),
        )
        .map(({ path, query, body }) => `${path}?${query} ${body}`),
  };
}

function fill({ sandbox }: Stage, vendor: string, count: number, of: (number: number) => object): readonly string[] {
  const { records, server } = sandbox.world(vendor);
  return Array.from({ length: count }, (_, index) => {
    const { id } = server.sample(index + 1);
    records.put(id, { ...records.make(id, {}), ...of(index) });
    return id;
  });
}

describe.each(ways)('$vendor', ({ vendor, fewest, where, set, matching, others, changed }) => {
  it('changes all that match by list | apply, and undo brings all back', async () => {
    const world = await stage(vendor);
    const ids = fill(world, vendor, Math.max(deals, fewest), (index) => (index % 2 === 0 ? matching : others));
    const { records } = world.sandbox.world(vendor);
    const wanted = ids.filter((_, index) => index % 2 === 0);

    const listed = await world.call(['list', '--where', where, '--csv']);
    expect(listed.code, listed.stderr).toBe(0);
    expect(listed.stdout.trim().split('\n')).toHaveLength(wanted.length + 1);
    expect(listed.stderr).not.toContain('left out');
    // Each page is read once.
    expect(new Set(world.lists()).size).toBe(world.lists().length);

    // A file of edits that changes nothing.
    const same = await world.call(['apply', '-', '--yes', '--json'], listed.stdout);
    expect(same.code, same.stderr + same.stdout).toBe(0);
    expect(summaryOf(same).rows).toMatchObject({ read: wanted.length, unchanged: wanted.length });

    const words = ['apply', '-', '--set', set, '--yes', '--json'];
    const applied = await world.call(words, listed.stdout);
    expect(applied.code, applied.stderr + applied.stdout).toBe(0);
    expect(summaryOf(applied).rows).toMatchObject({ read: wanted.length, applied: wanted.length });
    for (const [index, id] of ids.entries()) expect(records.get(id)).toMatchObject(index % 2 === 0 ? changed : others);

    const undone = await world.call(['undo', summaryOf(applied).run, '--yes', '--json']);
    expect(undone.code, undone.stderr).toBe(0);
    expect(summaryOf(undone).rows).toMatchObject({ applied: wanted.length });
    for (const [index, id] of ids.entries()) expect(records.get(id)).toMatchObject(index % 2 === 0 ? matching : others);
  }, 240_000);

  it('shows nothing where nothing matches, which is not a failure', async () => {
    const world = await stage(vendor);
    fill(world, vendor, 3, () => others);
    const none = await world.call(['list', '--where', where]);
    expect([none.code, none.stdout]).toEqual([0, '']);
    expect(none.stderr).toContain('No opportunity matches.');
  });
});

describe('what a list shows', () => {
  it('is a table with title, id and the names that people know', async () => {
    const world = await stage('hubspot');
    const [id = ''] = fill(world, 'hubspot', 1, () => ({ dealname: 'Northwind, 500 seats', amount: '1250.5' }));
    const { code, stdout, stderr } = await world.call(['list', '--where', 'owner=ada.kern@northwind.example']);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^id\s+title/);
    expect(stdout).toContain(id);
    expect(stdout).toContain('Northwind, 500 seats');
    expect(stdout).toContain('ada.kern@northwind.example');
  });

  it('is an object a line with --json, of the fields that were asked for', async () => {
    const world = await stage('close');
    const [first = ''] = fill(world, 'close', 2, (index) => ({ confidence: index }));
    const { code, stdout, stderr } = await world.call(['list', '--fields', 'confidence,amount', '--json']);
    expect(code, stderr).toBe(0);
    const [line = '', ...rest] = stdout.trim().split('\n');
    expect(rest).toHaveLength(1);
    expect(JSON.parse(line)).toEqual({ id: first, values: { confidence: 0, value: 100_000 } });
  });

  it('holds the columns of --fields in the CSV, whatever the values are', async () => {
    const world = await stage('close');
    fill(world, 'close', 1, () => ({ note: '=2+2, "quoted"', confidence: 5 }));
    const { stdout } = await world.call(['list', '--fields', 'note,confidence', '--csv']);
    expect(stdout).toMatch(/^id,oppatch_title,oppatch_link,note,confidence\noppo_\w+,,,"=2\+2, ""quoted""",5\n$/);
  });
});

describe('what is refused before any call for opportunities', () => {
  it.each([
    ['close', ['--where', 'ownr=ada@northwind.example'], /"ownr" is not a field of Close; did you mean owner/],
    ['close', ['--where', 'confidence=50'], /can't be filtered by confidence: .*user_id/s],
    ['close', ['--where', 'owner=nobody@northwind.example'], /nobody@northwind\.example/],
    ['close', ['--where', 'status=Active', '--where', 'status=Proposal'], /two values at once/],
    ['close', ['--fields', 'date_created', '--csv'], /file of edits/],
    ['close', ['--json', '--csv'], /given together/],
    ['hubspot', ['--where-raw', 'anything'], /no filter language/],
    ['pipedrive', ['--where', 'status=open', '--where-raw', '12'], /can't be joined/],
    ['raze', ['--where', 'stage=won'], /documents no way to list/],
  ])('%s %j', async (vendor, words, message) => {
    const world = await stage(vendor);
    const ended = await world.call(['list', ...words]);
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(world.lists()).toEqual([]);
  });

  it("is told in the vendor's words where raw text is not understood", async () => {
    const world = await stage('salesforce');
    const ended = await world.call(['list', '--where-raw', 'Amount >', '--csv']);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toMatch(/refuses the list.*unexpected token/s);
  });
});

describe('raw text', () => {
  it.each([
    ['salesforce', 'owner=ada@northwind.example', 'Amount > 5 OR Amount = 2', { Amount: 2 }, { Amount: 3 }],
    ['partner-center', 'status=Active', "name eq 'It''s'", { name: "It's" }, { name: 'Other' }],
    ['close', 'status=Active', 'Called', { note: 'we called' }, { note: '' }],
  ] as const)('%s joins it with the conditions', async (vendor, where, raw, match, other) => {
    const world = await stage(vendor);
    const [first] = fill(world, vendor, 4, (index) => (index === 0 ? match : other));
    const { code, stdout, stderr } = await world.call(['list', '--where', where, '--where-raw', raw, '--json']);
    expect(code, stderr).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id),
    ).toEqual([first]);
  });
});

describe('a list that is cut off', () => {
  it('ends with 3, and its CSV with a row that apply refuses', async () => {
    const world = await stage('hubspot');
    fill(world, 'hubspot', 10_001, () => ({}));
    const listed = await world.call(['list', '--fields', 'amount', '--csv']);
    expect([listed.code, listed.stderr]).toEqual([3, expect.stringMatching(/cut off after 10,000 .*narrow/s)]);
    const lines = listed.stdout.trim().split('\n');
    expect(lines).toHaveLength(10_002);
    expect(lines.at(-1)).toMatch(/^,"This is not the whole list\. The list is cut off after 10,000/);
    const applied = await world.call(['apply', '-', '--set', 'amount=5', '--yes'], listed.stdout);
    expect([applied.code, applied.stderr]).toEqual([2, expect.stringMatching(/no id/)]);
    expect(world.sandbox.world('hubspot').statistics.appliedById).toEqual({});
  }, 60_000);

  const servers: { close: () => void }[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  it.each([
    ['a page that cannot be read', '<html>', 3],
    ['an empty page that promises more', JSON.stringify({ data: [], has_more: true, total_results: 2 }), 3],
    ['fewer opportunities than were counted', JSON.stringify({ data: [], has_more: false, total_results: 2 }), 3],
  ])('is told where it ends with %s', async (_name, second, code) => {
    const world = await stage('close');
    const first = { data: [{ id: 'oppo_1', confidence: 1 }], has_more: true, total_results: 2 };
    const server = createServer((request, response) => {
      const isSecond = (request.url ?? '').includes('_skip=1');
      response.setHeader('content-type', 'application/json');
      if ((request.url ?? '').startsWith('/opportunity/')) response.end(isSecond ? second : JSON.stringify(first));
      else response.end(JSON.stringify({ data: [], organizations: [], has_more: false }));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const words = ['list', '--fields', 'confidence', '--csv', '--vendor', 'close'];
    const listed = await run([...words, '--base-url', `http://127.0.0.1:${port}`, '-q'], {
      home: world.place.home,
      env: environmentOf(world.sandbox, 'close'),
    });
    expect([listed.code, listed.stderr]).toEqual([code, expect.stringContaining('The list is cut off')]);
    expect(listed.stdout.trim().split('\n').slice(1)).toEqual([
      'oppo_1,,,1',
      expect.stringMatching(/^,"?This is not the whole list\. The list is cut off.*,,$/),
    ]);
  });

  const servedBy = async (answer: (path: string, calls: number) => string): Promise<string> => {
    let calls = 0;
    const server = createServer((request, response) => {
      calls += 1;
      response.setHeader('content-type', 'application/json');
      response.end(answer(request.url ?? '', calls));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const salesforceId = '0065e0000012xyzAAA';
  const guid = '6f1c0a52-3b7e-ee11-8179-000d3ab1c0de';

  it.each([
    // https://www.zoho.com/crm/developer/docs/api/v8/COQL-Limitations.html: 100,000 records by offset.
    [
      'zoho',
      /Zoho lists no more than 100000/,
      500,
      (_path: string, calls: number) =>
        JSON.stringify({
          data: [{ id: `7123400000000${300_000 + calls}`, Stage: 'x' }],
          info: { more_records: true },
        }),
    ],
    [
      'salesforce',
      /does not say where the list goes on/,
      1,
      (path: string) =>
        path.includes('/query')
          ? JSON.stringify({
              totalSize: 9,
              done: false,
              nextRecordsUrl: 'https://x.example/',
              records: [{ Id: salesforceId }],
            })
          : '{}',
    ],
    [
      'dynamics',
      /does not say where the list goes on/,
      1,
      () => JSON.stringify({ value: [{ opportunityid: guid }], '@odata.nextLink': 'not an address' }),
    ],
    [
      'pipedrive',
      /cut off/,
      1,
      (path: string) =>
        path.includes('cursor')
          ? '{"success":true,"data":[{"title":"has no id"}]}'
          : '{"success":true,"data":[{"id":1}],"additional_data":{"next_cursor":"c"}}',
    ],
  ])('%s: is told, and refused by apply', async (vendor, message, listedRows, answer) => {
    const world = await stage(vendor);
    const words = ['--vendor', vendor, '--base-url', await servedBy(answer), ...fast];
    const env = environmentOf(world.sandbox, vendor);
    const listed = await run(['list', '--csv', '--fields', fieldsOf[vendor] ?? '', ...words], {
      home: world.place.home,
      env,
    });
    expect([listed.code, listed.stderr]).toEqual([3, expect.stringMatching(message)]);
    const lines = listed.stdout.trim().split('\n');
    expect(lines).toHaveLength(listedRows + 2);
    expect(lines.at(-1)).toMatch(/^,"?This is not the whole list/);
    const applied = await world.call(['apply', '-', '--set', `${fieldsOf[vendor] ?? ''}=5`, '--yes'], listed.stdout);
    expect([applied.code, applied.stderr]).toEqual([2, expect.stringMatching(/no id/)]);
  });

  it('is told where a page follows itself', async () => {
    const world = await stage('partner-center');
    const server = createServer((_request, response) => {
      response.end(JSON.stringify({ value: [], '@odata.nextLink': 'http://x.example/referrals?$skiptoken=1' }));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const words = ['list', '--vendor', 'partner-center', '--base-url', `http://127.0.0.1:${port}`, ...fast];
    const listed = await run(words, { home: world.place.home, env: environmentOf(world.sandbox, 'partner-center') });
    expect([listed.code, listed.stderr]).toEqual([3, expect.stringMatching(/names page 2 as the one that follows it/)]);
  });

  it('is left out what the vendor sends although it does not match', async () => {
    const world = await stage('close');
    const server = createServer((request, response) => {
      const isList = (request.url ?? '').startsWith('/opportunity/');
      const data = isList
        ? [
            { id: 'oppo_1', status_type: 'won' },
            { id: 'oppo_2', status_type: 'active' },
          ]
        : [];
      response.end(JSON.stringify({ data, organizations: [], has_more: false }));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const words = ['list', '--where', 'status_type=won', '--csv', '--vendor', 'close'];
    const listed = await run([...words, '--base-url', `http://127.0.0.1:${port}`], {
      home: world.place.home,
      env: environmentOf(world.sandbox, 'close'),
    });
    expect([listed.code, listed.stdout]).toEqual([0, 'id,oppatch_title,oppatch_link\noppo_1,,\n']);
    expect(listed.stderr).toContain('1 opportunity that does not match');
  });
});

it('--set takes the place of a column in what a list wrote, and of no other file', async () => {
  const world = await stage('close');
  const [id = ''] = fill(world, 'close', 1, () => ({ confidence: 10 }));
  const other = await world.call(['apply', '-', '--set', 'confidence=20', '--yes'], `id,confidence\n${id},30\n`);
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('both write confidence')]);
});

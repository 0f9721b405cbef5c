import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import {
  accountWords,
  apply,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  run,
  runProcess,
  summaryOf,
  vendorNames,
  writesOf,
  type Place,
  type VendorName,
} from './oppatch.ts';

/** Edits of two records of each vendor, what they make of each field, and what an undo can't put back. */
interface Case {
  readonly ids: readonly [string, string];
  readonly edits: readonly Readonly<Record<string, unknown>>[];
  readonly changes: readonly (readonly { field: string; action: string; before: unknown; after: unknown }[])[];
  readonly words?: readonly string[];
  /** Fields that the vendor itself moves with every write. */
  readonly stamps: readonly string[];
}

const cases: Readonly<Record<VendorName, Case>> = {
  close: {
    ids: ['oppo_1', 'oppo_2'],
    edits: [
      { id: 'oppo_1', amount: '42000.50', confidence: 80, note: '' },
      { id: 'oppo_2', status_id: 'stat_won', 'custom.cf_days': ['Monday'] },
    ],
    changes: [
      [
        { field: 'value', action: 'set', before: 100000, after: 4200050 },
        { field: 'confidence', action: 'set', before: 50, after: 80 },
      ],
      [
        { field: 'status_id', action: 'set', before: 'stat_active', after: 'stat_won' },
        { field: 'custom.cf_days', action: 'set', before: null, after: ['Monday'] },
      ],
    ],
    stamps: ['date_updated', 'status_label', 'status_type', 'note_html'],
  },
  raze: {
    ids: ['opp_1', 'opp_2'],
    edits: [
      { id: 'opp_1', deal_value: 2500.5, status: 'proposal' },
      { id: 'opp_2', notes: 'called' },
    ],
    changes: [
      [
        { field: 'deal_value', action: 'set', before: 1000, after: 2500.5 },
        { field: 'status', action: 'set', before: 'qualified', after: 'proposal' },
      ],
      [{ field: 'notes', action: 'set', before: '', after: 'called' }],
    ],
    words: ['--setting', 'clear=empty'],
    stamps: ['updated_at'],
  },
  leadsquared: {
    ids: ['aaaaaaaa-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000002'],
    edits: [
      { id: 'aaaaaaaa-0000-4000-8000-000000000001', mx_Custom_6: '42000', Status: 'Won' },
      { id: 'aaaaaaaa-0000-4000-8000-000000000002', OpportunityNote: 'called' },
    ],
    changes: [
      [
        { field: 'mx_Custom_6', action: 'set', before: '0', after: '42000' },
        { field: 'Status', action: 'set', before: 'Open', after: 'Won' },
      ],
      [{ field: 'OpportunityNote', action: 'set', before: '', after: 'called' }],
    ],
    stamps: ['ModifiedOn', 'notes_sent'],
  },
  'partner-center': {
    ids: ['referral-1', 'referral-2'],
    edits: [
      { id: 'referral-1', '/details/dealValue': '10000', '/details/currency': 'EUR' },
      { id: 'referral-2', '/details/notes': 'called' },
    ],
    changes: [
      [
        { field: '/details/dealValue', action: 'set', before: 1000, after: '10000' },
        { field: '/details/currency', action: 'set', before: 'USD', after: 'EUR' },
      ],
      [{ field: '/details/notes', action: 'set', before: null, after: 'called' }],
    ],
    words: ['--setting', 'clear=null'],
    stamps: ['eTag', 'updatedDateTime'],
  },
  hubspot: {
    ids: ['71000001', '71000002'],
    edits: [
      { id: '71000001', amount: '42000.50', closedate: '2026-12-18T12:00:00Z' },
      { id: '71000002', description: 'called' },
    ],
    changes: [
      [
        { field: 'amount', action: 'set', before: '1000', after: '42000.5' },
        { field: 'closedate', action: 'set', before: null, after: '2026-12-18T12:00:00Z' },
      ],
      [{ field: 'description', action: 'set', before: null, after: 'called' }],
    ],
    stamps: ['hs_lastmodifieddate'],
  },
};

interface World {
  readonly sandbox: Sandbox;
  readonly place: Place;
  readonly vendor: VendorName;
  readonly file: string;
  readonly words: readonly string[];
}

async function newWorld(vendor: VendorName): Promise<World> {
  const sandbox = await newSandbox();
  const place = newPlace();
  const { edits, words = [] } = cases[vendor];
  const file = place.file('edits.ndjson', edits.map((edit) => JSON.stringify(edit)).join('\n'));
  return { sandbox, place, vendor, file, words: [...fast, ...words] };
}

function call({ sandbox, place, vendor, words }: World, ...rest: readonly string[]) {
  return run([...rest, ...accountWords(sandbox, vendor), ...words], {
    home: place.home,
    env: environmentOf(sandbox, vendor),
  });
}

function recordOf({ sandbox, vendor }: World, id: string): Record<string, unknown> {
  const record = structuredClone(sandbox.world(vendor).records.get(id) ?? {});
  for (const name of cases[vendor].stamps) delete record[name];
  return record;
}

describe.concurrent.each(vendorNames)('%s', (vendor) => {
  const { ids, changes } = cases[vendor];

  it('plan shows before and after, and sends no write', async () => {
    const world = await newWorld(vendor);
    const ended = await call(world, 'plan', world.file, '--json');
    expect(ended.code, ended.stderr).toBe(0);
    const lines = ended.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { changes: unknown; calls: unknown[] });
    expect(lines.map((line) => line.changes)).toEqual(changes);
    expect(lines.every((line) => line.calls.length > 0)).toBe(true);
    expect(writesOf(world.sandbox, vendor)).toEqual([]);
    expect((await call(world, 'plan', world.file, '--detailed-exitcode', '--quiet')).code).toBe(10);
    const text = await call(world, 'plan', world.file);
    expect(text.stdout).toContain(' → ');
    expect(text.stdout).toMatch(vendor === 'hubspot' ? /1 read before/ : /2 reads before them/);
  });

  it('a second apply sends no write; undo puts everything back, and an undo of that does it again', async () => {
    const world = await newWorld(vendor);
    // Records come into being when they are first read.
    await call(world, 'get', ...ids);
    const before = ids.map((id) => recordOf(world, id));
    const first = summaryOf(await call(world, 'apply', world.file, '--yes', '--json'));
    expect(first.rows).toMatchObject({ read: 2, applied: 2 });
    const after = ids.map((id) => recordOf(world, id));
    expect(after).not.toEqual(before);
    const writes = writesOf(world.sandbox, vendor).length;

    const second = summaryOf(await call(world, 'apply', world.file, '--yes', '--json'));
    expect(second).toMatchObject({ exit_code: 0, rows: { applied: 0, unchanged: 2 } });
    expect(second.calls.reads).toBeGreaterThan(0);
    expect(second.calls.sent).toBe(second.calls.reads);
    expect(writesOf(world.sandbox, vendor)).toHaveLength(writes);

    const undone = summaryOf(await call(world, 'undo', first.run, '--yes', '--json'));
    expect(undone).toMatchObject({ exit_code: 0, rows: { read: 2, applied: 2 } });
    expect(ids.map((id) => recordOf(world, id))).toEqual(before);
    const again = summaryOf(await call(world, 'undo', undone.run, '--yes', '--json'));
    expect(again).toMatchObject({ exit_code: 0, rows: { read: 2, applied: 2 } });
    expect(ids.map((id) => recordOf(world, id))).toEqual(after);
    expect(world.sandbox.world(vendor).statistics.violations).toEqual([]);
  });

  it('undo leaves alone what someone else has changed since, and says so', async () => {
    const world = await newWorld(vendor);
    const { run: id } = summaryOf(await call(world, 'apply', world.file, '--yes', '--json'));
    const field = changes[0]?.[0]?.field ?? '';
    const other = vendor === 'leadsquared' ? '777' : vendor === 'partner-center' ? '777' : 777;
    const column = vendor === 'close' ? { value: other } : { [field]: other };
    const meddling = world.place.file('meddling.ndjson', JSON.stringify({ id: ids[0], ...column }));
    expect((await call(world, 'apply', meddling, '--yes', '--json', '--blind')).code).toBe(0);
    const undone = summaryOf(await call(world, 'undo', id, '--yes', '--json'));
    expect(undone).toMatchObject({ exit_code: 3, rows: { read: 2, applied: 1, conflict: 1 } });
    const failed = readFileSync(undone.files.failed ?? '', 'utf8');
    expect(failed).toContain(ids[0]);
    expect(failed).toContain(field);
    // A retry is guarded as the undo was.
    const retried = summaryOf(await call(world, 'retry', undone.run, '--yes', '--json'));
    expect(retried).toMatchObject({ exit_code: 3, rows: { read: 1, conflict: 1 } });
    const shown = await call(world, 'get', ids[0], '--json');
    const [{ values }] = JSON.parse(shown.stdout) as [{ values: Record<string, unknown> }];
    expect(Number(values[field])).toBe(777);
    // The other field of that row did still hold what the run wrote.
    const second = changes[0]?.[1];
    expect(values[second?.field ?? '']).toEqual(second?.before);
  });

  it('a row whose opportunity does not exist is refused before any write of it', async () => {
    const sandbox = await newSandbox({ autoCreate: false });
    const place = newPlace();
    const [first] = sandbox.world(vendor).records.all();
    const missing =
      { leadsquared: 'bbbbbbbb-0000-4000-8000-000000000009', hubspot: `${ids[0]}99` }[vendor as string] ??
      `${ids[0]}missing`;
    const [edit = {}] = cases[vendor].edits;
    const rows = [
      { ...edit, id: first?.['id'] },
      { ...edit, id: missing },
    ];
    const file = place.file('edits.json', JSON.stringify(rows));
    const ended = await apply({ sandbox, vendor, place }, file, ...fast, '--concurrency', '1');
    expect(summaryOf(ended).rows).toMatchObject({ read: 2, applied: 1, rejected: 1 });
    expect(writesOf(sandbox, vendor).every(({ path, body }) => !`${path}${body}`.includes(missing))).toBe(true);
  });
});

it.each([
  [
    'goes on when its own fields did not move',
    'notes',
    'by someone',
    'applied',
    { notes: 'by someone', dealValue: 50 },
  ],
  ['is a conflict when they did', 'dealValue', 999, 'conflict', { notes: null, dealValue: 999 }],
])(
  'Partner Center: a change between the look and the write is seen; the row %s',
  async (_name, field, value, status, details) => {
    const { sandbox, place } = await newWorld('partner-center');
    const server = sandbox.world('partner-center');
    // The reply to the look is under way for a while, and the record changes meanwhile.
    server.configure({ ...server.behaviour, latency: { requestMs: [0, 0], replyMs: [400, 400] } });
    const file = place.file('one.ndjson', JSON.stringify({ id: 'referral-1', '/details/dealValue': '50' }));
    const ended = apply({ sandbox, vendor: 'partner-center', place }, file, ...fast);
    // First it is asked whom the account belongs to, then the look.
    while (server.log.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const record = server.records.get('referral-1') ?? {};
    const held = record['details'] as Record<string, unknown>;
    server.records.put('referral-1', { ...record, details: { ...held, [field]: value }, eTag: '"moved"' });
    const { rows } = summaryOf(await ended);
    expect(rows).toMatchObject({ read: 1, [status]: 1 });
    expect(server.records.get('referral-1')).toMatchObject({ details });
    // The guard goes with every write, verbatim.
    expect(writesOf(sandbox, 'partner-center').map(({ headers }) => headers['if-match'])).toEqual([
      '"00000000-0000-4000-8000-000000000000"',
      ...(status === 'applied' ? ['"moved"'] : []),
    ]);
  },
);

it('Raze: an account that cannot be read is written without a read, which is said once', async () => {
  const sandbox = await newSandbox({ readable: false, autoCreate: true });
  const place = newPlace();
  const file = place.file('edits.csv', 'id,notes\nopp_1,a\nopp_2,b\n');
  const ended = await apply({ sandbox, vendor: 'raze', place }, file, ...fast);
  expect(ended.code, ended.stderr).toBe(0);
  const { run: id, rows } = summaryOf(ended);
  expect(rows).toMatchObject({ applied: 2 });
  const undone = await run(['undo', id, ...accountWords(sandbox, 'raze'), '--yes', '--json'], {
    home: place.home,
    env: environmentOf(sandbox, 'raze'),
  });
  expect(undone.code).toBe(2);
  expect(JSON.parse(undone.stdout)).toMatchObject({ error: { code: 'nothing-to-undo' } });
});

it('Partner Center: what cannot be undone is named before anything is sent', async () => {
  const world = await newWorld('partner-center');
  const lines = [
    { id: 'referral-1', '/team/-': { email: 'jane@contoso.example', firstName: 'Jane', lastName: 'Doe' } },
    { id: 'referral-2', '/status': 'Closed', '/substatus': 'Won', '/details/dealValue': '5' },
  ];
  const file = world.place.file('lasting.ndjson', lines.map((line) => JSON.stringify(line)).join('\n'));
  const applied = summaryOf(await call(world, 'apply', file, '--yes', '--json'));
  expect(applied.rows).toMatchObject({ applied: 2 });
  const undone = await call(world, 'undo', applied.run, '--yes', '--json');
  expect(undone.stderr).toMatch(/not put back: \/team\/-: .*\(referral-1\)/);
  expect(undone.stderr).toMatch(/not put back: \/status: .*\(referral-2\)/);
  // The value could go back, but for the referral being closed.
  expect(summaryOf(undone)).toMatchObject({ exit_code: 3, rows: { read: 1, invalid: 1 } });
  expect(readFileSync(summaryOf(undone).files.failed ?? '', 'utf8')).toContain('closed-referral');
});

describe('get', () => {
  it('prints CSV that is valid input and changes nothing', async () => {
    const world = await newWorld('close');
    const csv = await call(world, 'get', 'oppo_1', 'oppo_2', '--csv');
    expect(csv.code).toBe(0);
    const file = world.place.file('got.csv', csv.stdout);
    const ended = summaryOf(await call(world, 'apply', file, '--yes', '--json'));
    expect(ended).toMatchObject({ exit_code: 0, rows: { read: 2, unchanged: 2 } });
    expect(writesOf(world.sandbox, 'close')).toEqual([]);
  });

  it('shows a table, and says which id is not there', async () => {
    const sandbox = await newSandbox({ autoCreate: false });
    const place = newPlace();
    const words = ['get', 'oppo_sandbox000001', 'oppo_nowhere', ...accountWords(sandbox, 'close')];
    const ended = await run(words, { home: place.home, env: environmentOf(sandbox, 'close') });
    expect(ended.code).toBe(3);
    expect(ended.stdout).toMatch(/confidence +50/);
    expect(ended.stderr).toContain('oppo_nowhere');
  });
});

it('what a killed run had looked at is known to undo and to resume', async () => {
  const world = await newWorld('close');
  const options = {
    home: world.place.home,
    env: { ...environmentOf(world.sandbox, 'close'), OPPATCH_CRASH_AT: 'after-reply:3' },
  };
  const words = [...accountWords(world.sandbox, 'close'), ...world.words, '--yes', '--json', '--concurrency', '1'];
  // Names are remembered, so that the replies that are counted are those of the run.
  expect((await call(world, 'fields', '--quiet')).code).toBe(0);
  const killed = await runProcess(['apply', world.file, ...words], options);
  expect(killed.signal).toBe('SIGKILL');
  const resumed = summaryOf(
    await run(['resume', '--json', ...accountWords(world.sandbox, 'close')], {
      home: world.place.home,
      env: environmentOf(world.sandbox, 'close'),
    }),
  );
  expect(resumed.rows).toMatchObject({ read: 2, applied: 2 });
  const undone = summaryOf(await call(world, 'undo', resumed.run, '--yes', '--json'));
  expect(undone.rows).toMatchObject({ read: 2, applied: 2 });
  expect(recordOf(world, 'oppo_1')).toMatchObject({ value: 100000, confidence: 50 });
  const journal = readFileSync(join(resumed.files.directory, 'journal.ndjson'), 'utf8');
  expect(journal).toMatch(/"k":"B"/);
});

describe.concurrent.each(vendorNames)('a saved plan of %s', (vendor) => {
  const { ids, changes } = cases[vendor];

  it('is sent as it is, but for rows that have changed since', async () => {
    const world = await newWorld(vendor);
    const out = join(world.place.directory, 'plan.json');
    const planned = await call(world, 'plan', world.file, '--out', out, '--quiet');
    expect(planned.code, planned.stderr).toBe(0);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const [head, ...rows] = JSON.parse(readFileSync(out, 'utf8')) as Record<string, unknown>[];
    const end = rows.pop();
    expect(head).toMatchObject({ oppatch_plan: { vendor, source: world.file } });
    expect(end).toMatchObject({ oppatch_plan_end: { rows: 2 } });
    expect(rows.map(({ id }) => id)).toEqual(ids);

    const [first] = changes[0] ?? [];
    const meddling = world.place.file('meddling.ndjson', JSON.stringify({ id: ids[0], [first?.field ?? '']: '777' }));
    const meddled = await call(world, 'apply', meddling, '--yes', '--json', '--blind');
    expect(meddled.code, meddled.stderr).toBe(0);
    const before = recordOf(world, ids[0]);
    const applied = summaryOf(await call(world, 'apply', out, '--yes', '--json'));
    expect(applied).toMatchObject({ exit_code: 3, source: out, rows: { read: 2, applied: 1, conflict: 1 } });
    expect(recordOf(world, ids[0])).toEqual(before);
    const again = summaryOf(await call(world, 'apply', out, '--yes', '--json'));
    expect(again.rows).toMatchObject({ applied: 0, unchanged: 1, conflict: 1 });
  });
});

it('a saved plan is refused for another account, and with what would give it another meaning', async () => {
  const world = await newWorld('close');
  const out = join(world.place.directory, 'plan.json');
  expect((await call(world, 'plan', world.file, '--out', out)).stderr).toContain(`oppatch apply ${out}`);
  expect((await call(world, 'plan', out)).stderr).toContain('saved plan');
  const other = await newSandbox();
  const elsewhere = await run(['apply', out, ...accountWords(other, 'close'), '--yes', '--json'], {
    home: world.place.home,
    env: environmentOf(other, 'close'),
  });
  expect(elsewhere.code).toBe(7);
  expect(JSON.parse(elsewhere.stdout)).toMatchObject({ error: { code: 'other-account' } });
  const mapped = await call(world, 'apply', out, '--set', 'confidence=1', '--yes');
  expect(mapped.code).toBe(2);
  expect(mapped.stderr).toContain('--set');
  expect(writesOf(world.sandbox, 'close')).toEqual([]);
  expect(writesOf(other, 'close')).toEqual([]);
});

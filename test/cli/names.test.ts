import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import {
  accountWords,
  environmentOf,
  fast,
  isLookup,
  newPlace,
  newSandbox,
  run,
  summaryOf,
  writesOf,
  type Ended,
  type Place,
  type VendorName,
} from './oppatch.ts';

const bo = '22222222-2222-4333-8444-555555555555';
const guid = 'aaaaaaaa-0000-4000-8000-000000000001';

class World {
  readonly vendor: VendorName;
  readonly sandbox: Sandbox;
  readonly place: Place = newPlace();

  private constructor(vendor: VendorName, sandbox: Sandbox) {
    this.vendor = vendor;
    this.sandbox = sandbox;
  }

  static async open(vendor: VendorName, behaviour: Parameters<typeof newSandbox>[0] = {}): Promise<World> {
    return new World(vendor, await newSandbox(behaviour));
  }

  call(...words: readonly string[]): Promise<Ended> {
    const { sandbox, vendor, place } = this;
    const own = vendor === 'leadsquared' ? ['--event-code', '12000'] : [];
    return run([...words, ...accountWords(sandbox, vendor), ...own, ...fast], {
      home: place.home,
      env: environmentOf(sandbox, vendor),
    });
  }

  apply(content: string, ...words: readonly string[]): Promise<Ended> {
    return this.call('apply', this.place.file('edits.csv', content), '--yes', '--json', ...words);
  }

  get lookups() {
    return this.sandbox.world(this.vendor).log.filter(isLookup);
  }

  record(id: string) {
    return this.sandbox.world(this.vendor).records.get(id);
  }

  configure(changed: Partial<ReturnType<Sandbox['world']>['behaviour']>): void {
    const world = this.sandbox.world(this.vendor);
    world.configure({ ...world.behaviour, ...changed });
  }
}

describe.concurrent('names of Close', () => {
  it('are looked up once, and what is sent is ids', async () => {
    const world = await World.open('close');
    const file =
      'id,Status,Owner,deal score,Days .add,Account Manager\noppo_1,sales / won,seller120@northwind.example,7,Monday,BO@northwind.example\n';
    const first = await world.apply(file, '--map', 'deal score=Score');
    expect(first.code, first.stderr).toBe(0);
    expect(world.record('oppo_1')).toMatchObject({
      status_id: 'stat_won',
      user_id: 'user_seller120',
      'custom.cf_score': 7,
      'custom.cf_days': ['Monday'],
      'custom.cf_manager': 'user_bo',
    });
    // Users stand on two pages.
    expect(world.lookups.map(({ path, query }) => `${path}${query === '' ? '' : '?'}${query}`).sort()).toEqual([
      expect.stringContaining('/custom_field_schema/opportunity/'),
      expect.stringContaining('/pipeline/'),
      expect.stringContaining('/user/?_limit=100&_skip=0'),
      expect.stringContaining('/user/?_limit=100&_skip=100'),
    ]);
    // The metadata is remembered for the second, and asked for anew with --refresh.
    expect(summaryOf(await world.apply(file, '--map', 'deal score=Score')).rows).toMatchObject({ unchanged: 1 });
    expect(world.lookups).toHaveLength(4);
    expect((await world.apply(file, '--map', 'deal score=Score', '--refresh')).code).toBe(0);
    expect(world.lookups).toHaveLength(8);
    const undone = await world.call('undo', summaryOf(first).run, '--yes', '--json');
    expect(undone.code, undone.stderr).toBe(0);
    expect(world.record('oppo_1')).toMatchObject({ status_id: 'stat_active', user_id: 'user_ada' });
  });

  it('are not looked up for a file that needs none, nor for checks alone with --blind', async () => {
    const world = await World.open('close');
    expect((await world.apply('id,status,owner,amount\noppo_1,stat_won,user_bo,12\n')).code).toBe(0);
    expect((await world.apply('id,custom.cf_region\noppo_1,EMEA\n', '--blind')).code).toBe(0);
    expect(world.lookups).toEqual([]);
    expect((await world.apply('id,status\noppo_1,stat_lost\noppo_2,Lost\n', '--blind')).code).toBe(0);
    expect(world.lookups).toHaveLength(4);
    expect(world.record('oppo_2')).toMatchObject({ status_id: 'stat_lost' });
  });

  it('that are ambiguous or unknown are errors with what was meant, and nothing is sent', async () => {
    const world = await World.open('close');
    const rows = await world.apply(
      'id,status,owner,custom.cf_region\noppo_1,Won,sellr7@northwind.example,Emea\noppo_2,Activ,,\n',
    );
    expect(rows.code).toBe(2);
    expect(rows.stderr).toContain('Sales / Won (stat_won), Renewals / Won (stat_renewed)');
    expect(rows.stderr).toContain('did you mean seller7@northwind.example?');
    expect(rows.stderr).toContain('did you mean "EMEA"?');
    expect(rows.stderr).toContain('did you mean Active?');
    const twice = await world.apply('id,Segment\noppo_1,a\n');
    expect(JSON.parse(twice.stdout)).toMatchObject({ error: { code: 'ambiguous-field' } });
    expect(twice.stderr).toContain('custom.cf_segment, custom.cf_segment2');
    const unknown = await world.apply('id,Regoin\noppo_1,a\n');
    expect(JSON.parse(unknown.stdout)).toMatchObject({ error: { code: 'unknown-field' } });
    expect(unknown.stderr).toContain('did you mean Region?');
    expect(writesOf(world.sandbox, 'close')).toEqual([]);
  });

  it('of a run are kept with it: resumed, it means what it meant', async () => {
    const world = await World.open('close');
    const rows = Array.from({ length: 40 }, (_, index) => ({ id: `oppo_${index + 2}`, Region: 'EMEA' }));
    const edits = [{ id: 'oppo_1', status: 'Lost' }, ...rows].map((edit) => JSON.stringify(edit));
    const file = world.place.file('edits.ndjson', edits.join('\n'));
    const words = ['--yes', '--json', '--blind', '--fail-fast', '--concurrency', '1'];
    world.configure({ refuse: [{ ids: ['oppo_1'], message: 'no' }] });
    const stopped = summaryOf(await world.call('apply', file, ...words));
    expect(stopped).toMatchObject({ exit_code: 5, rows: { rejected: 1 } });
    expect(stopped.rows.unprocessed).toBeGreaterThan(0);
    const kept = join(stopped.files.directory, 'metadata.json');
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    expect(readFileSync(kept, 'utf8')).toContain('stat_lost');
    // The account refuses to tell its names now, and what was remembered is gone.
    const cache = join(world.place.home, 'metadata');
    for (const name of readdirSync(cache)) writeFileSync(join(cache, name), '{}');
    world.configure({ refuse: [], metadata: 'forbidden' });
    const before = world.lookups.length;
    const resumed = await world.call('resume', '--json');
    expect(summaryOf(resumed).rows, resumed.stderr).toMatchObject({ applied: 40, rejected: 1 });
    expect(world.record('oppo_41')).toMatchObject({ 'custom.cf_region': 'EMEA' });
    expect(world.lookups).toHaveLength(before);
  });

  it.each(['forbidden', 'odd'] as const)(
    'that the account does not tell (%s) are told of once; ids go on',
    async (metadata) => {
      const world = await World.open('close', { metadata });
      const ended = await world.apply('id,status,custom.cf_region\noppo_1,stat_won,EMEA\noppo_2,stat_won,APAC\n');
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.stderr.match(/statuses must be given by id/g)).toHaveLength(1);
      expect(ended.stderr).toMatch(metadata === 'forbidden' ? /HTTP 403/ : /not understood/);
      const named = await world.apply('id,status\noppo_1,Lost\n');
      expect(named.code).toBe(2);
      expect(named.stderr).toContain('is not an id that begins with stat_');
    },
  );

  it('are known offline where they are remembered, and else only ids are', async () => {
    const world = await World.open('close');
    const file = world.place.file('edits.csv', 'id,status,Region\noppo_1,Lost,EMEA\n');
    const without = await world.call('plan', file, '--offline');
    expect(without.code).toBe(2);
    expect(without.stderr).toContain("Names can't be looked up offline");
    expect(world.sandbox.world('close').log).toEqual([]);
    expect((await world.call('plan', file)).code).toBe(0);
    const calls = world.sandbox.world('close').log.length;
    const offline = await world.call('plan', file, '--offline', '--json');
    expect(offline.code, offline.stderr).toBe(0);
    expect(JSON.parse(offline.stdout)).toMatchObject({
      calls: [{ body: { status_id: 'stat_lost', 'custom.cf_region': 'EMEA' } }],
    });
    expect(world.sandbox.world('close').log).toHaveLength(calls);
  });

  it('serve `set`, a saved plan in the form of ids, and stand before ids in `get`, plans and the page of a run', async () => {
    const world = await World.open('close');
    const set = await world.call('set', 'oppo_1', 'status=Renewals / Won', 'Region=APAC', '--yes', '--json');
    expect(set.code, set.stderr).toBe(0);
    expect(world.record('oppo_1')).toMatchObject({ status_id: 'stat_renewed', 'custom.cf_region': 'APAC' });
    const shown = await world.call('get', 'oppo_1');
    expect(shown.stdout).toMatch(/status_id +Renewals \/ Won \(stat_renewed\)/);
    expect(shown.stdout).toMatch(/user_id +ada@northwind\.example \(user_ada\)/);
    expect(shown.stdout).toMatch(/Region \(custom\.cf_region\) +APAC/);
    const out = join(world.place.directory, 'plan.json');
    const file = world.place.file('edits.csv', 'id,status,Days\noppo_1,lost,Tuesday\n');
    const planned = await world.call('plan', file, '--out', out);
    expect(planned.code).toBe(0);
    expect(planned.stdout).toContain(
      '    status (status_id): Renewals / Won (stat_renewed) → Sales / Lost (stat_lost)\n',
    );
    expect(planned.stdout).toMatch(/^ {4}Days \(custom\.cf_days\): .* → .*Tuesday/m);
    expect(planned.stdout).toMatch(/^status \(status_id\): Renewals \/ Won → Sales \/ Lost \(1 row, 1,000 USD\)$/m);
    const offline = await world.call('plan', file, '--offline');
    expect(offline.stdout).toContain('    status (status_id): set Sales / Lost (stat_lost)\n');
    const page = await run(['runs', summaryOf(set).run, '--html', '-'], { home: world.place.home });
    expect(page.stdout).toContain('Renewals / Won (stat_renewed)');
    expect(page.stdout).toContain('Region (custom.cf_region)');
    const plan = readFileSync(out, 'utf8');
    expect(plan).toContain('"status_id":"stat_lost"');
    const lookups = world.lookups.length;
    const applied = await world.call('apply', out, '--yes', '--json');
    expect(summaryOf(applied).rows, applied.stderr).toMatchObject({ applied: 1 });
    expect(world.lookups).toHaveLength(lookups);
  });
});

describe.concurrent('names of LeadSquared', () => {
  it('are looked up, numbers and dates by their type', async () => {
    const world = await World.open('leadsquared');
    const ended = await world.apply(
      `id,Owner,Origin,expected deal size,Expected Closure Date,Remark\n${guid},bo@northwind.example,Web site,12.50,2026-11-30,${'x'.repeat(21)}\n`,
    );
    expect(ended.code, ended.stderr).toBe(0);
    expect(world.record(guid)).toMatchObject({
      Owner: bo,
      mx_Custom_10: 'Web site',
      mx_Custom_6: '12.5',
      mx_Custom_8: '2026-11-30 00:00:00',
    });
    expect(world.lookups).toHaveLength(2);
    const plan = await world.call('plan', world.place.file('long.csv', `id,Remark\n${guid},${'y'.repeat(30)}\n`));
    expect(plan.stdout).toMatch(/mx_Custom_11 holds 20 characters/);
  });

  it('that are refused say why', async () => {
    const world = await World.open('leadsquared');
    const ended = await world.apply(`id,Status,Owner,Origin\n${guid},won,cy@northwind.example,Website\n`);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('did you mean "Won"?');
    expect(ended.stderr).toContain('not active');
    expect(ended.stderr).toContain('did you mean "Web site"?');
    const readOnly = await world.apply(`id,Lead Score\n${guid},1\n`);
    expect(JSON.parse(readOnly.stdout)).toMatchObject({ error: { code: 'read-only-field' } });
    expect(writesOf(world.sandbox, 'leadsquared')).toEqual([]);
  });

  it('that the account does not tell are no reason to stop a run with ids', async () => {
    const world = await World.open('leadsquared', { metadata: 'forbidden' });
    const ended = await world.apply(`id,mx_Custom_2\n${guid},Negotiation\n`);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain('fields must be given by schema name');
  });
});

describe.concurrent('fields', () => {
  it('shows what the account calls its things, and without network what is known of the vendor', async () => {
    const world = await World.open('close');
    const live = await world.call('fields', '--json');
    const fields = JSON.parse(live.stdout) as readonly { field: string }[];
    const called = (name: string) => fields.find(({ field }) => field === name);
    expect(called('custom.cf_region')).toMatchObject({
      label: 'Region',
      type: 'choice',
      options: ['EMEA', 'APAC', 'AMER'],
    });
    expect(called('status_id')).toMatchObject({
      options: ['Active', 'Proposal', 'Sales / Won', 'Lost', 'Renewals / Won'],
    });
    expect((await world.call('fields')).stdout).toMatch(/custom\.cf_renewal +Renewal date +date/);
    const calls = world.sandbox.world('close').log.length;
    const offline = await world.call('fields', '--offline', '--json');
    expect(offline.stdout).not.toContain('Region');
    expect(world.sandbox.world('close').log).toHaveLength(calls);
  });

  it('shows options, what is required and what is read-only of a LeadSquared type', async () => {
    const world = await World.open('leadsquared');
    const fields = JSON.parse((await world.call('fields', '--json')).stdout) as readonly { field: string }[];
    expect(fields.find(({ field }) => field === 'Status')).toMatchObject({
      required: true,
      options: ['Open', 'Won', 'Lost'],
    });
    expect(fields.find(({ field }) => field === 'mx_Custom_9')).toMatchObject({ label: 'Lead Score', writable: false });
  });

  it('needs no credentials, and says what is not shown then', async () => {
    const world = await World.open('close');
    const words = ['fields', ...accountWords(world.sandbox, 'close')];
    const ended = await run(words, { home: world.place.home });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('status_id');
    expect(ended.stderr).toContain('Without credentials');
    expect(world.sandbox.world('close').log).toEqual([]);
  });
});

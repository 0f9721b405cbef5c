import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FailureGroup } from '../../src/report/failure-tally.ts';
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
  type Place,
  type VendorName,
} from './oppatch.ts';

interface World {
  readonly sandbox: Sandbox;
  readonly place: Place;
  readonly vendor: VendorName;
}

async function newWorld(vendor: VendorName, behaviour: Parameters<typeof newSandbox>[0] = {}): Promise<World> {
  return { sandbox: await newSandbox(behaviour), place: newPlace(), vendor };
}

function call({ sandbox, place, vendor }: World, words: readonly string[], input?: string) {
  return run([...words, ...accountWords(sandbox, vendor), ...fast], {
    home: place.home,
    env: environmentOf(sandbox, vendor),
    ...(input === undefined ? {} : { input }),
  });
}

async function failuresOf({ place }: World, id: string): Promise<FailureGroup[]> {
  const shown = await run(['runs', id, '--json'], { home: place.home });
  return (JSON.parse(shown.stdout) as { failures: FailureGroup[] }).failures;
}

/** The words of a command as a shell would split them. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|\S+/g)].slice(1).map(([word, quoted]) => quoted ?? word);
}

const mixedFile = [
  'id,value_period,Sure,note',
  'oppo_1,one_time,10,a',
  'oppo_2,sometimes,20,b',
  'oppo_3,monthly,lots,c',
  'oppo_4,never,40,d',
  'oppo_5,annual,:clear:,e',
].join('\n');

describe.concurrent('failures by cause', () => {
  it('name the column at fault and the command that fixes each group; the commands do it', async () => {
    const world = await newWorld('close');
    const file = world.place.file('edits.csv', mixedFile);
    const words = ['--map', 'Sure=confidence', '--skip-invalid', ...fast];
    const first = await apply(world, file, ...words);
    const summary = summaryOf(first);
    expect(summary.rows).toMatchObject({ read: 5, applied: 1, invalid: 4 });
    const groups = await failuresOf(world, summary.run);
    expect(
      groups.map(({ code, field, count, examples }) => [code, field, count, examples.map(({ row }) => row)]),
    ).toEqual([
      ['bad-value', 'value_period', 2, [2, 4]],
      ['bad-value', 'Sure', 1, [3]],
      ['cannot-be-cleared', 'Sure', 1, [5]],
    ]);
    expect(groups.map(({ fix }) => fix)).toEqual([
      `oppatch retry ${summary.run} --only-code bad-value --only-field value_period --set value_period=VALUE`,
      `oppatch retry ${summary.run} --only-code bad-value --only-field Sure --set Sure=VALUE`,
      `oppatch retry ${summary.run} --only-code cannot-be-cleared --only-field Sure --ignore Sure`,
    ]);
    for (const { fix } of groups) expect(first.stderr).toContain(`\n  fix: ${fix ?? ''}\n`);
    const text = await run(['runs', summary.run], { home: world.place.home });
    for (const { fix } of groups) expect(text.stdout).toContain(`\n  fix: ${fix ?? ''}\n`);

    // Each command is typed as it stands, with a value in the place of VALUE.
    const values = ['annual', '77', ''];
    const read = [2, 1, 1];
    for (const [index, { fix = '' }] of groups.entries()) {
      const fixed = wordsOf(fix.replace('VALUE', values[index] ?? ''));
      const retried = await call(world, [...fixed, '--yes', '--json']);
      expect(summaryOf(retried), retried.stderr).toMatchObject({
        exit_code: 0,
        rows: { read: read[index], applied: read[index] },
      });
      expect(retried.stderr).toContain(`left alone: ${4 - (read[index] ?? 0)} other row`);
    }
    const { records } = world.sandbox.world('close');
    expect(records.get('oppo_2')).toMatchObject({ value_period: 'annual', confidence: 20, note: 'b' });
    expect(records.get('oppo_3')).toMatchObject({ value_period: 'monthly', confidence: 77, note: 'c' });
    expect(records.get('oppo_4')).toMatchObject({ value_period: 'annual', confidence: 40, note: 'd' });
    expect(records.get('oppo_5')).toMatchObject({ value_period: 'annual', confidence: 50, note: 'e' });
  });

  it('of the vendor are chosen by code and status; what is left alone is counted, and a wrong code names the right ones', async () => {
    const refuse = [
      { ids: ['opp-1', 'opp-2'], code: 'MXLockedException', message: 'mx_Custom_6 is locked' },
      { ids: ['opp-3'], code: 'MXOwnerException', message: 'the owner is gone' },
    ];
    const world = await newWorld('leadsquared', { refuse });
    const rows = [1, 2, 3, 4].map((row) =>
      JSON.stringify({ id: `opp-${row}`, mx_Custom_6: String(row * 100), mx_Custom_5: 'n' }),
    );
    const file = world.place.file('edits.ndjson', rows.join('\n'));
    const first = summaryOf(await apply(world, file, ...fast));
    expect(first.rows).toMatchObject({ applied: 1, rejected: 3 });
    const groups = await failuresOf(world, first.run);
    expect(groups.map(({ code, field, count }) => [code, field, count])).toEqual([
      ['MXLockedException', 'mx_Custom_6', 2],
      ['MXOwnerException', undefined, 1],
    ]);
    expect(groups[1]).not.toHaveProperty('fix');

    const none = await call(world, ['retry', first.run, '--only-code', 'MXlocked', '--yes', '--json']);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('MXLockedException, MXOwnerException');
    const wrong = await call(world, ['retry', first.run, '--only-status', 'applied', '--yes']);
    expect(wrong.code).toBe(2);

    const server = world.sandbox.world('leadsquared');
    server.configure({ ...server.behaviour, refuse: [] });
    const words = [
      'retry',
      first.run,
      '--only-status',
      'rejected',
      '--only-code',
      'MXLockedException',
      '--yes',
      '--json',
    ];
    const dry = await call(world, [...words.filter((word) => word !== '--yes'), '--set', 'mx_Custom_6=7', '--dry-run']);
    expect(dry.stdout.match(/"Value":"7"/g)).toHaveLength(2);
    const retried = await call(world, [...words, '--set', 'mx_Custom_6=7', '--ignore', 'mx_Custom_5']);
    expect(summaryOf(retried).rows).toMatchObject({ read: 2, applied: 2 });
    expect(retried.stderr).toContain('left alone: 1 other row that was not applied');
    expect(server.records.get('opp-1')).toMatchObject({ mx_Custom_6: '7' });
    expect(server.records.get('opp-3')).toMatchObject({ mx_Custom_6: '0' });
    const shown = await run(['runs', '--json'], { home: world.place.home });
    expect(JSON.parse(shown.stdout)).toMatchObject([
      { run: summaryOf(retried).run, command: 'retry', parent: first.run, next: [] },
      { run: first.run, command: 'apply', next: [`oppatch retry ${first.run}`] },
    ]);
    const list = await run(['runs'], { home: world.place.home });
    expect(list.stdout).toMatch(new RegExp(`retry of ${first.run.slice(-4)}`));
    expect(list.stdout).toMatch(/rejected +retry\n/);
  });

  it('a header that was left out can be mapped in a retry, and a --set of the run be replaced', async () => {
    const world = await newWorld('close', { refuse: [{ ids: ['oppo_1'], message: 'not today' }] });
    const file = world.place.file('edits.csv', 'id,Size\noppo_1,1250.50\n');
    const words = ['--ignore', 'Size', '--set', 'confidence=10', '--set', 'amount=1', ...fast];
    const first = summaryOf(await apply(world, file, ...words));
    expect(first.rows).toMatchObject({ rejected: 1 });
    const server = world.sandbox.world('close');
    server.configure({ ...server.behaviour, refuse: [] });
    const fix = ['--map', 'Size=amount', '--set', 'confidence=90'];
    const retried = await call(world, ['retry', first.run, ...fix, '--yes', '--json']);
    expect(summaryOf(retried).rows, retried.stderr).toMatchObject({ read: 1, applied: 1 });
    expect(server.records.get('oppo_1')).toMatchObject({ value: 125_050, confidence: 90 });
  });
});

describe.concurrent('the values from before', () => {
  it.each<[VendorName, string, string, readonly string[], readonly string[]]>([
    [
      'close',
      'id;amount;status_id;custom.cf_region;note\noppo_1;42000,5;stat_won;EMEA;hello\noppo_2;#N;;APAC;\noppo_1;7;;;\n'
        .replace('42000,5', '42000.50')
        .replace('#N', '99'),
      'before.csv',
      ['oppo_1', 'oppo_2'],
      ['date_updated', 'status_label', 'status_type', 'note_html'],
    ],
    [
      'leadsquared',
      'id,mx_Custom_6,Status,OpportunityNote\naaaaaaaa-0000-4000-8000-000000000001,42000,Won,\naaaaaaaa-0000-4000-8000-000000000002,,,called\naaaaaaaa-0000-4000-8000-000000000001,43000,,\n',
      'before.csv',
      ['aaaaaaaa-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000002'],
      ['ModifiedOn', 'notes_sent'],
    ],
    [
      'partner-center',
      'id\t/details/dealValue\t/details/currency\t/details/notes\nreferral-1\t10000\tEUR\t\nreferral-2\t\t\t"called\ntwice"\n',
      'before.csv',
      ['referral-1', 'referral-2'],
      ['eTag', 'updatedDateTime'],
    ],
    [
      'close',
      '{"id":"oppo_1","custom.cf_days":["Monday","Tuesday"],"confidence":80}\n{"id":"oppo_1","custom.cf_days.add":"Wednesday"}\n',
      'before.ndjson',
      ['oppo_1'],
      ['date_updated'],
    ],
  ])('%s: `apply` of them restores every record: %#', async (vendor, text, name, ids, stamps) => {
    const world = await newWorld(vendor);
    const setting = vendor === 'partner-center' ? ['--setting', 'clear=null'] : [];
    const file = world.place.file(name.endsWith('csv') ? 'edits.csv' : 'edits.ndjson', text);
    // Records come into being when they are first read.
    await call(world, ['get', ...ids]);
    const records = () =>
      ids.map((id) => {
        const record = structuredClone(world.sandbox.world(vendor).records.get(id) ?? {});
        for (const stamp of stamps) delete record[stamp];
        return record;
      });
    const before = records();
    const applied = summaryOf(await apply(world, file, ...fast, ...setting));
    expect(applied).toMatchObject({ exit_code: 0 });
    expect(records()).not.toEqual(before);
    expect(basename(applied.files.before ?? '')).toBe(name);
    const back = await apply(world, applied.files.before ?? '', ...fast, ...setting);
    expect(summaryOf(back), back.stderr).toMatchObject({ exit_code: 0 });
    expect(records()).toEqual(before);
    const shown = await run(['runs', applied.run, '--json'], { home: world.place.home });
    expect(JSON.parse(shown.stdout)).toMatchObject({ files: { before: applied.files.before } });
  });

  it('are whole after a run that was killed while it made its files, and was resumed', async () => {
    const world = await newWorld('close');
    const lines = [1, 2, 3, 4].map((row) => `oppo_${row},${row}`);
    const file = world.place.file('edits.csv', `id,confidence\n${lines.join('\n')}\n`);
    const words = ['apply', file, ...accountWords(world.sandbox, 'close'), ...fast, '--yes', '--json'];
    const env = { ...environmentOf(world.sandbox, 'close'), OPPATCH_CRASH_AT: 'result-files:3' };
    expect((await runProcess(words, { home: world.place.home, env })).signal).toBe('SIGKILL');
    const resumed = summaryOf(await call(world, ['resume', '--json']));
    expect(resumed.rows).toMatchObject({ applied: 4 });
    const [head, ...rows] = readFileSync(resumed.files.before ?? '', 'utf8')
      .trimEnd()
      .split('\n');
    expect(head).toBe('id,confidence');
    expect(rows).toEqual([4, 3, 2, 1].map((row) => `oppo_${row},50`));
    expect(readdirSync(resumed.files.directory).filter((name) => /partial|forward/.test(name))).toEqual([]);
  });

  it('are in no file where nothing was looked at, or nothing was changed', async () => {
    const world = await newWorld('close');
    const file = world.place.file('edits.csv', 'id,confidence\noppo_1,80\n');
    expect(summaryOf(await apply(world, file, ...fast, '--blind')).files).not.toHaveProperty('before');
    expect(summaryOf(await apply(world, file, ...fast)).files).not.toHaveProperty('before');
  });

  it('a cell that would be read as another value makes the file NDJSON', async () => {
    const world = await newWorld('close');
    // Where the account does not show its fields, a custom field takes what it is given.
    const closed = world.sandbox.world('close');
    closed.configure({ ...closed.behaviour, metadata: 'forbidden' });
    const number = world.place.file('number.ndjson', '{"id":"oppo_1","custom.cf_size":5}\n');
    expect((await apply(world, number, ...fast)).code).toBe(0);
    const text = world.place.file('text.csv', 'id,custom.cf_size\noppo_1,large\n');
    const applied = summaryOf(await apply(world, text, ...fast));
    expect(readFileSync(applied.files.before ?? '', 'utf8')).toBe('{"id":"oppo_1","custom.cf_size":5}\n');
  });
});

describe.concurrent('set', () => {
  it('takes several ids, from stdin too, and one that contains = with --id', async () => {
    const world = await newWorld('close');
    const words = ['set', 'oppo_1', '-', 'confidence=80', 'note=a=b', '--yes', '--json'];
    const ended = await call(world, words, 'oppo_2\r\n\noppo_1\noppo_3');
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ read: 3, applied: 3 });
    const { records } = world.sandbox.world('close');
    for (const id of ['oppo_1', 'oppo_2', 'oppo_3'])
      expect(records.get(id)).toMatchObject({ confidence: 80, note: 'a=b' });

    // No vendor has such an id; that it is taken as one shows in the refusal.
    const odd = await newWorld('leadsquared');
    const named = await call(odd, ['set', '--id', 'OPP=7', 'mx_Custom_6=5', '--yes', '--blind']);
    expect(named.code).toBe(2);
    expect(named.stderr).toContain('"OPP=7" cannot be the id');
  });

  it.each([
    [['confidence=80'], 'No id is given.'],
    [['oppo_1'], 'No change is given.'],
    [['oppo_1', 'confidence=80', 'oppo_2'], 'is not of the form FIELD=VALUE'],
    [['oppo_1', 'confidence=80', 'confidence=81'], 'confidence is given twice.'],
    [['-', 'confidence=80'], 'No id came on stdin.'],
  ])('says what is wrong with %j', async (words, message) => {
    const world = await newWorld('close');
    const ended = await call(world, ['set', ...words, '--yes']);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(message);
    expect(world.sandbox.world('close').log).toEqual([]);
  });
});

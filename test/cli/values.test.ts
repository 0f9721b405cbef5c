import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  accountWords,
  apply,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  run,
  summaryOf,
  writesOf,
  type Place,
} from './oppatch.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

/** Public reports of damaged values and files, and what is right, through the whole program. */

function at(sandbox: Sandbox, place: Place, vendor = 'close') {
  const options = { home: place.home, cwd: place.directory, env: environmentOf(sandbox, vendor) };
  return (words: readonly string[], input?: string) =>
    run([...words, ...accountWords(sandbox, vendor)], { ...options, ...(input === undefined ? {} : { input }) });
}

describe.concurrent('values', () => {
  it('damage is refused in each format, by set and by --set, and sent where it is allowed', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const oppatch = at(sandbox, place);
    const target = { sandbox, vendor: 'close', place };
    const refused = [
      await apply(target, place.file('a.csv', 'id,note\noppo_1,#REF!\n')),
      await apply(target, place.file('a.ndjson', '{"id":"oppo_1","note":"a\\u0000b"}\n')),
      await apply(target, place.file('a.json', '[{"id":"oppo_1","note":"\\ud83d"}]')),
      await apply(target, place.file('b.csv', 'id,amount\noppo_1,5\n'), '--set', 'note=#N/A'),
      await oppatch(['set', 'oppo_1', 'note==VLOOKUP(A1)', '--yes']),
    ];
    expect(refused.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
    expect(writesOf(sandbox, 'close')).toHaveLength(0);
    const plan = join(place.directory, 'p.json');
    const planned = await oppatch([
      'plan',
      place.file('c.csv', 'id,Note\noppo_1,#N/A\n'),
      '--map',
      'Note=note',
      '--allow-damaged',
      'Note',
      '--out',
      plan,
    ]);
    expect(planned.code).toBe(0);
    expect((await apply(target, plan)).code).toBe(0);
    expect(sandbox.world('close').records.get('oppo_1')).toMatchObject({ note: '#N/A' });
  });

  it('a decimal point in a column of whole cents is refused in each format and by set', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const target = { sandbox, vendor: 'close', place };
    const refused = [
      await apply(target, place.file('a.csv', 'id,value\noppo_1,1000.00\n')),
      await apply(target, place.file('a.ndjson', '{"id":"oppo_1","value":1000.00}\n')),
      await apply(target, place.file('a.json', '[{"id":"oppo_1","value":"1000.00"}]')),
      await at(sandbox, place)(['set', 'oppo_1', 'value=1000.00', '--yes']),
    ];
    for (const { code, stderr } of refused) {
      expect(code).toBe(2);
      expect(stderr).toContain('has a decimal point');
    }
    expect(writesOf(sandbox, 'close')).toHaveLength(0);
  });

  it('what LeadSquared does not check without its opportunity type is warned of, through --quiet, too', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const file = place.file('l.csv', 'id,mx_Custom_6\n5ca5b042-51ea-4699-b6f0-000000000001,"1.234,56"\n');
    const ended = await apply({ sandbox, vendor: 'leadsquared', place }, file, '--quiet');
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('mx_Custom_6: values are sent unchecked without --event-code');
    expect(summaryOf(ended).warnings).toMatchObject([{ code: 'value-unchecked', count: 1 }]);
  });

  it('a time without a zone is told to be taken as UTC, in the summary, too', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const text = 'id,close_date\n9f8bed52-e4df-4d0c-9ca6-000000000001,2026-11-30 09:00\n';
    const target = { sandbox, vendor: 'partner-center', place };
    const ended = await apply(target, place.file('zone.csv', text), '--quiet');
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('has no time zone: it is taken as UTC');
    expect(summaryOf(ended).warnings).toMatchObject([{ code: 'zone-assumed', count: 1, rows: [{ row: 1, line: 2 }] }]);
    const zoned = await apply(target, place.file('z.csv', text.replace('09:00', '10:00Z')), '--quiet');
    expect(zoned).toMatchObject({ code: 0, stderr: '' });
  });

  it('a plan says a fault of the columns as apply does, and leaves nothing behind', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const file = place.file('a.json', '[{"id":"oppo_1","amount":1},{"id":"oppo_2","amont":1}]');
    const ended = await at(sandbox, place)(['plan', file, '--json', '--out', join(place.directory, 'p.json')]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).not.toMatch(/Unexpected|at .*\.js/);
    expect(JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      error: { code: 'unknown-field' },
    });
    expect(existsSync(join(place.directory, 'p.json.part'))).toBe(false);
  });

  it('numbers and dates are declared by flags or by the profile', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const file = place.file('eu.csv', 'id;amount;close_date\noppo_1;12.500;30.11.2026\noppo_2;999,50;1.12.2026\n');
    const target = { sandbox, vendor: 'close', place };
    expect((await apply(target, file)).code).toBe(2);
    expect((await apply(target, file, '--decimal-mark', ',', '--date-order', 'dmy')).code).toBe(0);
    expect(sandbox.world('close').records.get('oppo_1')).toMatchObject({ value: 1_250_000, date_won: '2026-11-30' });
    expect(sandbox.world('close').records.get('oppo_2')).toMatchObject({ value: 99_950, date_won: '2026-12-01' });
    const words = ['profile', 'add', 'de', '--decimal-mark', ',', '--date-order', 'dmy', '--from-env'];
    expect((await at(sandbox, place)(words)).code).toBe(0);
    const again = await run(['plan', file, '-p', 'de', '--json'], {
      home: place.home,
      env: environmentOf(sandbox, 'close'),
    });
    expect(again.stdout).not.toMatch(/"method"/);
    expect(again.code).toBe(0);
  });

  it('what get --csv prints goes back in as no edit', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const oppatch = at(sandbox, place);
    const id = 'oppo_1';
    const values = {
      note: ':clear:',
      value: 12_125,
      'custom.cf_days': ['Monday', 'Tuesday'],
      'custom.cf_score': 12.125,
      'custom.cf_segment': String.raw`\:clear:`,
      'custom.cf_renewal': '2026-11-30',
    };
    Object.assign(sandbox.world('close').records.get(id) ?? {}, values);
    const printed = await oppatch(['get', id, '--csv']);
    expect(printed.stdout).toContain(String.raw`,\:clear:,`);
    expect(printed.stdout).toContain(String.raw`,\\:clear:,`);
    expect(printed.stdout).toContain('"[""Monday"",""Tuesday""]",12.1250,');
    const back = await oppatch(['apply', '-', '--yes', '--json', '--format', 'csv'], printed.stdout);
    expect(summaryOf(back).rows).toMatchObject({ read: 1, unchanged: 1 });
  });

  it('rows of one opportunity are counted and their contradictions told, also with --quiet', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const file = place.file('d.csv', 'id,amount,confidence\noppo_1,5,50\noppo_2,6,50\noppo_1,99999,50\n,,\n');
    const planned = await at(sandbox, place)(['plan', file]);
    expect(planned.stdout).toMatch(/1 opportunity has several rows/);
    expect(planned.stdout).toMatch(/oppo_1 amount 5 \(row 1\), 99999 \(row 3\)/);
    expect(planned.stdout).toMatch(/1 blank row left out/);
    const ended = await apply({ sandbox, vendor: 'close', place }, file, '--quiet', ...fast);
    expect(ended.stderr).toMatch(/99999 \(row 3\)/);
    expect(summaryOf(ended).warnings).toMatchObject([
      {
        code: 'same-id',
        count: 2,
        rows: [
          { row: 1, line: 2 },
          { row: 3, line: 4 },
        ],
      },
      { code: 'contradicting-rows', count: 1, rows: [{ row: 3, id: 'oppo_1' }] },
    ]);
    expect(sandbox.world('close').records.get('oppo_1')).toMatchObject({ value: 9_999_900 });
  });

  it('a run of Excel keeps its mark and line ends in the files of results', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    sandbox
      .world('close')
      .configure({ ...sandbox.world('close').behaviour, refuse: [{ count: 1, status: 400 }] } as never);
    const ended = await apply(
      { sandbox, vendor: 'close', place },
      place.file('b.csv', '\ufeffid;amount;note\r\noppo_1;x;Größe\r\n'),
      '--skip-invalid',
    );
    const failed = readFileSync(summaryOf(ended).files.failed ?? '');
    expect(failed.subarray(0, 3).toString('hex')).toBe('efbbbf');
    expect(failed.toString()).toMatch(/^\ufeffid;amount;note;.*\r\noppo_1;x;Größe;.*\r\n$/);
  });

  it('exports: patterns and read-only columns are left out, hidden characters are shown and need not be typed', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const oppatch = at(sandbox, place);
    const file = place.file(
      'ex.csv',
      'id,lead_name,status_label,value_formatted,extra_formatted,no\u00adte x,note\noppo_1,A,B,C,D,y,x\n',
    );
    const refused = await oppatch(['plan', file, '--offline', '--ignore', '*_formatted', '--ignore-read-only']);
    expect(refused.stderr).toMatch(/no<U\+00AD>te x/);
    expect(refused.stderr).toMatch(/--ignore 'note x'/);
    const ended = await oppatch([
      'plan',
      file,
      '--offline',
      '--ignore',
      '*_formatted',
      '--ignore-read-only',
      '--ignore',
      'note x',
    ]);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/left out, they can't be written: lead_name, status_label/);
  });

  it('pipes are read by plan, and a device without text is judged by its first block', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const oppatch = at(sandbox, place);
    const fifo = join(place.directory, 'ff');
    execFileSync('mkfifo', [fifo]);
    const [ended] = await Promise.all([
      oppatch(['plan', fifo, '--offline', '--json']),
      import('node:fs/promises').then(({ writeFile }) => writeFile(fifo, 'id,amount\noppo_1,5\n')),
    ]);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/"id":"oppo_1"/);
    const zero = await oppatch(['apply', '/dev/zero', '--format', 'csv', '--yes']);
    expect(zero).toMatchObject({ code: 2 });
    expect(zero.stderr).toMatch(/NUL/);
    expect((await oppatch(['plan', '/dev/stdin', '--offline'], 'id,amount\noppo_1,5\n')).code).toBe(0);
  });

  it('small things: what is missing is said first, and -y is taken where nothing is asked', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const oppatch = at(sandbox, place);
    expect((await oppatch(['apply', 'missing.csv'])).stderr).toMatch(/There is no such file/);
    expect((await oppatch(['set', 'oppo_1', 'amount=5'])).stderr).toMatch(/oppatch set … --dry-run/);
    expect((await oppatch(['plan', place.file('a.csv', 'id,amount\noppo_1,5\n'), '--offline', '-y'])).code).toBe(0);
    expect((await oppatch(['set', 'oppo_1', '--clear', 'note', '--yes'])).code).toBe(0);
    const sent = writesOf(sandbox, 'close').at(-1);
    expect(sent).toBeUndefined();
  });
});

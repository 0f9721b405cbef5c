import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { vendors } from '../../src/vendors/index.ts';
import {
  accountWords,
  apply,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  resultRows,
  run,
  start,
  summaryOf,
  vendorNames,
  writesOf,
} from './oppatch.ts';

const escape = String.fromCharCode(27);

function edits(rows: number): string {
  return `id,amount\n${Array.from({ length: rows }, (_, index) => `oppo_${index + 1},${index + 1}`).join('\n')}\n`;
}

describe.concurrent('apply', () => {
  it('--json prints one object of the promised shape on stdout, and nothing else', async () => {
    const sandbox = await newSandbox({ refuse: [{ ids: ['oppo_2'], message: 'no' }] });
    const place = newPlace();
    const file = place.file('edits.csv', `${edits(3)}oppo_4,\nwrong,5\n`);
    const ended = await apply({ sandbox, vendor: 'close', place }, file, ...fast, '--skip-invalid');
    const summary = summaryOf(ended);
    expect(ended.stdout).toBe(`${JSON.stringify(summary)}\n`);
    expect(Object.keys(summary).join(' ')).toBe(
      'run status profile vendor account source rows calls elapsed_ms exit_code warnings files',
    );
    expect(summary).toEqual({
      run: expect.stringMatching(/^\d{8}T\d{6}Z-[a-z0-9]{4}$/) as string,
      status: 'finished',
      profile: null,
      vendor: 'close',
      account: 'Ada Kern, Northwind (sandbox)',
      source: file,
      rows: {
        read: 5,
        applied: 2,
        unchanged: 1,
        invalid: 1,
        rejected: 1,
        conflict: 0,
        failed: 0,
        in_doubt: 0,
        unprocessed: 0,
      },
      calls: { sent: 7, reads: 4, throttled: 0, retried: 0 },
      elapsed_ms: expect.any(Number) as number,
      exit_code: 3,
      warnings: [],
      files: {
        directory: join(place.home, 'runs', summary.run),
        success: join(place.home, 'runs', summary.run, 'success.csv'),
        failed: join(place.home, 'runs', summary.run, 'failed.csv'),
        before: join(place.home, 'runs', summary.run, 'before.csv'),
      },
    });
    expect(resultRows(summary.files.failed).map((row) => row['oppatch_status'])).toEqual(['rejected', 'invalid']);
    expect(existsSync(join(summary.files.directory, 'unprocessed.csv'))).toBe(false);
  });

  it('tells people the result on stdout and the rest on stderr, without colour where no terminal is', async () => {
    const sandbox = await newSandbox();
    const { home, file } = newPlace();
    const path = file('edits.csv', edits(2));
    const words = ['apply', path, ...accountWords(sandbox, 'close'), '--yes'];
    const ended = await run(words, { home, env: environmentOf(sandbox, 'close') });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('2 rows: 2 applied');
    expect(ended.stderr).toContain('2 edits');
    expect(ended.stdout + ended.stderr).not.toContain(escape);
  });

  it('obeys NO_COLOR and --no-color even where colour is asked for', async () => {
    const { home, file } = newPlace();
    const path = file('edits.csv', 'id,nothing\noppo_1,1\n');
    const words = ['plan', path, '--offline', '--vendor', 'close'];
    const colourful = await run(words, { home, env: { FORCE_COLOR: '1' } });
    expect(colourful.stderr).toContain(escape);
    // Node itself warns of the two variables together.
    const obeyed = await run(words, { home, env: { FORCE_COLOR: '1', NO_COLOR: '1', NODE_NO_WARNINGS: '1' } });
    expect(obeyed.stderr).not.toContain(escape);
    const flagged = await run([...words, '--no-color'], { home, env: { FORCE_COLOR: '1' } });
    expect(flagged.stderr).not.toContain(escape);
    expect(flagged.stderr).toBe(obeyed.stderr);
  });

  it('--quiet says nothing of a success, and what failed on stderr', async () => {
    const sandbox = await newSandbox({ refuse: [{ ids: ['oppo_2'], message: 'no' }] });
    const { home, file } = newPlace();
    const options = { home, env: environmentOf(sandbox, 'close') };
    const words = [...accountWords(sandbox, 'close'), '--yes', '--quiet'];
    const good = await run(['apply', file('good.csv', edits(1)), ...words], options);
    expect(good).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const bad = await run(['apply', file('bad.csv', edits(2)), ...words], options);
    expect(bad).toMatchObject({ code: 3, stdout: '' });
    expect(bad.stderr).toContain('1 rejected');
  });

  it('shows control characters of files and vendors as text', async () => {
    const sandbox = await newSandbox({ refuse: [{ ids: ['oppo_1'], message: `red ${escape}[31m alert` }] });
    const { home, file } = newPlace();
    const words = ['apply', file('edits.csv', edits(1)), ...accountWords(sandbox, 'close'), '--yes', '--verbose'];
    const refused = await run(words, { home, env: environmentOf(sandbox, 'close') });
    expect(refused.code).toBe(3);
    const column = await run(
      ['plan', file('column.csv', `id,a${escape}[31mb\noppo_1,1\n`), '--offline', '--vendor', 'close'],
      { home },
    );
    expect(column.code).toBe(2);
    for (const { stdout, stderr } of [refused, column]) expect(stdout + stderr).not.toContain(escape);
  });
});

function csv(delimiter: string): string {
  return [
    ['id', 'amount', 'note'].join(delimiter),
    ['oppo_1', '12.50', '"a ""b"", c\nd"'].join(delimiter),
    ['oppo_2', '2', 'é — ü'].join(delimiter),
    '',
  ].join('\n');
}

describe.concurrent('input', () => {
  const values = [
    ['oppo_1', 12_50, 'a "b", c\nd'],
    ['oppo_2', 2_00, 'é — ü'],
  ] as const;
  const json = [
    { id: 'oppo_1', amount: 12.5, note: 'a "b", c\nd' },
    { id: 'oppo_2', amount: '2.00', note: 'é — ü' },
  ];
  const ndjson = json.map((row) => JSON.stringify(row)).join('\n');
  const forms: readonly [string, string | Buffer, readonly string[]][] = [
    ['edits.csv', csv(','), []],
    ['bom.csv', `\ufeff${csv(';')}`, []],
    ['edits.tsv', csv('\t'), []],
    ['piped.txt', csv('|'), ['--format', 'csv', '--delimiter', '|']],
    ['utf-16.csv', Buffer.from(`\ufeff${csv(',')}`, 'utf16le'), []],
    ['edits.json', JSON.stringify(json, undefined, 2), []],
    ['edits.ndjson', ndjson, []],
    ['edits.jsonl', `${ndjson}\n`, []],
    ['windows.csv', Buffer.from(csv(',').replace('—', '-'), 'latin1'), ['--encoding', 'windows-1252']],
  ];

  it.each(forms)('%s', async (name, content, words) => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const ended = await apply({ sandbox, vendor: 'close', place }, place.file(name, content), ...words);
    expect(ended.code, ended.stderr).toBe(0);
    const { records } = sandbox.world('close');
    for (const [id, cents, note] of values) {
      const kept = name === 'windows.csv' ? note.replace('—', '-') : note;
      expect(records.get(id)).toMatchObject({ value: cents, note: kept });
    }
  });

  it('stdin, which is kept with the run so that it can be resumed', async () => {
    const sandbox = await newSandbox();
    const { home } = newPlace();
    const env = environmentOf(sandbox, 'close');
    const words = ['apply', '-', '--format', 'csv', ...accountWords(sandbox, 'close'), '--yes', '--json'];
    const ended = await run([...words, '--rate', '3/1d', '--blind'], { home, env, input: edits(5) });
    expect(ended.code).toBe(6);
    expect(summaryOf(ended)).toMatchObject({ source: '-', rows: { read: 5, applied: 3, unprocessed: 2 } });
    const resumed = await run(['resume', '--json', ...fast], { home, env });
    expect(summaryOf(resumed)).toMatchObject({ exit_code: 0, rows: { read: 5, applied: 5 } });
    expect(sandbox.world('close').log).toHaveLength(5);
  });

  it('result files keep the delimiter, the columns and the values; JSON comes back as NDJSON', async () => {
    const sandbox = await newSandbox({ refuse: [{ ids: ['oppo_2'], message: 'no' }] });
    const place = newPlace();
    const target = { sandbox, vendor: 'close', place };
    const semicolons = place.file('edits.csv', 'Region;id;amount\n" EMEA ";oppo_1;1\n"A;""B""";oppo_2;2.50\n');
    const first = summaryOf(await apply(target, semicolons, '--ignore', 'Region'));
    expect(resultRows(first.files.failed, ';')).toMatchObject([
      { Region: 'A;"B"', id: 'oppo_2', amount: '2.50', oppatch_row: '2', oppatch_status: 'rejected' },
    ]);
    expect(resultRows(first.files.success, ';')).toMatchObject([{ Region: ' EMEA ', id: 'oppo_1' }]);

    const second = summaryOf(
      await apply(target, place.file('edits.json', '[{"id":"oppo_2","amount":2.50,"note":null}]'), '--blind'),
    );
    expect(second.files.failed).toMatch(/failed\.ndjson$/);
    const line = readFileSync(second.files.failed ?? '', 'utf8');
    expect(line).toMatch(/^\{"id":"oppo_2","amount":2\.50,"note":null,"oppatch_row":1,/);
    sandbox.world('close').configure({ ...sandbox.world('close').behaviour, refuse: [] });
    expect((await apply(target, second.files.failed ?? '', '--blind')).code).toBe(0);
    expect(sandbox.world('close').log.at(-1)?.body).toBe('{"value":250,"note":""}');
  });

  it('--map, --ignore, --set, --limit and --id-column; :clear: clears, empty does not', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const file = place.file(
      'edits.csv',
      'Key,Deal size,Region,user_id,note\noppo_1,10,EMEA,:clear:,\noppo_2,,APAC,,:clear:\noppo_3,30,,,\n',
    );
    const words = ['--id-column', 'Key', '--map', 'Deal size=amount', '--ignore', 'Region', '--set', 'confidence=75'];
    const ended = await apply(
      { sandbox, vendor: 'close', place },
      file,
      ...words,
      '--blind',
      '--limit',
      '2',
      '--concurrency',
      '1',
    );
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/CLEARED: user_id \(1 row\), note \(1 row\)/);
    expect(summaryOf(ended).rows).toMatchObject({ read: 2, applied: 2 });
    expect(sandbox.world('close').log.map(({ body }) => body)).toEqual([
      '{"value":1000,"user_id":null,"confidence":75}',
      '{"note":"","confidence":75}',
    ]);
    expect(resultRows(summaryOf(ended).files.success)[0]).toMatchObject({ Region: 'EMEA', 'Deal size': '10' });
  });
});

describe.concurrent('plan', () => {
  it('--offline --json streams one line a row, with the secrets masked and without any network', async () => {
    const { home, file } = newPlace();
    const path = file('edits.csv', 'id,notes,stage\nopp_1,"x\ny",won\nopp_2,,\n');
    const ended = await run(['plan', path, '--offline', '--json', '--vendor', 'raze'], { home });
    expect(ended.code).toBe(0);
    const lines = ended.stdout.split('\n').filter((line) => line !== '');
    const headers = { 'content-type': 'application/json', accept: 'application/json', 'X-API-Key': '***' };
    const url = 'https://app.getraze.com/external/v1/opportunities/opp_1';
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        row: 1,
        line: 2,
        id: 'opp_1',
        calls: [
          { method: 'PUT', url, headers, body: { notes: 'x\ny' } },
          { method: 'PATCH', url: `${url}/stage`, headers, body: { status: 'won' } },
        ],
      },
      { row: 2, line: 4, id: 'opp_2', calls: [] },
    ]);
    const detailed = await run(['plan', path, '--offline', '--detailed-exitcode', '--vendor', 'raze'], { home });
    expect(detailed.code).toBe(10);
    const nothing = file('nothing.csv', 'id,notes\nopp_1,\n');
    const same = await run(['plan', nothing, '--offline', '--detailed-exitcode', '--vendor', 'raze'], { home });
    expect(same.code).toBe(0);
    // A dry run is the same as a plan.
    const dry = await run(['apply', path, '--dry-run', '--json', '--vendor', 'raze'], { home });
    expect(dry).toMatchObject({ code: 0, stdout: ended.stdout });
    expect(existsSync(join(home, 'runs'))).toBe(false);
  });

  it('survives a reader that goes away', async () => {
    const { home, file } = newPlace();
    const path = file('edits.csv', edits(50_000));
    const bin = join(import.meta.dirname, '..', '..', 'bin', 'oppatch.js');
    const script = '"$0" "$1" plan "$2" --offline --json --vendor close | head -n 1; exit "${PIPESTATUS[0]}"';
    const child = spawn('bash', ['--norc', '-c', script, process.execPath, bin, path], {
      env: { PATH: process.env['PATH'], OPPATCH_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const code = await new Promise((resolve) => {
      child.once('close', resolve);
    });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({ row: 1, id: 'oppo_1' });
  });
});

describe.concurrent('set', () => {
  it('sends one edit, clears with :clear: and shows what it would do', async () => {
    const sandbox = await newSandbox();
    const { home } = newPlace();
    const options = { home, env: environmentOf(sandbox, 'close') };
    const words = ['set', 'oppo_1', 'amount=42000', 'user_id=:clear:', ...accountWords(sandbox, 'close')];
    const dry = await run([...words, '--dry-run', '--json'], options);
    expect(JSON.parse(dry.stdout)).toMatchObject({
      id: 'oppo_1',
      calls: [{ method: 'PUT', body: { value: 4_200_000, user_id: null } }],
    });
    expect(sandbox.world('close').log).toHaveLength(0);
    const unsure = await run([...words, '--json'], options);
    expect(unsure.code).toBe(2);
    const ended = await run([...words, '--yes', '--json'], options);
    expect(summaryOf(ended)).toMatchObject({ exit_code: 0, rows: { read: 1, applied: 1 } });
    expect(sandbox.world('close').records.get('oppo_1')).toMatchObject({ value: 4_200_000, user_id: null });
    const wrong = await run(['set', 'oppo_1', 'amuont=1', ...accountWords(sandbox, 'close'), '--yes'], options);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('amount');
    expect(writesOf(sandbox, 'close')).toHaveLength(1);
  });
});

describe.concurrent('runs', () => {
  it('lists runs, shows one with its failures, and tells the history of an opportunity', async () => {
    const sandbox = await newSandbox({ refuse: [{ ids: ['oppo_2'], message: 'too much' }] });
    const place = newPlace();
    const { home } = place;
    expect(JSON.parse((await run(['runs', '--json'], { home })).stdout)).toEqual([]);
    const summary = summaryOf(
      await apply({ sandbox, vendor: 'close', place }, place.file('edits.csv', edits(3)), ...fast),
    );
    const list = JSON.parse((await run(['runs', '--json'], { home })).stdout) as unknown;
    expect(list).toMatchObject([
      { run: summary.run, state: 'finished', vendor: 'close', rows: summary.rows, exit_code: 3 },
    ]);
    const text = await run(['runs'], { home });
    expect(text.stdout).toContain(summary.run);
    const one = JSON.parse((await run(['runs', summary.run.slice(-4), '--json'], { home })).stdout) as unknown;
    expect(one).toMatchObject({
      run: summary.run,
      rows: summary.rows,
      failures: [{ status: 'rejected', count: 1, examples: [{ row: 2, line: 3, id: 'oppo_2' }] }],
    });
    const shown = await run(['runs', summary.run], { home });
    expect(shown.stdout).toContain('too much');
    expect(shown.stdout).toContain(`oppatch retry ${summary.run}`);
    const history = JSON.parse((await run(['runs', '--id', 'oppo_2', '--json'], { home })).stdout) as unknown;
    expect(history).toMatchObject([
      { run: summary.run, row: 2, status: 'rejected', changes: [{ field: 'value', action: 'set', value: 200 }] },
    ]);
    expect((await run(['runs', 'prune', '--older-than', '1d'], { home })).stdout).toContain('0 runs removed');
    expect((await run(['runs', 'prune', '--older-than', '1ms'], { home })).stdout).toContain('1 run removed');
    expect(JSON.parse((await run(['runs', '--json'], { home })).stdout)).toEqual([]);
  });
});

describe.concurrent('fields and vendors', () => {
  it.each(vendorNames)('%s', async (vendor) => {
    const { home } = newPlace();
    const fields = JSON.parse((await run(['fields', '--vendor', vendor, '--json'], { home })).stdout) as {
      field: string;
      common?: string[];
    }[];
    expect(fields.length).toBeGreaterThan(3);
    const names = new Set(fields.map(({ field }) => field));
    expect(names.size).toBe(fields.length);
    const known = JSON.parse((await run(['vendors', vendor, '--json'], { home })).stdout) as unknown;
    expect(known).toMatchObject({ name: vendor, base_url: expect.stringMatching(/^https:/) as string });
    const text = await run(['vendors', vendor], { home });
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toContain(vendor.toUpperCase().replaceAll('-', '_'));
  });

  it('list all', async () => {
    const { home } = newPlace();
    const known = JSON.parse((await run(['vendors', '--json'], { home })).stdout) as { name: string }[];
    expect(known.map(({ name }) => name)).toEqual(vendors.map(({ name }) => name));
    const text = await run(['fields', '--vendor', 'close'], { home });
    expect(text.stdout).toContain('close_date');
  });
});

describe.concurrent('profile', () => {
  it('is added, listed, shown, used, checked and removed', async () => {
    const sandbox = await newSandbox();
    const { home, file } = newPlace();
    const credentials = (vendor: string): string => JSON.stringify(sandbox.credentials[vendor]);
    const add = (name: string, vendor: string, ...words: readonly string[]) =>
      run(['profile', 'add', name, ...accountWords(sandbox, vendor), '--credentials-stdin', ...words], {
        home,
        input: credentials(vendor),
      });
    const words = ['--map', 'Deal size=amount', '--ignore', 'Region', '--id-column', 'Key', '--rate', '100/1s'];
    expect((await add('prod', 'close', ...words)).code).toBe(0);
    // The only profile is the one that is used; its mapping, its ignored columns and its id column hold.
    const edited = file('edits.csv', 'Key,Deal size,Region\noppo_1,7,EMEA\n');
    const applied = await run(['apply', edited, '--yes', '--json'], { home });
    expect(applied.code, applied.stderr).toBe(0);
    expect(summaryOf(applied)).toMatchObject({ profile: 'prod', rows: { applied: 1 } });
    expect(sandbox.world('close').records.get('oppo_1')?.['value']).toBe(700);
    const planned = await run(['plan', edited, '--offline', '--json'], { home });
    expect(JSON.parse(planned.stdout)).toMatchObject({ id: 'oppo_1', calls: [{ body: { value: 700 } }] });

    expect((await add('test', 'raze')).code).toBe(0);
    expect((await run(['apply', edited, '--yes'], { home })).code).toBe(2);
    expect((await run(['profile', 'use', 'test'], { home })).code).toBe(0);
    expect(JSON.parse((await run(['profile', 'list', '--json'], { home })).stdout)).toMatchObject([
      { name: 'prod', vendor: 'close', current: false, rates: ['100/1s'] },
      { name: 'test', vendor: 'raze', current: true },
    ]);
    const shown = JSON.parse((await run(['profile', 'show', 'prod', '--json'], { home })).stdout) as unknown;
    expect(shown).toMatchObject({
      name: 'prod',
      base_url: sandbox.baseUrls['close'],
      map: { 'Deal size': 'amount' },
      ignore: ['Region'],
      id_column: 'Key',
      credentials: expect.stringContaining('secrets.json') as string,
    });
    const checked = await run(['profile', 'check', 'prod'], { home });
    expect(checked.code).toBe(0);
    expect(checked.stdout).toContain('Ada Kern');
    const twice = await add('prod', 'close');
    expect(twice.code).toBe(2);
    expect(twice.stderr).toContain('--force');
    expect((await run(['profile', 'remove', 'prod'], { home })).code).toBe(0);
    expect(readFileSync(join(home, 'secrets.json'), 'utf8')).not.toContain('prod');
    expect((await run(['profile', 'show', 'prod'], { home })).code).toBe(2);
  });

  it('--from-env keeps the names of variables only; wrong credentials fail the check with 4', async () => {
    const sandbox = await newSandbox();
    const { home } = newPlace();
    const env = environmentOf(sandbox, 'leadsquared');
    const words = ['profile', 'add', 'ci', ...accountWords(sandbox, 'leadsquared'), '--from-env'];
    expect((await run(words, { home, env })).code).toBe(0);
    expect(existsSync(join(home, 'secrets.json'))).toBe(false);
    expect((await run(['profile', 'check', 'ci'], { home, env })).stdout).toContain('Ada Kern');
    const missing = await run(['profile', 'check', 'ci', '--json'], { home });
    expect(missing.code).toBe(4);
    expect(missing.stderr).toContain('LEADSQUARED_ACCESS_KEY');
    const wrong = await run(['profile', 'check', 'ci'], { home, env: { ...env, LEADSQUARED_SECRET_KEY: 'wrong' } });
    expect(wrong.code).toBe(4);
  });

  it('--production wants its name before anything is sent', async () => {
    const sandbox = await newSandbox();
    const { home, file } = newPlace();
    const added = await run(
      ['profile', 'add', 'live', ...accountWords(sandbox, 'raze'), '--production', '--credentials-stdin'],
      { home, input: JSON.stringify(sandbox.credentials['raze']) },
    );
    expect(added.code).toBe(0);
    const path = file('edits.csv', 'id,notes\nopp_1,x\n');
    const unsure = await run(['apply', path, '--yes', '--json'], { home });
    expect(unsure.code).toBe(2);
    expect(JSON.parse(unsure.stdout)).toMatchObject({ error: { code: 'confirmation-needed' } });
    expect((await run(['apply', path, '--yes', '--confirm', 'other'], { home })).code).toBe(2);
    expect(sandbox.world('raze').log).toHaveLength(0);
    expect((await run(['apply', path, '--yes', '--confirm', 'live'], { home })).code).toBe(0);
  });
});

describe.concurrent('help and completion', () => {
  it.each([
    'apply',
    'plan',
    'set',
    'fields',
    'vendors',
    'runs',
    'resume',
    'retry',
    'get',
    'undo',
    'profile add',
    'profile login',
    'sandbox',
    'completion',
  ])('%s --help has examples and exit codes', async (command) => {
    const { home } = newPlace();
    const ended = await run([...command.split(' '), '--help'], { home });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('Examples:');
    expect(ended.stdout).toContain('Exit codes:');
  });

  it.each(['bash', 'zsh', 'fish'])('the script for %s is well formed and knows commands and flags', async (shell) => {
    const { home, file } = newPlace();
    const { code, stdout } = await run(['completion', shell], { home });
    expect(code).toBe(0);
    for (const word of ['apply', 'resume', 'max-errors', 'credentials-stdin', 'offline'])
      expect(stdout).toContain(word);
    execFileSync(shell, ['-n', file(`oppatch.${shell}`, stdout)]);
  });

  it('bash completes commands, sub-commands, flags and their values', async () => {
    const { home, file } = newPlace();
    const script = file('oppatch.bash', (await run(['completion', 'bash'], { home })).stdout);
    const complete = (...words: readonly string[]): string[] => {
      const array = words.map((word) => `'${word}'`).join(' ');
      const program = `source '${script}'; COMP_WORDS=(oppatch ${array}); COMP_CWORD=${words.length}; _oppatch; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return execFileSync('bash', ['-c', program], { encoding: 'utf8', cwd: home }).trim().split('\n');
    };
    expect(complete('app')).toEqual(['apply']);
    expect(complete('profile', 'li')).toEqual(['list']);
    expect(complete('apply', '--max')).toEqual(expect.arrayContaining(['--max-errors', '--max-duration']));
    expect(complete('apply', 'edits.csv', '--format', 'nd')).toEqual(['ndjson']);
  });

  it('the program alone shows what it is for; a sandbox started by hand says where it is', async () => {
    const { home } = newPlace();
    const alone = await run([], { home });
    expect(alone.code).toBe(0);
    expect(alone.stdout).toContain('oppatch apply edits.csv');
    const running = start(['sandbox', '--json', '--port', '0'], { home });
    const line = await new Promise<string>((resolve) => {
      running.child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    });
    const { base_urls: baseUrls, credentials } = JSON.parse(line) as {
      base_urls: Record<string, string>;
      credentials: Record<string, Record<string, string>>;
    };
    const words = ['set', 'oppo_sandbox000001', 'amount=1', '--vendor', 'close', '--base-url', baseUrls['close'] ?? ''];
    const ended = await run([...words, '--yes'], {
      home,
      env: { CLOSE_API_KEY: credentials['close']?.['apiKey'] ?? '' },
    });
    expect(ended.code).toBe(0);
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(0);
  });
});

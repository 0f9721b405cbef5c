import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  accountWords,
  apply,
  environmentOf,
  newPlace,
  newSandbox,
  run,
  summaryOf,
  vendorNames,
  type Place,
} from './oppatch.ts';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'oppatch.js');

function addProfile({ home }: Place, name: string) {
  const input = '{"apiKey":"api_aaa.bbb"}';
  return run(['profile', 'add', name, '--vendor', 'close', '--credentials-stdin'], { home, input });
}

describe.concurrent('template', () => {
  it.each(vendorNames)("has the fields of %s, and can't be applied as it is", async (vendor) => {
    const { home, directory } = newPlace();
    for (const name of ['edits.csv', 'edits.tsv', 'edits.json', 'edits.ndjson']) {
      const path = join(directory, name);
      const words = ['--vendor', vendor, '--offline'];
      const written = await run(['template', path, ...words, '--all', '--force'], { home });
      expect(written).toMatchObject({ code: 0, stdout: '' });
      expect(readFileSync(join(directory, 'edits.fields.txt'), 'utf8')).toContain('\nid  The opportunity.');
      const planned = await run(['plan', path, ...words], { home });
      expect(planned.code).toBe(2);
      expect(planned.stderr).toContain('PUT-THE-ID-HERE');
    }
  });

  it.each([
    ['hubspot', 'Deal Stage', 'sales_regions'],
    ['salesforce', 'Region', 'Days__c'],
  ])('has the own fields of an account of %s, and reads back what is filled in', async (vendor, label, own) => {
    const [sandbox, place] = [await newSandbox(), newPlace()];
    const options = { home: place.home, env: environmentOf(sandbox, vendor) };
    const path = join(place.directory, 'edits.csv');
    const written = await run(['template', path, ...accountWords(sandbox, vendor), '--all'], options);
    expect(written.code, written.stderr).toBe(0);
    const [header = ''] = readFileSync(path, 'utf8').split('\n');
    expect(header.split(',')).toContain(own);
    expect(readFileSync(join(place.directory, 'edits.fields.txt'), 'utf8')).toContain(label);
    const { id } = sandbox.world(vendor).server.sample(1);
    const cells = header.split(',').map((name) => (name === 'id' ? id : /^amount$/i.test(name) ? '77.5' : ''));
    const file = place.file('filled.csv', `${header}\n${cells.join(',')}\n`);
    const ended = await apply({ sandbox, vendor, place }, file);
    expect(summaryOf(ended).rows, ended.stderr).toMatchObject({ applied: 1 });
  });

  it('replaces nothing without --force', async () => {
    const { home, file } = newPlace();
    const path = file('edits.csv', 'id,amount\nx,1\n');
    const ended = await run(['template', path, '--vendor', 'raze', '--offline'], { home });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('--force');
    expect(readFileSync(path, 'utf8')).toBe('id,amount\nx,1\n');
    expect(existsSync(path.replace('.csv', '.fields.txt'))).toBe(false);
  });

  it('takes chosen fields by their common names, and says which was meant', async () => {
    const { home } = newPlace();
    const words = ['init', '--vendor', 'raze', '--offline', '--fields'];
    expect((await run([...words, 'note,amount'], { home })).stdout).toBe('id,notes,deal_value\nPUT-THE-ID-HERE,,\n');
    const ended = await run([...words, 'amont'], { home });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('Did you mean amount?');
  });
});

describe.concurrent('oppatch alone', () => {
  it('says what to type next, by what is there', async () => {
    const place = newPlace();
    expect((await run([], place)).stdout).toMatch(/Next:\n {2}oppatch sandbox/);
    expect(await addProfile(place, 'prod')).toMatchObject({ code: 0 });
    const { stdout } = await run([], place);
    expect(stdout).toMatch(/Next:\n {2}oppatch template edits.csv .* for prod\n/);
    expect(stdout).not.toContain('oppatch sandbox');
  });
});

describe('completion', () => {
  it('knows profiles, vendors and fields, in bash and fish', async () => {
    const place = newPlace();
    await addProfile(place, 'prod');
    const path = join(place.directory, 'bin');
    mkdirSync(path);
    symlinkSync(bin, join(path, 'oppatch'));
    const env = { PATH: `${path}:${process.env['PATH'] ?? ''}`, HOME: place.home, OPPATCH_HOME: place.home };
    const script = place.file('oppatch.bash', (await run(['completion', 'bash'], place)).stdout);
    const complete = (...words: readonly string[]): string[] => {
      const array = words.map((word) => `'${word}'`).join(' ');
      const program = `source '${script}'; COMP_WORDS=(oppatch ${array}); COMP_CWORD=${words.length}; _oppatch; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return execFileSync('bash', ['-c', program], { encoding: 'utf8', cwd: place.home, env }).trim().split('\n');
    };
    expect(complete('apply', 'x.csv', '--profile', '')).toEqual(['prod']);
    expect(complete('profile', 'show', 'p')).toEqual(['prod']);
    expect(complete('apply', '--vendor', 'r')).toEqual(['raze']);
    expect(complete('set', 'oppo_1', 'conf')).toEqual(['confidence=']);
    expect(complete('apply', 'x.csv', '--map', 'Deal=am')).toEqual(['Deal=amount']);
    const fish = place.file('oppatch.fish', (await run(['completion', 'fish'], place)).stdout);
    const listed = execFileSync('fish', ['-c', `source '${fish}'; complete -C 'oppatch profile show '`], { env });
    expect(listed.toString()).toBe('prod\tclose\n');
  });
});

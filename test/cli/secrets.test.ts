import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

import { describe, expect, it } from 'vitest';

import { mixedFile } from './mixed-edits.ts';
import { accountWords, environmentOf, fast, newPlace, newSandbox, run, vendorNames, type Ended } from './oppatch.ts';

/** Every form in which a secret could come out. */
function formsOf(secret: string): string[] {
  const base64 = [secret, `${secret}:`].map((text) => Buffer.from(text).toString('base64'));
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    ...base64,
    ...base64.map((text) => text.replace(/=+$/, '')),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(secret).toString('hex'),
  ];
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function expectNoSecret(where: string, text: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    for (const form of formsOf(secret)) {
      const at = text.indexOf(form);
      expect(at, `${where}: …${text.slice(Math.max(0, at - 60), at)}SECRET`).toBe(-1);
    }
  }
}

describe.concurrent.each(vendorNames)('%s', (vendor) => {
  it('shows no secret, in no output and no file but the owner-only one', async () => {
    const sandbox = await newSandbox({
      refuse: [{ every: 3, message: 'no' }],
      faults: [{ kind: '502-page', every: 5 }],
    });
    const { home, file } = newPlace();
    const credentials = sandbox.credentials[vendor] ?? {};
    const right = Object.values(credentials);
    const wrong = right.map((value) => `${value.slice(0, -8)}WrOnG+7/`);
    const wrongEnv = Object.fromEntries(
      Object.keys(environmentOf(sandbox, vendor)).map((name, index) => [name, wrong[index] ?? '']),
    );
    const env = environmentOf(sandbox, vendor);
    const edits = file(
      'edits.csv',
      mixedFile(vendor, 8, (row) => row % 2 === 0),
    );
    const account = accountWords(sandbox, vendor);
    const send = ['apply', edits, '--yes', ...fast, '--verbose'];
    const [first = ''] = right;
    const stored = JSON.stringify(credentials);
    const runs: [readonly string[], { env?: Record<string, string>; input?: string }, number | readonly number[]][] = [
      [[...send, ...account, '--json'], { env }, [0, 3]],
      [[...send, ...account], { env: wrongEnv }, 4],
      [['plan', edits, '--offline', '--json', ...account], { env }, 0],
      [[...send, '--vendor', vendor, '--base-url', `http://${encodeURIComponent(first)}@127.0.0.1/`], { env }, 2],
      [[...send, '--vendor', vendor, '--base-url', `not an address ${first}`, '--json'], { env }, 2],
      [
        [
          ...send,
          '--vendor',
          vendor,
          '--base-url',
          'http://127.0.0.1:9/',
          '--timeout',
          '1s',
          '--limit',
          '1',
          '--max-duration',
          '300ms',
        ],
        { env },
        [3, 6],
      ],
      [['profile', 'add', 'prod', ...account, '--credentials-stdin'], { input: stored }, 0],
      [['profile', 'add', 'prod', ...account, '--credentials-stdin', '--json'], { input: stored }, 2],
      [
        ['profile', 'add', 'bad', ...account, '--credentials-stdin', '--json'],
        { input: `${stored.slice(0, -1)},` },
        [2, 4],
      ],
      [['profile', 'show', 'prod'], {}, 0],
      [['profile', 'check', 'prod', '--verbose'], {}, 0],
      [[...send, '--profile', 'prod'], {}, [0, 3]],
    ];
    const ended: Ended[] = [];
    for (const [words, options, code] of runs) {
      const one = await run(words, { home, ...options });
      expect([code].flat(), `${words.join(' ')}\n${one.stdout}\n${one.stderr}`).toContain(one.code);
      ended.push(one);
    }
    expect(ended[0]?.stderr).toContain('→ ');
    expect(ended[0]?.stderr).toContain('***');
    const secrets = [...right, ...wrong];
    for (const [index, { stdout, stderr }] of ended.entries()) {
      const words = runs[index]?.[0].slice(0, 2).join(' ') ?? '';
      expectNoSecret(`stdout of ${words}`, stdout, secrets);
      expectNoSecret(`stderr of ${words}`, stderr, secrets);
    }
    const files = filesIn(home);
    expect(files.filter((path) => path.endsWith('journal.ndjson')).length).toBeGreaterThanOrEqual(3);
    const store = files.filter((path) => relative(home, path) === 'secrets.json');
    expect(store).toHaveLength(1);
    for (const path of files) {
      if (store.includes(path)) {
        expect(statSync(path).mode & 0o777).toBe(0o600);
        expect(readFileSync(path, 'utf8')).toContain(JSON.stringify(first).slice(1, -1));
      } else expectNoSecret(relative(home, path), readFileSync(path, 'latin1'), secrets);
    }
    // Nothing of a run is for others to read.
    for (const path of files.filter((path) => relative(home, path).startsWith('runs')))
      expect(statSync(path).mode & 0o077, path).toBe(0);
  });
});

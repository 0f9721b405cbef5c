import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DescribedFile } from '../../../src/sandbox/described/described-file.ts';
import { describedServer } from '../../../src/sandbox/described/server.ts';
import { sandboxGreeting } from '../../../src/sandbox/greeting.ts';
import { startSandbox, type SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { environmentName } from '../../../src/profiles/environment-name.ts';
import { fast, newPlace, run, summaryOf } from '../../cli/oppatch.ts';

/** The sandbox serves what a file describes, with faults: two readers of the same file who know nothing of each other. */

const examples = join(import.meta.dirname, '..', '..', '..', 'docs', 'examples');

interface Case {
  readonly name: string;
  readonly columns: readonly [header: string, value: string][];
  readonly words: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'raze',
    columns: [
      ['amount', '1250.50'],
      ['stage', 'proposal'],
    ],
    words: [],
  },
  {
    name: 'capsule',
    columns: [
      ['amount', '1250.50'],
      ['currency', 'GBP'],
      ['close_date', '2026-12-18'],
    ],
    words: [],
  },
  {
    name: 'highlevel',
    columns: [
      ['amount', '42000'],
      ['status', 'won'],
      ['Renewal term', '24 months'],
    ],
    words: ['--setting', 'location=loc1'],
  },
  {
    name: 'freshsales',
    columns: [
      ['amount', '42000'],
      ['cf_region', 'south'],
      ['stage', '6'],
    ],
    words: ['--setting', 'domain=widgetz'],
  },
  {
    name: 'copper',
    columns: [
      ['amount', '42000'],
      ['close_date', '2026-12-18'],
      ['Renewal term', '24 months'],
    ],
    words: [],
  },
];

async function served(name: string, behaviour: SandboxOptions['behaviour'] = {}) {
  const path = join(examples, `${name}.json`);
  const file = JSON.parse(readFileSync(path, 'utf8')) as DescribedFile;
  const sandbox = await startSandbox({
    servers: [describedServer(file, { account: `--vendor-file ${path}`, change: 'name=x' })],
    behaviour: { quota: [], ...behaviour },
  });
  onTestFinished(() => sandbox.close());
  const env = Object.fromEntries(
    Object.entries(sandbox.credentials[file.name] ?? {}).map(([credential, value]) => [
      environmentName(file.name, credential),
      value,
    ]),
  );
  const world = sandbox.world(file.name);
  const ids = world.records.all().map(({ id }) => String(id));
  return { sandbox, path, env, world, ids, baseUrl: sandbox.baseUrls[file.name] ?? '' };
}

describe.each(cases)('the sandbox serves $name by its file', ({ name, columns, words }) => {
  // A file that says how fields are cleared has no setting for it.
  const clear = name === 'copper' ? [] : ['--setting', 'clear=null'];
  const header = ['id', ...columns.map(([column]) => column)].join(',');
  const row = (id: string): string => [id, ...columns.map(([, value]) => value)].join(',');

  it.each([
    ['without faults', {}],
    ['with connections that are cut', { faults: [{ kind: 'cut-after', every: 3 }] }],
    ['with failures after the write', { faults: [{ kind: '500-after', every: 2 }] }],
    ['with pages for replies', { faults: [{ kind: 'html-200', every: 3 }] }],
  ] as const)('applies each row once %s, and undoes it', async (_title, behaviour) => {
    const { path, env, world, ids, baseUrl } = await served(name, behaviour);
    const place = newPlace();
    const before = structuredClone(world.records.all());
    const oppatch = (...typed: readonly string[]) =>
      run([...typed, '--vendor-file', path, '--base-url', baseUrl, ...words, ...fast], { home: place.home, env });
    const edits = place.file('edits.csv', `${header}\n${ids.slice(0, 6).map(row).join('\n')}\n`);
    const applied = await oppatch('apply', edits, '--yes', '--json');
    expect([applied.code, summaryOf(applied).rows], applied.stderr).toEqual([
      0,
      expect.objectContaining({ read: 6, applied: 6 }) as unknown,
    ]);
    expect(world.statistics.violations).toEqual([]);
    const again = await oppatch('apply', edits, '--yes', '--json');
    expect(summaryOf(again).rows).toMatchObject({ unchanged: 6 });
    const undone = await oppatch('undo', summaryOf(applied).run, '--yes', '--json', ...clear);
    expect(undone.code).toBe(0);
    expect(world.records.all()).toEqual(before);
  });

  it('refuses credentials that it does not know', async () => {
    const { path, env, world, ids, baseUrl } = await served(name);
    const place = newPlace();
    const wrong = Object.fromEntries(Object.entries(env).map(([variable, value]) => [variable, `${value}x`]));
    const edits = place.file('edits.csv', `${header}\n${row(ids[0] ?? '')}\n`);
    const ended = await run(
      ['apply', edits, '--yes', '--vendor-file', path, '--base-url', baseUrl, ...words, ...fast],
      { home: place.home, env: wrong },
    );
    expect(ended.code).toBe(4);
    expect(world.statistics.applied).toBe(0);
  });
});

it('greets with a command for the file', async () => {
  const { sandbox, path, ids } = await served('capsule');
  expect(sandboxGreeting(sandbox, () => undefined)).toContain(
    `oppatch set ${ids[0] ?? ''} name=x --vendor-file ${path} --base-url ${sandbox.origin}/capsule`,
  );
});

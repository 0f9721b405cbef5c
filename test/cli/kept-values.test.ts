import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { accountWords, environmentOf, fast, newPlace, newSandbox, run } from './oppatch.ts';

/** People do paste keys into notes. */
it('a value that holds a secret of the account is shown masked, not kept, and never put back as a mask', async () => {
  const sandbox = await newSandbox();
  const { home, directory, file } = newPlace();
  const env = environmentOf(sandbox, 'raze');
  const [key = ''] = Object.values(env);
  const account = [...accountWords(sandbox, 'raze'), ...fast];
  const of = (...words: string[]) => run([...words, ...account], { home, env });
  const noteOf = async (): Promise<unknown> => {
    const response = await fetch(`${sandbox.baseUrls['raze']}/opportunities/opp_1`, { headers: { 'x-api-key': key } });
    return JSON.stringify(await response.json());
  };
  expect((await of('set', 'opp_1', `notes=key: ${key}.`, '--yes', '--blind')).code).toBe(0);
  expect(await noteOf()).toContain(key);

  const shown = await of('get', 'opp_1', '--json');
  expect(shown.stdout).toContain('key: ***.');
  const cells = await of('get', 'opp_1', '--csv');
  expect(cells.stdout).toContain('opp_1,');
  expect(cells.stdout).not.toMatch(/\*\*\*|key: /);
  const plan = await of(
    'plan',
    file('edits.csv', 'id,notes,stage\nopp_1,clean,won\n'),
    '--out',
    join(directory, 'plan'),
  );
  expect(plan.stdout).toContain('key: ***.');
  expect(readFileSync(join(directory, 'plan'), 'utf8')).not.toMatch(/\*\*\*|"key: /);

  const before = new Set(readdirSync(join(home, 'runs')));
  const applied = await run(['apply', join(directory, 'plan'), '--yes', ...account], { home, env });
  expect(applied.code, applied.stderr).toBe(0);
  const name = readdirSync(join(home, 'runs')).find((one) => !before.has(one)) ?? '';
  for (const one of readdirSync(join(home, 'runs', name))) {
    const text = readFileSync(join(home, 'runs', name, one), 'utf8');
    expect(text, one).not.toContain(key);
    expect(text, one).not.toContain('***');
  }

  const undone = await of('undo', name, '--yes');
  expect(undone.stderr).toContain('what it held before holds a secret of this account, and was not kept');
  expect(undone.stderr).not.toContain('It changed nothing');
  expect(await noteOf()).toContain('clean');
  expect(await noteOf()).not.toContain('***');
});

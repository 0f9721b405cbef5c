import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { accountWords, environmentOf, fast, newPlace, newSandbox, writesOf } from './oppatch.ts';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'oppatch.js');

/** `oppatch set` on a terminal of its own. `answer` is asked for the reply once the question stands there. */
async function setOnTerminal(
  words: readonly string[],
  answer: (sandbox: Sandbox) => string,
  vendor = 'close',
  prepare: (sandbox: Sandbox) => void = () => undefined,
) {
  const sandbox = await newSandbox();
  prepare(sandbox);
  const { home } = newPlace();
  const line = [process.execPath, bin, 'set', ...words, ...accountWords(sandbox, vendor), ...fast];
  const command = line.map((word) => `'${word}'`).join(' ');
  const { PATH = '' } = process.env;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { PATH, HOME: home, OPPATCH_HOME: home, TERM: 'xterm', NO_COLOR: '1', ...environmentOf(sandbox, vendor) },
    cwd: home,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  let asked = false;
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString('utf8');
    if (asked || !screen.includes('[y/N]')) return;
    asked = true;
    child.stdin.write(`${answer(sandbox)}\n`);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, screen: screen.replaceAll('\r\n', '\n'), sandbox };
}

it('shows before → after of each id, asks, and sends what was shown', async () => {
  const words = ['oppo_1', 'oppo_2', 'amount=42000', 'confidence=50'];
  let writes = -1;
  const { code, screen, sandbox } = await setOnTerminal(words, (asked) => {
    writes = writesOf(asked, 'close').length;
    return 'y';
  });
  expect(code, screen).toBe(0);
  expect(writes).toBe(0);
  const shown = screen.slice(0, screen.indexOf('[y/N]'));
  for (const id of ['oppo_1', 'oppo_2'])
    expect(shown).toMatch(new RegExp(`${id}\\n +amount \\(value\\): 1,000 USD → 42,000 USD\\n(?! +confidence)`));
  expect(sandbox.world('close').records.get('oppo_2')).toMatchObject({ value: 4_200_000 });
});

it('does not overwrite what has moved while the question stood there', async () => {
  const { code, screen, sandbox } = await setOnTerminal(['oppo_1', 'oppo_2', 'confidence=80'], (asked) => {
    const { records } = asked.world('close');
    records.put('oppo_1', { ...records.get('oppo_1'), confidence: 10 });
    return 'y';
  });
  expect(code, screen).toBe(3);
  expect(screen).toContain('changed-since');
  expect(sandbox.world('close').records.get('oppo_1')).toMatchObject({ confidence: 10 });
  expect(sandbox.world('close').records.get('oppo_2')).toMatchObject({ confidence: 80 });
});

it('sends nothing after a no', async () => {
  const { code, screen, sandbox } = await setOnTerminal(['oppo_1', 'confidence=80'], () => 'n');
  expect(code, screen).toBe(2);
  expect(screen).toContain('confidence: 50 → 80');
  expect(writesOf(sandbox, 'close')).toEqual([]);
});

it('shows the opportunities that keys lead to, and sends to them what was shown', async () => {
  const { code, screen, sandbox } = await setOnTerminal(
    ['K-1', 'K-2', 'Amount=9', '--match-by', 'Key__c'],
    () => 'y',
    'salesforce',
    (asked) => {
      const { records, server } = asked.world('salesforce');
      for (const row of [1, 2]) {
        const { id } = server.sample(row);
        records.put(id, { ...records.make(id, {}), Key__c: `K-${row}`, Name: `Deal ${row}`, Amount: 5 });
      }
    },
  );
  expect(code, screen).toBe(0);
  const shown = screen.slice(0, screen.indexOf('[y/N]'));
  const { records, server } = sandbox.world('salesforce');
  for (const row of [1, 2]) {
    const { id } = server.sample(row);
    expect(shown).toMatch(new RegExp(`Deal ${row} \\(${id}\\).*\\n +Amount: 5.* → 9`));
    expect(records.get(id)).toMatchObject({ Amount: 9 });
  }
  expect(shown).not.toContain('Key__c:');
});

import { expect, it } from 'vitest';
import { accountWords, environmentOf, newPlace, newSandbox, run } from './oppatch.ts';

const ids = Array.from({ length: 12 }, (_, index) => `oppo_${index + 1}`);
const edits = `id,note\n${ids.map((id) => `${id},called\n`).join('')}`;

it('the question and the plan foresee where the budget of a day ends, and the run ends there', async () => {
  const sandbox = await newSandbox();
  const { home, file } = newPlace();
  const path = file('edits.csv', edits);
  const env = environmentOf(sandbox, 'close');
  const words = [...accountWords(sandbox, 'close'), '--rate', '100/1s', '--rate', '5/1d'];

  const before = await run(['plan', path, '--offline', ...words], { home, env });
  expect(before.stdout).toContain('12 calls, about 2d at the quota of 100/1s, 5/1d\n');
  const unwrapped = before.stdout.replace(/\n {2}/g, ' ');
  expect(unwrapped).toContain(
    '12 calls at 5 a day: 3 days; it will stop at the budget after 5 calls, at once, and can be resumed after another 1d; 2 stops in all.',
  );
  expect(before.stdout).not.toContain('used already');

  const looks = await run(['apply', path, ...words, '--yes'], { home, env });
  expect(looks.code).toBe(6);
  expect(looks.stderr).toContain('12 calls and 12 reads before them');
  expect(looks.stderr).toContain('24 calls at 5 a day: 5 days;');
  expect(looks.stdout).toContain('oppatch resume');
  expect(sandbox.world('close').log).toHaveLength(5);

  const again = await run(['apply', path, ...words, '--yes', '--blind'], { home, env });
  expect(again.code).toBe(6);
  expect(again.stderr).toContain('5 of 5 a day are used already.');
  expect(again.stderr.replace(/\n {2}/g, ' ')).toMatch(
    /12 calls at 5 a day: 4 days; nothing is left of the budget now, it is back in (1d|23h)/,
  );
});

it('a budget that is enough is said to be', async () => {
  const sandbox = await newSandbox();
  const { home, file } = newPlace();
  const path = file('edits.csv', edits);
  const env = environmentOf(sandbox, 'close');
  const words = [...accountWords(sandbox, 'close'), '--rate', '100/1s', '--rate', '10000/1d'];
  const first = await run(['apply', path, ...words, '--yes', '--blind'], { home, env });
  expect(first.code).toBe(0);
  expect(first.stderr).toContain('The budget of 10,000 a day is enough.');
  const second = await run(['apply', path, ...words, '--yes', '--blind'], { home, env });
  expect(second.stderr).toContain('12 of 10,000 a day are used already; the rest is enough.');
});

import { expect, it } from 'vitest';
import { accountWords, environmentOf, fast, newPlace, newSandbox, run, summaryOf } from './oppatch.ts';

it('a plan of rows of one id shows each as the row before leaves it, and a saved one is applied whole', async () => {
  const sandbox = await newSandbox();
  const { home, file, directory } = newPlace();
  const env = environmentOf(sandbox, 'close');
  const words = [...accountWords(sandbox, 'close'), ...fast];
  const path = file('edits.csv', 'id,confidence\noppo_1,70\noppo_1,80\noppo_1,80\n');
  const shown = await run(['plan', path, ...words, '--json'], { home, env });
  const plans = shown.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { changes: unknown; status?: string });
  expect(plans.map(({ changes }) => changes)).toEqual([
    [{ field: 'confidence', action: 'set', before: 50, after: 70 }],
    [{ field: 'confidence', action: 'set', before: 70, after: 80 }],
    [],
  ]);
  expect(plans[2]?.status).toBe('unchanged');

  const saved = `${directory}/plan.json`;
  expect((await run(['plan', path, ...words, '--out', saved], { home, env })).code).toBe(0);
  const ended = await run(['apply', saved, ...words, '--yes', '--json'], { home, env });
  expect(ended.code).toBe(0);
  expect(summaryOf(ended).rows).toMatchObject({ read: 3, applied: 2, unchanged: 1 });
  expect(sandbox.world('close').records.get('oppo_1')).toMatchObject({ confidence: 80 });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { badFiles, type BadFile } from '../fixtures/edits/bad-files.ts';
import { accountWords, environmentOf, newPlace, newSandbox, opportunityCalls, run } from './oppatch.ts';

/** Files that are readable but hold what cannot be sent. */
const badEdits: readonly (Omit<BadFile, 'place'> & { readonly place: RegExp; readonly words?: readonly string[] })[] = [
  { name: 'no-id.csv', content: 'amount,note\n1,x\n', code: 'no-id-column', place: /no-id\.csv/, says: /--id-column/ },
  {
    name: 'two-ids.csv',
    content: 'id,opportunity_id,amount\noppo_1,oppo_1,2\n',
    code: 'two-id-columns',
    place: /two-ids\.csv: "id" and "opportunity_id"/,
    says: /--id-column/,
  },
  {
    name: 'unknown-column.csv',
    content: 'id,confidense\noppo_1,50\n',
    code: 'unknown-field',
    place: /unknown-column\.csv: The column "confidense"/,
    says: /confidence/,
  },
  {
    name: 'empty-id.csv',
    content: 'id,amount\noppo_1,1\n,2\n',
    code: 'invalid-rows',
    place: /empty-id\.csv.*3/s,
    says: /id/,
  },
  {
    name: 'wrong-id.csv',
    content: 'id,amount\nlead_1,1\n',
    code: 'invalid-rows',
    place: /wrong-id\.csv.*2/s,
    says: /oppo_/,
  },
  {
    name: 'cents.csv',
    content: 'id,value\noppo_1,1250.50\n',
    code: 'invalid-rows',
    place: /cents\.csv.*2/s,
    says: /amount/,
  },
  {
    name: 'grouped.csv',
    content: 'id,amount\noppo_1,1\noppo_2,"1,250.50"\n',
    code: 'invalid-rows',
    place: /grouped\.csv.*3/s,
    says: /1,250\.50/,
  },
  {
    name: 'date.csv',
    content: 'id,close_date\noppo_1,2026-02-30\n',
    code: 'invalid-rows',
    place: /date\.csv.*2/s,
    says: /2026-02-30/,
  },
  {
    name: 'choice.csv',
    content: 'id,value_period\noppo_1,weekly\n',
    code: 'invalid-rows',
    place: /choice\.csv.*2/s,
    says: /one_time/,
  },
  {
    name: 'not-clearable.csv',
    content: 'id,amount\noppo_1,:clear:\n',
    code: 'invalid-rows',
    place: /not-clearable\.csv.*2/s,
    says: /write 0/,
  },
  {
    name: 'read-only.csv',
    content: 'id,status_label\noppo_1,Won\n',
    code: 'read-only-field',
    place: /read-only\.csv: The column "status_label"/,
    says: /status_id/,
  },
  {
    name: 'same-field.csv',
    content: 'id,stage,status_id\noppo_1,stat_1,stat_2\n',
    code: 'column-conflict',
    place: /same-field\.csv: "stage" and "status_id"/,
    says: /status_id/,
  },
];

const home = newPlace();
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await newSandbox();
});
afterAll(() => {
  expect(kindsOfBadFile.length + badEdits.length).toBeGreaterThanOrEqual(25);
  // A column that is not a field may be the account's own name of one, which is looked up.
  // A choice that is not offered is compared with what its record holds.
  const calls = opportunityCalls(sandbox, 'close').map(({ method, path }) => `${method} ${path}`);
  expect(calls).toEqual(['GET /opportunity/oppo_1/']);
});

async function refusal(name: string, content: string | Uint8Array, words: readonly string[]) {
  const file = home.file(name, content);
  const ended = await run(['apply', file, ...accountWords(sandbox, 'close'), '--yes', '--json', ...words], {
    home: home.home,
    env: environmentOf(sandbox, 'close'),
  });
  expect(ended.code, ended.stderr).toBe(2);
  expect(ended.stderr).not.toMatch(/^\s+at /m);
  expect(ended.stderr).toMatch(/^error /);
  const { error, ...others } = JSON.parse(ended.stdout) as { error: Record<string, string | null> };
  expect(others).toEqual({});
  expect(Object.keys(error)).toEqual(['code', 'message', 'hint']);
  if (error['hint'] !== null) expect(ended.stderr).toContain('→');
  return { error, stderr: ended.stderr, file };
}

const flags: Readonly<Record<string, string>> = {
  'unknown-encoding': '--encoding',
  'bad-delimiter': '--delimiter',
  'delimiter-without-csv': '--delimiter',
};

/** One of each kind; all of them are judged by the tests of the input. */
const kindsOfBadFile = badFiles.filter(
  ({ code }, index) => badFiles.findIndex((other) => other.code === code) === index,
);

describe.concurrent('a file that can’t be read', () => {
  it.each(kindsOfBadFile)('$name: $code', async ({ name, content, code, place, says, format, encoding, delimiter }) => {
    const options = { format, encoding, delimiter };
    const words = Object.entries(options).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, value]));
    const { error, stderr, file } = await refusal(name, content, words);
    expect(error['code']).toBe(code);
    const where = flags[code] ?? `${file}${place}`;
    expect(error['message']).toContain(where);
    expect(stderr).toContain(where);
    expect(`${error['message']} ${error['hint']}`).toMatch(says);
  });
});

describe.concurrent('a file with edits that can’t be sent', () => {
  it.each(badEdits)('$name: $code', async ({ name, content, code, place, says, words = [] }) => {
    const { error, stderr } = await refusal(name, content, words);
    expect(error['code']).toBe(code);
    expect(error['message']).toMatch(place);
    expect(stderr).toMatch(place);
    expect(`${error['message']} ${error['hint']}`).toMatch(says);
  });

  it('shows the first 20 of many, and how many there are', async () => {
    const lines = Array.from({ length: 50 }, (_, index) => `oppo_${index + 1},many`);
    const { stderr } = await refusal('fifty.csv', `id,amount\n${lines.join('\n')}\n`, []);
    expect(stderr.split('\n').filter((line) => line.includes('many'))).toHaveLength(20);
    expect(stderr).toMatch(/50/);
  });
});

describe.concurrent('no file at all', () => {
  it.each([
    ['a missing file', ['apply', 'nowhere.csv']],
    ['a directory', ['apply', '.']],
    ['a missing file, planned', ['plan', 'nowhere.csv', '--offline']],
    ['nothing on stdin', ['apply', '-', '--format', 'csv']],
  ])('%s', async (_name, words) => {
    const yes = words[0] === 'apply' ? ['--yes'] : [];
    const ended = await run([...words, ...accountWords(sandbox, 'close'), ...yes, '--json'], {
      home: home.home,
      env: environmentOf(sandbox, 'close'),
    });
    expect(ended.code).toBe(2);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    expect(JSON.parse(ended.stdout)).toEqual({
      error: {
        code: expect.stringMatching(/^[a-z-]+$/) as string,
        message: expect.any(String) as string,
        hint: expect.any(String) as string,
      },
    });
  });
});

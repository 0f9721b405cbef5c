import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  accountWords,
  environmentOf,
  fast,
  newPlace,
  newSandbox,
  resultRows,
  rowsByNumber,
  run,
  runProcess,
  summaryOf,
  writesOf,
} from './oppatch.ts';

/** No plan hides a row: what could not be looked at, is refused or unchanged stands in it, and its run accounts for all of them. */

async function newWorld(behaviour = {}) {
  const [sandbox, place] = [await newSandbox({ autoCreate: false, ...behaviour }), newPlace()];
  const env = environmentOf(sandbox, 'close');
  const words = [...accountWords(sandbox, 'close'), ...fast];
  const out = join(place.directory, 'plan.json');
  return {
    sandbox,
    place,
    out,
    call: (command: string, ...more: string[]) => run([command, ...more, ...words], { home: place.home, env }),
  };
}

const id = (row: number): string => `oppo_sandbox00000${row}`;

describe('a saved plan', () => {
  it("accounts for every row of the file, under the file's own rows, lines and columns", async () => {
    const { place, out, call } = await newWorld();
    const current = JSON.parse((await call('get', id(2), '--json')).stdout) as unknown;
    const value = JSON.stringify(current).match(/"value":"?(\d+)/)?.[1] ?? '';
    const file = place.file(
      'r.csv',
      `id;deal size;comment\n${id(1)};100;a\noppo_nowhere;5;b\n${id(2)};${Number(value) / 100};c\n\n${id(3)};9;d\nx;abc;e\n`,
    );
    const meaning = ['--map', 'deal size=amount', '--ignore', 'comment', '--skip-invalid'];
    const planned = await call('plan', file, '--out', out, ...meaning);
    expect(planned.code, planned.stderr).toBe(3);
    expect((await call('plan', file, ...meaning, '--detailed-exitcode', '--quiet')).code).toBe(2);
    expect((await call('set', id(3), 'amount=55', '--yes')).code).toBe(0);
    const ended = await call('apply', out, '--yes', '--json');
    const summary = summaryOf(ended);
    expect(summary).toMatchObject({
      exit_code: 3,
      rows: { read: 5, applied: 1, rejected: 1, unchanged: 1, conflict: 1, invalid: 1 },
    });
    const rows = resultRows(summary.files.failed, ';');
    expect(
      rows.map((row) => [row['oppatch_row'], row['id'], row['deal size'], row['comment'], row['oppatch_status']]),
    ).toEqual([
      ['2', 'oppo_nowhere', '5', 'b', 'rejected'],
      ['4', id(3), '9', 'd', 'conflict'],
      ['5', 'x', 'abc', 'e', 'invalid'],
    ]);
    expect(ended.stderr).toContain('line 6');
    expect(ended.stderr).toContain(
      '5 rows: 2 edits, 1 with nothing to change, 1 not-found, not sent, 1 bad-id, not sent\n',
    );
    expect(rows[1]?.['oppatch_message']).toMatch(/^deal size \(value\) changed since/);
    // Of a plan that an earlier version saved no more is known than the vendor's name.
    const earlier = join(place.directory, 'earlier.json');
    writeFileSync(earlier, readFileSync(out, 'utf8').replaceAll(/,"columns":\{[^{}]*\}/g, ''));
    const asBefore = summaryOf(await call('apply', earlier, '--yes', '--json'));
    expect(asBefore.rows).toMatchObject({ read: 5, rejected: 1, unchanged: 2, conflict: 1, invalid: 1 });
    expect(resultRows(asBefore.files.failed, ';')[1]?.['oppatch_message']).toMatch(/^value changed since/);

    const retried = summaryOf(await call('retry', summary.run, '--yes', '--json', '--only-status', 'conflict'));
    expect(resultRows(retried.files.failed, ';')).toMatchObject([{ oppatch_row: '4', 'deal size': '9', comment: 'd' }]);

    const undone = summaryOf(await call('undo', summary.run, '--yes', '--json'));
    expect(undone).toMatchObject({ rows: { read: 1, applied: 1 } });
    expect((await call('set', id(1), 'amount=77', '--yes')).code).toBe(0);
    const late = summaryOf(await call('undo', summary.run, '--yes', '--json'));
    expect(resultRows(late.files.failed, ';')[0]?.['oppatch_message']).toMatch(/^deal size \(value\) changed since/);
    expect(resultRows(undone.files.success, ';')).toMatchObject([{ oppatch_row: '1', id: id(1), 'deal size': '100' }]);
  });

  it('of a vendor that is not reached is not an empty one: 6, also with --detailed-exitcode, and no file', async () => {
    const { place, out, call } = await newWorld({ faults: [] });
    const file = place.file('two.csv', `id,amount\n${id(1)},7\n${id(2)},8\n`);
    const sandbox = await newSandbox();
    const words = ['--vendor', 'close', '--base-url', sandbox.baseUrls['close'] ?? ''];
    const env = environmentOf(sandbox, 'close');
    await sandbox.close();
    // In a process of its own: a test's host shortens the waits, by whose length an outage is known.
    const dead = await runProcess(['plan', file, ...words, '--detailed-exitcode', '--out', out], {
      home: place.home,
      env,
    });
    expect(dead.code, dead.stdout + dead.stderr).toBe(6);
    expect(existsSync(out)).toBe(false);
    expect((await call('plan', file, '--detailed-exitcode', '--quiet')).code).toBe(10);
  });

  it('warns of what would be sent, not of what stays as it is', async () => {
    const { sandbox, place, call } = await newWorld();
    const { records } = sandbox.world('close');
    for (const row of [1, 2]) records.put(id(row), { ...records.get(id(row)), note: 'null', confidence: 50 });
    const rows = [`${id(1)},null,50`, `${id(2)},null,60`, `${id(3)},null,50`];
    const file = place.file('r.csv', `id,note,confidence\n${rows.join('\n')}\n`);
    const { code, stdout, stderr } = await call('plan', file);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/! .*null.*1 row/);
    const same = place.file('s.csv', `id,note\n${id(1)},null\n${id(2)},null\n`);
    expect((await call('plan', same)).stdout).not.toContain('!');
  });

  it('of JSON with a fault is refused as apply refuses it, and leaves no file', async () => {
    const { place, out, call } = await newWorld();
    const file = place.file('a.json', `[{"id":"${id(1)}","amont":1},{"id":"${id(2)}","amont":1}]`);
    const planned = await call('plan', file, '--json', '--out', out);
    const applied = await call('apply', file, '--json', '--yes');
    expect(planned.code).toBe(2);
    expect(planned.stdout).toBe(applied.stdout);
    expect([existsSync(out), existsSync(`${out}.part`)]).toEqual([false, false]);
  });

  it('has a fingerprint of what it would send, which can be required', async () => {
    const { sandbox, place, out, call } = await newWorld();
    const file = place.file('r.csv', `id,amount\n${id(1)},100\n${id(2)},200\n`);
    const told = async (...more: string[]): Promise<string> =>
      /Fingerprint: ([0-9a-f]{32})/.exec((await call('plan', file, ...more)).stderr)?.[1] ?? '';
    const fingerprint = await told();
    expect(fingerprint).not.toBe('');
    expect(await told('--out', out)).toBe(fingerprint);
    expect(readFileSync(out, 'utf8')).toContain(fingerprint);
    for (const [from, to] of [
      ['"value":10000', '"value":10001'],
      [id(2), id(3)],
    ] as const) {
      const other = place.file('other.json', readFileSync(out, 'utf8').replace(from, to));
      expect(readFileSync(other, 'utf8')).not.toBe(readFileSync(out, 'utf8'));
      const refused = await call('apply', other, '--yes', '--json', '--require-approved', fingerprint);
      expect(refused.code).toBe(7);
      expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'plan-not-approved' } });
      // Also where no fingerprint is required, and where the one at the end is left out.
      for (const text of [
        readFileSync(other, 'utf8'),
        readFileSync(other, 'utf8').replace(/,"fingerprint":"\w+"/, ''),
      ]) {
        writeFileSync(other, text);
        const changed = await call('apply', other, '--yes', '--json');
        expect(changed.code).toBe(7);
        expect(JSON.parse(changed.stdout)).toMatchObject({ error: { code: 'plan-not-readable' } });
      }
    }
    const unplanned = await call('apply', file, '--yes', '--json', '--require-approved', fingerprint);
    expect([unplanned.code, unplanned.stdout]).toEqual([2, expect.stringContaining('"not-a-plan"') as unknown]);
    expect(writesOf(sandbox, 'close')).toEqual([]);
    const sent = summaryOf(await call('apply', out, '--yes', '--json', '--require-approved', fingerprint));
    expect(sent.rows).toMatchObject({ read: 2, applied: 2 });
    expect([...rowsByNumber(sent).keys()]).toEqual([1, 2]);
  });

  it('that was cut, or lost or moved a row, is refused before any call', async () => {
    const { sandbox, place, out, call } = await newWorld();
    const file = place.file('r.csv', `id,amount\n${[1, 2, 3].map((row) => `${id(row)},${row}\n`).join('')}`);
    expect((await call('plan', file, '--out', out, '--quiet')).code).toBe(0);
    const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
    const calls = sandbox.world('close').log.length;
    const [head = '', one = '', two = '', three = '', end = ''] = lines;
    for (const changed of [
      [head, one, two, `${three.slice(0, -1)}]`],
      [head, one, three, end],
      [head, one, three, two, end],
      [head, one, one, two, three, end],
      [head.replace('"csv"', '"tsv"'), one, two, three, end],
      [head, one.replace('"cells":[', '"cells":["x",'), two, three, end],
    ]) {
      writeFileSync(out, `${changed.join('\n')}\n`);
      const refused = await call('apply', out, '--yes');
      expect(refused.code, refused.stderr).toBe(7);
    }
    expect(sandbox.world('close').log).toHaveLength(calls);
  });

  it.each([
    ['base_url', (text: string, url: string) => text.replace(/"base_url":"[^"]*"/, `"base_url":"${url}"`)],
    ['a setting for the address', (text: string) => text.replace('"settings":{', '"settings":{"host":"evil.example",')],
    ['another vendor', (text: string) => text.replace('"vendor":"close"', '"vendor":"raze"')],
  ])('of another account by %s sends no byte there: 7', async (_what, change) => {
    const { sandbox, place, out, call } = await newWorld();
    const other = await newSandbox();
    const file = place.file('r.csv', `id,amount\n${id(1)},1\n`);
    expect((await call('plan', file, '--out', out, '--quiet')).code).toBe(0);
    const calls = sandbox.world('close').log.length;
    writeFileSync(out, change(readFileSync(out, 'utf8'), other.baseUrls['close'] ?? ''));
    const refused = await call('apply', out, '--yes', '--json');
    expect({ code: refused.code, stdout: refused.stdout }).toMatchObject({ code: 7 });
    expect(other.world('close').log).toEqual([]);
    expect(sandbox.world('close').log).toHaveLength(calls);
  });
});

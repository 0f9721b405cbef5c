import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PlanFingerprint } from '../../src/app/plans/saved-plan.ts';
import { isJsonObject, parseJson, type JsonObject } from '../../src/core/json.ts';
import type { RunSummary } from '../../src/core/run-summary.ts';
import { originColumn } from '../../src/core/source-row.ts';
import type { Setting } from '../../src/core/vendor.ts';
import { recordWith } from '../../src/journal/record.ts';
import { readHeader, type RunHeader } from '../../src/journal/run-header.ts';
import { sealed } from '../../src/journal/seal.ts';
import { findVendor } from '../../src/vendors/index.ts';
import { firstId, vendorNames } from '../sandbox/practice.ts';
import { threeEdits } from './mixed-edits.ts';
import { accountWords, fast, newPlace, newSandbox, run } from './oppatch.ts';

/** Plans and journals of runs that somebody made by hand, to have credentials sent to a stranger, in another way, or calls repeated. */

let connections = 0;
const stranger = createServer((socket) => {
  connections += 1;
  socket.destroy();
});
let address = '';
beforeAll(async () => {
  stranger.listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  address = `127.0.0.1:${(stranger.address() as AddressInfo).port}`;
});
afterAll(() => {
  stranger.close();
});

type PlanHead = ConstructorParameters<typeof PlanFingerprint>[0];

/** The plan with another head, and the fingerprint that belongs to it: whoever forges a plan can make it, too. */
function withHead(lines: readonly string[], head: PlanHead): string {
  const fingerprint = new PlanFingerprint(head);
  const rows = lines.slice(1, -1);
  for (const line of rows) {
    const { [originColumn]: origin, ...members } = objectOf(line);
    if (!isJsonObject(origin) || origin['row'] === undefined) throw new Error(line);
    fingerprint.add({ row: origin['row'], ...members }, undefined);
  }
  const end = JSON.stringify({ oppatch_plan_end: { rows: rows.length, fingerprint: fingerprint.text() } });
  return [`[${JSON.stringify({ oppatch_plan: head })},`, ...rows, `${end}]`].join('\n');
}

function objectOf(line: string): JsonObject {
  const value = parseJson(line.replace(/,$/, ''));
  if (!isJsonObject(value)) throw new Error(line);
  return value;
}

function headerLine(header: RunHeader): string {
  return sealed(recordWith('H', 0, 0, { ...header }), 1);
}

interface Bound {
  readonly vendor: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** What sends the credentials elsewhere, in another way, or calls more than once. The address has another name in a plan than in a journal. */
function forged<T extends Bound>(bound: T, vendor: string, addressed: (url: string) => Partial<T>, own: string): T[] {
  const settings: readonly Setting[] = findVendor(vendor)?.settings ?? [];
  const withSetting = (name: string, value: string): T =>
    Object.assign({}, bound, { settings: { ...bound.settings, [name]: value } });
  const roles = settings.filter(({ role }) => role === 'address' || role === 'sending');
  return [
    { ...bound, ...addressed(`http://${address}`) },
    { ...bound, ...addressed(`${own}/../`) },
    { ...bound, ...addressed(`http://127.0.0.1@${address}${new URL(own).pathname}`) },
    { ...bound, vendor: vendor === 'raze' ? 'close' : 'raze' },
    ...roles.map(({ name, options = [], default: usual }) =>
      withSetting(name, options.find((one) => one !== usual) ?? address),
    ),
    ...['proxy', 'tokenUrl', 'token-url', 'host', 'base-url'].map((name) => withSetting(name, `http://${address}`)),
  ];
}

/** A stored profile `p` at a sandbox, and a file of edits for it. */
async function ready(vendor: string) {
  const sandbox = await newSandbox();
  const place = newPlace();
  const stored = JSON.stringify(sandbox.credentials[vendor]);
  const account = accountWords(sandbox, vendor);
  const add = ['profile', 'add', 'p', ...account, '--credentials-stdin'];
  expect((await run(add, { home: place.home, input: stored })).code).toBe(0);
  const edits = place.file('edits.csv', threeEdits(vendor, firstId(sandbox, vendor)));
  return { sandbox, ...place, edits };
}

describe.each(vendorNames)('for %s', (vendor) => {
  it('a plan that was made by hand sends no byte to another address, nor to its own in another way', async () => {
    const { sandbox, home, directory, file, edits } = await ready(vendor);
    const out = join(directory, 'plan.json');
    const planned = await run(['plan', edits, '--profile', 'p', '--out', out, '--quiet', ...fast], { home });
    expect(planned.code, planned.stderr).toBe(0);
    const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
    const head = objectOf(lines[0]?.slice(1) ?? '')['oppatch_plan'] as unknown as PlanHead;
    // The forger's tools are good: with the same head, it is the same plan.
    expect(JSON.parse(withHead(lines, head))).toEqual(JSON.parse(lines.join('\n')));
    const calls = sandbox.world(vendor).log.length;
    for (const other of forged(head, vendor, (url) => ({ base_url: url }), head.base_url)) {
      const plan = file('forged.json', withHead(lines, other));
      for (const words of [[], ['--profile', 'p']]) {
        const refused = await run(['apply', plan, '--yes', '--json', ...words], { home });
        expect(refused.code, `${JSON.stringify(other)}\n${refused.stderr}`).toBe(7);
        expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'other-account' } });
      }
    }
    expect(sandbox.world(vendor).log).toHaveLength(calls);
    expect(connections).toBe(0);
  });

  it('a journal with another header sends no byte there by resume, retry or undo', async () => {
    const { sandbox, home, edits } = await ready(vendor);
    const applied = await run(['apply', edits, '--profile', 'p', '--yes', '--json', ...fast], { home });
    const { files } = JSON.parse(applied.stdout) as RunSummary;
    const path = join(files.directory, 'journal.ndjson');
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const header = readHeader(lines[0] ?? '') as RunHeader;
    expect(headerLine(header)).toBe(lines[0]);
    // With all rows open there is work for resume and retry; with all of them done, for undo.
    const open = lines.slice(1, 2);
    const calls = sandbox.world(vendor).log.length;
    for (const other of forged(header, vendor, (url) => ({ baseUrl: url }), header.baseUrl))
      for (const [rest, ...words] of [
        [open, 'resume', header.run],
        [open, 'resume', header.run, '--profile', 'p'],
        [open, 'retry', header.run],
        [lines.slice(1), 'undo', header.run, '--profile', 'p'],
        [lines.slice(1), 'undo', header.run, '--dry-run'],
      ] as const) {
        writeFileSync(path, `${[headerLine(other), ...rest].join('\n')}\n`);
        const refused = await run([...words, '--yes', '--json'], { home });
        // Another vendor has other columns: that may be found first.
        const codes = other.vendor === vendor ? [7] : [7, 2];
        expect(codes, `${words[0]} ${JSON.stringify(other)}\n${refused.stderr}`).toContain(refused.code);
        if (refused.code === 7) expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'other-account' } });
      }
    expect(sandbox.world(vendor).log).toHaveLength(calls);
    expect(connections).toBe(0);
  });
});

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PlanFingerprint } from '../../src/app/plans/saved-plan.ts';
import { isJsonObject, parseJson, type JsonObject } from '../../src/core/json.ts';
import { originColumn } from '../../src/core/source-row.ts';
import type { Setting } from '../../src/core/vendor.ts';
import { findVendor } from '../../src/vendors/index.ts';
import { mixedFile } from './mixed-edits.ts';
import { accountWords, newPlace, newSandbox, run, vendorNames } from './oppatch.ts';

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

/** Heads that send the credentials elsewhere, in another way, or more than once. */
function forged(head: PlanHead, vendor: string): readonly PlanHead[] {
  const settings: readonly Setting[] = findVendor(vendor)?.settings ?? [];
  const withSetting = (name: string, value: string): PlanHead =>
    Object.assign({}, head, { settings: { ...head.settings, [name]: value } });
  const roles = settings.filter(({ role }) => role === 'address' || role === 'sending');
  return [
    { ...head, base_url: `http://${address}` },
    { ...head, base_url: `${head.base_url}/../` },
    { ...head, vendor: vendor === 'raze' ? 'close' : 'raze' },
    ...roles.map(({ name, options = [], default: usual }) =>
      withSetting(name, options.find((one) => one !== usual) ?? address),
    ),
    ...['proxy', 'tokenUrl', 'token-url', 'host', 'base-url'].map((name) => withSetting(name, `http://${address}`)),
  ];
}

describe.each(vendorNames)('a plan for %s that was made by hand', (vendor) => {
  it('sends no byte to another address, nor to its own in another way', async () => {
    const sandbox = await newSandbox();
    const { home, directory, file } = newPlace();
    const stored = JSON.stringify(sandbox.credentials[vendor]);
    const account = accountWords(sandbox, vendor);
    expect((await run(['profile', 'add', 'p', ...account, '--credentials-stdin'], { home, input: stored })).code).toBe(
      0,
    );
    const edits = file(
      'edits.csv',
      mixedFile(vendor, 2, () => false),
    );
    const out = join(directory, 'plan.json');
    const planned = await run(['plan', edits, '--profile', 'p', '--out', out, '--quiet'], { home });
    expect(planned.code, planned.stderr).toBe(0);
    const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
    const head = objectOf(lines[0]?.slice(1) ?? '')['oppatch_plan'] as unknown as PlanHead;
    // The forger's tools are good: with the same head, it is the same plan.
    expect(JSON.parse(withHead(lines, head))).toEqual(JSON.parse(lines.join('\n')));
    const calls = sandbox.world(vendor).log.length;
    for (const other of forged(head, vendor)) {
      const plan = file('forged.json', withHead(lines, other));
      const refused = await run(['apply', plan, '--yes', '--json'], { home });
      expect(refused.code, `${JSON.stringify(other)}\n${refused.stderr}`).toBe(7);
      expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'other-account' } });
    }
    expect(sandbox.world(vendor).log).toHaveLength(calls);
    expect(connections).toBe(0);
  });
});

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
import { accountWords, fast, newPlace, newSandbox, run, type Place } from './oppatch.ts';

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

const examples = join(import.meta.dirname, '..', '..', 'docs', 'examples');

/** A vendor file with other members, in a place of its own. */
function vendorFile(place: Place, name: string, members: Readonly<Record<string, unknown>>): string {
  const example = JSON.parse(readFileSync(join(examples, 'raze.json'), 'utf8')) as Readonly<Record<string, unknown>>;
  return place.file(name, JSON.stringify({ ...example, ...members }));
}

function withFile(path: string): string[] {
  return ['--profile', 'p', '--vendor-file', path, '--json', ...fast];
}

describe('a vendor file that was made by hand', () => {
  it('gets the credentials of no profile that was made for another address, or another way of sending', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const { home } = place;
    const own = sandbox.baseUrls['raze'] ?? '';
    const given = { 'X-API-Key': { ...sandbox.credentials['raze'] } };
    const mine = vendorFile(place, 'mine.json', { baseUrl: 'https://api.raze.example/v1' });
    const add = ['profile', 'add', 'p', '--vendor', 'raze-by-file', '--base-url', own, '--credentials-stdin'];
    const stored = await run([...add, '--vendor-file', mine], { home, input: JSON.stringify(given['X-API-Key']) });
    expect(stored.code, stored.stderr).toBe(0);
    const ids = ['opp_sandbox000001', 'opp_sandbox000002'];
    const edits = place.file('edits.csv', `id,notes\n${ids.map((id) => `${id},new\n`).join('')}`);
    const applied = await run(['apply', edits, '--yes', ...withFile(mine)], { home });
    expect(applied.code, applied.stderr).toBe(0);
    const { run: id } = JSON.parse(applied.stdout) as RunSummary;
    const fields = { baseUrl: 'https://api.raze.example/v1', title: 'Raze, with a field more' };
    expect((await run(['get', ids[0] ?? '', ...withFile(vendorFile(place, 'more.json', fields))], { home })).code).toBe(
      0,
    );
    const calls = sandbox.world('raze').log.length;
    const key = { description: 'the key', header: 'X-API-Key' };
    for (const [index, members] of [
      { baseUrl: `https://${address}` },
      { baseUrl: `http://127.0.0.1@${address}/v1` },
      { baseUrl: 'https://api.raze.example/v1', credentials: { apiKey: { ...key, header: 'X-Other' } } },
      { baseUrl: 'https://api.raze.example/v1', credentials: { apiKey: { description: 'the key', query: 'key' } } },
      {
        baseUrl: 'https://{host}/v1',
        settings: { host: { description: 'host', default: address.replace(/:.*/, '') } },
      },
    ].entries()) {
      const file = vendorFile(place, `theirs-${index}.json`, members);
      for (const words of [
        ['get', ids[0] ?? ''],
        ['apply', edits, '--yes'],
        ['plan', edits],
        ['profile', 'check', 'p'],
        ['undo', id, '--yes'],
        ['vendors', 'check', file],
      ]) {
        const refused = await run([...words, ...withFile(file)], { home });
        // A host that is written like credentials, and plain http elsewhere, are mistakes of the file.
        expect([7, 2], `${words.join(' ')}: ${refused.stderr}`).toContain(refused.code);
        if (refused.code === 2) expect(refused.stderr).toContain('vendor file has a mistake');
      }
    }
    expect(sandbox.world('raze').log).toHaveLength(calls);
    expect(connections).toBe(0);
  });

  it.each([
    ['raze-api', 'key', 'RAZE_API_KEY'],
    ['leadsquared', 'secretKey', 'LEADSQUARED_SECRET_KEY'],
    ['close', 'apiKey', 'CLOSE_API_KEY'],
    ['oppatch-quota', 'store', 'OPPATCH_QUOTA_STORE'],
    ['zoho-client', 'secret', 'ZOHO_CLIENT_SECRET'],
  ])('%s with the credential %s does not get hold of %s', async (name, credential, variable) => {
    const place = newPlace();
    const credentials = { [credential]: { description: 'the key', header: 'X-Key' } };
    const file = vendorFile(place, 'theirs.json', { name, credentials, baseUrl: `https://${address}` });
    for (const words of [
      ['vendors', 'check', file, '--record', 'x'],
      ['get', 'x', '--vendor-file', file],
    ]) {
      const refused = await run(words, { home: place.home, env: { [variable]: 'a-key-of-something-else-0123' } });
      expect(refused.code, refused.stderr).toBe(2);
      expect(refused.stderr).toMatch(/would be read for|is a vendor that oppatch knows by itself/);
    }
    expect(connections).toBe(0);
  });
});

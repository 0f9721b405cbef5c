import { array, assert, asyncProperty, boolean, constantFrom, nat, record, type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currentParts } from '../../src/app/records/current-parts.ts';
import type { Call, Reply } from '../../src/core/call.ts';
import type { Edit } from '../../src/core/edit.ts';
import { isJsonObject, parseJson, scalarText, stringifyJson, type Json } from '../../src/core/json.ts';
import type { RowOutcome } from '../../src/core/outcome.ts';
import type { Vendor } from '../../src/core/vendor.ts';
import { runEdits } from '../../src/run/engine.ts';
import { RunStop } from '../../src/run/run-stop.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { createTransport } from '../../src/transport/send.ts';
import { wireRequest } from '../../src/transport/wire-request.ts';
import { vendorFromFile } from '../../src/vendors/described/vendor.ts';
import { hubspot } from '../../src/vendors/hubspot/vendor.ts';
import { leadsquared } from '../../src/vendors/leadsquared/vendor.ts';
import { salesforce } from '../../src/vendors/salesforce/vendor.ts';
import { zoho } from '../../src/vendors/zoho/vendor.ts';
import { settingsOf, toChange } from '../contract/fixtures.ts';
import { handshakes, sampleIds, unknownId, writtenText } from '../sandbox/practice.ts';
import { plainParts } from './plain-parts.ts';

/*
 * Rows that go in one call are applied only where the server did it, and refused only where it did not, although the entries of its reply are swapped,
 * left out, doubled, or carry each other's ids. One of the rows, now and then, is of a record that is not there. Reads tell the truth.
 */

/** Replies for each vendor; 1,000 with `OPPATCH_PROOF_REPLIES=1000`. */
const rounds = Number(process.env['OPPATCH_PROOF_REPLIES'] ?? 40);

interface Spoiling {
  readonly how: 'honest' | 'swapped' | 'ids-swapped' | 'dropped' | 'doubled' | 'reversed' | 'undone';
  readonly one: number;
  readonly other: number;
}

const spoilings: Arbitrary<readonly Spoiling[]> = array(
  record({
    how: constantFrom('honest', 'swapped', 'ids-swapped', 'dropped', 'doubled', 'reversed', 'undone' as const),
    one: nat({ max: 4 }),
    other: nat({ max: 4 }),
  }),
  { minLength: 1, maxLength: 2 },
);

/** The lists of objects in a reply, wherever they stand. */
function listsIn(value: Json | undefined): Json[][] {
  if (Array.isArray(value)) {
    const list = value as Json[];
    return list.length > 0 && list.every((one) => isJsonObject(one)) ? [list] : list.flatMap(listsIn);
  }
  return isJsonObject(value) ? Object.values(value).flatMap(listsIn) : [];
}

function swapIds(entries: Json[], one: number, other: number, ids: readonly string[]): void {
  const [left, right] = [ids[one] ?? '', ids[other] ?? ''];
  for (const at of [one, other]) {
    const text = stringifyJson(entries[at] ?? null);
    entries[at] = parseJson(text.replaceAll(left, '\u0001').replaceAll(right, left).replaceAll('\u0001', right));
  }
}

function spoil(body: string, { how, one, other }: Spoiling, ids: readonly string[]): string {
  if (how === 'honest' || how === 'undone' || body === '') return body;
  const parsed = parseJson(body);
  const entries = listsIn(parsed).toSorted((a, b) => b.length - a.length)[0];
  if (entries === undefined || one >= entries.length || other >= entries.length) return body;
  const [left, right] = [entries[one] ?? null, entries[other] ?? null];
  if (how === 'swapped') {
    entries[one] = right;
    entries[other] = left;
  } else if (how === 'ids-swapped') swapIds(entries, one, other, ids);
  else if (how === 'dropped') entries.splice(one, 1);
  else if (how === 'doubled') entries[other] = left;
  else entries.reverse();
  return stringifyJson(parsed);
}

/** A server of records, and what a row writes into one. */
interface Stage {
  readonly vendor: Vendor;
  readonly settings: Readonly<Record<string, string>>;
  readonly ids: readonly string[];
  readonly unknownId: string;
  readonly column: string;
  readonly held: (id: string) => string;
  readonly put: (id: string, text: string) => void;
  readonly send: (call: Call) => Promise<Reply>;
  /** Whether replies show the values of records. */
  readonly shows: boolean;
}

async function* allAtOnce<Row>(rows: readonly Row[]): AsyncIterable<readonly Row[]> {
  yield await Promise.resolve(rows);
}

async function ran(
  stage: Stage,
  round: number,
  list: readonly Spoiling[],
  unknownAt: number | undefined,
  blind: boolean,
) {
  const { vendor, settings } = stage;
  const service = vendor.open(settings);
  const { batches, canonicalId } = service;
  if (batches === undefined) throw new Error(`${vendor.name} has no batches`);
  // A refusal that stands for a record which was written is a lie to the letter.
  const lies = list.some(({ how, one }) => how === 'ids-swapped' || (how === 'doubled' && one === unknownAt));
  const ids = stage.ids.map((id, index) => (index === unknownAt && !lies ? stage.unknownId : id));
  const edits = ids.map((id, index): Edit => ({
    row: index + 1,
    line: index + 2,
    id,
    changes: [toChange(vendor, stage.column, `text ${round} of ${index}`)],
  }));
  const current = currentParts({ service });
  const outcomes = new Map<number, RowOutcome>();
  const calls = new Map<string, Call>();
  let together = 0;
  await runEdits(
    {
      ...plainParts,
      read: service.read,
      batches,
      authorise: (call) => {
        const url = `http://127.0.0.1/${calls.size}`;
        calls.set(url, call);
        return { method: call.method, url, headers: {} };
      },
      transport: {
        send: async ({ url }) => {
          const call = calls.get(url);
          if (call === undefined) throw new Error('no such call');
          if (call.edits.length < 2 || call.step === 'read' || call.step === 'batch-read') return stage.send(call);
          const spoiling = list[(together += 1) % list.length] ?? { how: 'honest', one: 0, other: 0 };
          const sent = call.edits.map(({ id }) => id);
          const undone = spoiling.how === 'undone' && stage.shows ? sent[spoiling.one] : undefined;
          const before = undone === undefined ? '' : stage.held(undone);
          const reply = await stage.send(call);
          if (undone === undefined || before === '') return { ...reply, body: spoil(reply.body, spoiling, sent) };
          const after = stage.held(undone);
          stage.put(undone, before);
          return { ...reply, body: reply.body.replaceAll(after, before) };
        },
      },
      journal: {
        ...plainParts.journal,
        recordOutcome: (outcome) => Promise.resolve(void outcomes.set(outcome.row, outcome)),
      },
      rows: allAtOnce(
        edits.map((edit) => ({ ...edit, work: { kind: 'send', calls: service.plan(edit), edit } as const })),
      ),
      concurrency: 1,
      failFast: false,
      blind,
      ...(current === undefined ? {} : { current }),
      ...(canonicalId === undefined ? {} : { canonicalId }),
    },
    new RunStop(),
  );
  return { edits, outcomes, together };
}

async function proves(stage: Stage): Promise<void> {
  let round = 0;
  const seen = new Set<string>();
  await assert(
    asyncProperty(spoilings, nat({ max: 9 }), boolean(), async (list, unknown, blind) => {
      round += 1;
      const unknownAt = unknown < stage.ids.length ? unknown : undefined;
      const { edits, outcomes, together } = await ran(stage, round, list, unknownAt, blind);
      if (blind) expect(together).toBeGreaterThan(0);
      expect(outcomes.size).toBe(edits.length);
      for (const { row, id } of edits) {
        const outcome = outcomes.get(row);
        const isDone = id !== stage.unknownId && stage.held(id) === `text ${round} of ${row - 1}`;
        seen.add(outcome?.status ?? '');
        const told = JSON.stringify({ list, unknownAt, blind, outcome });
        if (outcome?.status === 'applied') expect(isDone, told).toBe(true);
        if (outcome?.status === 'rejected' || outcome?.status === 'failed') expect(isDone, told).toBe(false);
        if (list.every(({ how }) => how === 'honest') && id !== stage.unknownId)
          expect(outcome?.status).toBe('applied');
      }
    }),
    { numRuns: rounds },
  );
  expect(seen.size).toBeGreaterThan(1);
}

describe.each([
  { vendor: hubspot, shows: true, settings: {} },
  { vendor: salesforce, shows: false, settings: {} },
  { vendor: zoho, shows: false, settings: {} },
  { vendor: leadsquared, shows: false, settings: { 'event-code': '12000' } },
])('rows of one call at $vendor.name', ({ vendor, shows, settings: changed }) => {
  it('are told apart, whatever becomes of the entries of the reply', async () => {
    const { name } = vendor;
    const sandbox = await startSandbox({ samples: 5, behaviour: { quota: [] } });
    const transport = await createTransport({ connections: 1, version: 'test' });
    const settings = settingsOf(vendor, changed);
    const authorisation = (vendor as Vendor).authorise(sandbox.credentials[name] ?? {}, settings);
    const { member = '' } = handshakes[name] ?? {};
    const { records } = sandbox.world(name);
    try {
      await proves({
        vendor,
        settings,
        ids: sampleIds(sandbox, name),
        unknownId: unknownId(name),
        column: member,
        shows,
        held: (id) => String(writtenText(sandbox, name, id)),
        put: (id, text) => records.put(id, { ...records.get(id), [member]: text }),
        send: (call) =>
          transport.send(wireRequest(call, sandbox.baseUrls[name] ?? '', authorisation), { timeoutMs: 5_000 }),
      });
    } finally {
      await transport.close();
      await sandbox.close();
    }
  }, 1_200_000);
});

function answer(status: number, body: Json): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: stringifyJson(body),
    receivedAtMs: Date.now(),
  };
}

/** A service that a file describes: it refuses what it does not know, and shows the record in each entry. */
function describedStage(batch: Readonly<Record<string, Json>>): Stage {
  const opened = vendorFromFile(
    stringifyJson({
      name: 'acme',
      title: 'Acme',
      baseUrl: 'https://api.acme.example/v1',
      credentials: { apiKey: { description: 'the key', header: 'X-API-Key' } },
      check: { path: '/me' },
      fields: { name: 'text' },
      success: { record: '/data' },
      read: { path: '/deals/{id}', record: '/data' },
      update: { method: 'PUT', path: '/deals/{id}' },
      refusals: [{ at: '/error', code: '/code', message: '/message' }],
      batch: {
        method: 'POST',
        path: '/deals/batch',
        most: 10,
        idAt: '/id',
        records: '/records',
        outcomes: '/results',
        repeatable: 'yes',
        success: { at: '/ok', equals: true },
        code: '/code',
        message: '/message',
        ...batch,
      },
    }),
  );
  if ('mistakes' in opened) throw new Error(JSON.stringify(opened.mistakes));
  const held = new Map(['d1', 'd2', 'd3', 'd4', 'd5'].map((id) => [id, `old ${id}`]));
  const record = (id: string): Json => ({ id, name: held.get(id) ?? null });
  const missing = { error: { code: 'NOT_FOUND', message: 'no such deal' } };
  const written = (body: Json | undefined, id: string): Json | undefined => {
    if (!held.has(id) || !isJsonObject(body)) return undefined;
    held.set(id, scalarText(body['name'] ?? null) ?? '');
    return record(id);
  };
  return {
    vendor: opened.vendor,
    settings: settingsOf(opened.vendor),
    ids: [...held.keys()],
    unknownId: 'd99',
    column: 'name',
    shows: true,
    held: (id) => held.get(id) ?? '',
    put: (id, text) => void held.set(id, text),
    send: ({ method, path, body }) => {
      const id = path.split('/').at(-1) ?? '';
      if (method === 'GET')
        return Promise.resolve(held.has(id) ? answer(200, { data: record(id) }) : answer(404, missing));
      if (id !== 'batch') {
        const shown = written(body, id);
        return Promise.resolve(shown === undefined ? answer(404, missing) : answer(200, { data: shown }));
      }
      const { records = [] } = body as { readonly records?: readonly { readonly id: string }[] };
      const results = records.map((one): Json => {
        const shown = written(one, one.id);
        return shown === undefined
          ? { id: one.id, ok: false, code: 'NOT_FOUND', message: 'no such deal' }
          : { id: one.id, ok: true, record: shown };
      });
      return Promise.resolve(answer(200, { results }));
    },
  };
}

describe.each([
  ['by id', { by: 'id', outcomeKey: '/id', record: '/record' }],
  ['by position', { by: 'position', record: '/record' }],
] as const)('rows of one call at a described vendor, %s', (_how, batch) => {
  it('are told apart, whatever becomes of the entries of the reply', async () => {
    await proves(describedStage(batch));
  }, 1_200_000);
});

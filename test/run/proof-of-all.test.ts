import { assert, asyncProperty, boolean, constantFrom, nat, oneof, record, type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currentParts } from '../../src/app/records/current-parts.ts';
import type { Call, Reply } from '../../src/core/call.ts';
import type { Edit } from '../../src/core/edit.ts';
import { isJsonObject, parseJson, stringifyJson, type JsonObject } from '../../src/core/json.ts';
import type { RowOutcome } from '../../src/core/outcome.ts';
import type { Vendor } from '../../src/core/vendor.ts';
import { runEdits } from '../../src/run/engine.ts';
import { RunStop } from '../../src/run/run-stop.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { createTransport } from '../../src/transport/send.ts';
import { wireRequest } from '../../src/transport/wire-request.ts';
import { contractVendors, fieldOf, readReplies, settingsOf, toChange } from '../contract/fixtures.ts';
import { handshakes, sampleIds, writtenText } from '../sandbox/practice.ts';
import { plainParts } from './plain-parts.ts';

/*
 * A row is applied only where the server did it, at every vendor of the list and one more that a file describes: its sandbox does a write or does not, and answers with its success form,
 * spoiled in all the ways that attacks found, with the signs of refusal that the vendor's own fixtures have. Reads tell the truth.
 */

/** Replies for each vendor; 1,000 with `OPPATCH_PROOF_REPLIES=1000`. */
const rounds = Number(process.env['OPPATCH_PROOF_REPLIES'] ?? 80);

const forms = ['honest', 'old', 'other-value', 'other-id', 'refusal', 'empty', 'other-type', 'cut'] as const;

interface Answer {
  readonly form: (typeof forms)[number];
  readonly applied: boolean;
  readonly refusal: number;
}

const answers: Arbitrary<Answer> = oneof(
  record({ form: constantFrom(...forms), applied: boolean(), refusal: nat() }),
  record({ form: constantFrom('refusal' as const), applied: boolean(), refusal: nat() }),
);

/** What stands in the vendor's refusals of a row. */
function refusalsOf(vendor: Vendor): readonly JsonObject[] {
  const bodies = readReplies(vendor.name).cases.flatMap(({ reading, body }) => {
    const verdicts = (reading['verdicts'] ?? []) as readonly { readonly kind: string }[];
    const [first] = Array.isArray(body) ? body : [body];
    return verdicts.some(({ kind }) => kind === 'rejected') && isJsonObject(first) ? [first] : [];
  });
  if (bodies.length === 0) throw new Error(`${vendor.name} has no refusal among its fixtures`);
  return bodies;
}

/** One vendor, its practice record, and the words that are written into it. */
interface Stage {
  readonly vendor: Vendor;
  /** The vendor of the sandbox that it speaks to. */
  readonly server: string;
  readonly sandbox: Sandbox;
  readonly send: (call: Call) => Promise<Reply>;
  readonly ids: readonly [string, string];
  readonly column: string;
  readonly refusals: readonly JsonObject[];
}

function spoiled(reply: Reply, { form, refusal }: Answer, stage: Stage, words: Words): Reply {
  const { body } = reply;
  const [id, other] = stage.ids;
  const parsed = body === '' ? {} : parseJson(body);
  switch (form) {
    case 'honest':
      return reply;
    case 'old':
      return { ...reply, body: body.replaceAll(words.after, words.before) };
    case 'other-value':
      return { ...reply, body: body.replaceAll(words.after, 'a third text') };
    case 'other-id':
      return { ...reply, body: body.replaceAll(id, other) };
    case 'refusal': {
      const signs = stage.refusals[refusal % stage.refusals.length] ?? {};
      const success = isJsonObject(parsed) ? parsed : {};
      // Of what both have, the success form's own.
      const more = Object.keys(signs).some((name) => !(name in success));
      return more ? { ...reply, body: stringifyJson({ ...signs, ...success }) } : reply;
    }
    case 'empty':
      return { ...reply, body: '{}' };
    case 'other-type':
      return { ...reply, body: stringifyJson([parsed]) };
    case 'cut':
      return { ...reply, body: body.slice(0, -2) };
  }
}

interface Words {
  readonly before: string;
  readonly after: string;
}

/** Sends one edit to a server that does it or not, and answers so; what came of it, and whether the reply was the true success form of something done. */
async function ran(
  stage: Stage,
  answer: Answer,
  blind: boolean,
  words: Words,
): Promise<{ readonly outcome: RowOutcome; readonly lied: boolean }> {
  const { vendor, server, sandbox, ids } = stage;
  const [id] = ids;
  const service = vendor.open(settingsOf(vendor));
  const change = toChange(vendor, stage.column, words.after);
  const edit: Edit = { row: 1, line: 2, id, changes: [change] };
  const current = currentParts({ service });
  let outcome: RowOutcome | undefined;
  let lied = false;
  const calls = new Map<string, Call>();
  await runEdits(
    {
      ...plainParts,
      read: service.read,
      authorise: (call) => {
        const url = `http://127.0.0.1/${calls.size}`;
        calls.set(url, call);
        return { method: call.method, url, headers: {} };
      },
      transport: {
        send: async ({ url }) => {
          const call = calls.get(url);
          if (call === undefined) throw new Error('no such call');
          if (call.step === 'read' || call.step === 'batch-read') return stage.send(call);
          const { records } = sandbox.world(server);
          const before = structuredClone(records.get(id) ?? {});
          const reply = await stage.send(call);
          if (!answer.applied) records.put(id, before);
          const told = reply.status < 300 ? spoiled(reply, answer, stage, words) : reply;
          lied ||= !answer.applied && told.status === reply.status && told.body === reply.body && reply.status < 300;
          return told;
        },
      },
      journal: { ...plainParts.journal, recordOutcome: (settled) => Promise.resolve(void (outcome = settled)) },
      rows: oneRow({ ...edit, work: { kind: 'send', calls: service.plan(edit), edit } }),
      concurrency: 1,
      failFast: false,
      blind,
      ...(current === undefined ? {} : { current }),
      ...(service.canonicalId === undefined ? {} : { canonicalId: service.canonicalId }),
    },
    new RunStop(),
  );
  if (outcome === undefined) throw new Error('no outcome');
  return { outcome, lied };
}

async function* oneRow<Row>(row: Row): AsyncIterable<readonly Row[]> {
  yield await Promise.resolve([row]);
}

describe.each(contractVendors)('a row at $name', (vendor: Vendor) => {
  const server = vendor.name.replace(/-by-file$/, '');

  it('is applied only where its server did it, and refused only where it did not, whatever the reply says', async () => {
    const sandbox = await startSandbox({ samples: 2, behaviour: { quota: [] } });
    const transport = await createTransport({ connections: 1, version: 'test' });
    const [id = '', other = ''] = sampleIds(sandbox, server);
    const member = handshakes[server]?.member ?? '';
    const column = [member, `/${member}`].find((name) => fieldOf(vendor, name) !== undefined);
    if (column === undefined) throw new Error(`${vendor.name} has no field ${member}`);
    const settings = settingsOf(vendor);
    const authorisation = vendor.authorise(sandbox.credentials[server] ?? {}, settings);
    const baseUrl = sandbox.baseUrls[server] ?? '';
    const stage: Stage = {
      vendor,
      server,
      sandbox,
      send: (call) => transport.send(wireRequest(call, baseUrl, authorisation), { timeoutMs: 5_000 }),
      ids: [id, other],
      column,
      refusals: refusalsOf(vendor),
    };
    let round = 0;
    const seen = new Set<string>();
    try {
      await assert(
        asyncProperty(answers, boolean(), async (answer, blind) => {
          round += 1;
          const words = { before: String(writtenText(sandbox, server, id)), after: `text number ${round}` };
          const { outcome, lied } = await ran(stage, answer, blind, words);
          seen.add(outcome.status);
          const isDone = writtenText(sandbox, server, id) === words.after;
          // A reply that is the success form to the letter can only be believed; a read in front of the write does not help.
          if (lied) return;
          if (outcome.status === 'applied') expect([answer, outcome, isDone]).toEqual([answer, outcome, true]);
          if (outcome.status === 'rejected' || outcome.status === 'failed')
            expect([answer, outcome, isDone]).toEqual([answer, outcome, false]);
          if (answer.form === 'honest' && answer.applied) expect(outcome.status).toBe('applied');
        }),
        { numRuns: rounds },
      );
      expect(seen.size).toBeGreaterThan(1);
    } finally {
      await transport.close();
      await sandbox.close();
    }
  }, 1_200_000);
});

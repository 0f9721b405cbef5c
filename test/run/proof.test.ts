import { assert, asyncProperty, boolean, constantFrom, oneof, record, type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currentParts } from '../../src/app/records/current-parts.ts';
import type { Call, Reply } from '../../src/core/call.ts';
import type { Edit } from '../../src/core/edit.ts';
import type { RowOutcome } from '../../src/core/outcome.ts';
import type { Service } from '../../src/core/vendor.ts';
import { runEdits } from '../../src/run/engine.ts';
import { RunStop } from '../../src/run/run-stop.ts';
import { close } from '../../src/vendors/close/vendor.ts';
import { leadsquared } from '../../src/vendors/leadsquared/vendor.ts';
import { partnerCenter } from '../../src/vendors/partner-center/vendor.ts';
import { raze } from '../../src/vendors/raze/vendor.ts';
import { serviceOf } from '../contract/fixtures.ts';
import { plainParts } from './plain-parts.ts';

/*
 * A row is applied only where the server did it. Each vendor has a success form with the parts that its replies have; the replies are that form,
 * spoiled in all the ways that attacks found, beside the server's true state. Reads always tell the truth.
 */

type Body = unknown;

interface Spoken {
  readonly service: Service;
  readonly ids: readonly [string, string];
  readonly field: string;
  /** What a read of one record answers. */
  readonly readBody: (id: string, value: string) => Body;
  /** The success form of a write; `value` where it shows the record. */
  readonly success: (id: string, value: string) => Body;
  readonly showsRecord: boolean;
  /** Members beside the success form that are signs of a refusal. */
  readonly refusals: readonly Readonly<Record<string, unknown>>[];
  /** Statuses that say done without a body, where the vendor documents one. */
  readonly bareStatus?: number;
}

const guids = ['5ca5b042-51ea-4699-b6f0-000000000001', '5ca5b042-51ea-4699-b6f0-000000000002'] as const;

const vendors: Readonly<Record<string, Spoken>> = {
  close: {
    service: serviceOf(close),
    ids: ['oppo_1', 'oppo_2'],
    field: 'note',
    readBody: (id, note) => ({ id, note }),
    success: (id, note) => ({ id, note }),
    showsRecord: true,
    refusals: [{ error: 'no' }, { errors: ['no'] }, { 'field-errors': { note: 'no' } }],
  },
  raze: {
    service: serviceOf(raze),
    ids: ['opp_1', 'opp_2'],
    field: 'notes',
    readBody: (id, notes) => ({ success: true, data: { id, notes } }),
    success: (id, notes) => ({ success: true, data: { id, notes } }),
    showsRecord: true,
    refusals: [{ error: { code: 'BAD', message: 'no' } }, { success: false }, { success: 'true' }],
  },
  leadsquared: {
    service: serviceOf(leadsquared),
    ids: guids,
    field: 'mx_Custom_1',
    readBody: (ID, Value) => ({ ID, Fields: [{ SchemaName: 'mx_Custom_1', Value }] }),
    success: (Id) => ({ Status: 'Success', Message: { Id } }),
    showsRecord: false,
    refusals: [{ Error: {} }, { Errors: [] }, { ExceptionMessage: 'no' }, { Status: 'Failed' }, { IsSuccess: 0 }],
  },
  'partner-center': {
    service: serviceOf(partnerCenter),
    ids: guids,
    field: '/details/notes',
    readBody: (id, notes) => ({ id, eTag: '"1"', details: { notes } }),
    success: (id, notes) => ({ id, eTag: '"2"', details: { notes } }),
    showsRecord: true,
    refusals: [{ error: { code: 'no', message: 'no' } }],
    bareStatus: 204,
  },
};

interface Answer {
  readonly form: 'honest' | 'old' | 'other-value' | 'other-id' | 'refusal' | 'empty' | 'other-type' | 'cut' | 'bare';
  readonly applied: boolean;
  readonly refusal: number;
}

function answers({ showsRecord, refusals, bareStatus }: Spoken): Arbitrary<Answer> {
  const refusal = constantFrom(...refusals.keys());
  // A documented success for this very opportunity that shows nothing of it is taken at its word: it tells the truth here.
  const honest = record({ form: constantFrom('honest' as const), applied: constantFrom(true), refusal });
  const bare = record({ form: constantFrom('bare' as const), applied: constantFrom(true), refusal });
  const shown = record({ form: constantFrom('old' as const, 'other-value' as const), applied: boolean(), refusal });
  const spoiled = record({
    form: constantFrom(
      'other-id' as const,
      'refusal' as const,
      'empty' as const,
      'other-type' as const,
      'cut' as const,
    ),
    applied: boolean(),
    refusal,
  });
  return oneof(honest, spoiled, spoiled, ...(showsRecord ? [shown] : []), ...(bareStatus === undefined ? [] : [bare]));
}

function json(body: Body): { readonly status: number; readonly text: string } {
  return { status: 200, text: JSON.stringify(body) };
}

function bodyOf(spoken: Spoken, { form, refusal }: Answer): { readonly status: number; readonly text: string } {
  const [id, other] = spoken.ids;
  const success = spoken.success(id, 'new');
  switch (form) {
    case 'honest':
      return json(success);
    case 'old':
      return json(spoken.success(id, 'old'));
    case 'other-value':
      return json(spoken.success(id, 'third'));
    case 'other-id':
      return json(spoken.success(other, 'new'));
    case 'refusal':
      return json({ ...(success as object), ...spoken.refusals[refusal] });
    case 'empty':
      return json({});
    case 'other-type':
      return json([success]);
    case 'cut':
      return { status: 200, text: JSON.stringify(success).slice(0, -2) };
    case 'bare':
      return { status: spoken.bareStatus ?? 204, text: '' };
  }
}

/** Sends one edit to a server that answers every write so; what came of it, and what stands there. */
async function ran(spoken: Spoken, answer: Answer, blind: boolean): Promise<{ outcome: RowOutcome; held: string }> {
  const { service, field } = spoken;
  const [id] = spoken.ids;
  let held = 'old';
  let outcome: RowOutcome | undefined;
  let sent: Call | undefined;
  const edit: Edit = { row: 1, line: 2, id, changes: [{ field, action: 'set', value: 'new', column: field }] };
  const current = currentParts({ service });
  await runEdits(
    {
      ...plainParts,
      read: service.read,
      authorise: (call) => {
        sent = call;
        return { method: call.method, url: 'http://127.0.0.1/', headers: {} };
      },
      transport: {
        send: () => {
          const isRead = sent?.step === 'read';
          if (!isRead && answer.applied) held = 'new';
          const { status, text } = isRead
            ? { status: 200, text: JSON.stringify(spoken.readBody(id, held)) }
            : bodyOf(spoken, answer);
          const reply: Reply = { status, headers: {}, body: text, receivedAtMs: 0 };
          return Promise.resolve(reply);
        },
      },
      journal: {
        ...plainParts.journal,
        recordOutcome: (settled) => {
          outcome = settled;
          return Promise.resolve();
        },
      },
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
  return { outcome, held };
}

async function* oneRow<Row>(row: Row): AsyncIterable<readonly Row[]> {
  yield await Promise.resolve([row]);
}

describe.each(Object.entries(vendors))('a row at %s', (_name, spoken) => {
  it('is applied only where the server did it, and refused only where it did not, whatever the reply says', async () => {
    await assert(
      asyncProperty(answers(spoken), boolean(), async (answer, blind) => {
        const { outcome, held } = await ran(spoken, answer, blind);
        if (outcome.status === 'applied') expect(held).toBe('new');
        if (outcome.status === 'rejected' || outcome.status === 'failed') expect(held).toBe('old');
        if (answer.form === 'honest' || answer.form === 'bare') expect(outcome.status).toBe('applied');
      }),
      { numRuns: 1_000 },
    );
  });
});

const batchService = serviceOf(leadsquared, { 'event-code': '12000' });
const batched = Array.from({ length: 3 }, (_, index) => `5ca5b042-51ea-4699-b6f0-00000000010${index}`);

function entries(id: string): readonly object[] {
  return [
    { ProspectOpportunityId: id },
    { ProspectOpportunityId: id, Error: { Message: 'locked' } },
    { ProspectOpportunityId: id, Errors: ['locked'] },
    { ProspectOpportunityId: id, IsSuccess: 0 },
    { ProspectOpportunityId: id, Result: 'Failed' },
    { ProspectOpportunityId: id, RowStatus: 'Failed' },
    { ProspectOpportunityId: id, ErrorCode: 7, Description: 'locked' },
    { ProspectOpportunityId: id, ErrorMessage: 'locked' },
    { ProspectOpportunityId: id, Status: 'Success' },
  ];
}

describe('rows of one call at leadsquared', () => {
  it('are taken for applied only in the plain form, whatever else stands in their entries or beside them', async () => {
    const chosen = record({ at: constantFrom(0, 1, 2), entry: constantFrom(...entries('').keys()), left: boolean() });
    await assert(
      asyncProperty(chosen, async ({ at, entry, left }) => {
        const edits = batched.map((id, index): Edit => ({
          row: index + 1,
          line: index + 2,
          id,
          changes: [{ field: 'mx_Custom_1', action: 'set', value: 'x', column: 'c' }],
        }));
        const call = batchService.batches?.call('12000', edits);
        if (call === undefined) throw new Error('no batches');
        const list = batched.flatMap((id, index) =>
          index === at ? (left ? [] : [entries(id)[entry] ?? {}]) : [{ ProspectOpportunityId: id }],
        );
        const body = JSON.stringify({ Status: 'Success', Response: list });
        const reading = batchService.read({ status: 200, headers: {}, body, receivedAtMs: 0 }, call);
        const kinds = reading.kind === 'settled' ? reading.verdicts.map(({ kind }) => kind) : [];
        const isPlain = !left && (entry === 0 || entry === 8);
        expect(kinds.map((kind) => kind === 'applied')).toEqual(batched.map((_, index) => index !== at || isPlain));
        await Promise.resolve();
      }),
      { numRuns: 1_000 },
    );
  });
});

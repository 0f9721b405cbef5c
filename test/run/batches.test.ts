import { array, assert, asyncProperty, boolean, constantFrom, integer, nat, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call, CallStep, Reading, Reply } from '../../src/core/call.ts';
import type { Change, Edit } from '../../src/core/edit.ts';
import { stringifyJson } from '../../src/core/json.ts';
import type { RowOutcome } from '../../src/core/outcome.ts';
import type { BatchWrites } from '../../src/core/vendor.ts';
import { runEdits, type EngineParts } from '../../src/run/engine.ts';
import type { RunRow } from '../../src/run/run-row.ts';
import { RunStop } from '../../src/run/run-stop.ts';
import { plainParts } from './plain-parts.ts';

/** A vendor in a few lines that keeps one value for each id, and takes several edits in one call. */
interface Behaviour {
  readonly guilty?: ReadonlySet<string>;
  /** Places of the edits that a refusal of several points at. */
  readonly suspects?: (ids: readonly string[]) => readonly number[];
  /** Calls of more edits are refused. */
  readonly mostTaken?: number;
  /** Calls of several edits are refused whatever they hold. */
  readonly refusesMany?: boolean;
  /** Ids that a reply to several leaves out. */
  readonly unnamed?: ReadonlySet<string>;
  /** Answers that it was done, and does nothing. */
  readonly lies?: ReadonlySet<string>;
  /** Edits that an earlier session may have sent: they go without a look. */
  readonly resumed?: ReadonlySet<Edit>;
}

const most = 25;

function call(step: CallStep, edits: readonly Edit[]): Call {
  return { method: 'POST', path: `/${step}`, headers: {}, edits, step, repeatable: true, quotaGroup: 'calls' };
}

const sharing: BatchWrites = {
  most,
  key: (edit) => (edit.id.startsWith('alone') ? undefined : (edit.id.split('-')[0] ?? '')),
  call: (_key, together) => call('batch', together),
};

interface Ran {
  readonly outcomes: Map<number, RowOutcome>;
  /** Numbers of edits of the writes, in their order. */
  readonly writes: number[];
  /** Numbers of edits of the reads, in their order. */
  readonly reads: number[];
  readonly held: Map<string, string>;
}

const done = (): Promise<void> => Promise.resolve();

function textOf(change: Change | undefined): string {
  return typeof change?.value === 'string' ? change.value : '';
}

async function ran(edits: readonly Edit[], behaviour: Behaviour = {}, more: Partial<EngineParts> = {}): Promise<Ran> {
  const { guilty = new Set(), refusesMany = false, unnamed = new Set(), lies = new Set() } = behaviour;
  const { suspects, mostTaken = Infinity } = behaviour;
  const held = new Map<string, string>();
  const outcomes = new Map<number, RowOutcome>();
  const writes: number[] = [];
  const reads: number[] = [];
  const calls = new Map<string, Call>();

  const read = (_reply: Reply, sent: Call): Reading => {
    if (sent.step === 'read') return { kind: 'settled', verdicts: [{ kind: 'applied' }] };
    const blamed = sent.edits.find(({ id }) => guilty.has(id));
    if (sent.step === 'batch' && (refusesMany || blamed !== undefined || sent.edits.length > mostTaken)) {
      const refused = { kind: 'refused-whole', code: 'bad', message: 'one of them is bad' } as const;
      return suspects === undefined ? refused : { ...refused, suspects: suspects(sent.edits.map(({ id }) => id)) };
    }
    if (blamed !== undefined)
      return { kind: 'settled', verdicts: [{ kind: 'rejected', code: 'bad', message: 'this one is bad' }] };
    for (const { id, changes } of sent.edits) if (!lies.has(id)) held.set(id, textOf(changes[0]));
    return {
      kind: 'settled',
      verdicts: sent.edits.map(({ id }) =>
        sent.step === 'batch' && unnamed.has(id) ? { kind: 'unnamed' } : { kind: 'applied' },
      ),
    };
  };
  const noted = (sent: Call): { method: 'POST'; url: string; headers: Record<string, string> } => {
    (sent.step === 'read' ? reads : writes).push(sent.edits.length);
    const url = `http://127.0.0.1/${calls.size}`;
    calls.set(url, sent);
    return { method: 'POST', url, headers: {} };
  };
  const recordOf = (edit: Edit) => ({
    id: edit.id,
    values: new Map([['field', { value: held.get(edit.id) ?? 'old' }]]),
  });
  const parts: EngineParts = {
    ...plainParts,
    read,
    transport: { send: () => Promise.resolve({ status: 200, headers: {}, body: '', receivedAtMs: 0 }) },
    journal: {
      ...plainParts.journal,
      recordOutcome: (outcome) => {
        expect(outcomes.has(outcome.row)).toBe(false);
        outcomes.set(outcome.row, outcome);
        return done();
      },
    },
    authorise: noted,
    rows: rowsOf(edits, behaviour.resumed ?? new Set()),
    concurrency: 4,
    failFast: false,
    batches: sharing,
    current: {
      call: (edit) => call('read', [edit]),
      read: (_reply, { edits: [edit] }) => ({ kind: 'found', record: recordOf(edit as Edit) }),
      waitsMs: [0, 1],
      bulk: {
        most: 100,
        key: () => 'all',
        call: (_key, together) => call('read', together),
        read: (_reply, { edits: together }) => ({ found: together.map(recordOf), absent: [] }),
      },
      plan: (edit) => [call('update', [edit])],
      typeOf: () => 'text',
      isWritable: () => true,
      valueText: (_field, value) => stringifyJson(value),
    },
    ...more,
  };
  const end = await runEdits(parts, new RunStop());
  expect(end.stop).toBeUndefined();
  return { outcomes, writes, reads, held };
}

async function* rowsOf(edits: readonly Edit[], resumed: ReadonlySet<Edit>): AsyncIterable<readonly RunRow[]> {
  const rows = edits.map((one): RunRow => {
    const calls = [call('update', [one])];
    return resumed.has(one)
      ? { ...one, work: { kind: 'send', calls }, before: { callsApplied: 0, callsTried: 1, inDoubt: true } }
      : { ...one, work: { kind: 'send', calls, edit: one } };
  });
  for (let at = 0; at < rows.length; at += 64) {
    yield rows.slice(at, at + 64);
    await Promise.resolve();
  }
}

function edit(row: number, id: string, value = 'new'): Edit {
  return { row, line: row + 1, id, changes: [{ field: 'field', action: 'set', value, column: 'field' }] };
}

const idList = array(
  record({
    kind: constantFrom('a', 'a', 'a', 'b', 'alone'),
    number: nat({ max: 150 }),
    guilty: integer({ min: 0, max: 99 }).map((chance) => chance < 4),
    unnamed: integer({ min: 0, max: 99 }).map((chance) => chance < 10),
    resumed: integer({ min: 0, max: 99 }).map((chance) => chance < 30),
  }),
  { maxLength: 260 },
);

describe('edits that are sent together', () => {
  it('each have the outcome that they would have alone, in file order for one id, whatever is refused or left out', async () => {
    await assert(
      asyncProperty(idList, boolean(), boolean(), async (rows, refusesMany, blind) => {
        const ids = rows.map(({ kind, number }) => `${kind}-${number}`);
        const guilty = new Set(ids.filter((_id, index) => rows[index]?.guilty === true));
        const unnamed = new Set(ids.filter((_id, index) => rows[index]?.unnamed === true));
        const edits = ids.map((id, index) => edit(index + 1, id, `value ${index}`));
        const resumed = new Set(edits.filter((_edit, index) => rows[index]?.resumed === true));
        const { outcomes, held } = await ran(edits, { guilty, unnamed, refusesMany, resumed }, { blind });
        expect(outcomes.size).toBe(edits.length);
        for (const { row, id } of edits)
          expect(outcomes.get(row)?.status).toMatch(guilty.has(id) ? /^(rejected|in_doubt)$/ : /^applied$/);
        for (const [id, value] of held) expect(value).toBe(`value ${ids.lastIndexOf(id)}`);
      }),
      { numRuns: 60 },
    );
  });

  it('fill their calls and reads, in any number', async () => {
    await assert(
      asyncProperty(integer({ min: 1, max: 700 }), async (count) => {
        const edits = Array.from({ length: count }, (_, index) => edit(index + 1, `a-${index}`));
        const { writes, reads, outcomes } = await ran(edits);
        expect([...outcomes.values()].every(({ status }) => status === 'applied')).toBe(true);
        expect(reads).toHaveLength(Math.ceil(count / 100));
        expect(writes).toHaveLength(Math.ceil(count / most));
      }),
      { numRuns: 25 },
    );
  });

  it('need at most 2·⌈log₂ n⌉ + 1 calls where one is to blame', async () => {
    await assert(
      asyncProperty(integer({ min: 2, max: most }), nat(), async (count, chosen) => {
        const edits = Array.from({ length: count }, (_, index) => edit(index + 1, `a-${index}`));
        const { writes, outcomes } = await ran(edits, { guilty: new Set([`a-${chosen % count}`]) });
        expect(outcomes.get((chosen % count) + 1)?.status).toBe('rejected');
        expect([...outcomes.values()].filter(({ status }) => status === 'applied')).toHaveLength(count - 1);
        expect(writes.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(count)) + 1);
      }),
    );
  });

  it('are written down as not applied where they are refused together, before any of them goes again', async () => {
    const underWay = new Set<number>();
    let again = 0;
    const over = ({ row }: { readonly row: number }): Promise<void> => {
      underWay.delete(row);
      return done();
    };
    const intent = ({ row }: { readonly row: number }): Promise<void> => {
      expect(underWay.has(row)).toBe(false);
      underWay.add(row);
      again += 1;
      return done();
    };
    const journal = { ...plainParts.journal, intent, notApplied: over, recordOutcome: over };
    const edits = Array.from({ length: most }, (_, index) => edit(index + 1, `a-${index}`));
    await ran(edits, { guilty: new Set(['a-3']) }, { journal });
    expect([underWay.size, again > most]).toEqual([0, true]);
  });

  it('need no more calls where the refusals point at the wrong ones, and three where they point at the right one', async () => {
    const pointing = constantFrom('right', 'right and others', 'wrong', 'one that is wrong', 'too many', 'nowhere');
    await assert(
      asyncProperty(integer({ min: 2, max: 200 }), nat(), pointing, nat(), async (count, chosen, at, seed) => {
        const edits = Array.from({ length: count }, (_, index) => edit(index + 1, `a-${index}`));
        const bad = `a-${chosen % count}`;
        const suspects = (ids: readonly string[]): readonly number[] => {
          const right = ids.indexOf(bad);
          const wrong = [...ids.keys()].filter((index) => index !== right && (index * 7 + seed) % 3 === 0);
          if (at === 'nowhere') return [ids.length, -1];
          if (at === 'too many') return [...ids.keys()];
          if (at === 'wrong') return wrong;
          if (at === 'one that is wrong') return [right === seed % ids.length ? ids.length : seed % ids.length];
          return at === 'right' ? [right] : [right, ...wrong];
        };
        const behaviour = { guilty: new Set([bad]), suspects };
        const { writes, outcomes } = await ran(edits, behaviour, { batches: { ...sharing, most: 200 }, blind: true });
        expect(outcomes.get((chosen % count) + 1)?.status).toBe('rejected');
        expect([...outcomes.values()].filter(({ status }) => status === 'applied')).toHaveLength(count - 1);
        expect(writes.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(count)) + 1);
        if (at === 'right' && count > 64) expect(writes).toHaveLength(3);
      }),
      { numRuns: 400 },
    );
  });

  it('are halved where only so many are taken in one call, and that is learnt from the first one', async () => {
    const edits = Array.from({ length: 2_000 }, (_, index) => edit(index + 1, `a-${index}`));
    const { writes, outcomes } = await ran(edits, { mostTaken: 13 });
    expect([...outcomes.values()].every(({ status }) => status === 'applied')).toBe(true);
    // Those that are under way when the first one is through do not know it yet.
    expect(writes.length).toBeLessThan((2_000 / most) * 3 + 20 * 3);
  });

  it('go alone once a group was refused of which none is to blame', async () => {
    const edits = Array.from({ length: 400 }, (_, index) => edit(index + 1, `a-${index}`));
    const { writes } = await ran(edits, { refusesMany: true });
    const together = writes.filter((count) => count > 1).length;
    expect(together).toBeLessThan(350);
    expect(writes.slice(-25).every((count) => count === 1)).toBe(true);
  });
});

describe('a write that is to be proven', () => {
  it('is in doubt where the record never shows it, alone or with others', async () => {
    const edits = ['a-1', 'a-2', 'a-3', 'alone-1', 'alone-2'].map((id, index) => edit(index + 1, id));
    const lies = new Set(['a-2', 'alone-2']);
    const trusting = await ran(edits, { lies });
    expect([...trusting.outcomes.values()].map(({ status }) => status)).toEqual(
      Array.from({ length: 5 }, () => 'applied'),
    );
    const { outcomes } = await ran(edits, { lies }, { verify: true });
    const told = edits.map(({ row }) => outcomes.get(row)).map((outcome) => [outcome?.status, outcome?.code]);
    expect(told).toEqual([
      ['applied', undefined],
      ['in_doubt', 'not-seen'],
      ['applied', undefined],
      ['applied', undefined],
      ['in_doubt', 'not-seen'],
    ]);
  });
});

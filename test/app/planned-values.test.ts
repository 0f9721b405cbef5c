import { describe, expect, it } from 'vitest';
import { PlannedValues } from '../../src/app/plans/planned-values.ts';
import type { Change, Edit } from '../../src/core/edit.ts';
import type { Json } from '../../src/core/json.ts';
import type { RecordResult } from '../../src/run/record-reader.ts';
import { planRow, type RowPlan } from '../../src/run/row-planner.ts';

const parts = {
  plan: () => [],
  isWritable: () => true,
  valueText: () => '',
  typeOf: () => 'any' as const,
  waitsMs: [0],
};

function found(values: Readonly<Record<string, Json>>): RecordResult {
  const known = new Map(Object.entries(values).map(([name, value]) => [name, { value }]));
  return { kind: 'found', record: { id: 'a', values: known } };
}

function withResolvers<Value>() {
  const settle: ((value: Value) => void)[] = [];
  const promise = new Promise<Value>((resolve) => settle.push(resolve));
  return { promise, resolve: (value: Value) => settle[0]?.(value) };
}

function editOf(...changes: readonly (readonly [field: string, action: Change['action'], value: Json])[]): Edit {
  return {
    row: 1,
    line: 2,
    id: 'a',
    changes: changes.map(([field, action, value]) => ({ field, action, value, column: field })),
  };
}

function beforeAfter(plan: RowPlan): unknown {
  if (plan.kind !== 'send') return plan.kind === 'ended' ? plan.ending.status : plan.kind;
  return plan.differences.map(({ change: { field }, before, after }) => [field, before, after]);
}

describe('rows of one id', () => {
  const holds = found({ amount: 1, stage: 'Open', tags: ['x'] });
  const planAll = async (
    edits: readonly Edit[],
    look: (row: number) => Promise<RecordResult> = () => Promise.resolve(holds),
  ) => {
    const planned = new PlannedValues();
    const plans = edits.map((edit, row) => planned.plan(edit.id, look(row), (seen) => planRow(edit, seen, parts)));
    return (await Promise.all(plans)).map(beforeAfter);
  };

  it('are planned against what the row before leaves', async () => {
    expect(
      await planAll([
        editOf(['amount', 'set', 2]),
        editOf(['amount', 'set', 2]),
        editOf(['amount', 'set', 3], ['stage', 'clear', null]),
        editOf(['stage', 'set', 'Won'], ['amount', 'set', 1]),
      ]),
    ).toEqual([
      [['amount', 1, 2]],
      'unchanged',
      [
        ['amount', 2, 3],
        ['stage', 'Open', null],
      ],
      [
        ['stage', null, 'Won'],
        ['amount', 3, 1],
      ],
    ]);
  });

  it('follow lists through several changes of one row', async () => {
    const both = editOf(['tags', 'add', 'y'], ['tags', 'remove', 'x']);
    expect((await planAll([both, editOf(['tags', 'add', 'z'])])).at(-1)).toEqual([['tags', ['y'], ['y', 'z']]]);
  });

  it('keep their order where a later look is answered sooner', async () => {
    const { promise: late, resolve: answer } = withResolvers<RecordResult>();
    const looks = (row: number): Promise<RecordResult> => {
      if (row === 0) return late;
      answer(holds);
      return Promise.resolve(holds);
    };
    expect(await planAll([editOf(['amount', 'set', 2]), editOf(['amount', 'set', 3])], looks)).toEqual([
      [['amount', 1, 2]],
      [['amount', 2, 3]],
    ]);
  });

  it('leave other ids alone, and what a row that is not sent asks for out', async () => {
    const planned = new PlannedValues();
    const wants = editOf(['amount', 'set', 2]);
    const planOf = (look: RecordResult): RowPlan => planRow(wants, look, parts);
    const gone: RecordResult = { kind: 'absent', code: 'not-found', message: 'No such record.' };
    expect(beforeAfter(await planned.plan('a', Promise.resolve(gone), planOf))).toBe('rejected');
    expect(beforeAfter(await planned.plan('a', Promise.resolve(holds), planOf))).toEqual([['amount', 1, 2]]);
    expect(beforeAfter(await planned.plan('b', Promise.resolve(holds), planOf))).toEqual([['amount', 1, 2]]);
    expect(beforeAfter(await planned.plan('a', Promise.resolve(holds), planOf))).toBe('unchanged');
  });

  it('hear of a look that fails, each for itself', async () => {
    const planned = new PlannedValues();
    const plan = planned.plan('a', Promise.reject(new Error('no')), () => ({ kind: 'blind' }));
    await expect(plan).rejects.toThrow('no');
  });
});

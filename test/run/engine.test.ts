import { describe, expect, it } from 'vitest';
import type { Guard, Verdict } from '../../src/core/call.ts';
import type { RunRow } from '../../src/run/run-row.ts';
import { RunStop } from '../../src/run/run-stop.ts';
import { defaultRetryPolicy } from '../../src/run/retry-delay.ts';
import { editOf, recordService, runRows, startRecordServer, type Write } from './record-server.ts';

/* The engine against a real server, over the real wire: each member of the contract that decides how a row is sent. */

const { attempts: mostAttempts } = defaultRetryPolicy;

function guardOf({ ifMatch, body }: Write): unknown {
  return ifMatch ?? body['version'];
}

describe('the guard of a record', () => {
  it.each<Guard['in']>(['header', 'body'])('in the %s goes with the first call of the row only', async (guardIn) => {
    const server = await startRecordServer({ a: { name: 'old', stage: 'one' } });
    const service = recordService({ guardIn, stageApart: true });
    const { outcomes } = await runRows(server, service, [editOf(1, 'a', { name: 'new', stage: 'two' })]);
    expect(outcomes.get(1)?.status).toBe('applied');
    expect(server.writes.map((write) => [write.path, guardOf(write)])).toEqual([
      ['/records/a', '1'],
      ['/records/a/stage', undefined],
    ]);
    expect(server.records.get('a')).toMatchObject({ name: 'new', stage: 'two', version: 3 });
  });

  it('is left off a call that takes no condition, also when the call goes again', async () => {
    const server = await startRecordServer({ a: { stage: 'one' } });
    server.answer = (_write, count) => (count === 1 ? 'cut' : undefined);
    const service = recordService({
      guardIn: 'header',
      stageApart: true,
      stageUnguarded: true,
      repeatable: 'when-absent',
    });
    const { outcomes } = await runRows(server, service, [editOf(1, 'a', { stage: 'two' })]);
    expect(outcomes.get(1)).toMatchObject({ status: 'applied', attempts: 2 });
    expect(server.writes.map(guardOf)).toEqual([undefined, undefined]);
  });

  it.each([
    ['header' as const, [undefined, undefined, undefined]],
    [undefined, ['batch']],
  ])('in the %s keeps a row out of calls of several', async (guardIn, batches) => {
    const server = await startRecordServer({ a: { name: 'x' }, b: { name: 'x' }, c: { name: 'x' } });
    const service = recordService({ batches: true, ...(guardIn === undefined ? {} : { guardIn }) });
    const rows = ['a', 'b', 'c'].map((id, index) => editOf(index + 1, id, { name: 'y' }));
    const { outcomes } = await runRows(server, service, rows);
    expect([...outcomes.values()].map(({ status }) => status)).toEqual(['applied', 'applied', 'applied']);
    expect(server.writes.map(({ path }) => (path === '/batch' ? 'batch' : undefined))).toEqual(batches);
    if (guardIn !== undefined) expect(server.writes.map(guardOf)).toEqual(['1', '1', '1']);
  });

  it('makes a conflict where someone else has changed what the row changes, and another try where it was something else', async () => {
    const server = await startRecordServer({ a: { name: 'old', stage: 'one' }, b: { name: 'old', stage: 'one' } });
    const touched = new Set<string>();
    server.answer = ({ path }) => {
      const id = path.split('/')[2] ?? '';
      if (touched.has(id)) return undefined;
      touched.add(id);
      const held = server.records.get(id) ?? {};
      Object.assign(held, id === 'a' ? { name: 'theirs' } : { stage: 'theirs' }, { version: 7 });
      return undefined;
    };
    const rows = ['a', 'b'].map((id, index) => editOf(index + 1, id, { name: 'ours' }));
    const { outcomes } = await runRows(server, recordService({ guardIn: 'header' }), rows);
    expect(outcomes.get(1)).toMatchObject({ status: 'conflict', code: 'changed', attempts: 1 });
    expect(outcomes.get(2)).toMatchObject({ status: 'applied', attempts: 2 });
    expect(server.records.get('a')?.['name']).toBe('theirs');
    expect(server.records.get('b')).toMatchObject({ name: 'ours', stage: 'theirs' });
  });
});

describe('a call whose reply is lost', () => {
  const losses = [
    ['and that was done', { done: true } as const],
    ['and that was not done', {}],
  ] as const;

  it.each(losses)('that may be repeated %s goes again', async (_how, loss) => {
    const server = await startRecordServer({ a: { name: 'old' } });
    server.answer = (_write, count) => (count === 1 ? { status: 500, ...loss } : undefined);
    const { outcomes } = await runRows(server, recordService(), [editOf(1, 'a', { name: 'new' })]);
    expect(outcomes.get(1)).toMatchObject({ status: 'applied', attempts: 2 });
    expect(server.calls).toEqual(['read a', 'write a', 'write a']);
  });

  it.each(losses)('that may be repeated when absent %s is looked for first', async (_how, loss) => {
    const server = await startRecordServer({ a: { name: 'old' } });
    server.answer = (_write, count) => (count === 1 ? { status: 500, ...loss } : undefined);
    const service = recordService({ repeatable: 'when-absent' });
    const { outcomes } = await runRows(server, service, [editOf(1, 'a', { name: 'new' })]);
    const isDone = 'done' in loss;
    expect(outcomes.get(1)).toMatchObject({ status: 'applied', attempts: isDone ? 1 : 2 });
    expect(server.calls.filter((call) => call === 'write a')).toHaveLength(isDone ? 1 : 2);
    expect(server.records.get('a')).toMatchObject({ name: 'new', version: 2 });
  });

  it.each(losses)('that may not be repeated %s is in doubt, or known to be done', async (_how, loss) => {
    const server = await startRecordServer({ a: { name: 'old' } });
    server.answer = (_write, count) => (count === 1 ? { status: 500, ...loss } : undefined);
    const service = recordService({ repeatable: false });
    const { outcomes } = await runRows(server, service, [editOf(1, 'a', { name: 'new' })]);
    expect(outcomes.get(1)?.status).toBe('done' in loss ? 'applied' : 'in_doubt');
    expect(server.writes).toHaveLength(1);
  });

  it('that may not be repeated goes again under the guard of the record that shows it was not done', async () => {
    const server = await startRecordServer({ a: { name: 'old' } });
    server.answer = (_write, count) => (count === 1 ? { status: 500 } : undefined);
    const service = recordService({ repeatable: false, guardIn: 'body' });
    const { outcomes } = await runRows(server, service, [editOf(1, 'a', { name: 'new' })]);
    expect(outcomes.get(1)).toMatchObject({ status: 'applied', attempts: 2 });
    expect(server.writes.map(guardOf)).toEqual(['1', '1']);
  });

  it('again and again leaves a row that failed, or is in doubt where the change may land yet', async () => {
    const server = await startRecordServer({ a: { name: 'old' }, b: { name: 'old' } });
    server.answer = ({ path }) => (path.includes('a') ? { status: 500 } : { status: 423 });
    const locked: Verdict = { kind: 'again', code: 'locked', message: 'it is locked' };
    const rows = ['a', 'b'].map((id, index) => editOf(index + 1, id, { name: 'new' }));
    const { outcomes, end } = await runRows(server, recordService({ verdicts: { 423: locked } }), rows);
    expect(outcomes.get(1)).toMatchObject({ status: 'in_doubt', attempts: mostAttempts });
    expect(outcomes.get(2)).toMatchObject({ status: 'failed', code: 'locked', attempts: mostAttempts });
    expect(end.stop).toBeUndefined();
  });
});

describe('a verdict', () => {
  const locked: Verdict = { kind: 'again', code: 'locked', message: 'it is locked', waitMs: 3 };

  it('of a row that is to come again later does not hold up others, by itself or in a call of several', async () => {
    for (const batches of [{}, { batches: true as const }]) {
      const server = await startRecordServer({ a: { name: 'old' }, b: { name: 'old' } });
      server.answer = (_write, count) => (count === 1 ? { status: 423 } : undefined);
      const rows = ['a', 'b'].map((id, index) => editOf(index + 1, id, { name: 'new' }));
      const waits: number[] = [];
      const { outcomes } = await runRows(server, recordService({ ...batches, verdicts: { 423: locked } }), rows, {
        wait: (delayMs) => Promise.resolve(void waits.push(delayMs)),
      });
      expect([...outcomes.values()].map(({ status }) => status)).toEqual(['applied', 'applied']);
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(3);
    }
  });

  it('may note something of a success', async () => {
    const server = await startRecordServer({ a: { name: 'old' } });
    server.answer = () => ({ status: 202, done: true });
    const note = { code: 'rounded', message: 'the amount was rounded' };
    const service = recordService({ verdicts: { 202: { kind: 'applied', note } } });
    const { outcomes } = await runRows(server, service, [editOf(1, 'a', { name: 'new' })]);
    expect(outcomes.get(1)).toMatchObject({ status: 'applied', ...note });
  });
});

describe('the title and the address of a record', () => {
  it('stand in the journal beside what is planned, and in what is told of the row', async () => {
    const server = await startRecordServer({
      a: { name: 'old', title: 'Northwind, 500 seats' },
      b: { name: 'new', title: 'B' },
    });
    const rows = ['a', 'b'].map((id, index) => editOf(index + 1, id, { name: 'new' }));
    const { planned, events } = await runRows(server, recordService(), rows);
    const known = { title: 'Northwind, 500 seats', link: 'https://crm.example/a' };
    expect(planned.get(1)).toMatchObject(known);
    const told = events.flatMap((event) => (event.kind === 'row-settled' ? [event.outcome] : []));
    expect(told.find(({ row }) => row === 1)).toMatchObject({ status: 'applied', ...known });
    expect(told.find(({ row }) => row === 2)).toMatchObject({ status: 'unchanged', title: 'B' });
  });
});

describe('a run', () => {
  const rows = Array.from({ length: 12 }, (_, index) => editOf(index + 1, `r${index + 1}`, { name: 'new' }));
  const records = Object.fromEntries(rows.map(({ id }) => [id, { name: 'old' }]));

  it.each([
    [410, 'unsupported', 6, 'Take the next one.'],
    [401, 'unauthorised', 4, undefined],
  ] as const)(
    'stops where the vendor answers %i, and leaves its rows to be resumed',
    async (status, code, exitCode, hint) => {
      const server = await startRecordServer(records);
      server.answer = (_write, count) => (count > 3 ? { status } : undefined);
      const { outcomes, end } = await runRows(server, recordService(), rows, { concurrency: 1 });
      expect(end.stop).toMatchObject({ code, exitCode, ...(hint === undefined ? {} : { hint }) });
      expect([...outcomes.values()].map(({ status: one }) => one)).toEqual(['applied', 'applied', 'applied']);
      expect(server.writes).toHaveLength(4);
    },
  );

  it('goes on with fresh credentials where there are some, and sends what was refused once more', async () => {
    const server = await startRecordServer(records);
    let key = 'old';
    server.answer = () => (key === 'old' ? { status: 401 } : undefined);
    const { outcomes, end } = await runRows(server, recordService(), rows, {
      renew: () => {
        key = 'new';
        return Promise.resolve(true);
      },
    });
    expect(end.stop).toBeUndefined();
    expect([...outcomes.values()].every(({ status }) => status === 'applied')).toBe(true);
  });

  it('that was stopped is brought to its end by another, each call of a row done once', async () => {
    const two = [editOf(1, 'a', { name: 'new', stage: 'two' }), editOf(2, 'b', { name: 'new', stage: 'two' })];
    const server = await startRecordServer({ a: { name: 'old', stage: 'one' }, b: { name: 'old', stage: 'one' } });
    const service = recordService({ stageApart: true });
    const stop = new RunStop();
    server.answer = () => {
      stop.request({ code: 'interrupted', message: 'Ctrl-C', exitCode: 130 });
      return undefined;
    };
    const first = await runRows(server, service, two, { stop, concurrency: 1 });
    expect([first.end.stop?.code, first.outcomes.size]).toEqual(['interrupted', 0]);
    expect(server.writes).toHaveLength(1);
    server.answer = () => undefined;
    const [a, b] = two;
    if (a === undefined || b === undefined) throw new Error('two rows');
    const calls = service.plan(a);
    const begun: RunRow = {
      ...a,
      work: { kind: 'send', calls },
      before: { callsApplied: 1, callsTried: 1, inDoubt: false },
    };
    const { outcomes } = await runRows(server, service, [begun, b]);
    expect(outcomes.get(1)).toMatchObject({ status: 'applied', attempts: 2 });
    expect(outcomes.get(2)?.status).toBe('applied');
    expect(server.writes.map(({ path }) => path).sort()).toEqual([
      '/records/a',
      '/records/a/stage',
      '/records/b',
      '/records/b/stage',
    ]);
  });

  it('outlives connections that are cut and replies of no sense', async () => {
    const server = await startRecordServer(records);
    server.answer = (_write, count) => {
      if (count % 3 === 0) return 'cut';
      return count % 4 === 0 ? { status: 503 } : undefined;
    };
    const { outcomes } = await runRows(server, recordService(), rows);
    expect([...outcomes.values()].filter(({ status }) => status === 'applied')).toHaveLength(rows.length);
    for (const { name } of server.records.values()) expect(name).toBe('new');
  });

  it('sends rows of one opportunity in turn, however their ids are spelled', async () => {
    const server = await startRecordServer({ a: { name: 'zero' } });
    const service = recordService({ canonicalId: (id) => id.toLowerCase(), echoes: true });
    const spelled = ['a', 'A', 'a', 'A'].map((id, index) => editOf(index + 1, id, { name: `value ${index}` }));
    const { outcomes } = await runRows(server, service, spelled);
    expect([...outcomes].map(([row, { status }]) => [row, status])).toEqual(
      [1, 2, 3, 4].map((row) => [row, 'applied']),
    );
    expect(server.calls).toEqual(spelled.flatMap(() => ['read a', 'write a']));
    expect(server.records.get('a')).toMatchObject({ name: 'value 3' });
  });
});

import { describe, expect, it } from 'vitest';
import type { VendorServer } from '../../../src/sandbox/vendor-server.ts';
import { rowsByNumber, start, summaryOf } from '../../cli/oppatch.ts';
import { many, plain, practiced, type Members } from './practiced.ts';

/** Calls for several records, and guards, from the plan to the undo: the program against the sandbox, each reading the file for itself. */

const batch = {
  method: 'POST',
  path: '/deals/batch',
  most: 10,
  idAt: '/id',
  records: '/records',
  outcomes: '/results',
  by: 'position',
  success: { at: '/ok', equals: true },
  code: '/code',
  message: '/message',
} as const;

interface Form {
  readonly title: string;
  readonly file: Members;
}

const forms: readonly Form[] = [
  { title: 'outcomes by position, ids in one parameter', file: { batch, read: { ...plain.read, many } } },
  {
    title: 'outcomes by id in another order, ids in a parameter each',
    file: {
      batch: { ...batch, by: 'id', outcomeKey: '/deal/id', record: '/deal' },
      read: { ...plain.read, many: { ...many, ids: { query: 'filter[id][]', as: 'repeated' }, pageSize: 'limit' } },
    },
  },
  {
    title: 'outcomes by a key of ours, records in a wrapper, ids as numbers in the body of a POST',
    file: {
      id: { form: 'digits' },
      batch: { ...batch, by: 'key', keyAt: '/ref', outcomeKey: '/ref', under: '/deal', idAs: 'number' },
      read: {
        ...plain.read,
        many: {
          ...many,
          method: 'POST',
          path: '/deals/search',
          ids: { at: '/filter/ids', numbers: true },
          record: '/deal',
        },
      },
    },
  },
  {
    title: 'what was written in a list, refusals beside it in an object by id',
    file: {
      batch: {
        ...batch,
        by: 'id',
        outcomeKey: undefined,
        success: undefined,
        listed: true,
        outcomes: '/updated',
        failures: '/errors',
        message: '',
        code: undefined,
      },
      read: { ...plain.read, many },
    },
  },
  {
    title: 'a refusal of the whole that names the rows to blame by a path',
    file: {
      refusals: [{ at: '/errors', code: '/code', message: '/message', field: '/path', fieldAs: 'path' }],
      batch: { ...batch, guilty: { list: '/errors', position: '/path' } },
      read: { ...plain.read, many },
    },
  },
];

describe.each(forms)('$title', ({ file }) => {
  it('are planned, applied, killed, resumed, retried and undone', async () => {
    const { place, env, words, world, ids, oppatch, writes } = await practiced(file);
    const bad = ids[23] ?? '';
    const { behaviour } = world;
    world.configure({ ...behaviour, refuse: [{ ids: [bad], code: 'RANGE', message: 'is too large' }] });
    const before = structuredClone(world.records.all());
    const rows = [...ids, ids[0]?.replace(/\d+$/, '99') ?? ''].map((id, index) => `${id},${index}.25,Deal ${index}`);
    const edits = place.file('edits.csv', `id,amount,name\n${rows.join('\n')}\n`);

    const planned = await oppatch('plan', edits);
    expect([planned.code, planned.stdout], planned.stderr).toEqual([3, expect.stringContaining('→') as unknown]);
    expect(writes()).toEqual([]);
    // 31 records, 20 a read; the one that is not there is asked for by itself only where it is not said so.
    expect(world.statistics.arrivals).toBeLessThanOrEqual(2);

    const killed = await start(['apply', edits, ...words, '--yes', '--concurrency', '1'], {
      home: place.home,
      env: { ...env, OPPATCH_CRASH_AT: 'after-send:4' },
    }).ended;
    expect(killed.signal, killed.stderr).toBe('SIGKILL');
    const resumed = await oppatch('resume', '--json');
    const summary = summaryOf(resumed);
    expect(summary.rows, resumed.stderr).toMatchObject({ read: 31, rejected: 2, failed: 0, in_doubt: 0 });
    expect(rowsByNumber(summary).get(24)).toMatchObject({
      oppatch_status: 'rejected',
      oppatch_message: 'is too large',
    });
    expect(rowsByNumber(summary).get(31)).toMatchObject({ oppatch_code: 'not-found' });
    expect(writes().some(({ path }) => path === batch.path)).toBe(true);

    world.configure({ ...behaviour, refuse: [] });
    const retried = await oppatch('retry', summary.run, '--yes', '--json');
    expect(summaryOf(retried).rows, retried.stderr).toMatchObject({ read: 2, applied: 1, rejected: 1 });
    expect(world.records.all().map(({ amount, name }) => [amount, name])).toEqual(
      ids.map((_id, index) => [index + 0.25, `Deal ${index}`]),
    );

    for (const { run: id } of [summaryOf(retried), summary]) {
      const undone = await oppatch('undo', id, '--yes', '--json');
      expect(undone.code, undone.stderr).toBe(0);
    }
    expect(world.records.all()).toEqual(before);
    expect(world.statistics.violations).toEqual([]);
  });

  it('name a refused row without a call for each of the others', async () => {
    const { place, world, ids, oppatch, writes } = await practiced(file, {
      behaviour: { refuse: [{ ids: ['sandbox-4', '1004'], code: 'RANGE', message: 'is too large' }] },
    });
    const edits = place.file(
      'edits.csv',
      `id,amount\n${ids
        .slice(0, 10)
        .map((id) => `${id},7`)
        .join('\n')}\n`,
    );
    const applied = await oppatch('apply', edits, '--yes', '--json');
    expect(summaryOf(applied).rows, applied.stderr).toMatchObject({ read: 10, applied: 9, rejected: 1 });
    expect(writes().length).toBeLessThanOrEqual(3);
    expect(world.statistics.applied).toBe(9);
  });
});

it('a path into the list of a batch is told as the column of the row', async () => {
  const file = {
    batch: { ...batch, field: '/path', fieldAs: 'path' },
    read: { ...plain.read, many },
  };
  // The service knows less names than the file lets through.
  const strict = { ...file, fields: { ...plain.fields, name: { type: 'choice', options: ['Deal 1', 'Deal 2'] } } };
  const { place, ids, oppatch } = await practiced(strict, { told: file });
  const edits = place.file(
    'edits.csv',
    `id,name\n${ids
      .slice(0, 5)
      .map((id, index) => `${id},Deal ${index}`)
      .join('\n')}\n`,
  );
  const applied = await oppatch('apply', edits, '--yes', '--json');
  expect(summaryOf(applied).rows, applied.stderr).toMatchObject({ applied: 1, unchanged: 1, rejected: 3 });
  expect(rowsByNumber(summaryOf(applied)).get(1)).toMatchObject({ oppatch_message: 'name: is not an option' });
});

describe.each([
  ['an ETag that goes back in a header', { header: 'ETag', send: 'If-Match' }],
  ['a version of the record that goes back in the body', { at: '/version', send: 'version', in: 'body' }],
] as const)('%s', (_title, guard) => {
  it('keeps a write from a record that someone else has changed, until it was read again', async () => {
    const file = { read: { ...plain.read, guard } };
    let theirs = '';
    const meddling = (server: VendorServer): VendorServer => ({
      ...server,
      handle: (call) => {
        const { method, path, records } = call;
        const response = server.handle(call);
        // Between the read and the write, and once.
        if (method === 'GET' && path.endsWith('sandbox-2') && theirs === '') {
          theirs = 'sandbox-2';
          const record = records.get(theirs);
          if (record !== undefined) records.put(theirs, { ...record, name: 'Theirs', version: 7 });
        }
        return response;
      },
    });
    const { place, world, ids, oppatch, writes } = await practiced(file, { wrapped: meddling, samples: 3 });
    const edits = place.file(
      'edits.csv',
      `id,amount\n${ids
        .slice(0, 3)
        .map((id) => `${id},7`)
        .join('\n')}\n`,
    );
    const applied = await oppatch('apply', edits, '--yes', '--json');
    expect(summaryOf(applied).rows, applied.stderr).toMatchObject({ read: 3, applied: 3 });
    expect(world.records.get(theirs)).toMatchObject({ amount: 7, name: 'Theirs' });
    for (const { headers, body } of writes())
      expect(headers['if-match'] ?? (JSON.parse(body) as Members)['version']).toBeDefined();
    expect(world.log.filter(({ status }) => status === 412)).toHaveLength(1);
    const undone = await oppatch('undo', summaryOf(applied).run, '--yes', '--json');
    expect(undone.code, undone.stderr).toBe(0);
    expect(world.records.all()).toMatchObject([{ amount: 1000 }, { amount: 1000, name: 'Theirs' }, { amount: 1000 }]);
  });
});

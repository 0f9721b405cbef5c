import { describe, expect, it } from 'vitest';
import type { Guard } from '../../src/core/call.ts';
import { editOf, recordService, runRows, startRecordServer } from './record-server.ts';

describe('what is added to a list that the vendor only takes as a whole', () => {
  it.each<Guard['in']>(['header', 'body'])(
    'is sent as the list that the record holds with it, under the guard in the %s',
    async (guardIn) => {
      const server = await startRecordServer({
        a: { labels: ['x', 'y'] },
        b: { labels: ['x', 'z'] },
        c: { labels: ['z'] },
        d: { labels: ['y'], name: 'old' },
      });
      const { outcomes, planned } = await runRows(server, recordService({ guardIn }), [
        editOf(1, 'a', { 'labels.add': 'z' }),
        editOf(2, 'b', { 'labels.add': 'z' }),
        editOf(3, 'c', { 'labels.remove': 'z' }),
        editOf(4, 'd', { name: 'new', 'labels.add': 'z', 'labels.remove': 'y' }),
      ]);
      expect([...outcomes].sort(([left], [right]) => left - right).map(([row, { status }]) => [row, status])).toEqual([
        [1, 'applied'],
        [2, 'unchanged'],
        [3, 'applied'],
        [4, 'applied'],
      ]);
      expect([...server.records].map(([id, { labels }]) => [id, labels])).toEqual([
        ['a', ['x', 'y', 'z']],
        ['b', ['x', 'z']],
        ['c', []],
        ['d', ['z']],
      ]);
      expect(server.writes).toHaveLength(3);
      for (const { ifMatch, body } of server.writes)
        expect([ifMatch, body['version']]).toEqual(guardIn === 'header' ? ['1', undefined] : [undefined, '1']);
      expect(planned.get(4)).toMatchObject({
        before: { name: 'old', labels: ['y'] },
        sent: ['name', 'labels.add', 'labels.remove'],
      });
    },
  );

  it('is made again of what the record holds by then where someone else has changed the list meanwhile', async () => {
    const server = await startRecordServer({ a: { labels: ['x'] } });
    server.onRead = (_id, count) => {
      if (count !== 2) return;
      // Someone else was faster.
      Object.assign(server.records.get('a') ?? {}, { labels: ['x', 'other'], version: 2 });
    };
    server.answer = (_write, count) => (count === 1 ? { status: 412 } : undefined);
    const { outcomes, planned } = await runRows(server, recordService({ guardIn: 'header' }), [
      editOf(1, 'a', { 'labels.add': 'z' }),
    ]);
    expect(outcomes.get(1)).toMatchObject({ status: 'applied', attempts: 2 });
    expect(server.records.get('a')?.['labels']).toEqual(['x', 'other', 'z']);
    expect(planned.get(1)?.before).toEqual({ labels: ['x', 'other'] });
  });

  it.each([
    ['the record does not show the list', {}, {}],
    ['nothing is to be read', { labels: ['x'] }, { blind: true }],
  ])('is not sent where %s', async (_why, held, more) => {
    const server = await startRecordServer({ a: held });
    const { outcomes } = await runRows(server, recordService(), [editOf(1, 'a', { 'labels.add': 'z' })], more);
    expect(outcomes.get(1)).toMatchObject({ status: 'invalid', code: 'list-not-read', attempts: 0 });
    expect(server.writes).toEqual([]);
  });
});

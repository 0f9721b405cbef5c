import { describe, expect, it } from 'vitest';
import type { Call, Reply } from '../../src/core/call.ts';
import type { Json } from '../../src/core/json.ts';
import type { Vendor } from '../../src/core/vendor.ts';
import { metadataReading, readMetadata } from '../../src/app/accounts/read-metadata.ts';
import type { ReadReply } from '../../src/run/call-dispatcher.ts';
import { close } from '../../src/vendors/close/vendor.ts';
import { leadsquared } from '../../src/vendors/leadsquared/vendor.ts';
import { serviceOf, settingsOf, toReply } from '../contract/fixtures.ts';

function answering(vendor: Vendor, answer: (call: Call) => Reply | 'failed' | 'stopped') {
  const calls: string[] = [];
  const send = (call: Call): Promise<ReadReply> => {
    const skip = call.query?.find(([name]) => name === '_skip')?.[1];
    calls.push(`${call.path}${skip === undefined ? '' : `+${skip}`}`);
    const reply = answer(call);
    if (reply === 'stopped') return Promise.resolve({ kind: 'stopped' });
    if (reply === 'failed') return Promise.resolve({ kind: 'failed', code: 'http-500', message: 'HTTP 500' });
    return Promise.resolve({ kind: 'reply', reply, answer: metadataReading(serviceOf(vendor))(reply, call) });
  };
  return { calls, send };
}

const empty: Readonly<Record<string, Json>> = {
  '/pipeline/': { data: [] },
  '/custom_field_schema/opportunity/': { fields: [] },
  '/user/': { data: [], has_more: false },
};
const emptyReply = ({ path }: Call): Reply => toReply(200, empty[path] ?? null);

describe('reading metadata', () => {
  it('goes from page to page until there are no more', async () => {
    const users = Array.from({ length: 5 }, (_, index) => ({
      id: `user_${index}`,
      email: `${index}@northwind.example`,
    }));
    const { calls, send } = answering(close, (call) => {
      if (call.path !== '/user/') return emptyReply(call);
      const skip = Number(call.query?.find(([name]) => name === '_skip')?.[1]);
      return toReply(200, { data: users.slice(skip, skip + 2), has_more: skip + 2 < users.length });
    });
    const read = await readMetadata(serviceOf(close), close.title, send);
    expect(read?.gaps).toEqual([]);
    expect(read?.metadata['users']).toEqual(users);
    expect(calls.filter((path) => path.startsWith('/user/'))).toEqual(['/user/+0', '/user/+2', '/user/+4']);
  });

  it('does without what is refused or not understood, and says why', async () => {
    const { send } = answering(close, (call) => {
      if (call.path === '/pipeline/') return toReply(404, { error: 'no' });
      return call.path === '/user/' ? toReply(200, '<html>') : emptyReply(call);
    });
    const read = await readMetadata(serviceOf(close), close.title, send);
    expect(Object.keys(read?.metadata ?? {})).toEqual(['custom fields']);
    expect(read?.gaps).toMatchObject([
      { part: 'pipelines', reason: 'Close answered HTTP 404', passing: false },
      { part: 'users', reason: 'Close answered HTTP 200 with a body that is not understood', passing: false },
    ]);
  });

  it('gives up a list that never ends, and a part that cannot be read today', async () => {
    const { calls, send } = answering(close, (call) => {
      if (call.path === '/pipeline/') return 'failed';
      return call.path === '/user/' ? toReply(200, { data: [{ id: 'user_1' }], has_more: true }) : emptyReply(call);
    });
    const read = await readMetadata(serviceOf(close), close.title, send);
    expect(read?.gaps).toMatchObject([
      { part: 'pipelines', passing: true },
      { part: 'users', reason: 'more than 1000 pages' },
    ]);
    expect(calls).toHaveLength(1002);
  });

  it('is nothing where it was stopped', async () => {
    const { send } = answering(close, (call) => (call.path === '/user/' ? 'stopped' : emptyReply(call)));
    expect(await readMetadata(serviceOf(close), close.title, send)).toBeUndefined();
  });
});

describe('a reply to it', () => {
  const settings = settingsOf(leadsquared);
  const [users] = serviceOf(leadsquared, settings).metadata?.reads ?? [];
  const judged = (status: number, body: Json) =>
    metadataReading(serviceOf(leadsquared))(toReply(status, body), users?.call ?? ({} as Call)).kind;

  it.each<[number, Json, string]>([
    [200, [], 'settled'],
    [200, 'odd', 'settled'],
    [403, { Status: 'Error', ExceptionMessage: 'Access denied' }, 'settled'],
    [403, { ExceptionMessage: 'API calls exceeded the limit of 25 in 5 second(s)' }, 'throttled'],
    [200, { Status: 'Error', ExceptionType: 'MXAPIRateLimitExceededException' }, 'throttled'],
    [401, 'no', 'unauthorised'],
    [500, 'down', 'transient'],
  ])('of HTTP %i %j is %s', (status, body, kind) => {
    expect(judged(status, body)).toBe(kind);
  });
});

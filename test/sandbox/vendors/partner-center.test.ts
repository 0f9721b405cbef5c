import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { ask, firstId, practice, write, type Answered } from '../practice.ts';

const vendor = 'partner-center';
const referrals = '/engagements/referrals';

function patch(sandbox: Sandbox, operations: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  const path = `${referrals}/${firstId(sandbox, vendor)}`;
  return ask(sandbox, vendor, path, { method: 'PATCH', body: operations, headers });
}

const replace = (path: string, value: unknown): unknown => ({ op: 'replace', path, value });

describe('Partner Center in the sandbox', () => {
  it('takes a bearer token and names the failure in a header', async () => {
    const sandbox = await practice();
    expect((await ask(sandbox, vendor, referrals)).status).toBe(200);
    const refused = await ask(sandbox, vendor, referrals, { authorised: false });
    expect(refused).toMatchObject({ status: 401, json: { error: { code: 'unauthenticated' } } });
    expect(refused.headers.get('www-authenticate')).toContain('invalid_token');
    expect((await ask(sandbox, vendor, referrals, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
  });

  it('applies a JSON Patch, answers with nothing or the record, and renews the eTag', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const before = sandbox.world(vendor).records.get(id) ?? {};
    const operations = [
      replace('/details/dealValue', '1250.50'),
      replace('/details/closingDateTime', '2026-11-30T00:00:00Z'),
      { op: 'add', path: '/team/-', value: { email: 'ada@northwind.example' } },
    ];
    const quiet = await patch(sandbox, operations);
    expect([quiet.status, quiet.text]).toEqual([204, '']);
    expect(quiet.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const told = await patch(sandbox, [replace('/name', 'Renewal')], { prefer: 'return=representation' });
    expect(told).toMatchObject({
      status: 200,
      json: {
        id,
        name: 'Renewal',
        details: { dealValue: 1250.5, closingDateTime: '2026-11-30T00:00:00Z', currency: 'USD' },
        team: [{ email: 'ada@northwind.example' }],
      },
    });
    expect((told.json as { eTag: string }).eTag).not.toBe(before['eTag']);
    expect((await ask(sandbox, vendor, `${referrals}/${id}`)).json).toEqual(told.json);
  });

  it('refuses an eTag that is not the present one', async () => {
    const sandbox = await practice();
    const { eTag } = sandbox.world(vendor).records.get(firstId(sandbox, vendor)) ?? {};
    const condition = { 'if-match': String(eTag) };
    expect((await patch(sandbox, [replace('/name', 'a')], condition)).status).toBe(204);
    const late = await patch(sandbox, [replace('/name', 'b')], condition);
    expect(late).toMatchObject({ status: 412, json: { error: { innerError: { code: '99918' } } } });
    expect(sandbox.world(vendor).records.get(firstId(sandbox, vendor))).toMatchObject({ name: 'a' });
  });

  it('knows which status follows which', async () => {
    const sandbox = await practice();
    const become = (status: string, substatus: string): Promise<Answered> =>
      patch(sandbox, [replace('/status', status), replace('/substatus', substatus)]);
    expect((await become('Closed', 'Accepted')).status).toBe(400);
    expect((await become('New', 'Received')).status).toBe(400);
    expect((await become('Closed', 'Won')).status).toBe(204);
    const closed = await patch(sandbox, [replace('/name', 'x')]);
    expect(closed.text).toContain('A closed referral cannot be edited.');
    expect(sandbox.world(vendor).statistics.violations).toEqual([]);
  });

  it.each([
    [[], 'the body is not JSON Patch'],
    [{ name: 'x' }, 'the body is not JSON Patch'],
    [['x'], 'an operation is not an object'],
    [[{ op: 'remove', path: '/name' }], 'the operation remove is not supported'],
    [[{ op: 'replace', path: 'name', value: 1 }], 'an operation needs a path and a value'],
    [[{ op: 'replace', path: '/name' }], 'an operation needs a path and a value'],
    [[replace('/organizationName', 'x')], '/organizationName cannot be written'],
    [[replace('/id', 'x')], '/id cannot be written'],
    [[replace('/details/nothing/deep', 'x')], '/details/nothing/deep does not exist'],
    [[replace('/team/0', {})], '/team/0 does not exist'],
    [[replace('/details/dealValue', '1,250')], 'dealValue is not a number'],
    [[replace('/details/closingDateTime', '2026-11-30')], 'closingDateTime is not a UTC time'],
  ])('refuses %j as a violation, and applies nothing of it', async (operations, violation) => {
    const sandbox = await practice();
    const mixed =
      Array.isArray(operations) && operations.length > 0 ? [replace('/name', 'half'), ...operations] : operations;
    expect((await patch(sandbox, mixed)).status).toBe(400);
    const { statistics, records } = sandbox.world(vendor);
    expect(statistics).toMatchObject({ applied: 0, violations: [violation] });
    expect(records.get(firstId(sandbox, vendor))).toMatchObject({ name: 'Referral' });
  });

  it('lists, and says when it does not know something', async () => {
    const sandbox = await practice();
    const listed = await ask(sandbox, vendor, `${referrals}?$top=2`);
    expect(listed.json).toMatchObject({ '@odata.count': 3, value: [{}, {}] });
    expect((await ask(sandbox, vendor, `${referrals}/none`)).json).toMatchObject({ error: { code: 'itemNotFound' } });
    expect((await ask(sandbox, vendor, '/nothing')).status).toBe(404);
    expect(sandbox.world(vendor).statistics.violations).toEqual(['GET /nothing']);
  });

  it('throttles in words, now and then with a header, and counts what it refuses', async () => {
    const quota = [{ count: 2, windowMs: 60_000, countRefused: true }];
    const sandbox = await practice({ vendors: { [vendor]: { quota } } });
    const id = firstId(sandbox, vendor);
    const replies = [];
    for (let call = 0; call < 4; call += 1) replies.push(await write(sandbox, vendor, id, 'x'));
    expect(replies.map(({ status }) => status)).toEqual([204, 204, 429, 429]);
    expect(replies[2]?.json).toEqual({
      statusCode: 429,
      message: expect.stringMatching(/^Rate limit is exceeded\. Try again in [3-6]\d seconds\.$/),
    });
    expect(replies.map(({ headers }) => headers.get('retry-after'))).toEqual([
      null,
      null,
      null,
      expect.stringMatching(/^[3-6]\d$/),
    ]);
  });
});

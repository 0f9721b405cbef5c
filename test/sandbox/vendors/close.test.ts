import { describe, expect, it } from 'vitest';
import { ask, firstId, practice, write } from '../practice.ts';

const put = (body: unknown): { method: string; body: unknown } => ({ method: 'PUT', body });

describe('Close in the sandbox', () => {
  it('takes the API key as the user of Basic credentials, or an access token, and nothing else', async () => {
    const sandbox = await practice();
    const as = async (authorization: string): Promise<number> =>
      (await ask(sandbox, 'close', '/me/', { headers: { authorization } })).status;
    const key = sandbox.credentials['close']?.['apiKey'] ?? '';
    expect(await as(`Basic ${btoa(`${key}:`)}`)).toBe(200);
    expect(await as('Bearer sandbox-access-token')).toBe(200);
    expect(await as(`Basic ${btoa(key)}`)).toBe(401);
    expect(await as(`Bearer ${key}`)).toBe(401);
    expect((await ask(sandbox, 'close', '/me/', { authorised: false })).json).toEqual({ error: 'Unauthorized' });
  });

  it('answers an update with the whole record, computed members included', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, 'close');
    const body = { value: 125_050, value_period: 'monthly', confidence: 33, note: 'n', user_id: 'user_bo' };
    const answered = await ask(sandbox, 'close', `/opportunity/${id}/`, put(body));
    expect(answered.status).toBe(200);
    expect(answered.json).toMatchObject({
      ...body,
      id,
      annualized_value: 1_500_600,
      expected_value: 41_266,
      value_formatted: '$1,250.5',
      status_label: 'Active',
      pipeline_id: 'pipe_sales',
    });
    expect((await ask(sandbox, 'close', `/opportunity/${id}/`)).json).toEqual(answered.json);
    expect((await ask(sandbox, 'close', `/opportunity/${id}/?_fields=id,value`)).json).toEqual({ id, value: 125_050 });
  });

  it('fills date_won when the status becomes a won one, unless it is there or sent', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, 'close');
    const sent = async (body: unknown): Promise<unknown> =>
      ((await ask(sandbox, 'close', `/opportunity/${id}/`, put(body))).json as Record<string, unknown>)['date_won'];
    expect(await sent({ status_id: 'stat_won', date_won: '2026-01-02' })).toBe('2026-01-02');
    expect(await sent({ status_id: 'stat_active' })).toBe('2026-01-02');
    expect(await sent({ status_id: 'stat_won' })).toBe('2026-01-02');
    expect(await sent({ status_id: 'stat_won', date_won: null })).toBeNull();
    expect(await sent({ status_id: 'stat_renewed' })).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  });

  it('adds to and removes from custom fields, and forgets what is set to null', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, 'close');
    const custom = async (body: unknown): Promise<unknown> =>
      ((await ask(sandbox, 'close', `/opportunity/${id}/`, put(body))).json as Record<string, unknown>)[
        'custom.cf_days'
      ];
    expect(await custom({ 'custom.cf_days': ['Monday'] })).toEqual(['Monday']);
    expect(await custom({ 'custom.cf_days.add': 'Tuesday' })).toEqual(['Monday', 'Tuesday']);
    expect(await custom({ 'custom.cf_days.remove': 'Monday' })).toEqual(['Tuesday']);
    expect(await custom({ 'custom.cf_days': null })).toBeUndefined();
    const read = await ask(sandbox, 'close', `/opportunity/${id}/?_fields=custom`);
    expect(read.json).toEqual({});
  });

  it.each([
    [{ value: 1250.5 }, 'value'],
    [{ value: '100' }, 'value'],
    [{ status_id: 'stat_none' }, 'status_id'],
    [{ value_period: 'weekly' }, 'value_period'],
    [{ date_won: '11/30/2026' }, 'date_won'],
    [{ user_id: 'ada' }, 'user_id'],
    [{ note: null }, 'note'],
    [{ amount: 5 }, 'amount'],
    [{ 'custom.other': 5 }, 'custom.other'],
    [{ 'custom.cf_score': { a: 1 } }, 'custom.cf_score'],
  ])('refuses %j by naming the field, and applies nothing of it', async (bad, field) => {
    const sandbox = await practice();
    const id = firstId(sandbox, 'close');
    const answered = await ask(sandbox, 'close', `/opportunity/${id}/`, put({ confidence: 99, ...bad }));
    expect(answered.status).toBe(400);
    expect(Object.keys((answered.json as Record<string, object>)['field-errors'] ?? {})).toEqual([field]);
    expect(sandbox.world('close').records.get(id)).toMatchObject({ confidence: 50 });
  });

  it('can be told to pass over unknown keys', async () => {
    const sandbox = await practice({ vendors: { close: { unknownKeys: 'ignore' } } });
    const id = firstId(sandbox, 'close');
    const answered = await ask(sandbox, 'close', `/opportunity/${id}/`, put({ amount: 5, note: 'n' }));
    expect(answered).toMatchObject({ status: 200, json: { note: 'n' } });
    expect(answered.json).not.toHaveProperty('amount');
  });

  it('states its quota on every reply, and in either form when it refuses', async () => {
    const sandbox = await practice({ vendors: { close: { quota: [{ count: 2, windowMs: 60_000 }] } } });
    const id = firstId(sandbox, 'close');
    const replies = [];
    for (let call = 0; call < 5; call += 1) replies.push(await write(sandbox, 'close', id, 'n'));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 429, 429, 429]);
    expect(replies[0]?.headers.get('ratelimit')).toMatch(/^limit=2, remaining=1, reset=\d+\.\d{3}$/);
    const refused = replies.slice(2).map(({ headers }) => ({
      told: headers.get('ratelimit')?.replace(/reset=.*/, ''),
      seconds: Number(headers.get('retry-after')),
    }));
    expect(refused.map(({ told }) => told)).toEqual(['limit=2, remaining=0, ', undefined, 'limit=2, remaining=0, ']);
    for (const { seconds } of refused) expect(seconds > 30 && seconds <= 60).toBe(true);
  });

  it('has metadata to look up', async () => {
    const sandbox = await practice();
    const read = async (path: string): Promise<string> => (await ask(sandbox, 'close', path)).text;
    expect(await read('/me/')).toContain('Northwind (sandbox)');
    expect(await read('/status/opportunity/')).toContain('stat_won');
    expect(await read('/pipeline/')).toContain('pipe_renewals');
    expect(await read('/custom_field_schema/opportunity/')).toContain('cf_region');
    expect(await read('/user/')).toContain('ada@northwind.example');
    expect((await ask(sandbox, 'close', '/nothing/')).status).toBe(404);
    expect((await ask(sandbox, 'close', '/opportunity/oppo_none/')).status).toBe(404);
  });

  it('notes what is wrong on the wire', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, 'close');
    const moved = await ask(sandbox, 'close', `/opportunity/${id}`, put({ note: 'n' }));
    expect([moved.status, moved.headers.get('location')]).toEqual([301, `/close/api/v1/opportunity/${id}/`]);
    const path = `/opportunity/${id}/`;
    await ask(sandbox, 'close', path, { method: 'POST', body: {} });
    await ask(sandbox, 'close', path, { method: 'PUT', text: '{"note":' });
    await ask(sandbox, 'close', path, { method: 'PUT', text: '[]' });
    await ask(sandbox, 'close', path, { method: 'PUT', text: '{}', headers: { 'content-type': 'text/plain' } });
    expect(sandbox.world('close').statistics.violations).toEqual([
      `no trailing slash: PUT /opportunity/${id}`,
      `POST ${path}`,
      'the body is not JSON',
      'the body is not an object',
      'content-type is text/plain',
    ]);
    expect(sandbox.world('close').statistics.applied).toBe(0);
  });
});

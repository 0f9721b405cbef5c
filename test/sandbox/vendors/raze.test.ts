import { describe, expect, it } from 'vitest';
import { ask, firstId, practice, write } from '../practice.ts';

const vendor = 'raze';

describe('Raze in the sandbox', () => {
  it('takes an API key, and tells a wrong one from a missing one', async () => {
    const sandbox = await practice();
    const path = `/opportunities/${firstId(sandbox, vendor)}`;
    expect((await ask(sandbox, vendor, path)).status).toBe(200);
    const codeOf = async (asking: Parameters<typeof ask>[3]): Promise<unknown> => {
      const refused = await ask(sandbox, vendor, path, asking);
      expect(refused.status).toBe(401);
      return (refused.json as { error: { code: string } }).error.code;
    };
    expect(await codeOf({ authorised: false })).toBe('MISSING_API_KEY');
    expect(await codeOf({ headers: { 'x-api-key': 'gr_live_wrong' } })).toBe('INVALID_API_KEY');
  });

  it('updates fields by one call and the stage by another', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const fields = { deal_value: 1250.5, notes: 'n', company: null };
    const updated = await ask(sandbox, vendor, `/opportunities/${id}`, { method: 'PUT', body: fields });
    expect(updated).toMatchObject({
      status: 200,
      json: { success: true, data: { id, ...fields, status: 'qualified' } },
    });
    const stage = { method: 'PATCH', body: { status: 'won' } };
    const moved = await ask(sandbox, vendor, `/opportunities/${id}/stage`, stage);
    expect(moved).toMatchObject({ status: 200, json: { data: { id, status: 'won' } } });
    const read = await ask(sandbox, vendor, `/opportunities/${id}`);
    expect(read.json).toMatchObject({ data: { ...fields, status: 'won' } });
    expect((read.json as { data: { won_at: string } }).data.won_at).toMatch(/^\d{4}-\d{2}-\d{2}T/);
    expect(sandbox.world(vendor).statistics).toMatchObject({ applied: 2, appliedById: { [id]: 2 }, violations: [] });
  });

  it('refuses and notes fields, types and stages that there are not', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const put = async (body: unknown): Promise<number> =>
      (await ask(sandbox, vendor, `/opportunities/${id}`, { method: 'PUT', body })).status;
    expect(await put({ deal_value: '1250.50', notes: 'half' })).toBe(400);
    expect(await put({ status: 'won' })).toBe(400);
    expect(await put([])).toBe(400);
    const path = `/opportunities/${id}/stage`;
    expect((await ask(sandbox, vendor, path, { method: 'PATCH', body: { status: 'Won' } })).status).toBe(400);
    expect((await ask(sandbox, vendor, path, { method: 'DELETE' })).status).toBe(404);
    const { statistics, records } = sandbox.world(vendor);
    expect(statistics).toMatchObject({
      applied: 0,
      violations: [
        'bad fields deal_value',
        'bad fields status',
        'the body is not an object',
        'status Won',
        `DELETE ${path}`,
      ],
    });
    expect(records.get(id)).toMatchObject({ notes: '', status: 'qualified' });
  });

  it('does not know some opportunities, and may keep all of them to itself', async () => {
    const sandbox = await practice({ vendors: { [vendor]: { readable: false } } });
    const id = firstId(sandbox, vendor);
    expect((await ask(sandbox, vendor, `/opportunities/${id}`)).json).toMatchObject({
      error: { code: 'INSUFFICIENT_PERMISSIONS' },
    });
    expect((await write(sandbox, vendor, id, 'taken')).status).toBe(200);
    expect((await write(sandbox, vendor, 'opp_none', 'x')).status).toBe(404);
    expect((await ask(sandbox, vendor, '/contacts')).status).toBe(200);
    expect(sandbox.world(vendor).statistics.violations).toEqual([]);
  });

  it('counts in fixed windows, tells their end on every reply, and refuses with or without a header', async () => {
    const quota = [{ count: 3, windowMs: 3_600_000, window: 'fixed' as const }];
    const sandbox = await practice({ vendors: { [vendor]: { quota } } });
    const id = firstId(sandbox, vendor);
    const replies = [];
    for (let call = 0; call < 5; call += 1) replies.push(await write(sandbox, vendor, id, 'x'));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    expect(replies.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['2', '1', '0', '0', null]);
    expect(new Set(replies.slice(0, 4).map(({ headers }) => headers.get('x-ratelimit-limit')))).toEqual(new Set(['3']));
    const resetMs = Number(replies[0]?.headers.get('x-ratelimit-reset')) * 1000;
    expect(Math.abs(resetMs - Date.now() - 3_600_000)).toBeLessThan(5_000);
    expect(replies.map(({ headers }) => headers.get('retry-after') !== null)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(replies[3]?.json).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED' } });
  });
});

import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { firstId, practice, vendorNames, write, writtenText } from './practice.ts';

async function control(
  sandbox: Sandbox,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly json: unknown }> {
  const response = await fetch(`${sandbox.origin}/_sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}

describe('the control of the sandbox', () => {
  it('shows records, all or one, and makes new ones', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, 'close');
    expect((await control(sandbox, 'GET', 'state/close')).json).toHaveLength(3);
    expect((await control(sandbox, 'GET', `state/close/${id}`)).json).toMatchObject({ id, value: 100_000 });
    const made = await control(sandbox, 'PUT', 'state/close/oppo%2Fnew', { note: 'made', confidence: 7 });
    expect(made.json).toMatchObject({ id: 'oppo/new', note: 'made', confidence: 7, value: 100_000 });
    expect((await control(sandbox, 'GET', 'state/close/oppo%2Fnew')).json).toEqual(made.json);
    expect((await control(sandbox, 'PUT', 'state/raze/opp_9')).json).toMatchObject({
      id: 'opp_9',
      status: 'qualified',
    });
    expect((await write(sandbox, 'raze', 'opp_9', 'x')).status).toBe(200);
  });

  it('shows calls in the order of arrival, of all vendors or of one, and what they came to', async () => {
    const sandbox = await practice();
    for (const vendor of [...vendorNames, ...vendorNames]) await write(sandbox, vendor, firstId(sandbox, vendor), 'x');
    const all = (await control(sandbox, 'GET', 'requests')).json as { readonly vendor: string }[];
    expect(all.map(({ vendor }) => vendor)).toEqual([...vendorNames, ...vendorNames]);
    const some = (await control(sandbox, 'GET', 'requests?vendor=raze')).json;
    expect(some).toMatchObject([
      { vendor: 'raze', method: 'PUT', status: 200, applied: true, body: '{"notes":"x"}' },
      { vendor: 'raze' },
    ]);
    const statistics = (await control(sandbox, 'GET', 'statistics')).json as Record<string, unknown>;
    expect(Object.keys(statistics).sort()).toEqual([...vendorNames].sort());
    expect(statistics['close']).toMatchObject({ arrivals: 2, applied: 2, throttled: 0, violations: [] });
  });

  it('changes how a vendor behaves, and keeps what it is not told to change', async () => {
    const sandbox = await practice({ vendors: { close: { autoCreate: true } } });
    const changed = await control(sandbox, 'POST', 'configure', { vendors: { close: { faults: [{ kind: '503' }] } } });
    expect(changed).toEqual({ status: 200, json: {} });
    expect((await write(sandbox, 'close', 'oppo_any', 'x')).status).toBe(503);
    await control(sandbox, 'POST', 'configure', { vendors: { close: { faults: [] } } });
    expect((await write(sandbox, 'close', 'oppo_any', 'x')).status).toBe(200);
    expect((await write(sandbox, 'raze', 'opp_any', 'x')).status).toBe(404);
  });

  it('puts everything back to the start', async () => {
    const sandbox = await practice({ behaviour: { quota: [{ count: 1, windowMs: 60_000 }] } });
    const id = firstId(sandbox, 'close');
    await write(sandbox, 'close', id, 'x');
    expect((await write(sandbox, 'close', id, 'x')).status).toBe(429);
    await control(sandbox, 'POST', 'reset');
    expect(sandbox.world('close').statistics).toMatchObject({ arrivals: 0, applied: 0, throttled: 0, appliedById: {} });
    expect((await control(sandbox, 'GET', 'requests')).json).toEqual([]);
    expect(writtenText(sandbox, 'close', id)).toBe('');
    expect((await write(sandbox, 'close', id, 'y')).status).toBe(200);
  });

  it.each([
    ['GET', 'state/nobody'],
    ['GET', 'state/close/oppo_none'],
    ['PUT', 'state/nobody/x'],
    ['PUT', 'state/close'],
    ['GET', 'nonsense'],
    ['DELETE', 'state/close'],
    ['GET', ''],
  ])('knows nothing of %s %s', async (method, path) => {
    const sandbox = await practice();
    expect((await control(sandbox, method, path)).status).toBe(404);
  });

  it('refuses to configure a vendor that there is not, and what is not JSON', async () => {
    const sandbox = await practice();
    expect((await control(sandbox, 'POST', 'configure', { vendors: { nobody: {} } })).status).toBe(404);
    const broken = await fetch(`${sandbox.origin}/_sandbox/configure`, { method: 'POST', body: '{' });
    expect(broken.status).toBe(500);
    expect(await broken.text()).toContain('SyntaxError');
    expect((await fetch(`${sandbox.origin}/elsewhere`)).status).toBe(404);
  });
});

import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { ask, firstId, practice, sampleIds, type Answered } from '../practice.ts';

const vendor = 'hubspot';
const deals = '/crm/objects/2026-09/0-3';

const update = (sandbox: Sandbox, id: string, properties: unknown): Promise<Answered> =>
  ask(sandbox, vendor, `${deals}/${id}`, { method: 'PATCH', body: { properties } });
const batch = (sandbox: Sandbox, inputs: readonly unknown[]): Promise<Answered> =>
  ask(sandbox, vendor, `${deals}/batch/update`, { method: 'POST', body: { inputs } });
const state = (sandbox: Sandbox, id: string): unknown => sandbox.world(vendor).records.get(id);

describe('HubSpot in the sandbox', () => {
  it('changes the named properties, and clears with an empty text', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const answered = await update(sandbox, id, { amount: '12500.50', description: '' });
    expect(answered).toMatchObject({
      status: 200,
      json: { id, properties: { amount: '12500.50', description: null } },
    });
    expect(state(sandbox, id)).toMatchObject({ amount: '12500.50', description: null, dealname: 'Deal 1' });
  });

  it('replaces the values of a list, and adds where the text begins with a semicolon', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    await update(sandbox, id, { sales_regions: 'emea;na' });
    await update(sandbox, id, { sales_regions: ';na;apac' });
    expect(state(sandbox, id)).toMatchObject({ sales_regions: 'emea;na;apac' });
    await update(sandbox, id, { sales_regions: 'latam' });
    expect(state(sandbox, id)).toMatchObject({ sales_regions: 'latam' });
  });

  it.each([
    ['amuont', '5', 'PROPERTY_DOESNT_EXIST'],
    ['hs_is_closed', 'true', 'READ_ONLY_VALUE'],
    ['amount', '1,5', 'INVALID_INTEGER'],
    ['closedate', '30.11.2026', 'INVALID_DATE'],
    ['dealtype', 'New Business', 'INVALID_OPTION'],
    ['hubspot_owner_id', '5500123', 'INVALID_OPTION'],
    ['dealstage', '151003001', 'INVALID_PIPELINE_STAGE'],
    ['dealstage', 'closedlost', 'MISSING_CONDITIONAL_REQUIRED_PROPERTY'],
  ])('refuses %s=%s with %s, and changes nothing', async (name, value, code) => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const before = structuredClone(state(sandbox, id));
    const answered = await update(sandbox, id, { [name]: value, description: 'x' });
    expect(answered).toMatchObject({ status: 400, json: { category: 'VALIDATION_ERROR', errors: [{ code }] } });
    expect(state(sandbox, id)).toEqual(before);
    expect(sandbox.world(vendor).statistics.violations).toEqual([]);
  });

  it('notes a number that is sent where a text belongs', async () => {
    const sandbox = await practice();
    expect((await update(sandbox, firstId(sandbox, vendor), { amount: 5 })).status).toBe(400);
    expect(sandbox.world(vendor).statistics.violations).toEqual(['amount is not text']);
  });

  it('moves the close date with a closed stage, unless the call names one', async () => {
    const sandbox = await practice();
    const [first = '', second = ''] = sampleIds(sandbox, vendor);
    await update(sandbox, first, { dealstage: 'closedwon' });
    expect(state(sandbox, first)).toMatchObject({ closedate: expect.stringMatching(/Z$/), hs_is_closed_won: 'true' });
    await update(sandbox, second, { dealstage: 'closedwon', closedate: '2026-11-30' });
    expect(state(sandbox, second)).toMatchObject({ closedate: '2026-11-30T00:00:00.000Z' });
  });

  it('refuses a batch whole for one bad value, naming no row; or names the rows, as it is told', async () => {
    const sandbox = await practice();
    const world = sandbox.world(vendor);
    const [first = '', second = ''] = sampleIds(sandbox, vendor);
    const inputs = [
      { id: first, properties: { amount: '7' }, objectWriteTraceId: 'row-1' },
      { id: second, properties: { dealstage: 'closedlost' }, objectWriteTraceId: 'row-2' },
    ];
    const whole = await batch(sandbox, inputs);
    expect(whole).toMatchObject({
      status: 400,
      json: { errors: [{ context: { propertyName: ['closed_lost_reason'] } }] },
    });
    expect(whole.text).not.toContain('row-2');
    expect(state(sandbox, first)).toMatchObject({ amount: '1000' });
    world.configure({ ...world.behaviour, batch: { inOrder: true, namesRows: true } });
    const named = await batch(sandbox, inputs);
    expect(named).toMatchObject({
      status: 207,
      json: { results: [{ id: first }], numErrors: 1, errors: [{ context: { objectWriteTraceId: ['row-2'] } }] },
    });
    expect(state(sandbox, first)).toMatchObject({ amount: '7' });
  });

  it('lists missing deals in one entry, shuffles the results, and refuses twins and more than 100', async () => {
    const sandbox = await practice({ samples: 20 });
    const ids = sampleIds(sandbox, vendor);
    const inputs = [...ids, '1', '2'].map((id) => ({ id, properties: { amount: '7' } }));
    const answered = await batch(sandbox, inputs);
    expect(answered).toMatchObject({
      status: 207,
      json: { errors: [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['1', '2'] } }] },
    });
    const { results } = answered.json as { readonly results: readonly { readonly id: string }[] };
    const order = results.map(({ id }) => id);
    expect(order.toSorted()).toEqual(ids.toSorted());
    expect(order).not.toEqual(ids);
    const twins = await batch(sandbox, [inputs[0], inputs[0]]);
    expect(twins).toMatchObject({ status: 400, json: { context: { ids: [ids[0]] } } });
    const many = Array.from({ length: 101 }, (_, index) => ({ id: String(index + 1), properties: {} }));
    expect((await batch(sandbox, many)).status).toBe(400);
  });

  it('reads one and several, finds by a unique property, and lets a merged id lead on by itself only', async () => {
    const sandbox = await practice();
    const [first = '', second = ''] = sampleIds(sandbox, vendor);
    sandbox
      .world(vendor)
      .records.put(first, { ...(state(sandbox, first) as object), hs_merged_object_ids: '60000001;60000002' });
    const one = await ask(sandbox, vendor, `${deals}/60000002?properties=amount,hs_merged_object_ids`);
    expect(one).toMatchObject({ status: 200, json: { id: first, properties: { amount: '1000' } } });
    const read = (body: object): Promise<Answered> =>
      ask(sandbox, vendor, `${deals}/batch/read`, {
        method: 'POST',
        body: { properties: ['amount', 'dealtype'], propertiesWithHistory: [], ...body },
      });
    expect(await read({ inputs: [{ id: second }] })).toMatchObject({
      status: 200,
      json: { results: [{ properties: { dealtype: null } }] },
    });
    expect(await read({ inputs: [{ id: '60000002' }] })).toMatchObject({ status: 207, json: { results: [] } });
    expect(await read({ idProperty: 'erp_number', inputs: [{ id: 'ERP-2' }] })).toMatchObject({
      json: { results: [{ id: second }] },
    });
  });

  it('searches by all conditions, page by page', async () => {
    const sandbox = await practice({ samples: 5 });
    const search = (body: object): Promise<Answered> =>
      ask(sandbox, vendor, `${deals}/search`, { method: 'POST', body });
    const filters = [
      { propertyName: 'pipeline', operator: 'EQ', value: 'default' },
      { propertyName: 'closedate', operator: 'NOT_HAS_PROPERTY' },
    ];
    const query = { filterGroups: [{ filters }], properties: ['dealname'], limit: 3 };
    expect(await search(query)).toMatchObject({ json: { total: 5, paging: { next: { after: '3' } } } });
    const last = await search({ ...query, after: '3' });
    expect((last.json as { readonly results: unknown[] }).results).toHaveLength(2);
    expect(last.json).not.toHaveProperty('paging');
  });

  it('shows properties, pipelines, owners by pages, rules and the account; 404 elsewhere has no category', async () => {
    const sandbox = await practice();
    for (const path of [
      '/crm/properties/2026-09/0-3',
      '/crm/pipelines/2026-03/0-3',
      '/crm/property-validations/2026-09/0-3',
    ]) {
      expect(await ask(sandbox, vendor, path)).toMatchObject({ status: 200, json: { results: expect.any(Array) } });
    }
    const page = await ask(sandbox, vendor, '/crm/owners/2026-09?limit=100');
    expect(page.json).toMatchObject({
      results: [{ id: '880011' }, { id: '880012' }],
      paging: { next: { after: '2' } },
    });
    expect((await ask(sandbox, vendor, '/crm/owners/2026-09?limit=100&after=2')).json).not.toHaveProperty('paging');
    expect(await ask(sandbox, vendor, '/account-info/2026-09/details')).toMatchObject({
      json: { portalId: 4_242_424 },
    });
    const unknown = await ask(sandbox, vendor, '/crm/v3/objects/deals/1');
    expect(unknown.status).toBe(404);
    expect(unknown.json).not.toHaveProperty('category');
  });

  it('counts its quotas, and names the policy that refuses', async () => {
    const quota = [
      { count: 2, windowMs: 60_000 },
      { count: 1, windowMs: 86_400_000, group: 'search' },
    ];
    const sandbox = await practice({ vendors: { hubspot: { quota } } });
    const search = (): Promise<Answered> =>
      ask(sandbox, vendor, `${deals}/search`, {
        method: 'POST',
        body: { filterGroups: [{ filters: [] }], properties: [], limit: 1 },
      });
    const first = await search();
    expect([first.status, first.headers.get('x-hubspot-ratelimit-remaining')]).toEqual([200, '0']);
    expect(await search()).toMatchObject({ status: 429, json: { policyName: 'DAILY' } });
    expect(await ask(sandbox, vendor, '/account-info/2026-09/details')).toMatchObject({
      status: 429,
      json: { policyName: 'TEN_SECONDLY_ROLLING', errorType: 'RATE_LIMIT' },
    });
  });
});

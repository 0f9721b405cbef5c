import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { adaId, euroId } from '../../../src/sandbox/vendors/dynamics-metadata.ts';
import { ask, firstId, practice, sampleIds, type Answered, type Asking } from '../practice.ts';

const vendor = 'dynamics';
const representation = 'return=representation,odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"';

const state = (sandbox: Sandbox, id: string): Record<string, unknown> | undefined =>
  sandbox.world(vendor).records.get(id);

function update(sandbox: Sandbox, id: string, body: unknown, headers: Asking['headers'] = {}): Promise<Answered> {
  return ask(sandbox, vendor, `/opportunities(${id})`, { method: 'PATCH', body, headers: { prefer: '', ...headers } });
}

function close(
  sandbox: Sandbox,
  action: 'WinOpportunity' | 'LoseOpportunity',
  id: string,
  status = -1,
): Promise<Answered> {
  const body = {
    Status: status,
    OpportunityClose: { 'opportunityid@odata.bind': `/opportunities(${id})`, subject: 'Closed' },
  };
  return ask(sandbox, vendor, `/${action}`, { method: 'POST', body });
}

async function list(sandbox: Sandbox, query: string): Promise<readonly Record<string, unknown>[]> {
  const { json } = await ask(sandbox, vendor, `/opportunities?${query}`);
  return (json as { readonly value: readonly Record<string, unknown>[] }).value;
}

describe('Dynamics 365 in the sandbox', () => {
  it('changes what is named, without a body or with the selected properties, as it is asked', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    expect(await update(sandbox, id, { estimatedvalue: 12_500.5 })).toMatchObject({ status: 204, text: '' });
    const shown = await ask(sandbox, vendor, `/opportunities(${id})?$select=estimatedvalue,_ownerid_value`, {
      method: 'PATCH',
      body: { description: 'called' },
      headers: { prefer: representation },
    });
    expect(shown).toMatchObject({
      status: 200,
      json: {
        '@odata.etag': expect.stringMatching(/^W\/"\d+"$/),
        opportunityid: id,
        estimatedvalue: 12_500.5,
        _ownerid_value: adaId,
        '_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname': 'systemuser',
      },
    });
    expect(shown.json).not.toHaveProperty('description');
    expect(state(sandbox, id)).toMatchObject({ estimatedvalue: 12_500.5, description: 'called' });
  });

  it('refuses an older version, and creates where no condition is sent', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const [before] = await list(sandbox, `$filter=opportunityid eq ${id}`);
    const tag = String(before?.['@odata.etag']);
    expect((await update(sandbox, id, { description: 'one' }, { 'if-match': tag })).status).toBe(204);
    expect(await update(sandbox, id, { description: 'two' }, { 'if-match': tag })).toMatchObject({
      status: 412,
      json: { error: { code: '0x80060882' } },
    });
    const unknown = '6f1c0a52-3b7e-ee11-8179-000d3ab1eeee';
    expect((await update(sandbox, unknown, { description: 'x' })).status).toBe(404);
    expect(sandbox.world(vendor).statistics.violations).toEqual([]);
    const path = `/opportunities(${unknown})`;
    const { accessToken = '' } = sandbox.credentials[vendor] ?? {};
    const made = await fetch(`${sandbox.baseUrls[vendor]}${path}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      body: '{"description":"made"}',
    });
    expect(made.status).toBe(204);
    expect(sandbox.world(vendor).statistics.violations).toEqual([expect.stringContaining('If-Match')]);
  });

  it('ignores with success what is not valid for update', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    expect((await update(sandbox, id, { createdon: '2020-01-01T00:00:00Z' })).status).toBe(204);
    expect(state(sandbox, id)).toMatchObject({ createdon: '2026-03-02T09:15:00Z' });
  });

  it.each<[string, unknown]>([
    ['estimatedvalue', '12500.50'],
    ['estimatedclosedate', '2026-11-30T00:00:00Z'],
    ['salesstage', 'Propose'],
    ['salesstage', 9],
    ['new_days', [1, 9]],
    ['new_days', '1,7'],
    ['new_renewal', '2026-11-30'],
    ['isrevenuesystemcalculated', 'true'],
    ['name', 'x'.repeat(301)],
    ['ownerid', adaId],
    ['_ownerid_value', adaId],
    ['ownerid@odata.bind', '/systemusers(0a4d7d11-90aa-ee11-be37-000d3ab1ffff)'],
    ['new_customerid@odata.bind', `/accounts(${adaId})`],
    ['customerid_account@odata.bind', `/contacts(${adaId})`],
    ['Name', 'x'],
    ['statecode', 1],
  ])('refuses %s %j, and changes nothing', async (property, value) => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const before = structuredClone(state(sandbox, id));
    const refused = await update(sandbox, id, { description: 'x', [property]: value });
    expect(refused).toMatchObject({ status: 400, json: { error: { code: expect.stringMatching(/^0x/) } } });
    expect(state(sandbox, id)).toEqual(before);
  });

  it('binds lookups by their navigation names, and empties them under the same', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const account = '1c4d7d11-90aa-ee11-be37-000d3ab1f00a';
    await update(sandbox, id, {
      'customerid_account@odata.bind': `/accounts(${account})`,
      'new_CustomerId@odata.bind': `/accounts(${account})`,
      parentcontactid: null,
    });
    expect(state(sandbox, id)).toMatchObject({
      customerid: { set: 'accounts', id: account },
      new_customerid: { set: 'accounts', id: account },
      parentcontactid: null,
      transactioncurrencyid: { id: euroId },
    });
  });

  it('closes by its actions, once, and leaves an activity that stays when it is reopened', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    expect((await close(sandbox, 'WinOpportunity', id, 4)).status).toBe(400);
    expect((await close(sandbox, 'WinOpportunity', id)).status).toBe(204);
    expect(state(sandbox, id)).toMatchObject({ statecode: 1, statuscode: 3, actualvalue: 1_000, activities: 1 });
    expect((await close(sandbox, 'LoseOpportunity', id)).status).toBe(400);
    expect((await update(sandbox, id, { statecode: 0, statuscode: 1 })).status).toBe(204);
    expect(state(sandbox, id)).toMatchObject({ statecode: 0, activities: 1 });
    expect((await close(sandbox, 'LoseOpportunity', id, 5)).status).toBe(204);
    expect(state(sandbox, id)).toMatchObject({ statecode: 2, statuscode: 5, activities: 2 });
  });

  it('filters, and pages by a link that names another host', async () => {
    const sandbox = await practice({ samples: 1_200 });
    const [first = '', second = ''] = sampleIds(sandbox, vendor);
    const ids = `opportunityid eq ${first} or opportunityid eq ${second}`;
    expect((await list(sandbox, `$filter=${ids}`)).map((one) => one['opportunityid'])).toEqual([first, second]);
    expect(await list(sandbox, `$filter=new_key eq 'key-${first.slice(-4)}'`)).toHaveLength(1);
    expect(await list(sandbox, `$filter=_ownerid_value eq ${adaId} and statecode eq 1`)).toEqual([]);
    const page = (await ask(sandbox, vendor, '/opportunities?$select=name')).json as Record<string, unknown>;
    expect(page['value']).toHaveLength(1_000);
    const link = new URL(String(page['@odata.nextLink']));
    expect(link.host).toBe('other.crm4.dynamics.com');
    expect(await list(sandbox, link.search.slice(1))).toHaveLength(200);
  });

  it('describes its columns, choices, lookups, users, teams and currencies', async () => {
    const sandbox = await practice();
    const read = async (path: string): Promise<unknown> => (await ask(sandbox, vendor, path)).json;
    const table = "/EntityDefinitions(LogicalName='opportunity')";
    expect(await read(`${table}/Attributes`)).toMatchObject({
      value: expect.arrayContaining([
        expect.objectContaining({ LogicalName: 'new_days', AttributeTypeName: { Value: 'MultiSelectPicklistType' } }),
        expect.objectContaining({ LogicalName: 'createdon', IsValidForUpdate: false }),
      ]),
    });
    expect(await read(`${table}/Attributes/Microsoft.Dynamics.CRM.StatusAttributeMetadata`)).toMatchObject({
      value: [{ LogicalName: 'statuscode', OptionSet: { Options: expect.arrayContaining([expect.anything()]) } }],
    });
    expect(await read(`${table}/ManyToOneRelationships`)).toMatchObject({
      value: expect.arrayContaining([
        expect.objectContaining({ ReferencingEntityNavigationPropertyName: 'new_CustomerId' }),
        expect.objectContaining({ ReferencingAttribute: 'ownerid', ReferencedEntity: 'owner' }),
      ]),
    });
    for (const path of ['/EntityDefinitions', '/systemusers', '/teams', '/transactioncurrencies'])
      expect(await read(path)).toMatchObject({ value: expect.arrayContaining([expect.anything()]) });
    expect((await ask(sandbox, vendor, '/opportunity')).status).toBe(404);
  });

  it('counts its quota, and says how long it lasts', async () => {
    const sandbox = await practice({ vendors: { dynamics: { quota: [{ count: 1, windowMs: 300_000 }] } } });
    expect((await ask(sandbox, vendor, '/systemusers')).status).toBe(200);
    const refused = await ask(sandbox, vendor, '/systemusers');
    expect(refused).toMatchObject({ status: 429, json: { error: { code: '0x80072322' } } });
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(refused.text).toContain('limit of 1 over time window of 300 seconds');
  });

  it('names the tenant where a call has no token', async () => {
    const sandbox = await practice();
    const refused = await ask(sandbox, vendor, '/systemusers', { authorised: false });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('authorization_uri=https://login.microsoftonline.com/');
  });
});

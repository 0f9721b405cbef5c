import { describe, expect, it } from 'vitest';
import { ask, firstId, practice, write } from '../practice.ts';

const service = '/OpportunityManagement.svc';
const vendor = 'leadsquared';

interface Fault {
  readonly ExceptionType?: string;
  readonly ExceptionMessage?: string;
}

describe('LeadSquared in the sandbox', () => {
  it('takes its keys in headers or in the query, as it is told', async () => {
    const sandbox = await practice();
    const world = sandbox.world(vendor);
    const { accessKey = '', secretKey = '' } = sandbox.credentials[vendor] ?? {};
    const query = `?${new URLSearchParams({ accessKey, secretKey }).toString()}`;
    const path = '/Authentication.svc/UserByAccessKey.Get';
    const statuses = async (): Promise<number[]> => [
      (await ask(sandbox, vendor, path)).status,
      (await ask(sandbox, vendor, path + query, { authorised: false })).status,
    ];
    expect(accessKey).toContain('$');
    expect(await statuses()).toEqual([200, 200]);
    world.configure({ ...world.behaviour, keysIn: 'headers' });
    expect(await statuses()).toEqual([200, 401]);
    world.configure({ ...world.behaviour, keysIn: 'query' });
    expect(await statuses()).toEqual([401, 200]);
    const refused = await ask(sandbox, vendor, path, { headers: { 'x-lsq-secretkey': 'wrong' } });
    expect(refused).toMatchObject({ status: 401, json: { ExceptionType: 'MXUnAuthorizedAccessException' } });
  });

  it('updates fields and note, and counts the notes', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const Fields = [
      { SchemaName: 'mx_Custom_6', Value: '1250.50' },
      { SchemaName: 'mx_Custom_8', Value: '2026-11-30 00:00:00' },
      { SchemaName: 'Status', Value: 'Won' },
    ];
    const body = { ProspectOpportunityId: id, OpportunityNote: 'called', Fields };
    const answered = await ask(sandbox, vendor, `${service}/Update`, { method: 'POST', body });
    expect(answered).toMatchObject({ status: 200, json: { Status: 'Success', Message: { Id: id } } });
    expect(sandbox.world(vendor).records.get(id)).toMatchObject({
      mx_Custom_6: '1250.50',
      mx_Custom_8: '2026-11-30 00:00:00',
      Status: 'Won',
      OpportunityNote: 'called',
      notes_sent: 1,
    });
    await ask(sandbox, vendor, `${service}/Update`, { method: 'POST', body });
    expect(sandbox.world(vendor).records.get(id)).toMatchObject({ notes_sent: 2 });
  });

  it('refuses with 500 and a type of its own what it does not know', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const refusal = async (body: unknown): Promise<string | undefined> => {
      const answered = await ask(sandbox, vendor, `${service}/Update`, { method: 'POST', body });
      expect(answered.status).toBe(500);
      return (answered.json as Fault).ExceptionType;
    };
    const field = (SchemaName: string, Value: string): unknown => ({
      ProspectOpportunityId: id,
      Fields: [{ SchemaName, Value }],
    });
    expect(await refusal({ ProspectOpportunityId: 'none', Fields: [] })).toBe('MXInvalidInputException');
    expect(await refusal(field('mx_Nonsense', 'x'))).toBe('MXInvalidActivityFieldsException');
    expect(await refusal(field('mx_Custom_8', '2026-11-30'))).toBe('MXInvalidDataTypeException');
    expect(sandbox.world(vendor).statistics.violations).toEqual([]);
    expect(await refusal({ ProspectOpportunityId: id, fields: [] })).toBe('ArgumentNullException');
    expect(sandbox.world(vendor).statistics).toMatchObject({ applied: 0, violations: ['Fields is not an array'] });
  });

  it('notes what is wrong on the wire', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const post = async (body: unknown, path = `${service}/Update`): Promise<number> =>
      (await ask(sandbox, vendor, path, { method: 'POST', body })).status;
    expect(await post({ Fields: [] })).toBe(400);
    expect(await post({ ProspectOpportunityId: id, Fields: [{ SchemaName: 'mx_Custom_6', Value: 5 }] })).toBe(400);
    expect(await post({ ProspectOpportunityId: id, Fields: [], OpportunityNote: 5 })).toBe(400);
    expect(await post({}, '/Nothing.svc/Update')).toBe(404);
    expect((await ask(sandbox, vendor, `${service}/Update`, { method: 'PUT', body: {} })).status).toBe(405);
    expect(sandbox.world(vendor).statistics.violations).toEqual([
      'ProspectOpportunityId is missing',
      'a field is not of the form {SchemaName, Value} with text values',
      'OpportunityNote is not text',
      'POST /Nothing.svc/Update',
      `PUT ${service}/Update`,
    ]);
  });

  it('reads one, many, and what there is to know', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const one = await ask(sandbox, vendor, `${service}/GetOpportunityDetails?OpportunityId=${id}`);
    expect((one.json as { Fields: unknown[] }).Fields).toContainEqual({ SchemaName: 'Status', Value: 'Open' });
    const parameters = { EventCode: 12_000, Columns: { Include_CSV: 'Status' } };
    const body = { SearchParameters: [{ ...parameters, ProspectActivityId: [id, 'none'] }] };
    const many = await ask(sandbox, vendor, `${service}/GetOpportunitiesById`, { method: 'POST', body });
    expect(many.json).toMatchObject([{ RecordCount: 1, Opportunities: [{ ProspectActivityId: id, Status: 'Open' }] }]);
    const tooMany = {
      SearchParameters: [{ ...parameters, ProspectActivityId: Array.from({ length: 2_001 }, () => id) }],
    };
    expect(
      (await ask(sandbox, vendor, `${service}/GetOpportunitiesById`, { method: 'POST', body: tooMany })).status,
    ).toBe(400);
    const metadata = await ask(sandbox, vendor, `${service}/GetOpportunityTypeMetadata?code=12000`);
    expect(metadata.text).toContain('mx_Custom_8');
    expect((await ask(sandbox, vendor, '/UserManagement.svc/Users.Get')).text).toContain('ada@northwind.example');
    expect((await ask(sandbox, vendor, `${service}/GetOpportunityDetails?OpportunityId=none`)).status).toBe(500);
  });

  it.each([
    ['429', [429, 429, 429]],
    ['403', [403, 403, 403]],
    ['200', [200, 200, 200]],
    ['rotate', [403, 200, 429]],
  ] as const)('refuses the twenty-sixth call of a window in the form %s', async (refusalForm, expected) => {
    const sandbox = await practice({
      vendors: { [vendor]: { refusalForm, quota: [{ count: 25, windowMs: 60_000 }] } },
    });
    const id = firstId(sandbox, vendor);
    const taken = await Promise.all(Array.from({ length: 25 }, () => write(sandbox, vendor, id, 'x')));
    expect(new Set(taken.map(({ status }) => status))).toEqual(new Set([200]));
    for (const status of expected) {
      const refused = await write(sandbox, vendor, id, 'refused');
      expect(refused.status).toBe(status);
      expect((refused.json as Fault).ExceptionMessage).toBe('API calls exceeded the limit of 25 in 60 second(s)');
      expect((refused.json as Fault).ExceptionType).toBe(
        status === 200 ? 'MXAPIRateLimitExceededException' : undefined,
      );
    }
    expect(sandbox.world(vendor).statistics).toMatchObject({
      arrivals: 28,
      throttled: 3,
      applied: 25,
      mostInWindow: 26,
    });
    expect(sandbox.world(vendor).records.get(id)).toMatchObject({ mx_Custom_2: 'x' });
  });
});

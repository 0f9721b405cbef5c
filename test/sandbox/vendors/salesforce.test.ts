import { describe, expect, it } from 'vitest';
import { fullId } from '../../../src/sandbox/vendors/salesforce-write.ts';
import { parseQuery } from '../../../src/sandbox/vendors/salesforce-query.ts';
import { ask, firstId, practice, sampleIds } from '../practice.ts';

const vendor = 'salesforce';
const data = '/services/data/v66.0';

interface Failure {
  readonly errorCode: string;
  readonly message: string;
}

const bodyOf = (records: readonly object[]) => ({ allOrNone: false, records });
const row = (id: string, members: object) => ({ attributes: { type: 'Opportunity' }, id, ...members });

describe('Salesforce in the sandbox', () => {
  it('changes one record, and answers with nothing', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const path = `${data}/sobjects/Opportunity/${id}`;
    const answered = await ask(sandbox, vendor, path, {
      method: 'PATCH',
      body: { Amount: 12.5, StageName: 'Closed_Won', NextStep: null },
    });
    expect([answered.status, answered.text]).toEqual([204, '']);
    const read = await ask(sandbox, vendor, `${path}?fields=Id,Amount,IsWon,Probability`);
    expect(read.json).toMatchObject({
      attributes: { type: 'Opportunity' },
      Id: id,
      Amount: 12.5,
      IsWon: true,
      Probability: 100,
    });
    expect((await ask(sandbox, vendor, `${path.slice(0, -3)}?fields=Id`)).json).toMatchObject({ Id: id });
  });

  it.each([
    [{ Nope__c: 1 }, 400, 'INVALID_FIELD'],
    [{ ExpectedRevenue: 1 }, 400, 'INVALID_FIELD_FOR_INSERT_UPDATE'],
    [{ Amount: '12' }, 400, 'JSON_PARSER_ERROR'],
    [{ Region__c: 'Europe' }, 400, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'],
    [{ OwnerId: '0015e00000ZzZzZAAV' }, 400, 'MALFORMED_ID'],
    [{ OwnerId: '0055e0000012xzcAAA' }, 400, 'INACTIVE_OWNER_OR_USER'],
    [{ NextStep: 'x'.repeat(256) }, 400, 'STRING_TOO_LONG'],
    [{ Name: null }, 400, 'REQUIRED_FIELD_MISSING'],
    [{ Strategic__c: null }, 400, 'INVALID_TYPE_ON_FIELD_IN_RECORD'],
    [{ Amount: -1 }, 400, 'FIELD_CUSTOM_VALIDATION_EXCEPTION'],
  ])('refuses %j in the envelope of Salesforce', async (body, status, code) => {
    const sandbox = await practice();
    const answered = await ask(sandbox, vendor, `${data}/sobjects/Opportunity/${firstId(sandbox, vendor)}`, {
      method: 'PATCH',
      body,
    });
    expect(answered.status).toBe(status);
    expect((answered.json as Failure[])[0]?.errorCode).toBe(code);
  });

  it('changes many at once, each by itself, and answers in their order', async () => {
    const sandbox = await practice();
    const [first = '', second = ''] = sampleIds(sandbox, vendor);
    const body = bodyOf([
      row(first, { Amount: 1 }),
      row(second, { OwnerId: '0015e00000ZzZzZAAV' }),
      row(first.slice(0, 15), { Amount: 2 }),
    ]);
    const answered = await ask(sandbox, vendor, `${data}/composite/sobjects`, { method: 'PATCH', body });
    expect(answered).toMatchObject({
      status: 200,
      json: [
        { id: first, success: true, errors: [] },
        { success: false, errors: [{ statusCode: 'MALFORMED_ID', fields: ['OwnerId'] }] },
        { success: false, errors: [{ statusCode: 'DUPLICATE_VALUE' }] },
      ],
    });
    const tooMany = bodyOf(Array.from({ length: 201 }, () => row(first, { Amount: 1 })));
    expect((await ask(sandbox, vendor, `${data}/composite/sobjects`, { method: 'PATCH', body: tooMany })).status).toBe(
      400,
    );
  });

  it('leaves the amount where there are products, and says that all is well', async () => {
    const sandbox = await practice();
    const id = firstId(sandbox, vendor);
    const { records } = sandbox.world(vendor);
    records.put(id, { ...records.get(id), HasOpportunityLineItem: true });
    const answered = await ask(sandbox, vendor, `${data}/sobjects/Opportunity/${id}`, {
      method: 'PATCH',
      body: { Amount: 5, NextStep: 'x' },
    });
    expect(answered.status).toBe(204);
    expect(records.get(id)).toMatchObject({ Amount: 1_000, NextStep: 'x' });
  });

  it('refuses a write under a condition that no longer holds', async () => {
    const sandbox = await practice();
    const path = `${data}/sobjects/Opportunity/${firstId(sandbox, vendor)}`;
    const guarded = (date: string) =>
      ask(sandbox, vendor, path, { method: 'PATCH', body: { Amount: 1 }, headers: { 'if-unmodified-since': date } });
    expect((await guarded('Mon, 02 Mar 2026 09:15:00 GMT')).status).toBe(204);
    expect((await guarded('Mon, 02 Mar 2026 09:15:00 GMT')).status).toBe(412);
    expect((await guarded('yesterday')).status).toBe(400);
  });

  it('reads many in their order, with null for what is not there', async () => {
    const sandbox = await practice();
    const [first = '', second = ''] = sampleIds(sandbox, vendor);
    const body = { ids: [second, fullId('0065e00000NoNe1'), first], fields: ['Id', 'Amount'] };
    const answered = await ask(sandbox, vendor, `${data}/composite/sobjects/Opportunity`, { method: 'POST', body });
    expect(answered.json).toMatchObject([{ Id: second }, null, { Id: first }]);
    const wrong = { ...body, fields: ['Id', 'Nope__c'] };
    expect(
      (await ask(sandbox, vendor, `${data}/composite/sobjects/Opportunity`, { method: 'POST', body: wrong })).status,
    ).toBe(400);
  });

  it('answers queries page by page', async () => {
    const sandbox = await practice({ samples: 450 });
    const asked = await ask(
      sandbox,
      vendor,
      `${data}/query?${new URLSearchParams({ q: "SELECT Id FROM Opportunity WHERE StageName = 'prospecting'" }).toString()}`,
    );
    const page = asked.json as { totalSize: number; done: boolean; nextRecordsUrl: string; records: unknown[] };
    expect([page.totalSize, page.done, page.records.length]).toEqual([450, false, 200]);
    const second = (await ask(sandbox, vendor, page.nextRecordsUrl)).json as typeof page;
    const third = (await ask(sandbox, vendor, second.nextRecordsUrl)).json as typeof page;
    expect([second.done, third.done, third.records.length]).toEqual([false, true, 50]);
    const broken = await ask(sandbox, vendor, `${data}/query?q=SELECT`);
    expect((broken.json as Failure[])[0]?.errorCode).toBe('MALFORMED_QUERY');
  });

  it('tells two limits apart by their text alone', async () => {
    const sandbox = await practice();
    const world = sandbox.world(vendor);
    const asked = async (windowMs: number) => {
      world.configure({ ...world.behaviour, quota: [{ count: 1, windowMs, group: 'api' }] });
      const path = `${data}/sobjects/Opportunity/describe`;
      const [first, second] = [await ask(sandbox, vendor, path), await ask(sandbox, vendor, path)];
      expect(first.headers.get('sforce-limit-info')).toBe('api-usage=1/1');
      return [second.status, (second.json as Failure[])[0]];
    };
    expect(await asked(86_400_000)).toEqual([
      403,
      { errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' },
    ]);
    expect(await asked(60_000)).toEqual([
      403,
      { errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.' },
    ]);
  });

  it('knows versions, and gives tokens for a form only', async () => {
    const sandbox = await practice();
    expect((await ask(sandbox, vendor, '/services/data/v20.0/query?q=x')).status).toBe(410);
    expect((await ask(sandbox, vendor, '/services/data/', { authorised: false })).status).toBe(200);
    expect((await ask(sandbox, vendor, `${data}/query?q=x`, { authorised: false })).status).toBe(401);
    const form = {
      grant_type: 'client_credentials',
      client_id: '3MVG9sandbox.ConsumerKey',
      client_secret: 'sandboxConsumerSecret0123456789',
    };
    const token = (changed: Record<string, string>) =>
      ask(sandbox, vendor, '/services/oauth2/token', {
        method: 'POST',
        authorised: false,
        text: new URLSearchParams({ ...form, ...changed }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    expect((await token({})).json).toMatchObject({
      token_type: 'Bearer',
      instance_url: 'https://northwind.my.salesforce.com',
    });
    expect(await token({ client_secret: 'wrong' })).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    expect((await token({ client_id: 'other' })).json).toMatchObject({ error: 'invalid_client_id' });
  });

  it('understands conditions', () => {
    const parsed = parseQuery(
      "SELECT Id, Name FROM Opportunity WHERE (Amount >= 10 OR NOT Name LIKE 'N%') AND StageName IN ('a','b\\'c') AND CloseDate < 2026-12-18",
    );
    expect(parsed?.matches({ Amount: 12, Name: 'North', StageName: "B'C", CloseDate: '2026-01-01' })).toBe(true);
    expect(parsed?.matches({ Amount: 2, Name: 'North', StageName: 'a', CloseDate: '2026-01-01' })).toBe(false);
    expect(parsed?.matches({ Amount: 12, Name: 'North', StageName: 'a', CloseDate: '2027-01-01' })).toBe(false);
    expect(parseQuery('SELECT Id FROM Opportunity WHERE Amount ==')).toBeUndefined();
    expect(parseQuery("SELECT Id FROM Opportunity WHERE Name = 'x")).toBeUndefined();
  });
});

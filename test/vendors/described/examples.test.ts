import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { exampleVendor, receivedAtMs, serviceOf, settingsOf, toEdit, toReply } from '../../contract/fixtures.ts';
import { fast, newPlace, run, summaryOf, type Place } from '../../cli/oppatch.ts';

/** The services of `docs/examples/`, each against a server that behaves as its documentation says (the addresses stand in the files). */

type Body = Readonly<Record<string, unknown>>;
interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}
interface Service {
  readonly title: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  /** How fields are cleared, where the file leaves that open. */
  readonly clear?: readonly string[];
  readonly isKnown: (headers: IncomingHttpHeaders) => boolean;
  readonly records: Readonly<Record<string, Body>>;
  readonly path: RegExp;
  /** The member around a record, in requests and in replies. */
  readonly wrapper?: string;
  readonly wrapped?: string;
  readonly check: { readonly path: string; readonly body: unknown };
  readonly unknown: Answer;
  readonly unauthorised: Answer;
  readonly invalid: (change: Body) => Answer | undefined;
  /** The POST that reads several records, by what it asks. */
  readonly search?: { readonly path: string; readonly found: (asked: Body, records: readonly Body[]) => unknown };
  /** How a change becomes part of a record. */
  readonly merged: (record: Body, change: Body) => Body;
  /** The first write is answered so. */
  readonly limited?: () => Answer;
  readonly edits: string;
  readonly writes: readonly unknown[];
  readonly refused: RegExp;
}

const nested = (record: Body, change: Body): Body =>
  Object.fromEntries(
    Object.entries({ ...record, ...change }).map(([name, value]) => {
      const before = record[name];
      const both =
        typeof value === 'object' &&
        value !== null &&
        typeof before === 'object' &&
        before !== null &&
        !Array.isArray(value);
      return [name, both ? { ...before, ...value } : value];
    }),
  );

const services: readonly Service[] = [
  {
    title: 'Capsule',
    file: 'capsule.json',
    clear: ['--setting', 'clear=null'],
    env: { CAPSULE_ACCESS_TOKEN: 'capsule-token-0123' },
    words: [],
    isKnown: ({ authorization }) => authorization === 'Bearer capsule-token-0123',
    records: {
      11: {
        id: 11,
        name: 'Website',
        description: 'Shopping cart',
        value: { amount: 500, currency: 'GBP' },
        milestone: { id: 14, name: 'Bid' },
        owner: { id: 6, username: 'scott' },
        expectedCloseOn: '2026-10-31',
        probability: 50,
        createdAt: '2026-01-29T12:55:12Z',
      },
      12: {
        id: 12,
        name: 'Consulting',
        description: null,
        value: null,
        milestone: { id: 14, name: 'Bid' },
        owner: null,
        expectedCloseOn: null,
        probability: 10,
        createdAt: '2026-01-29T12:55:12Z',
      },
      13: {
        id: 13,
        name: 'Refused',
        description: null,
        value: null,
        milestone: { id: 14, name: 'Bid' },
        owner: null,
        expectedCloseOn: null,
        probability: 10,
        createdAt: '2026-01-29T12:55:12Z',
      },
    },
    path: /^\/opportunities\/(\d+)$/,
    wrapper: 'opportunity',
    wrapped: 'opportunity',
    check: { path: '/opportunities?perPage=1', body: { opportunities: [] } },
    unknown: { status: 404, body: { message: 'Could not find resource' } },
    unauthorised: { status: 401, body: { message: 'Invalid or expired access token' } },
    invalid: ({ probability }) =>
      probability === 101
        ? {
            status: 422,
            body: {
              message: 'Validation Failed',
              errors: [{ message: 'must be between 0 and 100', resource: 'opportunity', field: 'probability' }],
            },
          }
        : undefined,
    merged: nested,
    limited: () => ({
      status: 429,
      headers: {
        'x-ratelimit-limit': '4000',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 1),
      },
      body: { error: 'rate limit reached' },
    }),
    edits:
      'id,amount,currency,close_date,stage,probability\n11,1250.50,EUR,2026-12-18,15,\n12,900,GBP,,,20\n13,,,,,101\n99,1,EUR,,,\n',
    writes: [
      {
        opportunity: {
          value: { amount: 1250.5, currency: 'EUR' },
          expectedCloseOn: '2026-12-18',
          milestone: { id: 15 },
        },
      },
      { opportunity: { value: { amount: 900, currency: 'GBP' }, probability: 20 } },
      { opportunity: { probability: 101 } },
    ],
    refused: /probability: must be between 0 and 100/,
  },
  {
    title: 'HighLevel',
    file: 'highlevel.json',
    clear: ['--setting', 'clear=null'],
    env: { HIGHLEVEL_ACCESS_TOKEN: 'pit-0123456789' },
    words: ['--setting', 'location=ve9EPM428h8vShlRW1KT'],
    isKnown: ({ authorization, version }) => authorization === 'Bearer pit-0123456789' && version === 'v3',
    records: {
      wWhVuzqpRuOA1ZVWi4FC: {
        id: 'wWhVuzqpRuOA1ZVWi4FC',
        name: 'Loram',
        monetaryValue: 40,
        pipelineId: 'pipe1',
        pipelineStageId: 'stage1',
        status: 'open',
        assignedTo: 'user1',
        customFields: [{ id: 'REPLACE-WITH-THE-ID-OF-YOUR-FIELD', fieldValue: '12 months' }],
      },
      second00000000000000: {
        id: 'second00000000000000',
        name: 'Ipsum',
        monetaryValue: null,
        pipelineId: 'pipe1',
        pipelineStageId: 'stage1',
        status: 'open',
        assignedTo: null,
        customFields: [],
      },
      third000000000000000: {
        id: 'third000000000000000',
        name: 'Dolor',
        monetaryValue: 0,
        pipelineId: 'pipe1',
        pipelineStageId: 'stage1',
        status: 'open',
        assignedTo: null,
        customFields: [],
      },
    },
    path: /^\/opportunities\/(\w+)$/,
    wrapped: 'opportunity',
    check: { path: '/opportunities/pipelines?locationId=ve9EPM428h8vShlRW1KT', body: { pipelines: [] } },
    unknown: { status: 404, body: { statusCode: 404, message: 'Opportunity not found', error: 'Not Found' } },
    unauthorised: { status: 401, body: { statusCode: 401, message: 'Invalid JWT', error: 'Unauthorized' } },
    invalid: ({ pipelineStageId }) =>
      pipelineStageId === 'nowhere'
        ? {
            status: 422,
            body: {
              statusCode: 422,
              message: ['pipelineStageId is not in the pipeline'],
              error: 'Unprocessable Entity',
            },
          }
        : undefined,
    merged: (record, { customFields, ...change }) => {
      const written = (customFields ?? []) as readonly { readonly id: string; readonly field_value: unknown }[];
      const others = ((record['customFields'] ?? []) as readonly { readonly id: string }[]).filter(
        ({ id }) => !written.some((one) => one.id === id),
      );
      return {
        ...record,
        ...change,
        customFields: [...others, ...written.map(({ id, field_value: fieldValue }) => ({ id, fieldValue }))],
      };
    },
    edits:
      'id,amount,status,stage,Renewal term\nwWhVuzqpRuOA1ZVWi4FC,42000,won,,24 months\nsecond00000000000000,,,stage2,6 months\nthird000000000000000,,,nowhere,\nabsent00000000000000,1,,,\n',
    writes: [
      {
        monetaryValue: 42000,
        status: 'won',
        customFields: [{ id: 'REPLACE-WITH-THE-ID-OF-YOUR-FIELD', field_value: '24 months' }],
      },
      {
        pipelineStageId: 'stage2',
        customFields: [{ id: 'REPLACE-WITH-THE-ID-OF-YOUR-FIELD', field_value: '6 months' }],
      },
      { pipelineStageId: 'nowhere' },
    ],
    refused: /pipelineStageId\) is not in the pipeline/,
  },
  {
    title: 'Freshsales',
    file: 'freshsales.json',
    clear: ['--setting', 'clear=null'],
    env: { FRESHSALES_API_KEY: 'sfg999666t673t7t82' },
    words: ['--setting', 'domain=widgetz'],
    isKnown: ({ authorization }) => authorization === 'Token token=sfg999666t673t7t82',
    records: {
      301: {
        id: 301,
        name: 'Widgets',
        amount: '3000.0',
        expected_close: null,
        deal_stage_id: 5,
        owner_id: 2,
        probability: 30,
        custom_field: { cf_region: 'north' },
        created_at: '2026-01-29T12:55:12Z',
      },
      302: {
        id: 302,
        name: 'Gadgets',
        amount: '3000.0',
        expected_close: '2026-10-01',
        deal_stage_id: 5,
        owner_id: 2,
        probability: 30,
        custom_field: { cf_region: null },
        created_at: '2026-01-29T12:55:12Z',
      },
      303: {
        id: 303,
        name: 'Refused',
        amount: '0.0',
        expected_close: null,
        deal_stage_id: 5,
        owner_id: 2,
        probability: 30,
        custom_field: {},
        created_at: '2026-01-29T12:55:12Z',
      },
    },
    path: /^\/deals\/(\d+)$/,
    wrapper: 'deal',
    wrapped: 'deal',
    check: { path: '/selector/owners', body: { users: [] } },
    unknown: { status: 404, body: { errors: { code: 404, message: ['Record not found'] } } },
    unauthorised: { status: 401, body: { login: 'failed', message: 'Invalid Username or Password' } },
    invalid: ({ deal_stage_id: stage }) =>
      stage === 9
        ? { status: 400, body: { errors: { code: 400, message: ['deal_stage_id is not valid'] } } }
        : undefined,
    merged: (record, change) => ({
      ...nested(record, change),
      ...(change['amount'] === undefined ? {} : { amount: `${Number(change['amount'])}.0` }),
    }),
    edits:
      'id,amount,close_date,stage,cf_region\n301,42000,2026-12-18,6,south\n302,3000,2026-11-01,,\n303,,,9,\n999,1,,,\n',
    writes: [
      { deal: { amount: 42000, expected_close: '2026-12-18', deal_stage_id: 6, custom_field: { cf_region: 'south' } } },
      // 3000 and "3000.0" are the same amount.
      { deal: { expected_close: '2026-11-01' } },
      { deal: { deal_stage_id: 9 } },
    ],
    refused: /deal_stage_id\) is not valid/,
  },
  {
    title: 'Copper',
    file: 'copper.json',
    env: { COPPER_API_KEY: 'copper-key-0123', COPPER_USER_EMAIL: 'ada@northwind.example' },
    words: [],
    isKnown: (headers) =>
      headers['x-pw-accesstoken'] === 'copper-key-0123' &&
      headers['x-pw-application'] === 'developer_api' &&
      headers['x-pw-useremail'] === 'ada@northwind.example',
    records: Object.fromEntries(
      ['Copiers', 'Paper', 'Refused'].map((name, index) => [
        2_827_698 + index,
        {
          id: 2_827_698 + index,
          name,
          assignee_id: null,
          close_date: '1/23/2026',
          details: null,
          pipeline_stage_id: 987_790,
          status: 'Open',
          monetary_value: 250_000,
          win_probability: 5,
          custom_fields: [
            { custom_field_definition_id: 100_764, value: null },
            { custom_field_definition_id: 103_481, value: 'x' },
          ],
        },
      ]),
    ),
    path: /^\/opportunities\/(\d+)$/,
    check: { path: '/account', body: { id: 1, name: 'Dunder Mifflin' } },
    unknown: { status: 404, body: { success: false, status: 404, message: 'Resource not found' } },
    unauthorised: { status: 401, body: { success: false, status: 401, message: 'Unauthorized' } },
    invalid: ({ win_probability: share }) =>
      share === 101 ? { status: 422, body: { success: false, status: 422, message: 'Invalid input' } } : undefined,
    search: {
      path: '/opportunities/search',
      found: ({ ids, name, page_size: size = 20, page_number: page = 1 }, records) =>
        records
          .filter((record) => !Array.isArray(ids) || (ids as readonly unknown[]).includes(record['id']))
          .filter((record) => name === undefined || record['name'] === name)
          .slice((Number(page) - 1) * Number(size), Number(page) * Number(size)),
    },
    merged: (record, { custom_fields: custom, ...change }) => {
      type Entry = { readonly custom_field_definition_id: number };
      const written = (custom ?? []) as readonly Entry[];
      return {
        ...record,
        ...change,
        custom_fields: (record['custom_fields'] as readonly Entry[]).map(
          (entry) =>
            written.find((one) => one.custom_field_definition_id === entry.custom_field_definition_id) ?? entry,
        ),
      };
    },
    edits:
      'id,amount,close_date,Renewal term,win_probability\n2827698,42000,2026-12-18,24 months,\n2827699,,2026-02-01,,20\n2827700,,,,101\n9999999,1,,,\n',
    writes: [
      {
        monetary_value: 42000,
        close_date: '12/18/2026',
        custom_fields: [{ custom_field_definition_id: 100_764, value: '24 months' }],
      },
      { close_date: '2/1/2026', win_probability: 20 },
      { win_probability: 101 },
    ],
    refused: /Invalid input/,
  },
];

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(service: Service) {
  const records = structuredClone(service.records) as Record<string, Body>;
  const log: Asked[] = [];
  let limits = service.limited === undefined ? 0 : 1;
  const wrapped = (record: unknown): unknown =>
    service.wrapped === undefined ? record : { [service.wrapped]: record };
  const answer = (method: string, url: string, headers: IncomingHttpHeaders, body: unknown): Answer => {
    log.push({ method, path: url, body });
    if (!service.isKnown(headers)) return service.unauthorised;
    if (method === 'GET' && url === service.check.path) return { status: 200, body: service.check.body };
    if (method === 'POST' && url === service.search?.path)
      return { status: 200, body: service.search.found(body as Body, Object.values(records)) };
    const id = service.path.exec(url)?.[1] ?? '';
    const record = records[id];
    if (record === undefined) return service.unknown;
    if (method === 'GET') return { status: 200, body: wrapped(record) };
    if (method !== 'PUT') return { status: 405, body: {} };
    if (limits > 0 && service.limited !== undefined) {
      limits -= 1;
      log.pop();
      return service.limited();
    }
    const change = (service.wrapper === undefined ? body : (body as Body)[service.wrapper]) as Body;
    const refusal = service.invalid(change);
    if (refusal !== undefined) return refusal;
    records[id] = service.merged(record, change);
    return { status: 200, body: wrapped(records[id]) };
  };
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const { status, body, headers } = answer(
        request.method ?? '',
        request.url ?? '',
        request.headers,
        text === '' ? undefined : JSON.parse(text),
      );
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  );
  return { origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, records, log };
}

const examples = join(import.meta.dirname, '..', '..', '..', 'docs', 'examples');

function command(service: Service, origin: string, { home }: Place, env = service.env) {
  const account = ['--vendor-file', join(examples, service.file), '--base-url', origin, ...service.words, ...fast];
  return (...words: readonly string[]) => run([...words, ...account], { home, env });
}

describe.each(services)('$title by a file', (service) => {
  it('is proved, planned, applied, left alone the second time, and put back', async () => {
    const { origin, records, log } = await serve(service);
    const place = newPlace();
    const oppatch = command(service, origin, place);
    const file = place.file('edits.csv', service.edits);
    const one = ['--concurrency', '1'] as const;

    const checked = await run(
      ['vendors', 'check', join(examples, service.file), '--base-url', origin, ...service.words, ...fast],
      { home: place.home, env: service.env },
    );
    expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining('The credentials work') as unknown]);
    const planned = await oppatch('plan', file);
    expect([planned.code, planned.stdout]).toEqual([3, expect.stringContaining('→') as unknown]);
    expect(log.every(({ method, path }) => method === 'GET' || path === service.search?.path)).toBe(true);

    const applied = await oppatch('apply', file, '--yes', '--json', ...one);
    expect(summaryOf(applied).rows).toMatchObject({ read: 4, applied: 2, rejected: 2 });
    expect(applied.stderr + applied.stdout).toMatch(service.refused);
    expect(log.filter(({ method }) => method === 'PUT').map(({ body }) => body)).toEqual(service.writes);

    const again = await oppatch('apply', file, '--yes', '--json', ...one);
    expect(summaryOf(again).rows).toMatchObject({ unchanged: 2, rejected: 2 });

    const undone = await oppatch('undo', summaryOf(applied).run, '--yes', '--json', ...(service.clear ?? []), ...one);
    expect([undone.code, undone.stderr]).toEqual([0, expect.any(String)]);
    const [first = ''] = Object.keys(service.records);
    expect(records[first]).toEqual(service.records[first]);
  });

  it('stops at credentials that are refused, and writes nothing', async () => {
    const { origin, log } = await serve(service);
    const place = newPlace();
    const wrong = Object.fromEntries(Object.keys(service.env).map((name) => [name, 'wrong-0123456789']));
    const ended = await command(service, origin, place, wrong)(
      'apply',
      place.file('edits.csv', service.edits),
      '--yes',
      '--json',
    );
    expect(ended.code).toBe(4);
    expect(log.filter(({ method, path }) => method !== 'GET' && path !== service.search?.path)).toEqual([]);
  });
});

it('Copper lists, and finds by the name', async () => {
  const service = services.find(({ title }) => title === 'Copper');
  if (service === undefined) throw new Error('Copper is not there');
  const { origin, log } = await serve(service);
  const place = newPlace();
  const oppatch = command(service, origin, place);
  const listed = await oppatch('list', '--csv', '--fields', 'name,close_date');
  expect([listed.code, listed.stdout.trim().split('\n')[1]], listed.stderr).toEqual([
    0,
    '2827698,Copiers,,Copiers,2026-01-23',
  ]);
  expect(log.map(({ body }) => body)).toEqual([{ page_size: 200 }, { page_size: 200, page_number: 2 }]);
  const matched = await oppatch('plan', place.file('names.csv', 'name,amount\nPaper,5\n'), '--match-by', 'name');
  expect([matched.code, matched.stdout], matched.stderr).toEqual([0, expect.stringContaining('2827699') as unknown]);
});

describe('what the examples say of limits and addresses', () => {
  it('Freshsales pauses for a minute where 429 alone says so, and goes to the domain of the account', () => {
    const vendor = exampleVendor('freshsales.json');
    expect(vendor.baseUrl({ domain: 'widgetz' })).toBe('https://widgetz.myfreshworks.com/crm/sales/api');
    const [domain] = vendor.settings;
    expect(domain).toMatchObject({ role: 'address', required: true });
    for (const value of ['evil.example/', 'a@evil.example', 'a#', 'a..b', 'a:1', ''])
      expect(domain?.problem?.(value) === undefined).toBe(value === '');
    const settings = settingsOf(vendor, { domain: 'widgetz' });
    const [call] = serviceOf(vendor, settings).plan(toEdit(vendor, '301', { name: 'x' }, settings));
    expect(call && serviceOf(vendor, settings).read(toReply(429, ''), call)).toMatchObject({
      kind: 'throttled',
      waitMs: 60_000,
    });
  });

  it('Capsule says in epoch seconds when the window ends', () => {
    const vendor = exampleVendor('capsule.json');
    const [call] = serviceOf(vendor).plan(toEdit(vendor, '11', { name: 'x' }));
    const headers = {
      'x-ratelimit-limit': '4000',
      'x-ratelimit-remaining': '56',
      'x-ratelimit-reset': String(receivedAtMs / 1000 + 90),
    };
    expect(
      call && serviceOf(vendor).read(toReply(200, { opportunity: { id: 11, name: 'x' } }, headers), call),
    ).toMatchObject({ kind: 'settled', quota: [{ limit: 4000, remaining: 56, resetMs: 90_000 }] });
  });

  it('HighLevel speaks of two quotas in one reply', () => {
    const vendor = exampleVendor('highlevel.json');
    const [call] = serviceOf(vendor).plan(toEdit(vendor, 'a', { name: 'x' }));
    const headers = {
      'x-ratelimit-max': '100',
      'x-ratelimit-remaining': '99',
      'x-ratelimit-limit-daily': '200000',
      'x-ratelimit-daily-remaining': '7',
    };
    expect(call && serviceOf(vendor).read(toReply(200, { opportunity: { id: 'a' } }, headers), call)).toMatchObject({
      quota: [
        { meter: 'burst', limit: 100, remaining: 99 },
        { meter: 'day', limit: 200_000, remaining: 7 },
      ],
    });
  });
});

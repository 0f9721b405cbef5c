import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import type { Change } from '../../src/core/edit.ts';
import type { Field } from '../../src/core/field.ts';
import { scalarText, stringifyJson } from '../../src/core/json.ts';
import type { Service } from '../../src/core/vendor.ts';
import { callsOf, readRequests, serviceOf, settingsOf, toEdit, contractVendors } from './fixtures.ts';

describe.each(contractVendors)('$name sends', (vendor) => {
  const requests = readRequests(vendor.name);
  const settings = settingsOf(vendor);
  const service = vendor.open(settings);

  it.each(requests.cases)('$title', (request) => {
    const calls = callsOf(vendor, request);
    expect(calls.map(wireForm)).toEqual(request.calls.map(wireForm));
    for (const [index, expected] of request.calls.entries()) {
      const call = calls[index];
      expect(stringifyJson(call?.body ?? null)).toBe(stringifyJson(expected.body));
      for (const part of ['step', 'repeatable', 'quotaGroup'] as const) {
        if (expected[part] !== undefined) expect(call?.[part]).toBe(expected[part]);
      }
    }
  });

  it('rows that pass its own judgement', () => {
    for (const request of requests.cases) {
      const own = settingsOf(vendor, request.settings);
      for (const setting of vendor.settings) expect(setting.problem?.(own[setting.name] ?? '')).toBeUndefined();
      expect(serviceOf(vendor).idProblem?.(request.id)).toBeUndefined();
      const audits = serviceOf(vendor, own).audit?.(toEdit(vendor, request.id, request.input, own)) ?? [];
      expect(audits.filter(({ severity }) => severity === 'error')).toEqual([]);
    }
  });

  it.each(requests.authorise)('its credentials: $title', ({ credentials, settings: own, headers, query }) => {
    expect(vendor.authorise(credentials, settingsOf(vendor, own))).toEqual({ headers, query });
  });

  it('nothing secret in a call, which leaves the headers and the query of the credentials free', () => {
    expect(requests.authorise.length).toBeGreaterThanOrEqual(vendor.credentials.length);
    const calls = [
      ...requests.cases.flatMap((request) => callsOf(vendor, request)),
      serviceOf(vendor, settings).check.call,
    ];
    for (const { credentials, headers, query } of requests.authorise) {
      const taken = new Set(
        [...Object.keys(headers), ...query.map(([name]) => name)].map((name) => name.toLowerCase()),
      );
      for (const call of calls) {
        const printed = stringifyJson(call as never);
        for (const value of Object.values(credentials)) {
          expect(value.length).toBeGreaterThanOrEqual(8);
          expect(printed).not.toContain(value);
        }
        const used = [...Object.keys(call.headers), ...(call.query ?? []).map(([name]) => name)];
        for (const name of used) expect(taken).not.toContain(name.toLowerCase());
      }
    }
  });

  it('each of its fields, set and cleared, with the value in the body', () => {
    for (const field of serviceOf(vendor, settings).fields) {
      if (field.readOnly !== undefined || field.name === service.batches?.keyField) continue;
      for (const change of changesOf(field, service)) {
        const id = requests.cases[0]?.id ?? 'id';
        const edit = { row: 1, line: 2, id, changes: [change] };
        const calls = serviceOf(vendor, settings).plan(edit);
        const bodies = calls.map(({ body }) => stringifyJson(body ?? null)).join('\n');
        for (const text of wireTexts(change, field)) expect(bodies).toContain(text);
        for (const call of calls) expectGoodCall(call, id);
      }
    }
  });

  it('several edits in order, the same each time, and leaves them as they are', () => {
    const edits = requests.cases
      .filter((request) => request.settings === undefined)
      .map((request, index) => toEdit(vendor, request.id, request.input, settings, index + 1));
    const before = stringifyJson(edits as never);
    deepFreeze(edits);
    const planAll = (): readonly Call[] => edits.flatMap((edit) => service.plan(edit));
    const calls = planAll();
    expect(stringifyJson(planAll() as never)).toBe(stringifyJson(calls as never));
    expect(stringifyJson(edits as never)).toBe(before);
    const rows = calls.flatMap((call) => call.edits.map(({ row }) => row));
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
    expect(new Set(rows)).toEqual(new Set(edits.map(({ row }) => row)));
  });

  it('an id of any characters without leaving its path', () => {
    const input = requests.cases.find((request) => request.settings === undefined)?.input ?? {};
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (id) => {
        for (const call of serviceOf(vendor, settings).plan(toEdit(vendor, id, input))) {
          expect(call.path).toMatch(/^\/[\w\-./~%!$&'()*+,;=:@]*$/);
          expect(new URL(`https://vendor.test/base${call.path}`).search).toBe('');
        }
      }),
    );
  });

  it('one harmless call to prove its credentials', () => {
    const { call } = serviceOf(vendor, settings).check;
    expect(call.method).toBe('GET');
    expect(call.body).toBeUndefined();
    expect(call.edits).toEqual([]);
    expectGoodCall({ ...call, method: 'PUT' }, undefined);
  });
});

/** Query and headers as they are compared: everything but the body, whose text is compared apart. */
function wireForm(call: Pick<Call, 'path' | 'headers' | 'query'> & { readonly method: string }): unknown {
  return { method: call.method, path: call.path, query: call.query ?? [], headers: call.headers };
}

function expectGoodCall(call: Call, id: string | undefined): void {
  expect(['POST', 'PUT', 'PATCH']).toContain(call.method);
  expect(call.path).toMatch(/^\/\S*$/);
  expect(call.step).toMatch(/^[a-z]+$/);
  expect(call.quotaGroup).not.toBe('');
  expect(call.edits.map((edit) => edit.id)).toEqual(id === undefined ? [] : [id]);
  for (const name of Object.keys(call.headers)) {
    expect(['host', 'content-length', 'authorization']).not.toContain(name.toLowerCase());
  }
}

/** Texts one of which every form accepts. */
const samples = [
  '7123400000000301001',
  '12',
  'true',
  '2026-11-30',
  'Ada',
  'ada@northwind.example',
  'USD',
  'b7d5c1a2-0f3e-4d5c-8b7a-6f5e4d3c2b1a',
  'stat_a1',
  'user_a1',
  'cont_a1',
  '0015e00000ZzZzZAAV',
  'accounts(b7d5c1a2-0f3e-4d5c-8b7a-6f5e4d3c2b1a)',
  '<body>x</body>',
  '{"email":"ada@northwind.example","firstName":"Ada","lastName":"Kern","phoneNumber":"0000000001"}',
];

/** What the body must hold; the items of a list may stand in one text. */
function wireTexts({ action, value }: Change, { form }: Field): readonly string[] {
  if (action === 'clear' || form.list === undefined) return [stringifyJson(value)];
  return form.list.items(value).map((item) => scalarText(item) ?? stringifyJson(item));
}

/** None where no value is accepted before the account's metadata were read. */
function changesOf(field: Field, { metadata }: Service): readonly Change[] {
  const encoded = [...(field.form.options ?? []), ...samples]
    .map((sample) => field.form.encode(sample))
    .find((result) => 'value' in result);
  if (encoded === undefined && metadata?.helpsWith('value', field.name) === true) return [];
  if (encoded === undefined || 'problem' in encoded) throw new Error(`no sample fits ${field.name}`);
  const written = { field: field.writes ?? field.name, column: field.name };
  const set: Change = { ...written, action: field.action ?? 'set', value: encoded.value };
  return field.cleared === undefined ? [set] : [set, { ...written, action: 'clear', value: field.cleared.value }];
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
}

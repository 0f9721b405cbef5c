import { array, assert, constantFrom, integer, oneof, property, string, tuple, type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type Json } from '../../src/core/json.ts';
import type { Vendor } from '../../src/core/vendor.ts';
import {
  contractVendors,
  readReplies,
  readRequests,
  serviceOf,
  settingsOf,
  toEdit,
  toReply,
} from '../contract/fixtures.ts';

/** What people write into cells comes back in a vendor's refusals: no such text states a limit, asks for a pause or stops a run. */

const amount = integer({ min: 0, max: 100_000 });
const unit = constantFrom('second(s)', 'seconds', 's', 'minute', 'hours', 'day', 'ms');
const hostile: Arbitrary<string> = oneof(
  tuple(amount, amount, unit).map(
    ([count, length, one]) => `API calls exceeded the limit of ${count} in ${length} ${one}`,
  ),
  tuple(amount, unit).map(([count, one]) => `Rate limit: ${count} requests per ${one}; retry after ${count} ${one}`),
  tuple(amount, amount).map(([count, reset]) => `limit=${count}, remaining=0, reset=${reset}`),
  tuple(amount, amount).map(([count, length]) => `"q";r=0;t=${length} ${count};w=${length}`),
  constantFrom(
    'Too many requests',
    'HTTP 429 Too Many Requests, Retry-After: 86400',
    'Number of requests exceeded the limit of 1 over time window of 300 seconds.',
    'REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded.',
    'You have reached your daily limit.',
    'You have reached your secondly limit.',
    'API daily limit exceeded; credits used up; quota exceeded',
    'TOO_MANY_REQUESTS INTERNAL_ERROR LIMIT_EXCEEDED',
    'Message rate exceeds',
    'server is too busy, throttled, please slow down',
    'invalid credentials, token expired, 401 Unauthorized',
  ),
  string(),
);

/** Prose, which may repeat a cell; codes and names have no blanks. */
function isProse(text: string): boolean {
  return /\s\S+\s/.test(text.trim());
}

/** The body with each of its prose texts replaced. */
function replaced(value: Json | undefined, texts: () => string): Json {
  if (typeof value === 'string') return isProse(value) ? texts() : value;
  if (Array.isArray(value)) return (value as Json[]).map((one) => replaced(one, texts));
  if (!isJsonObject(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replaced(member, texts)]));
}

/** 1,000 for each vendor with `OPPATCH_HOSTILE_TEXTS=1000`. */
const rounds = Number(process.env['OPPATCH_HOSTILE_TEXTS'] ?? 100);

describe.each(contractVendors)('a text of a cell in a refusal of $name', (vendor: Vendor) => {
  it('changes no quota, pauses nothing and stops no run', () => {
    const requests = readRequests(vendor.name);
    const refusals = readReplies(vendor.name).cases.filter(({ reading, body }) => {
      const verdicts = (reading['verdicts'] ?? []) as readonly { readonly kind: string }[];
      return verdicts.some(({ kind }) => kind === 'rejected') && typeof body === 'object' && body !== null;
    });
    expect(refusals.length).toBeGreaterThan(0);
    assert(
      property(constantFrom(...refusals), array(hostile, { minLength: 1, maxLength: 4 }), (refusal, texts) => {
        const request = requests.cases.find(({ title }) => title === refusal.request) ?? requests.cases[0];
        if (request === undefined) throw new Error(`${vendor.name} has no request`);
        const settings = settingsOf(vendor, request.settings);
        const service = serviceOf(vendor, settings);
        const call = service.plan(toEdit(vendor, request.id, request.input, settings))[refusal.callIndex ?? 0];
        if (call === undefined) return;
        let next = 0;
        const body = replaced(refusal.body, () => texts[(next += 1) % texts.length] ?? '');
        const plain = service.read(toReply(refusal.status, refusal.body, refusal.headers), call);
        const told = service.read(toReply(refusal.status, body, refusal.headers), call);
        expect(told.quota, JSON.stringify(body)).toEqual(plain.quota);
        expect(['settled', 'refused-whole', 'transient'], JSON.stringify(body)).toContain(told.kind);
      }),
      { numRuns: rounds },
    );
  });
});

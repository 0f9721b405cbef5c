import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call, Reading, Reply } from '../../src/core/call.ts';
import { stringifyJson } from '../../src/core/json.ts';
import type { Vendor } from '../../src/core/vendor.ts';
import { fieldTypes } from '../../src/core/difference.ts';
import { isRecordOf, shownChanges } from '../../src/run/record-proof.ts';
import {
  answeredCall,
  callsOf,
  readReplies,
  readRequests,
  receivedAtMs,
  serviceOf,
  settingsOf,
  toReply,
  contractVendors,
} from './fixtures.ts';

const page = '<!doctype html><html><head><title>Just a moment</title></head><body><h1>Please wait</h1></body></html>';

describe.each(contractVendors)('$name reads', (vendor) => {
  const requests = readRequests(vendor.name);
  const replies = readReplies(vendor.name);
  const { call: checkCall, account } = serviceOf(vendor, settingsOf(vendor)).check;
  const calls = requests.cases.flatMap((request) => callsOf(vendor, request));
  const successes = replies.cases.filter(({ reading }) => isApplied(reading as unknown as Reading));

  it.each(replies.cases)('$title', (expected) => {
    const call = answeredCall(vendor, requests, expected);
    const reading = readSafely(vendor, toReply(expected.status, expected.body, expected.headers), call);
    expect(reading).toMatchObject(expected.reading);
    for (const member of expected.without ?? []) expect(reading).not.toHaveProperty(member);
    if (isApplied(reading)) expect(isContradicted(vendor, call, reading)).toBe(expected.contradicts === true);
  });

  it('every class of reply among its fixtures', () => {
    const kinds = new Set(replies.cases.map(({ reading }) => reading.kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['settled', 'unauthorised', 'throttled', 'transient']));
    const verdicts = replies.cases.flatMap(({ reading }) => (reading['verdicts'] ?? []) as { kind: string }[]);
    expect(verdicts.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['applied', 'rejected']));
    for (const { source } of replies.cases) expect(source).toMatch(/^https:\/\/\S+$/);
  });

  it.each([401])('%i as refused credentials', (status) => {
    for (const call of [...calls, checkCall]) {
      for (const body of ['', page, '{}'])
        expect(readSafely(vendor, toReply(status, body), call).kind).toBe('unauthorised');
    }
  });

  it('429 as throttled, for as long as the header says', () => {
    for (const call of [...calls, checkCall]) {
      const bare = readSafely(vendor, toReply(429, page), call);
      expect(bare.kind).toBe('throttled');
      expect(bare).not.toHaveProperty('waitMs');
      for (const [text, waitMs] of [
        ['7', 7_000],
        ['1.5', 1_500],
        [new Date(receivedAtMs + 30_000).toUTCString(), 30_000],
      ] as const) {
        expect(readSafely(vendor, toReply(429, '', { 'retry-after': text }), call)).toMatchObject({
          kind: 'throttled',
          waitMs,
        });
      }
    }
  });

  it.each([500, 502, 504])('%i as a failure that may have been applied', (status) => {
    for (const call of calls) {
      for (const body of ['', page, 'upstream gone', '{"x":']) {
        expect(readSafely(vendor, toReply(status, body), call)).toMatchObject({
          kind: 'transient',
          mayHaveApplied: true,
        });
      }
    }
  });

  it('503 as a failure that may go better later, after the wait that it states', () => {
    for (const call of calls) {
      expect(readSafely(vendor, toReply(503, page, { 'retry-after': '3' }), call)).toMatchObject({
        kind: 'transient',
        waitMs: 3_000,
        mayHaveApplied: call.repeatable !== true,
      });
    }
  });

  it.each([301, 302, 307, 308])('%i as a refusal that is not followed', (status) => {
    for (const call of calls) {
      const location = 'https://elsewhere.test/login?token=secret-in-location';
      const reading = readSafely(vendor, toReply(status, '', { location }), call);
      expect(reading).toMatchObject({ kind: 'settled', verdicts: [{ kind: 'rejected', code: 'redirected' }] });
      expect(JSON.stringify(reading)).not.toContain('secret-in-location');
      expect(JSON.stringify(reading)).toContain('--base-url');
    }
  });

  it('a page with 200 as no success', () => {
    for (const call of calls) {
      const reading = readSafely(vendor, toReply(200, page, { 'content-type': 'text/html' }), call);
      expect(reading).toMatchObject({ kind: 'transient', mayHaveApplied: true });
      expect(JSON.stringify(reading)).toContain('Just a moment');
    }
    expect(isApplied(readSafely(vendor, toReply(200, page), checkCall))).toBe(false);
  });

  it('an empty body as success only where the vendor documents it', () => {
    const documented = new Set(successes.filter(({ body }) => body === '').map(({ status }) => status));
    for (const call of calls) {
      for (const status of [200, 201, 202, 204]) {
        expect(isApplied(readSafely(vendor, toReply(status, ''), call))).toBe(documented.has(status));
      }
    }
  });

  it('a cut body as no success', () => {
    const documents = successes.filter(({ body }) => body !== '');
    // Some answer with a status alone.
    expect(successes.length).toBeGreaterThan(0);
    for (const success of documents) {
      const call = answeredCall(vendor, requests, success);
      const text = stringifyJson(success.body);
      for (const length of [1, Math.floor(text.length / 2), text.length - 1]) {
        const reply = toReply(success.status, text.slice(0, length), success.headers);
        expect(readSafely(vendor, reply, call)).toMatchObject({ kind: 'transient', mayHaveApplied: true });
      }
    }
  });

  it('a success behind a byte order mark as a success', () => {
    for (const success of successes.filter(({ body }) => body !== '')) {
      const reply = toReply(success.status, `\ufeff${stringifyJson(success.body)}`, success.headers);
      expect(isApplied(readSafely(vendor, reply, answeredCall(vendor, requests, success)))).toBe(true);
    }
  });

  it('any status, headers and bytes without throwing, and garbage never as a success', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 400 }).map((array) => new TextDecoder().decode(array));
    const body = fc.oneof(bytes, fc.json(), fc.string({ minLength: 1 }));
    const headerNames = [
      'retry-after',
      'ratelimit',
      'ratelimit-policy',
      'x-ratelimit-reset',
      'x-ratelimit-remaining',
      'location',
    ];
    const headers = fc.dictionary(
      fc.constantFrom(...headerNames),
      fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...calls, checkCall),
        fc.integer({ min: 100, max: 599 }),
        headers,
        body,
        (call, status, fields, text) => {
          const reply: Reply = { status, headers: fields, body: text, receivedAtMs };
          const reading = readSafely(vendor, reply, call);
          expect(account(reply) ?? 'nobody').not.toBe('');
          if (text.trim() !== '' && status !== 204) expect(isApplied(reading)).toBe(false);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('hostile bodies without throwing', () => {
    const hostile = [
      '['.repeat(100_000) + ']'.repeat(100_000),
      '{"errors":'.repeat(20_000) + '1' + '}'.repeat(20_000),
      '{"error":'.repeat(20_000) + '1' + '}'.repeat(20_000),
      '{"error":{"innerError":'.repeat(10_000) + '1' + '}}'.repeat(10_000),
      '{"__proto__":{"Status":"Success"},"constructor":1}',
      `{"error":${'9'.repeat(50_000)}}`,
      `<${'<title'.repeat(5_000)}`,
    ];
    for (const body of hostile) {
      for (const status of [200, 400, 403, 429, 500]) {
        const call = calls[0] ?? checkCall;
        expect(isApplied(readSafely(vendor, toReply(status, body), call))).toBe(false);
        expect(() => account(toReply(status, body))).not.toThrow();
      }
    }
  });
});

/** Whether the record that the reply shows is another one's, or does not show what the call sent. */
function isContradicted(vendor: Vendor, { edits: [edit] }: Call, reading: Reading): boolean {
  const { records, canonicalId, fields, openField } = serviceOf(vendor);
  const [verdict] = reading.kind === 'settled' ? reading.verdicts : [];
  const echo = verdict?.kind === 'applied' ? verdict.echo : undefined;
  const record = echo === undefined ? undefined : records?.echoed?.(echo);
  if (record === undefined || edit === undefined) return false;
  const typeOf = fieldTypes(fields, (name) => openField?.(name));
  return (
    !isRecordOf(edit.id, record, canonicalId) || shownChanges(edit.changes, record.values, typeOf).undone.length > 0
  );
}

/** Reads, and checks what is true of every reading. */
function readSafely(vendor: Vendor, reply: Reply, call: Call): Reading {
  const reading = serviceOf(vendor).read(reply, call);
  switch (reading.kind) {
    case 'settled':
      expect(reading.verdicts).toHaveLength(Math.max(1, call.edits.length));
      for (const verdict of reading.verdicts) if ('message' in verdict) expectExplained(verdict);
      break;
    case 'throttled':
    case 'transient':
      expectWait(reading.waitMs);
      expect(reading.message).not.toBe('');
      break;
    case 'unauthorised':
    case 'unsupported':
      expectExplained(reading);
      break;
    case 'refused-whole':
      expect(call.edits.length).toBeGreaterThan(1);
      expectExplained(reading);
      break;
    case 'quota-exhausted':
      expect(reading.message).not.toBe('');
  }
  for (const notice of reading.quota ?? []) expectWait(notice.resetMs);
  return reading;
}

function expectExplained({ code, message }: { readonly code: string; readonly message: string }): void {
  expect(code).not.toBe('');
  expect(message).not.toBe('');
  expect(message.length).toBeLessThan(2_000);
}

function expectWait(waitMs: number | undefined): void {
  if (waitMs === undefined) return;
  expect(waitMs).toBeGreaterThanOrEqual(0);
  expect(waitMs).toBeLessThanOrEqual(86_400_000);
}

function isApplied(reading: Reading): boolean {
  return reading.kind === 'settled' && reading.verdicts.some(({ kind }) => kind === 'applied');
}

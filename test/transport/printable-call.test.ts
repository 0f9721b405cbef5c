import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringifyJson, type Json } from '../../src/core/json.ts';
import { createPrintableCall } from '../../src/transport/printable-call.ts';
import { createPrintableCallText } from '../../src/transport/printable-call.ts';
import { sampleCall, withoutBody } from './sample-call.ts';

const base = 'https://api.example.com/v2';
const authorisation = {
  headers: { authorization: 'Basic aHVudGVyMjo=', 'x-api-key': 'hunter2', 'x-token': 'bearer hunter2' },
  query: [['accessKey', 'hunter2'] as const, ['secret Key', 'u$r'] as const],
};

describe('a call for people', () => {
  it('shows everything but what the credentials added', () => {
    expect(createPrintableCall(base, authorisation)(sampleCall({ query: [['a', 'b c']] }))).toEqual({
      method: 'PUT',
      url: `${base}/opportunity/oppo_1/?a=b%20c&accessKey=***&secret%20Key=***`,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: 'Basic ***',
        'x-api-key': '***',
        'x-token': 'bearer ***',
      },
      body: { value: 125_050, note: 'Zürich' },
    });
  });

  it('has no question mark without a query, and no type without a body', () => {
    const printable = createPrintableCall(base, { headers: {}, query: [] });
    expect(printable(withoutBody())).toEqual({
      method: 'GET',
      url: `${base}/opportunity/oppo_1/`,
      headers: { accept: 'application/json' },
    });
    expect(printable(sampleCall({ query: [['a', 'b']] })).url).toBe(`${base}/opportunity/oppo_1/?a=b`);
    expect(createPrintableCall(base, authorisation)(sampleCall()).url).toContain('/?accessKey=***&');
  });

  it('is the same as text, whatever calls follow each other', () => {
    const printable = createPrintableCall(base, authorisation);
    const text = createPrintableCallText(base, authorisation);
    const shared = sampleCall().headers;
    const headers = fc.oneof(
      fc.constant(shared),
      fc.constant({ ...shared }),
      fc.constant({ accept: 'application/json', 'content-type': 'application/json' }),
      fc.constant({ 'content-type': 'application/json', accept: '*/*' }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'grapheme' }), fc.boolean(), headers, (body, id, bare, some) => {
        const own = { path: `/opportunity/${encodeURIComponent(id)}/`, headers: some };
        const call = bare ? withoutBody(own) : sampleCall({ ...own, body: body as Json });
        expect(text(call)).toBe(stringifyJson(printable(call) as unknown as Json));
      }),
      { numRuns: 500 },
    );
  });

  it('a million times takes seconds, on a machine that does nothing else', () => {
    const text = createPrintableCallText(base, authorisation);
    const call = sampleCall();
    const startedAt = performance.now();
    let characters = 0;
    for (let index = 0; index < 50_000; index += 1) characters += text(call).length;
    expect(characters).toBeGreaterThan(0);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });
});

import { describe, expect, it } from 'vitest';
import { exactNumber } from '../../src/core/json.ts';
import { wireRequest } from '../../src/transport/wire-request.ts';
import { sampleCall, withoutBody } from './sample-call.ts';

const base = 'https://api.example.com/v2';
const none = { headers: {}, query: [] };

describe('a call for the wire', () => {
  it('has the address, the headers of both, and the body as text', () => {
    const authorisation = { headers: { authorization: 'Bearer t' }, query: [] };
    expect(wireRequest(sampleCall(), base, authorisation)).toEqual({
      method: 'PUT',
      url: 'https://api.example.com/v2/opportunity/oppo_1/',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: 'Bearer t' },
      body: '{"value":125050,"note":"Zürich"}',
    });
  });

  it('keeps the digits of exact numbers', () => {
    const call = sampleCall({ body: { dealValue: exactNumber('1250.50'), count: 3 } });
    expect(wireRequest(call, base, none).body).toBe('{"dealValue":1250.50,"count":3}');
  });

  it('has the query of both, percent-encoded, in a form that every server reads', () => {
    const call = sampleCall({ query: [['name', 'a b+c&d=ä']] });
    const authorisation = { headers: {}, query: [['accessKey', 'u$r/9'] as const] };
    const { url } = wireRequest(call, base, authorisation);
    expect(url).toBe('https://api.example.com/v2/opportunity/oppo_1/?name=a%20b%2Bc%26d%3D%C3%A4&accessKey=u%24r%2F9');
    expect([...new URL(url).searchParams]).toEqual([
      ['name', 'a b+c&d=ä'],
      ['accessKey', 'u$r/9'],
    ]);
  });

  it('survives half a surrogate pair in a query', () => {
    expect(wireRequest(sampleCall({ query: [['q', '\ud800']] }), base, none).url).toContain('q=%EF%BF%BD');
  });

  it('without a body names no type of one', () => {
    const request = wireRequest(
      withoutBody({ headers: { 'Content-Type': 'application/json', accept: '*/*' } }),
      base,
      none,
    );
    expect(request).toEqual({ method: 'GET', url: `${base}/opportunity/oppo_1/`, headers: { accept: '*/*' } });
  });

  it('with `null` as its body has one', () => {
    expect(wireRequest(sampleCall({ body: null }), base, none)).toMatchObject({ body: 'null' });
  });

  it.each(['/../../admin', '/..', '/%2e%2e/%2e%2e/x', '.evil.example/x', '@evil.example/', '\\..\\..\\x', ':81/x'])(
    'that would leave its address is refused: %s',
    (path) => {
      expect(() => wireRequest(sampleCall({ path }), base, none)).toThrow(
        expect.objectContaining({ code: 'foreign-address' }),
      );
      expect(() => wireRequest(sampleCall({ path }), 'https://api.example.com', none)).toThrow(
        expect.objectContaining({ code: 'foreign-address' }),
      );
    },
  );

  it.each(['x\r\nx-evil: 1', 'x\n', 'x\u0000', 'x\u007f', 'key\u2013key', '\u200bkey'])(
    'with the header value %j is refused, and the value is not repeated',
    (value) => {
      const own = sampleCall({ headers: { 'x-note': value } });
      expect(() => wireRequest(own, base, none)).toThrow(expect.objectContaining({ code: 'bad-header', exitCode: 2 }));
      const authorisation = { headers: { 'x-api-key': `hunter2${value}` }, query: [] };
      try {
        wireRequest(sampleCall(), base, authorisation);
        expect.unreachable();
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-header', exitCode: 4 });
        expect(String(error)).toContain('x-api-key');
        expect(String(error)).not.toContain('hunter2');
      }
    },
  );
});

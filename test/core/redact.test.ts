import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestName } from '../../src/core/nearest.ts';
import { excerpt, printable } from '../../src/core/printable.ts';
import { createRedact } from '../../src/core/redact.ts';

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]/;

describe('redaction', () => {
  it('leaves no form of a secret, whatever letters it has', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, maxLength: 40 }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(
          secret.trim() === secret && !'***'.includes(secret) && !before.includes(secret) && !after.includes(secret),
        );
        const redact = createRedact([secret]);
        for (const form of [
          secret,
          encodeURIComponent(secret),
          JSON.stringify(secret).slice(1, -1),
          Buffer.from(`${secret}:`).toString('base64'),
          Buffer.from(secret).toString('base64'),
        ]) {
          expect(redact(`${before}|${form}|${after}`)).not.toContain(`|${form}|`);
        }
      }),
    );
  });

  it('masks the longer of two secrets that hold one another whole', () => {
    expect(createRedact(['abcd', 'abcdefgh'])('x abcdefgh y abcd')).toBe('x *** y ***');
  });

  it('knows forms of secrets that nobody told it', () => {
    const redact = createRedact([]);
    for (const text of [
      'Authorization: Bearer eyJabc.def-ghi',
      'Basic YXBpX2tleTo=',
      '?accessKey=u$r123&secretKey=456',
      'x-api-key: gr_live_abc',
      '"X-API-Key":"plain123"',
      'refresh_token=0.AXsecret',
    ]) {
      const masked = redact(text);
      expect(masked).toContain('***');
      expect(masked).not.toMatch(/eyJ|YXBp|u\$r|456|gr_live|plain123|AXsecret/);
    }
  });

  it('leaves innocent text alone', () => {
    const text = 'row 3 (line 4) oppo_1: amount is not a number; see https://api.close.com/api/v1/opportunity/oppo_1/';
    expect(createRedact(['s3cr3t!', ''])(text)).toBe(text);
  });
});

describe('printable text', () => {
  it('holds no control or direction character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(unprintable);
        expect([...excerpt(text, 20)].length).toBeLessThanOrEqual(20);
      }),
    );
    expect(excerpt('short', 5)).toBe('short');
    expect(excerpt('longer text', 5)).toBe('long…');
  });
});

describe('the nearest name', () => {
  it('is what was probably meant, or nothing', () => {
    const names = ['amount', 'close_date', 'mx_Custom_6', '/details/dealValue'];
    expect(
      ['amout', 'Close Date', 'mx_custom_6', 'details/dealvalue', 'zebra', ''].map((typed) =>
        nearestName(typed, names),
      ),
    ).toEqual(['amount', 'close_date', 'mx_Custom_6', '/details/dealValue', undefined, undefined]);
  });
});

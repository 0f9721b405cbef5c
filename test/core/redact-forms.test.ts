import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedact, SecretMask } from '../../src/core/redact.ts';

const letters = [...'abcXYZ019.$^()[]{}|?\\/"\'&=%#@!~+:;,<> _-äß€😀'];
const secrets = fc
  .array(fc.constantFrom(...letters), { minLength: 4, maxLength: 20 })
  .map((list) => list.join(''))
  .filter((secret) => secret.length >= 4);

/** Every form in which a secret may stand in a message. */
function formsOf(secret: string): readonly string[] {
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ k: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64'),
    Buffer.from(`${secret}:`).toString('base64'),
  ];
}

describe('redaction of given secrets', () => {
  it('leaves none of their forms anywhere in a text', () => {
    fc.assert(
      fc.property(fc.array(secrets, { minLength: 1, maxLength: 4 }), (list) => {
        const redact = createRedact(list);
        const forms = list.flatMap((secret) => formsOf(secret));
        for (const separator of ['\n', '', '*']) {
          const masked = redact(forms.join(separator));
          for (const form of forms) expect(masked).not.toContain(form);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('leaves nothing of a secret that holds another', () => {
    fc.assert(
      fc.property(secrets, secrets, secrets, (before, inner, after) => {
        const outer = `${before}${inner}${after}`;
        for (const list of [
          [inner, outer],
          [outer, inner],
        ]) {
          const masked = createRedact(list)(`<<${outer}>>`);
          expect(masked).toBe('<<***>>');
        }
      }),
    );
  });

  it('takes a secret with half a character', () => {
    const redact = createRedact(['key-\ud800-end']);
    expect(redact('<key-\ud800-end> <key-%EF%BF%BD-end> <key-\\ud800-end>')).toBe('<***> <***> <***>');
  });

  it('takes the letters of a secret as letters, not as a pattern', () => {
    const redact = createRedact(['a.c$&', '(x|y)*', '[a-z]+']);
    expect(redact('abc$& a.c$& xxyy (x|y)* word [a-z]+')).toBe('abc$& *** xxyy *** word ***');
  });

  it('changes nothing where no secret stands', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9 .,;()]{0,80}$/), (text) => {
        fc.pre(!/\b(?:basic|bearer)\s/.test(text));
        expect(createRedact(['TOP-SECRET-1', 'x', ''])(text)).toBe(text);
      }),
    );
  });

  it('is settled after once', () => {
    const redact = createRedact(['s3cret+/=']);
    const once = redact('Authorization: Basic czNjcmV0Ky89Og== s3cret+/= ?api_key=s3cret%2B%2F%3D&x=1');
    expect(once).toBe('Authorization: Basic *** *** ?api_key=***&x=1');
    expect(redact(once)).toBe(once);
  });

  it('leaves no run of a secret inside other base64, at any alignment and in either alphabet', () => {
    fc.assert(
      fc.property(secrets, fc.string({ maxLength: 7 }), fc.string({ maxLength: 7 }), (secret, before, after) => {
        const whole = Buffer.from(`${before}${secret}${after}`);
        const start = Buffer.byteLength(before);
        const first = Math.ceil((start * 8) / 6);
        const end = Math.floor(((start + Buffer.byteLength(secret)) * 8) / 6);
        fc.pre(end - first >= 5);
        for (const alphabet of ['base64', 'base64url'] as const) {
          const text = whole.toString(alphabet);
          expect(createRedact([secret])(`<${text}>`)).not.toContain(text.slice(first, end));
        }
      }),
    );
  });

  it('finds a secret whose characters are escaped in part, as servers of all kinds do it', () => {
    const redact = createRedact(['a+b/c&"d\u00e9 f']);
    for (const text of [
      String.raw`a+b\/c&"d\u00e9 f`,
      String.raw`a%2bb%2Fc%26%22d%c3%A9+f`,
      String.raw`a+b/c&"d\u00E9 f`,
    ])
      expect(redact(`<${text}>`)).toBe('<***>');
  });

  it('hides what joined later, and says whether it would', () => {
    const mask = new SecretMask(['first-secret']);
    expect(mask.hides('later-token')).toBe(false);
    mask.add('later-token', 'abc');
    expect(mask.hides('x later-token')).toBe(true);
    expect(mask.mask('first-secret later-token abc')).toBe('*** *** abc');
    expect(new SecretMask().hides('anything')).toBe(false);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateLimitNotice } from '../../../src/vendors/shared/rate-limit-header.ts';

describe('rateLimitNotice', () => {
  it.each([
    ['limit=100, remaining=50, reset=5', { limit: 100, remaining: 50, resetMs: 5_000 }],
    ['limit=100,remaining=0,reset=0.8', { limit: 100, remaining: 0, resetMs: 800 }],
    ['LIMIT=1; Remaining="1"; reset = 0.0001', { limit: 1, remaining: 1, resetMs: 1 }],
    ['remaining=3', { remaining: 3 }],
    ['limit=100, remaining=-1, reset=never', { limit: 100 }],
    ['reset=99999999', { resetMs: 86_400_000 }],
    ['"default";r=50;t=5', { remaining: 50, resetMs: 5_000 }],
    ['"org";r=150;t=5, "key";r=20;t=2.5', { remaining: 20, resetMs: 2_500 }],
  ])('%s', (text, notice) => {
    expect(rateLimitNotice({ ratelimit: text })).toEqual(notice);
  });

  it('takes the limit of a structured header from its policy', () => {
    const policy = '"org";q=300;w=60, "key";q=100;w=60';
    expect(rateLimitNotice({ ratelimit: '"key";r=0;t=5', 'ratelimit-policy': policy })).toEqual({
      limit: 100,
      remaining: 0,
      resetMs: 5_000,
    });
  });

  it('reads the three older fields', () => {
    const headers = { 'ratelimit-limit': '10', 'ratelimit-remaining': '0', 'ratelimit-reset': '7' };
    expect(rateLimitNotice(headers)).toEqual({ limit: 10, remaining: 0, resetMs: 7_000 });
  });

  it.each(['', 'none', 'limit', '=;=,', '"a";"b"', 'limit=1e3'])('says nothing of %j', (text) => {
    expect(rateLimitNotice({ ratelimit: text })).toBeUndefined();
  });

  it('gives back what was written, whatever the numbers', () => {
    const count = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(count, count, fc.integer({ min: 0, max: 86_400_000 }), (limit, remaining, resetMs) => {
        const text = `limit=${limit}, remaining=${remaining}, reset=${(resetMs / 1000).toFixed(3)}`;
        const notice = rateLimitNotice({ ratelimit: text });
        expect(notice).toMatchObject({ limit, remaining });
        expect(Math.abs((notice?.resetMs ?? -9) - resetMs)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call, Reply } from '../../../src/core/call.ts';
import { stringifyJson } from '../../../src/core/json.ts';
import { jsonBody, pageExcerpt, retryAfterMs, statusAnswer } from '../../../src/vendors/shared/http-status.ts';

const receivedAtMs = Date.UTC(2026, 10, 20, 4, 10);
const edit = { row: 1, line: 2, id: 'a', changes: [] };
const call: Call = {
  method: 'PUT',
  path: '/a',
  headers: {},
  edits: [edit, { ...edit, row: 2 }],
  step: 'update',
  repeatable: true,
  quotaGroup: 'a',
};

function reply(status: number, body = '', headers: Reply['headers'] = {}): Reply {
  return { status, headers, body, receivedAtMs };
}

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['57', 57_000],
    [' 2.5 ', 2_500],
    ['0.0004', 1],
    ['99999999', 86_400_000],
    ['Fri, 20 Nov 2026 04:10:30 GMT', 30_000],
    ['Fri, 20 Nov 2026 04:00:00 GMT', 0],
    ['Friday, 20-Nov-26 04:10:05 GMT', 5_000],
    ['Fri Nov 20 04:10:05 2026', 5_000],
    ['Fri, 20 Nov 2037 04:10:30 GMT', 86_400_000],
  ])('%s', (text, waitMs) => {
    expect(retryAfterMs({ 'retry-after': text }, receivedAtMs)).toBe(waitMs);
  });

  it.each(['', '-1', '1e3', '0x10', 'soon', '2026-11-20', 'NaN', 'Fri, 99 Nov 2026 99:10:30 GMT', '12, 13'])(
    'nothing for %j',
    (text) => {
      expect(retryAfterMs({ 'retry-after': text }, receivedAtMs)).toBeUndefined();
    },
  );

  it('nothing without the header', () => {
    expect(retryAfterMs({}, receivedAtMs)).toBeUndefined();
  });

  it('a date in any time zone of this machine, for any moment within a day', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400 }), (seconds) => {
        const text = new Date(receivedAtMs + seconds * 1000).toUTCString();
        expect(retryAfterMs({ 'retry-after': text }, receivedAtMs)).toBe(seconds * 1000);
      }),
    );
  });
});

describe('statusAnswer', () => {
  it.each([400, 403, 404, 405, 409, 410, 413, 415, 422, 451, 501, 505, 507])(
    '%i is a refusal of every edit',
    (status) => {
      const code = `http-${status}`;
      expect(statusAnswer(reply(status), call)).toMatchObject({
        kind: 'settled',
        verdicts: [
          { kind: 'rejected', code },
          { kind: 'rejected', code },
        ],
      });
    },
  );

  it('a call without edits gets one verdict of its own', () => {
    const answer = statusAnswer(reply(404), { ...call, edits: [] });
    expect(answer.kind === 'settled' ? answer.verdicts.length : 0).toBe(1);
  });

  it('a failed precondition is a conflict', () => {
    expect(statusAnswer(reply(412), call, { code: 'stale' })).toMatchObject({
      verdicts: [{ kind: 'conflict', code: 'stale' }, {}],
    });
  });

  it.each([
    [408, true, true],
    [425, true, false],
    [500, true, true],
    [502, true, true],
    [503, true, false],
    [503, false, true],
    [504, true, true],
    [529, true, true],
    [200, true, true],
    [204, true, true],
    [100, true, true],
  ])('%i of a call that is repeatable (%s) may have been applied: %s', (status, repeatable, mayHaveApplied) => {
    expect(statusAnswer(reply(status), { ...call, repeatable })).toMatchObject({ kind: 'transient', mayHaveApplied });
  });

  it('503 as perhaps applied where a repeat would meet a guard that the first one has used up', () => {
    const guard = { in: 'header', name: 'if-match', value: '"1"' } as const;
    expect(statusAnswer(reply(503), { ...call, guard })).toMatchObject({ kind: 'transient', mayHaveApplied: true });
  });

  it('the vendor’s own words come before ours', () => {
    expect(
      statusAnswer(reply(422, 'x'), call, { code: 'BAD', message: 'No.', hint: 'Do so.', requestId: 'r-1' }),
    ).toMatchObject({
      requestId: 'r-1',
      verdicts: [{ code: 'BAD', message: 'No.', hint: 'Do so.' }, {}],
    });
    expect(statusAnswer(reply(401), call)).toMatchObject({
      kind: 'unauthorised',
      hint: expect.stringContaining('profile check'),
    });
    expect(statusAnswer(reply(401), call, { hint: 'Sign in.' })).toMatchObject({ hint: 'Sign in.' });
  });

  it('a redirect tells where to, without the query', () => {
    const location = 'https://other.test/x?accessKey=abc';
    const text = JSON.stringify(statusAnswer(reply(307, '', { location }), call));
    expect(text).toContain('https://other.test');
    expect(text).not.toContain('accessKey');
  });
});

describe('bodies', () => {
  it('JSON is read behind a byte order mark and blanks, with exact numbers', () => {
    expect(jsonBody(reply(200, '\ufeff {"a":1}\r\n'))).toEqual({ a: 1 });
    expect(stringifyJson(jsonBody(reply(200, '12345678901234567890')) ?? null)).toBe('12345678901234567890');
    for (const text of ['', '   ', '<html></html>', '{"a":', 'nope', '{"a":1}{"b":2}']) {
      expect(jsonBody(reply(200, text))).toBeUndefined();
    }
  });

  it.each([
    ['<html><head><TITLE lang="en">502\n Bad Gateway</TITLE></head><body>nginx</body></html>', '502 Bad Gateway'],
    ['<html><style>p{color:red}</style><body><p>Out of <b>order</b></p></body></html>', 'Out of order'],
    ['  upstream\nconnect error  ', 'upstream connect error'],
    ['\u001b[31mred', '\ufffd[31mred'],
  ])('the excerpt of %j', (body, words) => {
    expect(pageExcerpt(reply(502, body))).toBe(words);
  });

  it('there is no excerpt of nothing, and a long one is cut', () => {
    expect(pageExcerpt(reply(502, ' \n'))).toBeUndefined();
    expect(pageExcerpt(reply(502, '<html></html>'))).toBeUndefined();
    expect(pageExcerpt(reply(502, 'word '.repeat(5_000)))?.length).toBeLessThanOrEqual(120);
  });
});

import { PassThrough, Readable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OppatchError } from '../../src/core/errors.ts';
import type { Credentials, Vendor } from '../../src/core/vendor.ts';
import { askCredentials } from '../../src/profiles/ask-credentials.ts';
import { readCredentialsJson } from '../../src/profiles/credentials-json.ts';
import { partnerCenter } from '../../src/vendors/partner-center/vendor.ts';
import { acme, twoKeys } from './sample-vendors.ts';

function read(text: string | Buffer, vendor: Vendor = acme): Promise<Credentials> {
  return readCredentialsJson(Readable.from([Buffer.from(text)]), vendor);
}

async function refusal(text: string | Buffer, vendor: Vendor = acme): Promise<OppatchError> {
  const error: unknown = await read(text, vendor).catch((reason: unknown) => reason);
  if (!(error instanceof OppatchError)) throw new Error('It was not refused');
  expect(error).toMatchObject({ code: 'bad-credentials', place: 'stdin', exitCode: 2 });
  return error;
}

describe('credentials from stdin', () => {
  it('are one JSON object, in any number of pieces', async () => {
    const text = '\uFEFF {"clientId":"app", "clientSecret":"hüsh", "refreshToken":"again\\n", "accessToken":null}\n';
    const bytes = Buffer.from(text);
    const expected = { clientId: 'app', clientSecret: 'hüsh', refreshToken: 'again' };
    expect(await read(bytes)).toEqual(expected);
    const pieces = [...bytes].map((byte) => Buffer.from([byte]));
    expect(await readCredentialsJson(Readable.from(pieces), acme)).toEqual(expected);
    expect(await read('{"apiKey":"key-1"}')).toEqual({ apiKey: 'key-1' });
  });

  it.each([
    ['nothing', '', 'There is nothing on stdin.'],
    ['no JSON', 'hidden-value', 'They are not JSON.'],
    ['half of it', '{"apiKey":"hidden-value', 'They are not JSON.'],
    ['a list', '["hidden-value"]', 'They are not a JSON object.'],
    ['text', '"hidden-value"', 'They are not a JSON object.'],
    ['an unknown name', '{"api_keys":"hidden-value"}', 'api_keys is not a credential; did you mean apiKey?'],
    ['a value for a name', '{"hidden-value":"apiKey"}', 'One of their names is not known.'],
    ['a number', '{"apiKey":12345678}', 'apiKey is not text.'],
    ['an object', '{"apiKey":{"v":"hidden-value"}}', 'apiKey is not text.'],
    ['two lines', '{"apiKey":"hidden-value\\nx"}', 'apiKey holds a line break or another control character.'],
    ['an empty value', '{"apiKey":""}', 'apiKey is missing for API key.'],
    ['a part', '{"clientId":"hidden-value"}', 'clientSecret and refreshToken are missing for OAuth.'],
    [
      'two ways of signing in',
      '{"apiKey":"hidden-value","clientId":"hidden-value"}',
      'clientId does not go with API key: give one way of signing in.',
    ],
  ])('are explained and not repeated: %s', async (_name, text, reason) => {
    const error = await refusal(text);
    expect(error.message).toBe(`The credentials can't be used. ${reason}`);
    expect(error.hint).toContain('{"apiKey":"…"} or {"clientId":"…","clientSecret":"…","refreshToken":"…"}');
    expect(`${error.message}${error.hint}${String(error.cause)}${error.stack}`).not.toMatch(/hidden-value|12345678/);
  });

  it('are no more than 64 KiB', async () => {
    const stream = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(16_384, ' ');
      })(),
    );
    await expect(readCredentialsJson(stream, acme)).rejects.toThrow('longer than 64 KiB');
  });

  it('never come back in an error, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[A-Z0-9]{12,40}$/),
        fc.constantFrom('accessKey', 'secretKey'),
        async (text, name) => {
          const error = await refusal(JSON.stringify({ [name]: text }), twoKeys);
          expect(`${error.message}${error.hint}${error.stack}`).not.toContain(text);
        },
      ),
    );
  });
});

/** Types one answer each time the question that is named comes up; gives all that was shown. */
async function ask(vendor: Vendor, answers: readonly (readonly [question: string, keys: string])[]) {
  const input = new PassThrough();
  const output = new PassThrough();
  let shown = '';
  let unread = '';
  const waiting = [...answers];
  output.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    unread += text;
    const [next] = waiting;
    if (next === undefined || !unread.includes(next[0])) return;
    waiting.shift();
    unread = '';
    setImmediate(() => input.write(next[1]));
  });
  const result = askCredentials(vendor, { input, output });
  const credentials = await result.catch((error: unknown) => error);
  return { credentials, shown };
}

describe('credentials from a person', () => {
  it('are asked for one by one, and secret ones not shown', async () => {
    const { credentials, shown } = await ask(acme, [
      ['How do you sign in', '\u001b[B\r'],
      ['clientId', 'open-app\r'],
      ['clientSecret', 'hidden-one\r'],
      ['refreshToken', ' hidden-two \r'],
      ['accessToken', '\r'],
    ]);
    expect(credentials).toEqual({ clientId: 'open-app', clientSecret: 'hidden-one', refreshToken: 'hidden-two' });
    expect(shown).toContain('open-app');
    expect(shown).toContain('The refreshToken.');
    expect(shown).toContain('may be left empty');
    expect(shown).not.toMatch(/hidden|h.?i.?d.?d.?e.?n/);
    expect(shown).not.toMatch(/•{2,}|▪{2,}|\*{2,}/);
  });

  it('are not asked which way, where there is one; an empty one is asked for again', async () => {
    const { credentials, shown } = await ask(twoKeys, [
      ['accessKey', '\r'],
      ['It is empty', 'hidden-one\r'],
      ['secretKey', 'hidden-two\r'],
    ]);
    expect(credentials).toEqual({ accessKey: 'hidden-one', secretKey: 'hidden-two' });
    expect(shown).not.toContain('How do you sign in');
    expect(shown).not.toContain('hidden');
  });

  it('need no refresh token where one can sign in later', async () => {
    const { credentials, shown } = await ask(partnerCenter, [
      ['How do you sign in', '\r'],
      ['tenantId', 'tenant\r'],
      ['clientId', 'app\r'],
      ['refreshToken', '\r'],
      ['clientSecret', '\r'],
    ]);
    expect(credentials).toEqual({ tenantId: 'tenant', clientId: 'app' });
    expect(shown).toContain('oppatch profile login');
    expect(await read('{"tenantId":"tenant","clientId":"app"}', partnerCenter)).toEqual(credentials);
    await refusal('{"tenantId":"tenant"}', partnerCenter);
    // The names of the app beside an access token do no harm.
    const withToken = { tenantId: 'tenant', clientId: 'app', accessToken: 'a.b.c' };
    expect(await read(JSON.stringify(withToken), partnerCenter)).toEqual(withToken);
  });

  it('can be cancelled', async () => {
    const { credentials } = await ask(twoKeys, [
      ['accessKey', 'hidden-one\r'],
      ['secretKey', '\u0003'],
    ]);
    expect(credentials).toMatchObject({ code: 'cancelled', exitCode: 130 });
  });
});

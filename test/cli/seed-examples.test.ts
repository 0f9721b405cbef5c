import { describe, expect, it } from 'vitest';

import { apply, newPlace, newSandbox, summaryOf, type VendorName } from './oppatch.ts';
import { seedExamples } from './seed-examples.ts';

/** Each example gets a sandbox of its own: a closed referral, for one, takes no second edit. */
describe.each(seedExamples)('$vendor: $name', ({ vendor, method, path, body, csv, json, words = [] }) => {
  const files = { csv, json: `${JSON.stringify(json, undefined, 2)}\n` };

  it.each(['csv', 'json'] as const)('from %s', async (extension) => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const file = place.file(`edits.${extension}`, files[extension]);
    const ended = await apply({ sandbox, vendor, place }, file, '--blind', ...words);
    expect(ended.stderr).not.toContain('error');
    expect(ended.code).toBe(0);
    expect(summaryOf(ended).rows).toMatchObject({ read: 1, applied: 1 });

    const { log, statistics } = sandbox.world(vendor);
    expect(log).toHaveLength(1);
    expect(statistics.violations).toEqual([]);
    const [call] = log;
    expect(call).toMatchObject({
      method,
      path,
      query: '',
      // The same members in the same order, without the blanks that make a page readable.
      body: JSON.stringify(JSON.parse(body)),
      applied: true,
    });
    expect(call?.headers).toMatchObject({ 'content-type': 'application/json', ...authorisation[vendor] });
    expect(call?.headers['content-length']).toBe(String(Buffer.byteLength(call?.body ?? '')));
    expect(call?.headers['prefer']).toBe(
      vendor === 'partner-center' && words.length === 0 ? 'return=representation' : undefined,
    );
  });
});

const authorisation: Readonly<Record<VendorName, Readonly<Record<string, string>>>> = {
  'partner-center': {
    authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJhbXIiOlsicHdkIiwibWZhIl0sInN1YiI6InNhbmRib3gifQ.c2FuZGJveA',
  },
  raze: { 'x-api-key': 'gr_live_sandbox_7b1e5d20c94a' },
  leadsquared: {
    'x-lsq-accesskey': 'u$r0a1b2c3d4e5f60718293a4b5c6d7e8f9',
    'x-lsq-secretkey': '0123456789abcdef0123456789abcdef01234567',
  },
  hubspot: { authorization: 'Bearer pat-na1-5a4d7b0c-sandbox-4f1e-9b6d-0c1d2e3f4a5b' },
  close: { authorization: `Basic ${Buffer.from('api_sandbox0CloseKey.4f6d2a9c81:').toString('base64')}` },
};

it('puts the keys of LeadSquared into the query where that is asked for, as its page shows it', async () => {
  const sandbox = await newSandbox({ keysIn: 'query' });
  const place = newPlace();
  const example = seedExamples.find(({ vendor }) => vendor === 'leadsquared');
  const file = place.file('edits.csv', example?.csv ?? '');
  const ended = await apply({ sandbox, vendor: 'leadsquared', place }, file, '--blind', '--setting', 'keys-in=query');
  expect(ended.code).toBe(0);
  const [call] = sandbox.world('leadsquared').log;
  expect(call?.query).toBe(
    'accessKey=u%24r0a1b2c3d4e5f60718293a4b5c6d7e8f9&secretKey=0123456789abcdef0123456789abcdef01234567',
  );
  expect(call?.headers).not.toHaveProperty('x-lsq-accesskey');
  expect(call?.body).toBe(JSON.stringify(JSON.parse(example?.body ?? '')));
});

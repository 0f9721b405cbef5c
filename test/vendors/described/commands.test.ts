import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseVendorFile } from '../../../src/vendors/described/parse.ts';
import { vendors } from '../../../src/vendors/index.ts';
import { fast, newPlace, newSandbox, run } from '../../cli/oppatch.ts';

const raze = join(import.meta.dirname, '..', '..', '..', 'docs', 'examples', 'raze.json');

describe('vendors check', () => {
  it('says what a file offers, and that nothing was proved without credentials', async () => {
    const place = newPlace();
    const ended = await run(['vendors', 'check', raze], { home: place.home });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('has no mistakes. It describes Raze (--vendor raze-by-file).');
    expect(ended.stdout).toContain('PUT /opportunities/{id}, PATCH /opportunities/{id}/stage');
    expect(ended.stdout).toContain('10, and 6 that cannot be written');
    expect(ended.stdout).toContain('RAZE_BY_FILE_API_KEY');
    expect(ended.stdout).toMatch(/never +a file cannot offer fields and options read from the account,/);
  });

  it('proves it with harmless reads only, and shows a record', async () => {
    const sandbox = await newSandbox();
    const place = newPlace();
    const env = { RAZE_BY_FILE_API_KEY: sandbox.credentials['raze']?.['apiKey'] ?? '' };
    const words = ['vendors', 'check', raze, '--base-url', sandbox.baseUrls['raze'] ?? '', ...fast];
    const ended = await run([...words, '--record', 'opp_sandbox000002'], { home: place.home, env });
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    expect(ended.stdout).toContain('The credentials work: Raze');
    expect(ended.stdout).toContain('qualified');
    expect(sandbox.world('raze').log.map(({ method }) => method)).toEqual(['GET', 'GET']);
    const refused = await run(words, { home: place.home, env: { RAZE_BY_FILE_API_KEY: 'gr_live_wrong0123' } });
    expect(refused.code).toBe(4);
  });

  it('is told as JSON', async () => {
    const ended = await run(['vendors', 'check', raze, '--json'], { home: newPlace().home });
    expect(JSON.parse(ended.stdout)).toMatchObject({ name: 'raze-by-file', offers: { quota: '100/1h' } });
  });
});

describe('vendors show --as-file', () => {
  it.each(vendors.map(({ name }) => name))('writes %s as a file without mistakes', async (name) => {
    const ended = await run(['vendors', 'show', name, '--as-file'], { home: newPlace().home });
    expect(ended.code).toBe(0);
    const parsed = parseVendorFile(ended.stdout);
    expect('mistakes' in parsed ? parsed.mistakes : []).toEqual([]);
    expect(ended.stderr).toContain('Not in the file: what a success and a refusal look like');
  });

  it('says how Zoho CRM gives access tokens', async () => {
    const ended = await run(['vendors', 'show', 'zoho', '--as-file'], { home: newPlace().home });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      credentials: { clientSecret: { as: 'oauth' }, accessToken: { header: 'authorization' } },
      oauth: { tokenUrl: 'https://accounts.zoho.com/oauth/v2/token' },
    });
  });

  it('keeps what Raze sends', async () => {
    const ended = await run(['vendors', 'show', 'raze', '--as-file'], { home: newPlace().home });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      baseUrl: 'https://app.getraze.com/external/v1',
      credentials: { apiKey: { header: 'X-API-Key' } },
      update: { method: 'PUT', path: '/opportunities/{id}' },
      extra: [{ fields: ['status'], method: 'PATCH', path: '/opportunities/{id}/stage' }],
      fields: { deal_value: { type: 'number', common: ['amount'] } },
      read: { path: '/opportunities/{id}' },
    });
  });
});

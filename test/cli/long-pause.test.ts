import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPlace, run } from './oppatch.ts';

/** A vendor that asks for a pause longer than anybody waits, with a status that is not a refusal for lack of quota: no command waits for it. */

const vendors = {
  close: { id: 'oppo_1', env: { CLOSE_API_KEY: 'api_test.1' }, change: 'note=x' },
  raze: { id: 'opp_1', env: { RAZE_API_KEY: 'gr_live_test' }, change: 'stage=won' },
  leadsquared: {
    id: '5ca5b042-51ea-4699-b6f0-000000000001',
    env: { LEADSQUARED_ACCESS_KEY: 'u$r1', LEADSQUARED_SECRET_KEY: 's1' },
    change: 'OpportunityNote=x',
  },
} as const;

let server: Server;
let retryAfter = '86400';
let address = '';

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(503, { 'retry-after': retryAfter }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

describe.each(Object.entries(vendors))('a pause of a day at %s', (vendor, { id, env, change }) => {
  it.each(['86400', new Date(Date.now() + 86_400_000).toUTCString()])('asked for by %s ends with 6', async (asked) => {
    retryAfter = asked;
    const place = newPlace();
    const [column = '', value = ''] = change.split('=');
    const file = place.file('a.csv', `id,${column}\n${id},${value}\n`);
    const account = ['--vendor', vendor, '--base-url', address];
    for (const words of [
      ['get', id],
      ['plan', file],
      ['set', id, change, '--yes'],
      ['apply', file, '--yes', '--quiet'],
      ['apply', file, '--yes', '--blind', '--json'],
      ['profile', 'check'],
    ]) {
      const ended = await run([...words, ...account], { home: place.home, env });
      expect(ended.code, `${words[0]}: ${ended.stderr}`).toBe(6);
      expect(ended.stderr).toContain('HTTP 503');
    }
  });
});

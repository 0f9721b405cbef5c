import { onTestFinished } from 'vitest';
import { environmentName } from '../../../src/profiles/environment-name.ts';
import type { DescribedFile } from '../../../src/sandbox/described/described-file.ts';
import { describedServer } from '../../../src/sandbox/described/server.ts';
import { startSandbox, type SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import type { VendorServer } from '../../../src/sandbox/vendor-server.ts';
import { fast, newPlace, run } from '../../cli/oppatch.ts';

/** A vendor file of a test's own, served by the sandbox and read by the program. */

export type Members = Readonly<Record<string, unknown>>;

export const plain = {
  name: 'my-crm',
  title: 'My CRM',
  baseUrl: 'https://api.my-crm.example',
  credentials: { apiKey: { description: 'A key.', header: 'X-API-Key' } },
  update: { method: 'PUT', path: '/deals/{id}' },
  fields: { amount: { type: 'number', common: 'amount' }, name: 'text' },
  success: { record: '/data' },
  refusals: [{ at: '/error', code: '/code', message: '/message' }],
  read: { path: '/deals/{id}', record: '/data', title: '/name' },
  check: { path: '/me' },
} as const;

export const many = { path: '/deals', most: 20, ids: { query: 'ids' }, records: '/data', missing: 'absent' } as const;

interface Practice {
  readonly behaviour?: SandboxOptions['behaviour'];
  /** The server, where a test adds something to what it does. */
  readonly wrapped?: (server: VendorServer) => VendorServer;
  /** The file that the program reads, where it is another. */
  readonly told?: Members;
  readonly samples?: number;
}

function fileOf(members: Members): DescribedFile {
  return JSON.parse(JSON.stringify({ ...plain, ...members })) as DescribedFile;
}

export async function practiced(
  members: Members,
  { behaviour = {}, wrapped = (server) => server, told = members, samples = 30 }: Practice = {},
) {
  const sandbox = await startSandbox({
    servers: [wrapped(describedServer(fileOf(members), undefined))],
    samples,
    behaviour: { quota: [], ...behaviour },
  });
  onTestFinished(() => sandbox.close());
  const place = newPlace();
  const path = place.file('my-crm.json', JSON.stringify(fileOf(told)));
  const { apiKey = '' } = sandbox.credentials['my-crm'] ?? {};
  const env = { [environmentName('my-crm', 'apiKey')]: apiKey };
  const words = ['--vendor-file', path, '--base-url', sandbox.baseUrls['my-crm'] ?? '', ...fast];
  const world = sandbox.world('my-crm');
  return {
    sandbox,
    place,
    env,
    words,
    world,
    ids: world.records.all().map(({ id }) => String(id)),
    oppatch: (...typed: readonly string[]) => run([...typed, ...words], { home: place.home, env }),
    writes: () => world.log.filter(({ method, path: asked }) => method !== 'GET' && !asked.endsWith('/search')),
  };
}

import type { SandboxRequest, SandboxResponse } from './vendor-server.ts';
import { defaultBehaviour, type VendorBehaviour } from './options.ts';
import type { VendorWorld } from './vendor-world.ts';

/**
 * The sandbox's own API, for tests and scripts in another process:
 * `GET /_sandbox/state/VENDOR`, `GET|PUT /_sandbox/state/VENDOR/ID`, `GET /_sandbox/requests[?vendor=]`, `GET /_sandbox/statistics`,
 * `POST /_sandbox/configure` (`{"vendors":{"close":{…}}}`, members of a behaviour), `POST /_sandbox/reset`.
 */
export function control(
  request: Omit<SandboxRequest, 'headers'>,
  worlds: ReadonlyMap<string, VendorWorld>,
  samples: number,
): SandboxResponse {
  const [, , topic = '', vendor = '', ...rest] = request.path.split('/');
  const id = decodeURIComponent(rest.join('/'));
  const world = worlds.get(vendor);
  switch (`${request.method} ${topic}`) {
    case 'GET state':
      if (world === undefined) return unknown;
      if (id === '') return { status: 200, body: world.records.all() };
      return world.records.get(id) === undefined ? unknown : { status: 200, body: world.records.get(id) };
    case 'PUT state': {
      if (world === undefined || id === '') return unknown;
      const members = request.body === '' ? {} : (JSON.parse(request.body) as Record<string, unknown>);
      world.records.put(id, world.records.make(id, members));
      return { status: 200, body: world.records.get(id) };
    }
    case 'GET requests': {
      const wanted = request.query.get('vendor');
      const calls = [...worlds.values()]
        .filter(({ server }) => wanted === null || server.name === wanted)
        .flatMap(({ log }) => log);
      return { status: 200, body: calls.sort((a, b) => a.arrivedAtMs - b.arrivedAtMs) };
    }
    case 'GET statistics':
      return { status: 200, body: Object.fromEntries([...worlds].map(([name, { statistics }]) => [name, statistics])) };
    case 'POST configure': {
      const { vendors = {} } = JSON.parse(request.body) as { vendors?: Record<string, Partial<VendorBehaviour>> };
      for (const [name, changed] of Object.entries(vendors)) {
        const target = worlds.get(name);
        if (target === undefined) return unknown;
        target.configure({ ...defaultBehaviour, ...target.behaviour, ...changed });
      }
      return { status: 200, body: {} };
    }
    case 'POST reset':
      for (const one of worlds.values()) one.reset(samples);
      return { status: 200, body: {} };
    default:
      return unknown;
  }
}

const unknown: SandboxResponse = { status: 404, body: { error: 'the sandbox knows no such thing' } };

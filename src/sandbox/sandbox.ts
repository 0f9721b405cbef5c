import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { control } from './control.ts';
import type { SandboxResponse, VendorServer } from './vendor-server.ts';
import { servers as builtIn } from './index.ts';
import { defaultBehaviour, type Range, type VendorBehaviour } from './options.ts';
import { VendorWorld, type Treatment } from './vendor-world.ts';

export interface SandboxOptions {
  /** 0 for any free port. */
  readonly port?: number;
  /** Served in place of the vendors that are built in. */
  readonly servers?: readonly VendorServer[];
  /** Of the random choices. */
  readonly seed?: number;
  /** Practice records of each vendor. */
  readonly samples?: number;
  /** For all vendors; without a quota here each vendor has its own. */
  readonly behaviour?: Partial<VendorBehaviour>;
  /** For one vendor, over `behaviour`. */
  readonly vendors?: Readonly<Record<string, Partial<VendorBehaviour>>>;
}

export interface Sandbox {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** By vendor name. */
  readonly baseUrls: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly world: (vendor: string) => VendorWorld;
  readonly close: () => Promise<void>;
}

/** Starts local servers that behave like the vendors, on one port of the loopback interface. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { servers = builtIn } = options;
  const worlds = new Map(servers.map((server) => [server.name, new VendorWorld(server, options.seed ?? 1)]));
  for (const [name, world] of worlds) {
    const changed = { ...options.behaviour, ...options.vendors?.[name] };
    world.configure({ ...defaultBehaviour, quota: world.server.quota, ...changed });
    world.reset(options.samples ?? 20);
  }
  const http = createServer((request, response) => {
    serve(request, response, worlds, options.samples ?? 20).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(`sandbox: ${String(error)}`);
    });
  });
  http.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return {
    origin,
    baseUrls: Object.fromEntries(servers.map(({ name, basePath }) => [name, origin + basePath])),
    credentials: Object.fromEntries(servers.map(({ name, credentials }) => [name, credentials])),
    world: (name) => {
      const world = worlds.get(name);
      if (world === undefined) throw new RangeError(`the sandbox has no vendor ${name}`);
      return world;
    },
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  worlds: ReadonlyMap<string, VendorWorld>,
  samples: number,
): Promise<void> {
  const body = (await buffer(incoming)).toString('utf8');
  const [path = '', query = ''] = (incoming.url ?? '').split(/\?(.*)/s);
  const method = incoming.method ?? '';
  if (path.startsWith('/_sandbox/'))
    return send(outgoing, control({ method, path, query: new URLSearchParams(query), body }, worlds, samples));
  const world = [...worlds.values()].find(({ server }) => path.startsWith(`${server.basePath}/`));
  if (world === undefined) return send(outgoing, { status: 404, body: { error: 'no vendor is served here' } });

  const { latency } = world.behaviour;
  const spikeMs = latency.spike !== undefined && world.random() < latency.spike.share ? latency.spike.ms : 0;
  await pause(between(latency.requestMs, world.random()) + spikeMs);
  const treatment = world.treat(
    {
      method,
      path: path.slice(world.server.basePath.length),
      query: new URLSearchParams(query),
      headers: headersOf(incoming),
      body,
    },
    performance.now(),
  );
  await pause(between(latency.replyMs, world.random()) + spikeMs);
  answer(outgoing, treatment);
}

function answer(outgoing: ServerResponse, { response, delivery }: Treatment): void {
  switch (delivery) {
    case 'answer':
      return send(outgoing, response);
    case 'cut':
      outgoing.socket?.destroy();
      return;
    case 'silence':
      return;
    case 'cut-in-body': {
      const text = JSON.stringify(response.body ?? '');
      outgoing.writeHead(response.status, { 'content-type': 'application/json', 'content-length': text.length + 10 });
      outgoing.write(text.slice(0, Math.ceil(text.length / 2)), () => outgoing.socket?.destroy());
    }
  }
}

function send(outgoing: ServerResponse, { status, headers = {}, body }: SandboxResponse): void {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const type =
    body === undefined ? {} : { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' };
  outgoing.writeHead(status, {
    ...type,
    ...headers,
    ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(text) }),
  });
  outgoing.end(text);
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value = '']) => [name, [value].flat().join(', ')]),
  );
}

function between([least, most]: Range, random: number): number {
  return least + (most - least) * random;
}

async function pause(delayMs: number): Promise<void> {
  if (delayMs > 0) await delay(delayMs);
}

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder of an npm package that is too big to be installed with every clone: a vendor's official client, the referee of our requests. It is
 * installed once into a temporary directory of this machine, at exactly this version, without scripts. Throws where that cannot be done: a
 * comparison that cannot be made has failed.
 */
export function officialClient(name: string, version: string): string {
  const place = join(tmpdir(), `oppatch-referee-${name.replace(/\W+/g, '-')}-${version}-node${process.versions.node}`);
  const folder = join(place, 'node_modules', name);
  if (existsSync(folder)) return folder;
  mkdirSync(tmpdir(), { recursive: true });
  // Another process may do the same at this moment: each installs into its own, and the first one to be whole stays.
  const own = mkdtempSync(`${place}-`);
  writeFileSync(join(own, 'package.json'), JSON.stringify({ private: true, dependencies: { [name]: version } }));
  try {
    const words = ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts'];
    execFileSync('npm', words, { cwd: own, stdio: ['ignore', 'ignore', 'inherit'] });
    renameSync(own, place);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** A request as a server sees it, with what both sides are compared by. */
export interface Recorded {
  readonly method: string;
  readonly path: string;
  /** Decoded pairs, in their order. */
  readonly query: readonly (readonly [string, string])[];
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

export interface Recorder {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** The requests since the last time. */
  readonly taken: () => readonly Recorded[];
  readonly close: () => Promise<void>;
}

/** A loopback server that keeps what it is sent, and answers as `answer` says. */
export async function startRecorder(
  answer: (request: Recorded) => { status: number; body?: unknown },
): Promise<Recorder> {
  const kept: Recorded[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const url = new URL(incoming.url ?? '/', 'http://recorder.test');
      const request: Recorded = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: [...url.searchParams],
        contentType: incoming.headers['content-type'],
        authorization: incoming.headers.authorization,
        body: text === '' ? undefined : isJson(incoming.headers['content-type']) ? (JSON.parse(text) as unknown) : text,
      };
      kept.push(request);
      const { status, body } = answer(request);
      outgoing.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' });
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: () => kept.splice(0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.includes('csv') !== true;
}

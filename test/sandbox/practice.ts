import { onTestFinished } from 'vitest';
import { servers } from '../../src/sandbox/index.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';

/** A sandbox that is closed after the test, without quotas unless the test sets some. */
export async function practice(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ samples: 3, ...options, behaviour: { quota: [], ...options.behaviour } });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** One way to write to a vendor and to see what was written. */
export interface Handshake {
  readonly authorisation: (credentials: Readonly<Record<string, string>>) => Record<string, string>;
  readonly method: string;
  readonly path: (id: string) => string;
  readonly body: (id: string, text: string) => unknown;
  /** The member of the record that the body sets. */
  readonly member: string;
  /** Of a write that is done, of one over the quota, and an id that is not there, where they are not 200, 429 and `unknown-1`. */
  readonly done?: number;
  readonly throttled?: number;
  readonly unknownId?: string;
}

export const vendorNames = servers.map(({ name }) => name);

/** By the vendor's name: what its `test/vendors/<name>/practice.ts` says. */
export const handshakes: Readonly<Record<string, Handshake>> = Object.fromEntries(
  await Promise.all(
    vendorNames.map(async (name) => {
      const practiced = (await import(`../vendors/${name}/practice.ts`)) as { readonly handshake: Handshake };
      return [name, practiced.handshake] as const;
    }),
  ),
);

function handshakeOf(vendor: string): Handshake {
  const handshake = handshakes[vendor];
  if (handshake === undefined) throw new RangeError(vendor);
  return handshake;
}

export function doneStatus(vendor: string): number {
  return handshakeOf(vendor).done ?? 200;
}

export function throttledStatus(vendor: string): number {
  return handshakeOf(vendor).throttled ?? 429;
}

export function unknownId(vendor: string): string {
  return handshakeOf(vendor).unknownId ?? 'unknown-1';
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly text?: string;
  /** False: without credentials. */
  readonly authorised?: boolean;
  readonly signal?: AbortSignal;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly json: unknown;
}

/** One real request, as a person with curl would send it. Rejects where no whole reply comes. */
export async function ask(sandbox: Sandbox, vendor: string, path: string, asking: Asking = {}): Promise<Answered> {
  const { method = 'GET', headers = {}, body, text, authorised = true, signal } = asking;
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${sandbox.baseUrls[vendor]}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      ...(authorised ? handshakeOf(vendor).authorisation(sandbox.credentials[vendor] ?? {}) : {}),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
    ...(signal === undefined ? {} : { signal }),
  });
  const received = await response.text();
  return { status: response.status, headers: response.headers, text: received, json: parsed(received) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The simplest valid edit of the vendor. */
export function write(
  sandbox: Sandbox,
  vendor: string,
  id: string,
  text: string,
  more: Asking = {},
): Promise<Answered> {
  const { method, path, body } = handshakeOf(vendor);
  return ask(sandbox, vendor, path(id), { method, body: body(id, text), ...more });
}

/** What {@link write} set, as the sandbox keeps it. */
export function writtenText(sandbox: Sandbox, vendor: string, id: string): unknown {
  return sandbox.world(vendor).records.get(id)?.[handshakeOf(vendor).member];
}

/** The ids of the practice records. */
export function sampleIds(sandbox: Sandbox, vendor: string): string[] {
  return sandbox
    .world(vendor)
    .records.all()
    .map(({ id }) => String(id));
}

export function firstId(sandbox: Sandbox, vendor: string): string {
  const [id] = sampleIds(sandbox, vendor);
  if (id === undefined) throw new RangeError(`${vendor} has no practice records`);
  return id;
}

/** Resolves when the first call has arrived. */
export async function firstCall(sandbox: Sandbox, vendor: string): Promise<void> {
  while (sandbox.world(vendor).log.length === 0) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

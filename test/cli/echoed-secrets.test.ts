import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';

import { type Arbitrary, array, assert, asyncProperty, constantFrom, nat, oneof, record } from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import { firstId, vendorNames } from '../sandbox/practice.ts';
import { threeEdits } from './mixed-edits.ts';
import { environmentOf, fast, newPlace, newSandbox, run, type Ended } from './oppatch.ts';

/** For each vendor. */
const cases = Number(process.env['ECHO_RUNS'] ?? 1);

/** Where a reply repeats the request that it answers, in which form, and how much stands before it. */
interface Echo {
  readonly in: 'status' | 'header' | 'leaf' | 'names' | 'body' | 'refusal' | 'sandbox';
  readonly form: 'plain' | 'url' | 'json' | 'base64' | 'base64url';
  readonly before: number;
  readonly code: number;
  readonly pick: number;
}

const echoes: Arbitrary<Echo> = record({
  in: constantFrom('status', 'header', 'leaf', 'leaf', 'names', 'body', 'refusal', 'sandbox', 'sandbox'),
  form: constantFrom('plain', 'url', 'json', 'base64', 'base64url'),
  before: oneof(nat({ max: 3 }), nat({ max: 600 })),
  code: constantFrom(400, 401, 403, 404, 409, 412, 422, 500),
  pick: nat({ max: 1_000 }),
});

/** A server that hands every request to another one and repeats it in some part of the reply. */
async function startEcho(target: string): Promise<{ origin: string; echo: (list: readonly Echo[]) => void }> {
  let list: readonly Echo[] = [];
  let count = 0;
  const server = createServer((request, response) => {
    void answer(request, response, target, list[(count += 1) % Math.max(1, list.length)]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    echo: (next) => {
      list = next;
      count = 0;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  echo: Echo | undefined,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const passed = headers.filter(
    ([name]) => !['host', 'connection', 'content-length', 'accept-encoding'].includes(name),
  );
  const reply = await fetch(`${target}${request.url ?? ''}`, {
    method: request.method ?? 'GET',
    headers: passed,
    ...(body.length === 0 ? {} : { body }),
  });
  const text = await reply.text();
  const type = reply.headers.get('content-type') ?? 'application/json';
  if (echo === undefined || echo.in === 'sandbox') {
    response.writeHead(reply.status, { 'content-type': type }).end(text);
    return;
  }
  const told = formed(
    `${request.method} ${request.url} ${headers.map((pair) => pair.join(': ')).join('\n')}\n\n${body.toString()}`,
    echo,
  );
  const line = told.replace(/[^\x20-\x7e]/g, ' ').slice(0, 4_000);
  if (echo.in === 'status') response.writeHead(echo.code, line, { 'content-type': type }).end(text);
  else if (echo.in === 'header')
    response
      .writeHead(reply.status, { 'content-type': type, 'x-request-id': line, 'request-id': line, etag: line })
      .end(text);
  else if (echo.in === 'body') response.writeHead(reply.status, { 'content-type': 'text/html' }).end(told);
  else if (echo.in === 'refusal')
    response.writeHead(echo.code, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        message: told,
        code: told.slice(0, 200),
        error: { code: 'BadRequest', message: told, description: told },
        errors: [{ message: told, code: told, field: told }],
        'field-errors': { note: told },
        Status: 'Error',
        ExceptionMessage: told,
        ExceptionType: told,
        category: 'VALIDATION_ERROR',
        correlationId: told,
      }),
    );
  else response.writeHead(reply.status, { 'content-type': type }).end(changed(text, told, echo));
}

function formed(text: string, { form, before }: Echo): string {
  const padded = `${'x'.repeat(before)}${text}`;
  if (form === 'url') return encodeURIComponent(padded);
  if (form === 'json') return JSON.stringify(JSON.stringify(padded));
  return form === 'plain' ? padded : Buffer.from(padded).toString(form);
}

/** The reply's JSON with one of its texts, or one of its names, replaced. */
function changed(body: string, told: string, { in: place, pick }: Echo): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return told;
  }
  let left = pick % Math.max(1, leaves(value));
  const walk = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(walk);
    if (typeof one === 'object' && one !== null)
      return Object.fromEntries(
        Object.entries(one).map(([name, member]) => {
          const here = place === 'names' && left === 0 && typeof member !== 'object';
          return [here ? told : name, walk(member)];
        }),
      );
    left -= 1;
    return left === -1 && place === 'leaf' ? told : one;
  };
  return JSON.stringify(walk(value));
}

function leaves(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, one) => sum + leaves(one), 0);
}

function windows(text: string, length: number): string[] {
  return Array.from({ length: Math.max(1, text.length - length + 1) }, (_, at) => text.slice(at, at + length));
}

/** Every piece of a secret that is long enough to be no chance, in each form. */
function piecesOf(secret: string): string[] {
  const bases = [0, 1, 2].flatMap((before) =>
    (['base64', 'base64url'] as const).flatMap((form) =>
      windows(
        Buffer.from(`${'x'.repeat(before)}${secret}`)
          .toString(form)
          .replace(/=+$/, '')
          .slice(before === 0 ? 0 : before + 1, -2),
        16,
      ),
    ),
  );
  return [
    ...new Set([
      ...windows(secret, 14),
      ...bases,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('hex'),
    ]),
  ];
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Fails where a piece of a secret stands in one of the texts, each with its place. */
function expectNone(texts: readonly (readonly [string, string])[], pieces: readonly string[]): void {
  for (const [where, text] of texts)
    for (const piece of pieces) {
      const at = text.indexOf(piece);
      if (at >= 0)
        expect.fail(
          `${where}: …${text.slice(Math.max(0, at - 200), at)}[${piece}]${text.slice(at + piece.length, at + piece.length + 200)}…`,
        );
    }
}

/** What was printed, and what stands in the files but the store of secrets. */
function textsOf(ended: readonly (readonly [string, Ended])[], directory: string, home: string): [string, string][] {
  return [
    ...ended.flatMap(([words, { stdout, stderr }]): [string, string][] => [
      [`stdout of ${words}`, stdout],
      [`stderr of ${words}`, stderr],
    ]),
    ...filesIn(directory)
      .filter((path) => relative(home, path) !== 'secrets.json')
      .map((path): [string, string] => [path, readFileSync(path, 'latin1')]),
  ];
}

const byFile = join(import.meta.dirname, '..', '..', 'docs', 'examples', 'raze.json');

describe.each([...vendorNames, 'raze-by-file'])('%s repeats the whole request in any part of any reply', (vendor) => {
  const server = vendor.replace(/-by-file$/, '');
  const ofFile: Record<string, string> = vendor === server ? {} : { OPPATCH_VENDOR_FILE: byFile };

  it(
    'and no form of a secret is shown or kept, but in the store',
    async () => {
      const sandbox = await newSandbox();
      const base = new URL(sandbox.baseUrls[server] ?? '');
      const { origin, echo } = await startEcho(base.origin);
      const account = ['--vendor', vendor, '--base-url', `${origin}${base.pathname.replace(/\/$/, '')}`];
      const credentials = sandbox.credentials[server] ?? {};
      const env = {
        ...environmentOf({ ...sandbox, credentials: { [vendor]: credentials } }, vendor),
        ...ofFile,
      };
      const pieces = Object.values(credentials)
        // What stands before a `!` is the organization's id, which is not secret.
        .map((value) => value.replace(/^00D\w+!/, ''))
        .filter((value) => value.length >= 12)
        .flatMap(piecesOf);
      await assert(
        asyncProperty(array(echoes, { minLength: 1, maxLength: 7 }), async (list) => {
          echo(list);
          const { home, directory, file } = newPlace();
          const text = threeEdits(server, firstId(sandbox, server));
          const id = /\n([^,]+)/.exec(text)?.[1] ?? '';
          const edits = file('edits.csv', text);
          const watch = ['--verbose', '--log-file', join(directory, 'log'), '--notify', `cat >> ${directory}/notified`];
          const quick = [...fast, '--timeout', '5s', '--max-duration', '3s'];
          const stored = { input: JSON.stringify(credentials) };
          const commands: [readonly string[], { env?: Record<string, string>; input?: string }][] = [
            [['profile', 'add', 'echo', ...account, '--credentials-stdin'], stored],
            [['profile', 'check', 'echo', '--verbose'], {}],
            [['doctor', '--profile', 'echo'], {}],
            [['fields', '--profile', 'echo', '--refresh'], {}],
            [['get', id, '--profile', 'echo', '--all'], {}],
            [['get', id, ...account, '--all', '--json', '--verbose'], { env }],
            [['plan', edits, '--profile', 'echo', '--out', join(directory, 'plan.json')], {}],
            [['plan', edits, ...account, '--json', '--html', join(directory, 'plan.html')], { env }],
            [['list', '--where', 'stage=won', '--profile', 'echo', '--csv'], {}],
            [['plan', edits, '--match-by', 'name', '--profile', 'echo'], {}],
            [['apply', edits, '--profile', 'echo', '--yes', ...quick, ...watch], {}],
            [['apply', edits, ...account, '--yes', '--json', '--verify', ...quick, ...watch], { env }],
            [['apply', join(directory, 'plan.json'), '--profile', 'echo', '--yes', ...quick], {}],
            [['set', id, 'note=hello', '--profile', 'echo', '--yes', ...quick], {}],
            [['resume', '--profile', 'echo', ...quick], {}],
          ];
          if (vendor !== server) {
            const check = ['vendors', 'check', byFile, '--record', id];
            commands.push([[...check, '--profile', 'echo', '--verbose'], {}]);
            commands.push([[...check, ...account.slice(2), '--json'], { env }]);
          }
          const ended: [string, Ended][] = [];
          for (const [words, options] of commands)
            ended.push([words.slice(0, 2).join(' '), await run(words, { home, env: ofFile, ...options })]);
          const runs = (await run(['runs', '--json'], { home, env: ofFile })).stdout;
          for (const name of new Set(runs.match(/\d{8}T\d{6}Z-\w{4}/g))) {
            ended.push([`runs ${name}`, await run(['runs', name], { home, env: ofFile })]);
            ended.push([
              `page ${name}`,
              await run(['runs', name, '--html', join(directory, 'page.html')], { home, env: ofFile }),
            ]);
            ended.push([`retry ${name}`, await run(['retry', name, '--yes', ...quick], { home, env })]);
            ended.push([`undo ${name}`, await run(['undo', name, '--yes', ...quick], { home, env })]);
          }
          expectNone(textsOf(ended, directory, home), pieces);
          expect(ended.map(([, { stderr }]) => stderr).join('\n')).not.toMatch(/internal-error|Please report/);
        }),
        // The same cases each time; others, and more of them, by ECHO_SEED and ECHO_RUNS.
        {
          numRuns: cases,
          seed: Number(process.env['ECHO_SEED'] ?? 1),
          endOnFailure: true,
        },
      );
    },
    240_000 * cases,
  );
});

const tenantId = '6f9a3c1e-0000-4000-8000-7d2b51a4c0de';

/** A sign-in server that repeats the whole request in every reply, where and how `echo` says. */
async function startSignInEcho(echo: () => Echo): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.once('end', () => {
      const { in: place, code, pick } = echo();
      const told = formed(`${request.url} ${body} ${[...new URLSearchParams(body).values()].join(' ')}`, echo());
      const line = told.replace(/[^\x20-\x7e]/g, ' ').slice(0, 4_000);
      const type = { 'content-type': 'application/json' };
      if (place === 'status') response.writeHead(code, line, type).end('{"error":"invalid_grant"}');
      else if (place === 'header') response.writeHead(code, { ...type, 'x-ms-request-id': line }).end('{}');
      else if (place === 'body') response.writeHead(code, { 'content-type': 'text/html' }).end(told);
      else if (place === 'sandbox') {
        const token = {
          access_token: 'a.b.c-access-token-0123456789',
          scope: told,
          instance_url: told,
          id_token: told,
        };
        response.writeHead(200, type).end(JSON.stringify(token));
      } else {
        const error = pick === 0 ? told : 'invalid_grant';
        const refusal = { error, error_description: told, error_uri: told, error_codes: [told], trace_id: told };
        response.writeHead(code, type).end(JSON.stringify(refusal));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe.each([
  { vendor: 'partner-center', forms: ['plain', 'url', 'json', 'base64', 'base64url'] as const },
  // Another grant of the same sign-in.
  { vendor: 'dynamics', forms: ['url'] as const },
])('the sign-in server of $vendor repeats the whole request in its reply', ({ vendor, forms }) => {
  it('and no form of a secret is shown or kept, but in the store', async () => {
    const sandbox = await newSandbox();
    const secrets = { clientSecret: 'app+secret/07~Qx_91', refreshToken: '0.AYk-refresh\\token/4711+end' };
    const pieces = Object.values(secrets).flatMap(piecesOf);
    let echo: Echo = { in: 'refusal', form: 'plain', before: 0, code: 400, pick: 0 };
    const authority = await startSignInEcho(() => echo);
    const { home, directory } = newPlace();
    const address = ['--base-url', sandbox.baseUrls[vendor] ?? '', '--setting', `authority=${authority}`];
    const add = ['profile', 'add', 'echo', '--vendor', vendor, ...address, '--credentials-stdin', '--force'];
    const input = JSON.stringify({ tenantId, clientId: 'app', ...secrets });
    const ended: [string, Ended][] = [];
    const places = ['refusal', 'refusal', 'status', 'header', 'body', 'sandbox'] as const;
    for (const [before, form] of forms.entries())
      for (const [pick, place] of places.entries()) {
        echo = { in: place, form, before, code: pick % 2 === 0 ? 400 : 401, pick };
        for (const [words, options] of [
          [add, { input }],
          [['profile', 'check', 'echo', '--verbose'], {}],
          [['get', firstId(sandbox, vendor), '--profile', 'echo', '--json'], {}],
          [['profile', 'login', 'echo', '--refresh-token-stdin', '--verbose'], { input: secrets.refreshToken }],
        ] as const)
          ended.push([`${words.slice(0, 2).join(' ')} (${place}, ${form})`, await run(words, { home, ...options })]);
      }
    expect(ended.filter(([, { code }]) => code === 4).length).toBeGreaterThan(4 * forms.length);
    expectNone(textsOf(ended, directory, home), pieces);
    expect(ended.map(([, { stderr }]) => stderr).join('\n')).not.toMatch(/internal-error|Please report|Unexpected/);
  }, 120_000);
});

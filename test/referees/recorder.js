// What the referees share: a sandbox, a loopback recorder in front of it, and oppatch as a process that calls the recorder.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, root } from '../setup.js';

install();
build();

const bin = join(root, 'bin', 'oppatch.js');
const notPassed = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);

/**
 * `prefix`: of the paths that both sides send, before that of the sandbox. `pathOf`: a path as the sandbox and the comparison have it. `environment`: of
 * oppatch, made of the sandbox's credentials.
 */
export async function startRecorder({ vendor, prefix = '', pathOf = (path) => path, environment }) {
  const directory = mkdtempSync(join(tmpdir(), `oppatch-referee-${vendor}-`));
  const sandbox = spawn(process.execPath, [bin, 'sandbox', '--json', '--unlimited'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [greeting] = await once(sandbox.stdout, 'data');
  const { base_urls: baseUrls, credentials, origin } = JSON.parse(String(greeting));
  const account = credentials[vendor];
  let recorded = [];

  async function forward(incoming, outgoing) {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { pathname, search, searchParams } = new URL(incoming.url, address);
    const path = pathOf(pathname.slice(prefix.length));
    const { method, headers } = incoming;
    recorded.push({
      method,
      path,
      query: [...searchParams],
      body: body === '' ? undefined : JSON.parse(body),
      // Some clients name the charset, which JSON always has.
      contentType: body === '' ? undefined : headers['content-type']?.split(';')[0],
      headers,
    });
    const passed = Object.fromEntries(Object.entries(headers).filter(([name]) => !notPassed.has(name)));
    const reply = await fetch(`${baseUrls[vendor]}${path}${search}`, {
      method,
      headers: passed,
      ...(body === '' ? {} : { body }),
    });
    const text = await reply.text();
    outgoing.writeHead(reply.status, text === '' ? {} : { 'content-type': 'application/json' });
    outgoing.end(text);
  }

  const recorder = createServer((incoming, outgoing) => {
    void forward(incoming, outgoing);
  });
  await new Promise((resolve) => {
    recorder.listen(0, '127.0.0.1', resolve);
  });
  const address = `http://127.0.0.1:${recorder.address().port}`;

  return {
    address,
    directory,
    origin,
    credentials: account,
    /** What `act` sends through the recorder. */
    requestsOf: async (act) => {
      recorded = [];
      await act();
      return [...recorded];
    },
    oppatch: async (...words) => {
      const child = spawn(process.execPath, [bin, ...words, '--vendor', vendor, '--base-url', `${address}${prefix}`], {
        env: { ...process.env, OPPATCH_HOME: directory, ...environment(account) },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let shown = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (shown += chunk));
      const [code] = await once(child, 'close');
      assert.equal(code, 0, `oppatch ${words.join(' ')} ended with ${code}:\n${shown}`);
    },
    close: () => {
      sandbox.kill('SIGTERM');
      recorder.close();
      recorder.closeAllConnections();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export const writesOf = (requests) => requests.filter(({ method }) => method !== 'GET');

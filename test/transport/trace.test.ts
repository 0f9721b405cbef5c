import { describe, expect, it } from 'vitest';
import { createRedact } from '../../src/core/redact.ts';
import type { WireRequest } from '../../src/core/wire.ts';
import { createTrace } from '../../src/transport/trace.ts';
import { freePort, openTransport, startServer } from './test-server.ts';

const key = 'hunter2$/+key';
const soon = { timeoutMs: 5_000 };

async function traced() {
  const lines: string[] = [];
  const transport = createTrace(await openTransport(), (line) => lines.push(line), createRedact([key]));
  return { lines, transport };
}

function request(base: string): WireRequest {
  return {
    method: 'POST',
    url: `${base}/Update?accessKey=${encodeURIComponent(key)}&mode=fast&refresh_token=fresh-one`,
    headers: {
      accept: 'application/json',
      authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
      'x-new-token': 'just-made',
    },
    body: JSON.stringify({ note: `my key is ${key}`, stage: 'won' }),
  };
}

describe('the trace', () => {
  it('tells request and reply, with the time and without a secret', async () => {
    const server = await startServer((_request, response) => {
      response.writeHead(404, { 'X-Request-Id': 'r-17', 'set-cookie': 'session=hidden' });
      response.end(JSON.stringify({ error: `no such key: ${key}`, at: 'line\u001b[2J' }));
    });
    const { lines, transport } = await traced();
    const reply = await transport.send(request(server.url), soon);
    expect(reply.status).toBe(404);
    expect(lines).toHaveLength(2);
    const [sent = '', came = ''] = lines;
    expect(sent).toContain(`#1 → POST ${server.url}/Update?accessKey=***&mode=fast&refresh_token=***`);
    expect(sent).toContain('accept: application/json');
    expect(sent).toContain('authorization: Basic ***');
    expect(sent).toContain('"stage":"won"');
    expect(came).toMatch(/^#1 ← 404 \d+ms \{.*x-request-id: r-17/);
    expect(came).toContain('no such key: ***');
    const all = lines.join('\n');
    for (const secret of [key, encodeURIComponent(key), 'hunter2', 'fresh-one', 'just-made', 'hidden', '\u001b']) {
      expect(all).not.toContain(secret);
    }
  });

  it('tells a failure and passes it on', async () => {
    const { lines, transport } = await traced();
    const port = await freePort();
    await expect(transport.send(request(`http://127.0.0.1:${port}`), soon)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    expect(lines[1]).toMatch(new RegExp(`^#1 ✗ \\d+ms no connection to 127\\.0\\.0\\.1:${port}`));
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  it('leaves no half of a secret where it cuts a long body', async () => {
    const server = await startServer((_request, response) =>
      response.end(`${'x'.repeat(393)}${key}${'y'.repeat(9_000)}`),
    );
    const { lines, transport } = await traced();
    await transport.send({ method: 'GET', url: server.url, headers: {} }, soon);
    expect(lines[1]).not.toContain('hun');
    expect(lines[1]?.length).toBeLessThan(1_000);
  });

  it('numbers exchanges that overlap', async () => {
    const server = await startServer((_request, response) => response.end());
    const { lines, transport } = await traced();
    await Promise.all([1, 2].map(() => transport.send({ method: 'GET', url: server.url, headers: {} }, soon)));
    expect(lines.map((line) => line.slice(0, 4)).sort()).toEqual(['#1 →', '#1 ←', '#2 →', '#2 ←'].sort());
  });
});

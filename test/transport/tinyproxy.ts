import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real proxy. `lines` are added to its configuration. */
export async function startTinyproxy(...lines: readonly string[]) {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'oppatch-proxy-'));
  const file = join(directory, 'tinyproxy.conf');
  const logFile = join(directory, 'log');
  writeFileSync(logFile, '');
  const own = [
    `Port ${port}`,
    'Listen 127.0.0.1',
    'Timeout 60',
    'MaxClients 50',
    'LogLevel Info',
    'Allow 127.0.0.1',
    `LogFile "${logFile}"`,
  ];
  writeFileSync(file, `${[...own, ...lines].join('\n')}\n`);
  const watcher = watch(directory);
  const child = spawn('tinyproxy', ['-d', '-c', file], { stdio: 'ignore' });
  const log = (): string => readFileSync(logFile, 'utf8');
  while (!log().includes('Accepting connections')) await once(watcher, 'change');
  watcher.close();
  return {
    host: `127.0.0.1:${port}`,
    /** The addresses that it was asked for a way to, each once. */
    asked: () => [...new Set([...log().matchAll(/CONNECT (\S+) HTTP/g)].map(([, address]) => address))],
    close: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

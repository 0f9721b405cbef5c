import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RedisServerOptions {
  readonly password?: string;
  /** Keeps what it has over a restart. */
  readonly persistent?: boolean;
  /** Speaks TLS only, with this certificate and its key in files. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Can be joined with others. */
  readonly cluster?: boolean;
}

/** A real Redis server on a free loopback port, with a directory of its own. */
export class RedisServer {
  readonly port: number;
  /** On which the servers of a cluster talk to each other. */
  busPort = 0;
  readonly #directory: string;
  readonly #options: RedisServerOptions;
  #process: ChildProcess | undefined;

  private constructor(port: number, options: RedisServerOptions) {
    this.port = port;
    this.#options = options;
    this.#directory = mkdtempSync(join(tmpdir(), 'oppatch-redis-'));
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    execFileSync(process.execPath, [join(import.meta.dirname, '..', 'install-packages.js'), 'redis-server'], {
      stdio: 'inherit',
    });
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  get url(): string {
    const { password, tls } = this.#options;
    return `${tls === undefined ? 'redis' : 'rediss'}://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const { password, persistent, tls, cluster } = this.#options;
    const words = ['--bind', '127.0.0.1', '--dir', this.#directory, '--save', ''];
    if (tls === undefined) words.push('--port', String(this.port));
    else {
      words.push('--port', '0', '--tls-port', String(this.port), '--tls-auth-clients', 'no');
      words.push('--tls-cert-file', tls.certificate, '--tls-key-file', tls.key);
    }
    if (cluster === true) {
      this.busPort = await freePort();
      words.push('--cluster-enabled', 'yes', '--cluster-port', String(this.busPort));
    }
    if (persistent === true) words.push('--appendonly', 'yes', '--appendfsync', 'always');
    if (password !== undefined) words.push('--requirepass', password);
    const child = spawn('redis-server', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = child;
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line.includes('Ready to accept connections')) {
        child.stdout.resume();
        return;
      }
    }
    throw new Error(`redis-server did not start:\n${lines.join('\n')}`);
  }

  /** Since it was started, that of this question among them. */
  connectionsReceived(): number {
    const stats = execFileSync('redis-cli', ['-p', String(this.port), 'info', 'stats'], { encoding: 'utf8' });
    return Number(/total_connections_received:(\d+)/.exec(stats)?.[1]);
  }

  /** Like a power cut. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** The process stays and keeps its connections, but answers nothing until `resume`. */
  suspend(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

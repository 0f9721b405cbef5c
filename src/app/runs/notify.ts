import { spawn } from 'node:child_process';
import { OppatchError } from '../../core/errors.ts';
import { killGroup, platform } from '../../core/own-process.ts';
import type { Host } from '../../host.ts';
import { createTransport } from '../../transport/send.ts';
import { directories } from '../../core/directories.ts';
import { childEnvironment } from '../../profiles/child-environment.ts';
import { openProfileStore } from '../../profiles/profile-store.ts';
import type { Context } from '../session/context.ts';
import type { Network } from '../session/network.ts';
import { knownVendors } from '../session/known-vendors.ts';
import { toolVersion } from '../session/version.ts';

const postWithinMs = 10_000;
const commandWithinMs = 60_000;

/** Throws `bad-notify` (exit code 2) where the address must not be sent to. Not repeated: webhook addresses hold secrets. */
export function checkNotify(target: string): void {
  if (!isAddress(target)) return;
  const url = URL.canParse(target) ? new URL(target) : undefined;
  const loopback = url !== undefined && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (url !== undefined && url.username === '' && url.password === '' && (url.protocol === 'https:' || loopback))
    return;
  throw new OppatchError('bad-notify', 'The summary is not sent to this address.', {
    place: '--notify',
    hint: 'Write an https address without a user name (plain http is for loopback hosts), or a command.',
  });
}

/**
 * Hands the summary, as JSON, to an address (POST, no redirect, 10 s) or to a shell command (on its stdin, 60 s). Resolves with what went wrong, for
 * people, or undefined; it never rejects. The command's environment holds no credential, and what it prints goes to stderr.
 */
export function notify(
  host: Host,
  target: string,
  summary: object,
  { account, network }: Pick<Context, 'account' | 'network'>,
): Promise<string | undefined> {
  const text = `${JSON.stringify(summary)}\n`;
  return isAddress(target) ? post(target, text, network) : command(host, target, text, account.secrets);
}

function isAddress(target: string): boolean {
  return /^https?:\/\//i.test(target);
}

async function post(address: string, text: string, network: Network): Promise<string | undefined> {
  const { host } = new URL(address);
  const transport = await createTransport({ connections: 1, version: toolVersion(), anyReply: true, ...network });
  try {
    const { status } = await transport.send(
      { method: 'POST', url: address, headers: { 'content-type': 'application/json' }, body: text },
      { timeoutMs: postWithinMs },
    );
    return status >= 200 && status < 300 ? undefined : `${host} answered HTTP ${status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await transport.close();
  }
}

/** Its last words may still be in the pipe when it has ended. */
const lastWordsMs = 200;

async function command(
  { env, stderr }: Host,
  line: string,
  text: string,
  secrets: readonly string[],
): Promise<string | undefined> {
  const store = await openProfileStore(directories(env).config);
  const profiles = await store.list().catch(() => []);
  return new Promise((resolve) => {
    // A group of its own, so that all of it ends with it, and Ctrl-C does not reach it. What it starts and leaves behind must not hold our stderr: whoever reads
    // that to its end would wait for it.
    const child = spawn(line, {
      shell: true,
      detached: platform !== 'win32',
      stdio: 'pipe',
      env: childEnvironment(env, { vendors: knownVendors(env), profiles, secrets }),
    });
    const end = (trouble: string | undefined): void => {
      clearTimeout(timer);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      resolve(trouble);
    };
    const timer = setTimeout(() => {
      if (child.pid === undefined || platform === 'win32') child.kill('SIGKILL');
      else killGroup(child.pid);
      end(`the command took longer than ${commandWithinMs / 1000} s`);
    }, commandWithinMs);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => stderr.write(chunk));
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      const trouble = code === 0 ? undefined : `the command ended with ${code ?? signal ?? 'no code'}`;
      const patience = setTimeout(() => end(trouble), lastWordsMs);
      child.once('close', () => {
        clearTimeout(patience);
        end(trouble);
      });
    });
    // It need not read.
    child.stdin.on('error', () => undefined);
    child.stdin.end(text);
  });
}

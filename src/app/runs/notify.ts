import { spawn } from 'node:child_process';
import { OppatchError } from '../../core/errors.ts';
import { killGroup, platform } from '../../core/own-process.ts';
import type { Host } from '../../host.ts';
import { createTransport } from '../../transport/send.ts';
import { credentialNames } from '../../profiles/credential-set.ts';
import { environmentName } from '../../profiles/resolve.ts';
import { vendors } from '../../vendors/index.ts';
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
  secrets: readonly string[],
): Promise<string | undefined> {
  const text = `${JSON.stringify(summary)}\n`;
  return isAddress(target) ? post(target, text) : command(host, target, text, secrets);
}

function isAddress(target: string): boolean {
  return /^https?:\/\//i.test(target);
}

async function post(address: string, text: string): Promise<string | undefined> {
  const { host } = new URL(address);
  const transport = await createTransport({ connections: 1, version: toolVersion() });
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

function command({ env }: Host, line: string, text: string, secrets: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    // A group of its own, so that all of it ends with it, and Ctrl-C does not reach it.
    const child = spawn(line, {
      shell: true,
      detached: platform !== 'win32',
      stdio: ['pipe', 2, 2],
      env: withoutCredentials(env, secrets),
    });
    const timer = setTimeout(() => {
      if (child.pid === undefined || platform === 'win32') child.kill('SIGKILL');
      else killGroup(child.pid);
      resolve(`the command took longer than ${commandWithinMs / 1000} s`);
    }, commandWithinMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(code === 0 ? undefined : `the command ended with ${code ?? signal ?? 'no code'}`);
    });
    // It need not read.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(text);
  });
}

/** Without the variables that hold a credential of any vendor, by their name or by what they hold. */
export function withoutCredentials(env: NodeJS.ProcessEnv, secrets: readonly string[]): NodeJS.ProcessEnv {
  const names = new Set(
    vendors.flatMap((vendor) => credentialNames(vendor).map((name) => environmentName(vendor.name, name))),
  );
  const kept = Object.entries(env).filter(
    ([name, value]) => !names.has(name) && !secrets.some((secret) => secret !== '' && value?.includes(secret) === true),
  );
  return Object.fromEntries(kept);
}

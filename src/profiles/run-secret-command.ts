import { spawn } from 'node:child_process';
import { directories } from '../core/directories.ts';
import { OppatchError } from '../core/errors.ts';
import type { Credentials, Vendor } from '../core/vendor.ts';
import { childEnvironment } from './child-environment.ts';
import { parseCredentials } from './credentials-json.ts';
import { openProfileStore } from './profile-store.ts';

export interface SecretCommand {
  /** As a person types it; the system's shell runs it. */
  readonly command: string;
  readonly profileName: string;
  readonly vendor: Vendor;
  /** All that are known: none of their credentials is handed on. */
  readonly vendors: readonly Vendor[];
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

const mostBytes = 65_536;
const defaultTimeoutMs = 30_000;

/**
 * Runs the command that prints a profile's credentials, as one JSON object like that of `--credentials-stdin`. It reads no stdin, its stderr goes to the
 * person; no vendor's credential is in its environment. Throws an OppatchError (exit 4) that never holds what it printed.
 */
export async function runSecretCommand(request: SecretCommand): Promise<Credentials> {
  const { profileName, vendor } = request;
  const fail = (code: string, message: string): OppatchError =>
    new OppatchError(code, message, {
      place: `profile ${profileName}`,
      hint: `Run it by hand to see why (of a stored profile \`oppatch profile show ${profileName}\` shows it), then give it again: oppatch profile add ${profileName} --vendor ${vendor.name} --secret-command 'COMMAND' --force`,
      exitCode: 4,
    });
  const ended = await run(request);
  if ('problem' in ended) throw fail('secret-command-failed', `The secret command ${ended.problem}.`);
  const text = ended.output.toString('utf8');
  if (text.trim() === '') throw fail('secret-command-output', 'The secret command printed nothing.');
  try {
    return parseCredentials(text, vendor);
  } catch (error) {
    if (!(error instanceof OppatchError)) throw error;
    throw fail(
      'secret-command-output',
      `The output of the secret command cannot be used. ${error.message} ${error.hint}`,
    );
  }
}

async function run({
  command,
  vendors,
  env,
  timeoutMs = defaultTimeoutMs,
}: SecretCommand): Promise<{ readonly output: Buffer } | { readonly problem: string }> {
  const profiles = await openProfileStore(directories(env).config)
    .then((store) => store.list())
    .catch(() => []);
  const child = spawn(command, {
    shell: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: childEnvironment(env, { vendors, profiles }),
    windowsHide: true,
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    const end = (outcome: { readonly output: Buffer } | { readonly problem: string }): void => {
      clearTimeout(timer);
      // What the shell has started may hold the pipe open.
      child.stdout.destroy();
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      resolve(outcome);
    };
    const timer = setTimeout(() => end({ problem: `did not end within ${timeoutMs / 1000} s` }), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > mostBytes) end({ problem: 'printed more than 64 KiB' });
    });
    child.once('error', (error: NodeJS.ErrnoException) =>
      end({ problem: `could not be started: the system says ${error.code ?? 'unknown'}` }),
    );
    child.once('close', (code, signal) => {
      if (code === 0) end({ output: Buffer.concat(chunks) });
      else end({ problem: code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit status ${code}` });
    });
  });
}

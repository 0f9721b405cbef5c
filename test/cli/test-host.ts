import { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Host } from '../../src/host.ts';

/** What a test gives the program in place of the process: its own arguments, environment and stdin, and outputs that are kept. */
export interface TestHost extends Host {
  /** All that was written so far. */
  readonly written: () => { readonly stdout: string; readonly stderr: string };
}

export function testHost(
  args: readonly string[],
  { env, input = '' }: { readonly env: NodeJS.ProcessEnv; readonly input?: string | Uint8Array },
): TestHost {
  const stdout = new Kept();
  const stderr = new Kept();
  return {
    args,
    env,
    stdin: Readable.from(input.length === 0 ? [] : [Buffer.from(input)]),
    stdout,
    stderr,
    onSignal: () => () => undefined,
    onProgressWanted: () => () => undefined,
    wait: (delayMs, signal) => delay(delayMs / hurry, undefined, { signal }).catch(() => undefined),
    endWithin: () => undefined,
    endings: [],
    written: () => ({ stdout: stdout.text, stderr: stderr.text }),
  };
}

/** Waits between calls are so many times shorter than a person's. */
const hurry = 20;

/** A pipe that is always read at once. */
class Kept extends Writable {
  readonly #chunks: Buffer[] = [];

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }
}

import { once } from 'node:events';
import type { Host } from '../../host.ts';

/** Text for stdout: the result. */
export function writeOut({ stdout }: Pick<Host, 'stdout'>, text: string): void {
  stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Text for stderr: everything that is not the result. */
export function writeErr({ stderr }: Pick<Host, 'stderr'>, text: string): void {
  stderr.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** A reader that went away (`| head`) is no failure: what it did not read is dropped. */
export function surviveClosedPipes({ stdout, stderr }: Host): void {
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

const chunkLength = 64 * 1024;

/** Much text to stdout, in large pieces, no faster than it is taken. */
export class LineWriter {
  readonly #stdout: Host['stdout'];
  #text = '';

  constructor({ stdout }: Pick<Host, 'stdout'>) {
    this.#stdout = stdout;
  }

  /** A promise only where the reader has to be waited for. */
  line(text: string): Promise<void> | undefined {
    return this.text(`${text}\n`);
  }

  /** As `line`, without a line end. */
  text(text: string): Promise<void> | undefined {
    this.#text += text;
    return this.#text.length < chunkLength ? undefined : this.flush();
  }

  /** True once nobody reads any more. */
  get closed(): boolean {
    return this.#stdout.destroyed || this.#stdout.writableEnded || this.#stdout.errored !== null;
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text === '' || this.closed || this.#stdout.write(text)) return;
    await Promise.race([once(this.#stdout, 'drain'), once(this.#stdout, 'close')]).catch(() => undefined);
  }
}

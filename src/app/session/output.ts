import { once } from 'node:events';

/** Text for stdout: the result. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Text for stderr: everything that is not the result. */
export function tell(text: string): void {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** A reader that went away (`| head`) is no failure: what it did not read is dropped. */
export function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

const chunkLength = 64 * 1024;

/** Much text to stdout, in large pieces, no faster than it is taken. */
export class LineWriter {
  #text = '';

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
    return process.stdout.destroyed || process.stdout.writableEnded || process.stdout.errored !== null;
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text === '' || this.closed || process.stdout.write(text)) return;
    await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]).catch(() => undefined);
  }
}

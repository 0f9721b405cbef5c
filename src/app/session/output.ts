import { OppatchError } from '../../core/errors.ts';
import type { Host } from '../../host.ts';

/** Text for stdout: the result. */
export function writeOut({ stdout }: Pick<Host, 'stdout'>, text: string): void {
  const safe = safeText(text);
  stdout.write(safe.endsWith('\n') ? safe : `${safe}\n`);
}

/** Text for stderr: everything that is not the result. */
export function writeErr({ stderr }: Pick<Host, 'stderr'>, text: string): void {
  const safe = safeText(text);
  stderr.write(safe.endsWith('\n') ? safe : `${safe}\n`);
}

/** Why an output could not be written, the system's code; `EPIPE`: its reader went away. */
const lost = new WeakMap<Host['stdout'], string>();

/**
 * Output that can't be written stops nothing: a reader that went away (`| head`), a terminal that is gone, a full disk. Of stdout it is told once, on
 * stderr, but for a reader that went away.
 */
export function surviveLostOutput(host: Pick<Host, 'stdout' | 'stderr'>): void {
  const { stdout } = host;
  stdout.on('error', (error) => {
    if (lost.has(stdout)) return;
    const code = codeOf(error);
    lost.set(stdout, code);
    if (code !== 'EPIPE') writeErr(host, `! The output can't be written (${code}).`);
  });
}

function codeOf({ code = 'unknown' }: NodeJS.ErrnoException): string {
  return code;
}

const chunkLength = 64 * 1024;

/** Much text to stdout, in large pieces, no faster than it is taken. */
export class LineWriter {
  readonly #stdout: Host['stdout'];
  readonly #exact: boolean;
  #text = '';

  /** `exact`: values are to reach a file or a program as they are, but for JSON, where they can be escaped; a terminal never gets them so. */
  constructor({ stdout }: Pick<Host, 'stdout'>, { exact = false } = {}) {
    this.#stdout = stdout;
    this.#exact = exact && stdout.isTTY !== true;
  }

  /** A promise only where the reader has to be waited for. */
  line(text: string): Promise<void> | undefined {
    return this.text(`${text}\n`);
  }

  /** As `line`, without a line end. */
  text(text: string): Promise<void> | undefined {
    this.#text += this.#exact ? safeJson(text) : safeText(text);
    return this.#text.length < chunkLength ? undefined : this.flush();
  }

  /** True once nobody reads any more. */
  get closed(): boolean {
    return lost.get(this.#stdout) === 'EPIPE' || this.#stdout.destroyed || this.#stdout.writableEnded;
  }

  /** Throws `output-lost` where it can't be written, but for a reader that went away: half a result must not look like a whole one. */
  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text === '' || this.closed) return;
    const error = await new Promise<Error | null | undefined>((resolve) => this.#stdout.write(text, resolve));
    const code = lost.get(this.#stdout) ?? (error instanceof Error ? codeOf(error) : undefined);
    if (code === undefined || code === 'EPIPE') return;
    throw new OppatchError('output-lost', `The output can't be written (${code}).`, {
      hint: 'It was not written completely. Make room, or write it to another place.',
    });
  }
}

/** A result that a program will read, for stdout. Throws as `LineWriter.flush` does. */
export async function writeWhole(host: Pick<Host, 'stdout'>, text: string): Promise<void> {
  const writer = new LineWriter(host, { exact: true });
  await writer.text(text.endsWith('\n') ? text : `${text}\n`);
  await writer.flush();
}

/** A terminal may be told by these to hide or to turn round what follows. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Escapes but for the colours that this tool paints with, control characters but for line ends and tabs, and marks that turn text round. */
const dangerous =
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  /\u001b(?!\[(?:[0-2]|2[2-9]|3\d|9\d)m)|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** What a text can't hold anything of the above without: a control character but for line ends and tabs, or any character beyond ASCII. */
const suspicious = /[^\t\n\u0020-\u007e]/;

/** What may go to a terminal, whoever's text it holds: JSON is escaped, in other text a mark stands for what is left out. */
function safeText(text: string): string {
  return suspicious.test(text) ? safeJson(text).replace(dangerous, '\ufffd') : text;
}

/** JSON without control and bidirectional characters: escaped they mean the same. Other text is left as it is. */
function safeJson(text: string): string {
  return /^[{[]/.test(text)
    ? text.replace(unsafe, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : text;
}

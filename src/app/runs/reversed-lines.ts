import { open, rm } from 'node:fs/promises';

/** Lines that end up in a file in the reverse of their order, with eight bytes of memory for each. */
export class ReversedLines {
  readonly #path: string;
  readonly #forward: Awaited<ReturnType<typeof open>>;
  #text = '';
  #bytes = 0;
  #ends = new Float64Array(1024);
  #count = 0;

  private constructor(path: string, forward: Awaited<ReturnType<typeof open>>) {
    this.#path = path;
    this.#forward = forward;
  }

  static async open(path: string): Promise<ReversedLines> {
    return new ReversedLines(path, await open(`${path}.forward`, 'wx+', 0o600));
  }

  async add(line: string): Promise<void> {
    this.#text += `${line}\n`;
    this.#bytes += Buffer.byteLength(line) + 1;
    if (this.#count === this.#ends.length) {
      const longer = new Float64Array(this.#count * 2);
      longer.set(this.#ends);
      this.#ends = longer;
    }
    this.#ends[this.#count] = this.#bytes;
    this.#count += 1;
    if (this.#text.length > 1 << 20) await this.#flush();
  }

  /** The number of lines. */
  async finish(): Promise<number> {
    await this.#flush();
    const to = await open(this.#path, 'wx', 0o600);
    try {
      let last = this.#count;
      while (last > 0) {
        const end = this.#ends[last - 1] ?? 0;
        let first = last - 1;
        while (first > 0 && end - (this.#ends[first - 1] ?? 0) < 1 << 20) first -= 1;
        const start = first === 0 ? 0 : (this.#ends[first - 1] ?? 0);
        const bytes = Buffer.alloc(end - start);
        await this.#forward.read(bytes, 0, bytes.length, start);
        const lines = bytes.toString('utf8').trimEnd().split('\n');
        await to.write(`${lines.toReversed().join('\n')}\n`);
        last = first;
      }
    } finally {
      await to.close();
    }
    return this.#count;
  }

  async close(): Promise<void> {
    await this.#forward.close();
    await rm(`${this.#path}.forward`, { force: true });
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    await this.#forward.appendFile(text);
  }
}

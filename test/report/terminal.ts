/* oxlint-disable no-control-regex -- control characters are what this module looks for */
import { Writable } from 'node:stream';

/** One row of the screen; `continues`: the line goes on in the next row, because the terminal broke it. */
interface ScreenRow {
  text: string;
  continues: boolean;
}

/**
 * A terminal as a stream: breaks long lines, re-breaks them when it is resized, obeys the few sequences that the tool uses and fails on any
 * other. Characters are one column wide.
 */
export class Terminal extends Writable {
  readonly isTTY = true;
  columns: number;
  rows = 24;
  /** All that was written, sequences included. */
  raw = '';
  writes = 0;
  #rows: ScreenRow[] = [{ text: '', continues: false }];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    super({ decodeStrings: false });
    this.columns = columns;
  }

  /** The screen without empty rows at its end. */
  get screen(): string[] {
    const rows = this.#rows.map(({ text, continues }) => (continues ? text : text.trimEnd()));
    while (rows.at(-1) === '') rows.pop();
    return rows;
  }

  resize(columns: number): void {
    const before = this.#rows;
    let offset = this.#column;
    for (let row = this.#row - 1; before[row]?.continues === true; row -= 1) offset += before[row]?.text.length ?? 0;
    let first = this.#row;
    while (before[first - 1]?.continues === true) first -= 1;
    this.columns = columns;
    this.#rows = [];
    for (let row = 0; row < before.length;) {
      const begin = row;
      let text = '';
      for (;;) {
        text += before[row]?.text ?? '';
        row += 1;
        if (before[row - 1]?.continues !== true) break;
      }
      if (begin === first) {
        this.#row = this.#rows.length + Math.floor(offset / columns);
        this.#column = offset % columns;
      }
      this.#rows.push(...broken(text, columns));
    }
    this.#reach();
    this.emit('resize');
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.writes += 1;
    this.raw += chunk;
    for (const [token, , count = '1', letter] of chunk.matchAll(/(\u001b\[(\d*)([A-Za-z]))|[^]/gu)) {
      if (letter === undefined) this.#put(token);
      else if (letter === 'A') this.#row = Math.max(0, this.#row - Number(count === '' ? 1 : count));
      else if (letter === 'K' && count === '2') this.#at().text = '';
      else if (letter === 'J' && count === '') this.#eraseBelow();
      else if (letter !== 'm') throw new Error(`unknown sequence ${JSON.stringify(token)}`);
    }
    done();
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#newRow(false);
    else if (/[\u0000-\u001f\u007f-\u009f]/.test(character)) throw new Error(`control ${JSON.stringify(character)}`);
    else {
      if (this.#column === this.columns) this.#newRow(true);
      const row = this.#at();
      const text = row.text.padEnd(this.#column);
      row.text = text.slice(0, this.#column) + character + text.slice(this.#column + 1);
      this.#column += 1;
    }
  }

  #newRow(continues: boolean): void {
    this.#at().continues = continues;
    this.#row += 1;
    this.#column = 0;
    this.#reach();
  }

  #eraseBelow(): void {
    this.#rows.length = this.#row + 1;
    const row = this.#at();
    row.text = row.text.slice(0, this.#column);
    row.continues = false;
  }

  #reach(): void {
    while (this.#rows.length <= this.#row) this.#rows.push({ text: '', continues: false });
  }

  #at(): ScreenRow {
    const row = this.#rows[this.#row];
    if (row === undefined) throw new Error('the cursor has left the screen');
    return row;
  }
}

function broken(text: string, columns: number): ScreenRow[] {
  const rows: ScreenRow[] = [];
  for (let at = 0; at < text.length || at === 0; at += columns)
    rows.push({ text: text.slice(at, at + columns), continues: at + columns < text.length });
  return rows;
}

/** A stream that is not a terminal. */
export class LogFile extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

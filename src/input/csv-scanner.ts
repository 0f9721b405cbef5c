import type { CsvRecord } from './csv-parser.ts';

/** A longer record is left to csv-parse, in bytes: what is not complete yet is looked at once more with each block that comes. */
const longestBytes = 64 * 1024;

/** Of bytes and of characters. */
const [lineFeed, carriageReturn, quote] = [0x0a, 0x0d, 0x22];

/**
 * Takes records apart that are right beyond doubt, several times faster than csv-parse: cells without quotes, cells wholly in quotes, lines that end in LF
 * or CR LF. It judges nothing: at the first record that may be wrong, or that is very long, it stops for good (`isInDoubt`), and csv-parse goes on with
 * the bytes from there (`rest`). For such records it gives what csv-parse gives, which a property test compares.
 */
export class CsvScanner {
  readonly #delimiter: string;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #line: number;
  #emptyLines = 0;
  #isInDoubt = false;

  /** `firstLine`: the number of the line with which the bytes begin. */
  constructor(delimiter: string, firstLine: number) {
    this.#delimiter = delimiter;
    this.#line = firstLine;
  }

  add(bytes: Buffer): void {
    this.#bytes = this.#at === this.#bytes.length ? bytes : Buffer.concat([this.rest, bytes]);
    this.#at = 0;
  }

  /** The next records, so many at most; fewer where it is in doubt, or more bytes are needed. `isLast`: none will come. */
  take(most: number, isLast: boolean): readonly CsvRecord[] {
    const records: CsvRecord[] = [];
    while (records.length < most && !this.#isInDoubt && this.#at < this.#bytes.length) {
      const record = this.#next(isLast);
      if (record === 'incomplete') break;
      if (record !== 'empty') records.push(record);
    }
    return records;
  }

  get isInDoubt(): boolean {
    return this.#isInDoubt;
  }

  /** What is not taken apart yet; it begins with a record, on {@link line}. */
  get rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }

  get line(): number {
    return this.#line;
  }

  /** Lines without a character so far. */
  get emptyLines(): number {
    return this.#emptyLines;
  }

  #next(isLast: boolean): CsvRecord | 'empty' | 'incomplete' {
    const bytes = this.#bytes;
    const start = this.#at;
    let end = start;
    let inQuotes = false;
    let hasQuotes = false;
    let lineFeeds = 0;
    let carriageReturns = 0;
    let letters = 0;
    for (; end < bytes.length; end += 1) {
      const byte = bytes[end] ?? 0;
      letters |= byte;
      if (byte > quote) continue;
      if (byte === quote) {
        hasQuotes = true;
        inQuotes = !inQuotes;
      } else if (byte === lineFeed) {
        if (!inQuotes) break;
        lineFeeds += 1;
      } else if (byte === carriageReturn && !inQuotes) carriageReturns += 1;
    }
    if (end - start > longestBytes) return this.#doubt();
    if (end === bytes.length && !isLast) return 'incomplete';
    if (inQuotes) return this.#doubt();
    const isPair = carriageReturns === 1 && end < bytes.length && bytes[end - 1] === carriageReturn;
    if (carriageReturns > 0 && !isPair) return this.#doubt();
    const cellsEnd = isPair ? end - 1 : end;
    // Letters of one byte each need no decoding.
    const text = bytes.toString(letters < 0x80 ? 'latin1' : 'utf8', start, cellsEnd);
    const cells = hasQuotes ? quotedCells(text, this.#delimiter) : text.split(this.#delimiter);
    if (cells === undefined) return this.#doubt();
    const line = this.#line;
    this.#at = Math.min(end + 1, bytes.length);
    this.#line += 1 + lineFeeds;
    if (cellsEnd > start) return { line, cells };
    this.#emptyLines += 1;
    return 'empty';
  }

  #doubt(): 'incomplete' {
    this.#isInDoubt = true;
    return 'incomplete';
  }
}

/** Undefined where a quote stands at a place where it means nothing. */
function quotedCells(text: string, delimiter: string): string[] | undefined {
  const cells: string[] = [];
  let nextQuote = text.indexOf('"');
  for (let at = 0; ; at += delimiter.length) {
    if (nextQuote === at) {
      let close = text.indexOf('"', at + 1);
      let hasDoubled = false;
      while (close !== -1 && text.charCodeAt(close + 1) === quote) {
        hasDoubled = true;
        close = text.indexOf('"', close + 2);
      }
      if (close === -1) return undefined;
      const inside = text.slice(at + 1, close);
      cells.push(hasDoubled ? inside.replaceAll('""', '"') : inside);
      at = close + 1;
      if (at === text.length) return cells;
      if (!text.startsWith(delimiter, at)) return undefined;
      nextQuote = text.indexOf('"', at);
    } else {
      const end = text.indexOf(delimiter, at);
      const cellEnd = end === -1 ? text.length : end;
      if (nextQuote !== -1 && nextQuote < cellEnd) return undefined;
      cells.push(text.slice(at, cellEnd));
      if (end === -1) return cells;
      at = end;
    }
  }
}

import type { CsvDialect } from './csv-dialect.ts';
import { createCsvParser, type CsvParser, type CsvRecord } from './csv-parser.ts';
import { CsvScanner } from './csv-scanner.ts';

/** Rows that are in memory together: few, so that most of what is made of them is gone before it is moved. */
const mostTogether = 256;

/** The records of a CSV file, lines counted from the start of the file: by the scanner as far as it has no doubt, from there on by csv-parse. */
export class CsvRecords {
  readonly #dialect: CsvDialect;
  readonly #scanner: CsvScanner;
  #parser: CsvParser | undefined;

  constructor(dialect: CsvDialect) {
    this.#dialect = dialect;
    this.#scanner = new CsvScanner(dialect.delimiter, dialect.skipLines + 1);
  }

  /** Those that end within these bytes. Rejects with csv-parse's `CsvError`; records of the same bytes are lost then. */
  async *write(bytes: Buffer): AsyncGenerator<readonly CsvRecord[]> {
    if (this.#parser !== undefined) yield await this.#parser.write(bytes);
    else {
      this.#scanner.add(bytes);
      yield* this.#scan(false);
    }
  }

  async *end(): AsyncGenerator<readonly CsvRecord[]> {
    if (this.#parser === undefined) yield* this.#scan(true);
    if (this.#parser !== undefined) yield await this.#parser.end();
  }

  /** The line on which the record begins that is not complete yet. */
  get openLine(): number {
    return this.#parser?.openLine() ?? this.#scanner.line;
  }

  /** Lines without a character so far; to be asked before the end. */
  get emptyLines(): number {
    return this.#scanner.emptyLines + (this.#parser?.emptyLines() ?? 0);
  }

  async *#scan(isLast: boolean): AsyncGenerator<readonly CsvRecord[]> {
    const { delimiter, lineEnd } = this.#dialect;
    const isOldMac = lineEnd === '\r';
    for (;;) {
      const records = isOldMac ? [] : this.#scanner.take(mostTogether, isLast);
      if (records.length > 0) yield records;
      if (isOldMac || this.#scanner.isInDoubt) {
        this.#parser = await createCsvParser(delimiter, isOldMac, this.#scanner.line);
        yield await this.#parser.write(this.#scanner.rest);
        return;
      }
      if (records.length < mostTogether) return;
    }
  }
}

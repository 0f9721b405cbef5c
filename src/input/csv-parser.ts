import type { Parser } from 'csv-parse';

/** The longest record, in bytes. It bounds the memory that a quote which is never closed can take. */
export const longestRecordBytes = 1024 * 1024;

/** A record and the line on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** csv-parse as a function from bytes to records, without a stream's queue between them. */
export interface CsvParser {
  /** The records that end within these bytes. Rejects with csv-parse's `CsvError`; records before the fault are lost to the caller. */
  readonly write: (bytes: Buffer) => Promise<readonly CsvRecord[]>;
  readonly end: () => Promise<readonly CsvRecord[]>;
  /** The line on which the record begins that is not complete yet. */
  readonly openLine: () => number;
  /** Lines without a character so far. */
  readonly emptyLines: () => number;
}

/**
 * Strict RFC 4180, with any one-character delimiter. Empty lines make no record, lines of blanks do. The number of cells is not
 * checked. `carriageReturnOnly`: lines end in CR, otherwise in LF or CR LF.
 * `firstLine`: the number of the line with which the bytes begin. This module is the only door to csv-parse.
 */
export async function createCsvParser(
  delimiter: string,
  carriageReturnOnly: boolean,
  firstLine: number,
): Promise<CsvParser> {
  const { Parser } = await import('csv-parse');

  class Collector extends Parser {
    records: CsvRecord[] = [];
    #line = firstLine;

    /** Takes each record as csv-parse hands it over: nothing is queued, so nothing has to be read back record by record. */
    override push(cells: readonly string[] | null): boolean {
      if (cells === null) return false;
      this.records.push({ line: this.openLine(), cells });
      this.#line += 1;
      for (const cell of cells) if (cell.includes('\n') || cell.includes('\r')) this.#line += breaksIn(cell);
      return true;
    }

    openLine(): number {
      return this.#line + this.info.empty_lines;
    }
  }

  const breaksIn = carriageReturnOnly
    ? (cell: string) => cell.match(/\r\n|\r|\n/g)?.length ?? 0
    : (cell: string) => cell.match(/\n/g)?.length ?? 0;
  const collector = new Collector({
    delimiter,
    record_delimiter: carriageReturnOnly ? '\r' : ['\r\n', '\n'],
    max_record_size: longestRecordBytes,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  const take = async (send: (done: (error?: Error | null) => void) => void): Promise<readonly CsvRecord[]> => {
    await settled(collector, send);
    const { records } = collector;
    collector.records = [];
    return records;
  };
  return {
    write: (bytes) => take((done) => collector.write(bytes, done)),
    end: () => take((done) => collector.end(done)),
    openLine: () => collector.openLine(),
    emptyLines: () => collector.info.empty_lines,
  };
}

function settled(parser: Parser, send: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.once('error', reject);
    send((error) => {
      parser.off('error', reject);
      if (error) {
        parser.once('error', () => {});
        reject(error);
      } else resolve();
    });
  });
}

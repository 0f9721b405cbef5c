import { OppatchError } from '../core/errors.ts';
import type { CsvRow } from '../core/source-row.ts';
import { detectDialect, type CsvDialect } from './csv-dialect.ts';
import { checkHeader } from './csv-header.ts';
import { csvSyntaxFault, raggedRow } from './csv-faults.ts';
import { createCsvParser, type CsvRecord } from './csv-parser.ts';
import type { TextFile } from './text-file.ts';

export interface CsvSource {
  readonly delimiter: string;
  readonly columns: readonly string[];
  readonly rows: () => AsyncIterable<readonly CsvRow[]>;
}

/** Reads the header of a CSV file. `delimiter`: one that is decided already, else it is found on the header line. */
export async function openCsv(file: TextFile, delimiter: string | undefined): Promise<CsvSource> {
  const dialect = await detectDialect(file.bytes(), delimiter);
  const header = await readHeader(file, dialect);
  checkHeader(header.cells, file.displayName, header.line);
  return { delimiter: dialect.delimiter, columns: header.cells, rows: () => csvRows(file, dialect, header) };
}

async function readHeader(file: TextFile, dialect: CsvDialect): Promise<CsvRecord> {
  for await (const [record] of records(file, dialect)) if (record !== undefined) return record;
  throw new OppatchError('file-empty', 'The file holds only blank lines.', {
    place: file.displayName,
    hint: 'A CSV file needs a header line and at least one row.',
  });
}

async function* csvRows(file: TextFile, dialect: CsvDialect, header: CsvRecord): AsyncGenerator<readonly CsvRow[]> {
  const width = header.cells.length;
  let row = 0;
  for await (const batch of records(file, dialect)) {
    const rows: CsvRow[] = [];
    for (const { line, cells } of batch) {
      if (line === header.line || isBlank(cells)) continue;
      if (cells.length !== width) throw raggedRow(file.displayName, line, cells, header, dialect.delimiter);
      row += 1;
      rows.push({ kind: 'csv', row, line, cells });
    }
    if (rows.length > 0) yield rows;
  }
  if (row === 0) {
    throw new OppatchError('no-rows', 'The file has a header line and no rows.', {
      place: file.displayName,
      hint: 'Add a row for each opportunity that is to be changed.',
    });
  }
}

/** A line of blanks. A line of delimiters is a row of empty cells, and so is `""` in a file of one column. */
function isBlank(cells: readonly string[]): boolean {
  return cells.length === 1 && cells[0] !== '' && cells[0]?.trim() === '';
}

/** Records in batches of one chunk each, lines counted from the start of the file. */
async function* records(file: TextFile, dialect: CsvDialect): AsyncGenerator<readonly CsvRecord[]> {
  const parser = await createCsvParser(dialect.delimiter, dialect.carriageReturnOnly, dialect.skipLines + 1);
  let skip = dialect.skipBytes;
  try {
    for await (const chunk of file.bytes()) {
      const bytes = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - bytes.length;
      if (bytes.length > 0) yield await parser.write(bytes);
    }
    yield await parser.end();
  } catch (error) {
    throw isCsvError(error) ? await csvSyntaxFault(error, file, dialect.delimiter, parser.openLine()) : error;
  }
}

function isCsvError(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof Error &&
    !(error instanceof OppatchError) &&
    'code' in error &&
    /CSV|QUOTE/.test(String(error.code))
  );
}

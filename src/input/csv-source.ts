import { OppatchError } from '../core/errors.ts';
import type { CsvRow, SourceLayout } from '../core/source-row.ts';
import { detectDialect, type CsvDialect } from './csv-dialect.ts';
import { checkHeader, namedColumns } from './csv-header.ts';
import { csvSyntaxFault, raggedRow } from './csv-faults.ts';
import type { CsvRecord } from './csv-parser.ts';
import { CsvRecords } from './csv-records.ts';
import type { TextFile } from './text-file.ts';

export interface CsvSource {
  readonly layout: Extract<SourceLayout, { kind: 'csv' }>;
  readonly rows: () => AsyncIterable<readonly CsvRow[]>;
  /** Rows and lines without any content that the last pass left out. */
  readonly blankRows: () => number;
}

/** Reads the header of a CSV file. `delimiter`: one that is decided already, else it is found on the header line. */
export async function openCsv(file: TextFile, delimiter: string | undefined, skippedLines = 0): Promise<CsvSource> {
  const dialect = await detectDialect(file.bytes(), delimiter, skippedLines);
  const { header, titleLines } = await readHeader(file, dialect);
  checkHeader(header.cells, file.displayName, header.line);
  const { lineEnd } = dialect;
  let blank = 0;
  return {
    layout: {
      kind: 'csv',
      delimiter: dialect.delimiter,
      columns: header.cells,
      lineEnd,
      ...(file.byteOrderMark ? { byteOrderMark: true } : {}),
      ...(titleLines === undefined ? {} : { titleLines }),
    },
    rows: async function* () {
      blank = 0;
      yield* csvRows(file, dialect, header, (more) => (blank += more));
    },
    blankRows: () => blank,
  };
}

/** How far down a header line is looked for below titles. */
const mostTitleRecords = 20;

/** The header line, and how many lines stand before one further down that has more names: titles, perhaps. */
async function readHeader(
  file: TextFile,
  dialect: CsvDialect,
): Promise<{ readonly header: CsvRecord; readonly titleLines?: number }> {
  for await (const batch of records(file, dialect)) {
    const [record, ...others] = batch;
    if (record === undefined) continue;
    const header = { ...record, cells: namedColumns(record.cells) };
    const fuller = others
      .slice(0, mostTitleRecords)
      .find(({ cells }) => cells.length > header.cells.length && cells.every((cell) => cell.trim() !== ''));
    return fuller === undefined ? { header } : { header, titleLines: fuller.line - 1 };
  }
  throw new OppatchError('file-empty', 'The file holds only blank lines.', {
    place: file.displayName,
    hint: 'A CSV file needs a header line and at least one row.',
  });
}

async function* csvRows(
  file: TextFile,
  dialect: CsvDialect,
  header: CsvRecord,
  onBlank: (rows: number) => void,
): AsyncGenerator<readonly CsvRow[]> {
  const width = header.cells.length;
  let row = 0;
  for await (const batch of records(file, dialect, onBlank)) {
    const rows: CsvRow[] = [];
    for (const { line, cells } of batch) {
      if (line === header.line) continue;
      if (isBlank(cells, 0)) {
        onBlank(1);
        continue;
      }
      // A delimiter too many at the end of a line makes empty cells.
      const fits = cells.length === width || (cells.length > width && isBlank(cells, width));
      if (!fits) throw raggedRow(file.displayName, { line, cells }, header, dialect.delimiter, row === 0);
      row += 1;
      rows.push({ kind: 'csv', row, line, cells: cells.length === width ? cells : cells.slice(0, width) });
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

/** Whether no cell from this one on holds anything. */
function isBlank(cells: readonly string[], from: number): boolean {
  for (let index = from; index < cells.length; index++) {
    const cell = cells[index];
    if (cell !== undefined && cell !== '' && cell.trim() !== '') return false;
  }
  return true;
}

/** Records in batches, lines counted from the start of the file. */
async function* records(
  file: TextFile,
  dialect: CsvDialect,
  onBlank: (lines: number) => void = () => undefined,
): AsyncGenerator<readonly CsvRecord[]> {
  const all = new CsvRecords(dialect);
  let skip = dialect.skipBytes;
  try {
    for await (const chunk of file.bytes()) {
      const bytes = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - bytes.length;
      if (bytes.length > 0) yield* all.write(bytes);
    }
    onBlank(all.emptyLines);
    yield* all.end();
  } catch (error) {
    throw isCsvError(error) ? await csvSyntaxFault(error, file, dialect.delimiter, all.openLine) : error;
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

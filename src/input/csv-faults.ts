import { OppatchError } from '../core/errors.ts';
import { excerpt } from '../core/printable.ts';
import { delimiterName } from './csv-dialect.ts';
import { longestRecordBytes, type CsvRecord } from './csv-parser.ts';
import { findQuoteFault } from './csv-quote-fault.ts';
import { countLineBreaks, placeIn, type Position } from './place.ts';
import type { TextFile } from './text-file.ts';

/**
 * What csv-parse refused, in words and with its place: `quote-never-closed`, `stray-quote`, `text-after-quote`, `row-too-long` or
 * `csv-syntax`. Reads the file again to find the place. `line`: where the refused record begins.
 */
export async function csvSyntaxFault(
  cause: Error & { readonly code: string },
  file: TextFile,
  delimiter: string,
  line: number,
): Promise<OppatchError> {
  const { displayName } = file;
  const fault = await findQuoteFault(file.text(), delimiter);
  const tooLong = cause.code === 'CSV_MAX_RECORD_SIZE';
  const longest = `${longestRecordBytes / 1024 ** 2} MiB`;
  const ofQuotes = (code: string, message: string, { line, column }: Position, hint: string): OppatchError =>
    new OppatchError(code, message, { place: placeIn(displayName, line, column), hint, cause });
  if (fault?.kind === 'never-closed') {
    const message = `The quote that opens here is never closed${tooLong ? `, at least not within ${longest}` : ''}.`;
    const hint =
      'Close it at the end of the cell, or write "" for each quote that belongs to the text of a quoted cell.';
    return ofQuotes('quote-never-closed', message, fault.opened, hint);
  }
  if (fault?.kind === 'quote-in-cell') {
    const hint = 'Put the whole cell in quotes and double the quotes inside it: "a 5"" pipe".';
    return ofQuotes('stray-quote', 'A quote stands inside a cell that does not begin with one.', fault.at, hint);
  }
  if (fault?.kind === 'text-after-quote') {
    const { opened, at, character } = fault;
    const elsewhere = ` The quoted cell began on line ${opened.line}: a quote may be missing there.`;
    const message = `"${excerpt(character, 1)}" follows a closing quote.${opened.line === at.line ? '' : elsewhere}`;
    const hint = 'Only the delimiter may follow. Write "" for each quote that belongs to the text.';
    return ofQuotes('text-after-quote', message, at, hint);
  }
  const place = placeIn(displayName, line);
  if (tooLong) {
    const hint = 'Check the line ends and the quotes near this line.';
    return new OppatchError('row-too-long', `The row is longer than ${longest}.`, { place, hint, cause });
  }
  return new OppatchError('csv-syntax', `The row is not valid CSV: ${excerpt(cause.message, 200)}`, { place, cause });
}

/** A row with more cells of content than the header, or with fewer cells. `first`: it is the first row of the file. */
export function raggedRow(
  displayName: string,
  { line, cells }: CsvRecord,
  header: CsvRecord,
  delimiter: string,
  first: boolean,
): OppatchError {
  const [has, wants] = [cells.length, header.cells.length];
  const shown = delimiterName(delimiter);
  const lineCount = 1 + cells.reduce((sum, cell) => sum + countLineBreaks(cell), 0);
  const span =
    lineCount === 1 ? '' : ` It spans ${lineCount} lines: a quote may be missing at the end of one of its cells.`;
  const title = has > wants && first ? ` If line ${line} is the header line, type --skip-lines ${line - 1}.` : '';
  return new OppatchError('ragged-row', `The row has ${cellCount(has)}, the header line has ${wants}.${span}`, {
    place: placeIn(displayName, line),
    hint:
      has > wants
        ? `Cells are split at ${shown}: a cell that holds it must stand in straight quotes ("); --delimiter names another one.${title}`
        : `Every row needs ${wants} cells, split at ${shown} (--delimiter names another one); empty cells count too.`,
  });
}

function cellCount(count: number): string {
  return count === 1 ? '1 cell' : `${count} cells`;
}

import { OppatchError } from '../../core/errors.ts';
import type { RowOutcome } from '../../core/outcome.ts';
import type { LineEnd, SourceLayout, SourceRow } from '../../core/source-row.ts';
import { csvResultFormat } from '../../report/csv-result.ts';
import { jsonResultFormat } from '../../report/json-result.ts';

const rowColumn = 'oppatch_row';
const lineColumn = 'oppatch_line';

/** How some rows of a file are written so that they keep their numbers and lines: as in its result files, with the line behind. */
export function numberedFormat(layout: SourceLayout): {
  readonly header?: string;
  readonly lineEnd?: LineEnd;
  readonly line: (source: SourceRow, outcome: RowOutcome) => string;
} {
  if (layout.kind === 'json')
    return {
      line: (source, outcome) =>
        `${jsonResultFormat.line(source, outcome).slice(0, -1)},"${lineColumn}":${source.line}}`,
    };
  const { delimiter, lineEnd } = layout;
  const format = csvResultFormat(layout);
  return {
    ...(lineEnd === undefined ? {} : { lineEnd }),
    header: `${format.header ?? ''}${delimiter}${lineColumn}`,
    line: (source, outcome) => `${format.line(source, outcome)}${delimiter}${source.line}`,
  };
}

/** Gives rows that were written by {@link numberedFormat} the numbers and lines that they have in the person's file. */
export function renumbered(layout: SourceLayout, place: string): (source: SourceRow) => SourceRow {
  const columns = layout.kind === 'csv' ? layout.columns : [];
  const [rowAt, lineAt] = [columns.lastIndexOf(rowColumn), columns.lastIndexOf(lineColumn)];
  return (source) => {
    const row = valueOf(source, rowColumn, rowAt);
    const line = valueOf(source, lineColumn, lineAt);
    if (Number.isSafeInteger(row) && Number.isSafeInteger(line) && row > 0 && line > 0) return { ...source, row, line };
    throw new OppatchError('copy-damaged', `Row ${source.row} of the kept edits has lost its number.`, {
      place,
      exitCode: 1,
    });
  };
}

function valueOf(source: SourceRow, name: string, at: number): number {
  return Number(source.kind === 'csv' ? source.cells[at] : source.members.findLast(([one]) => one === name)?.[1]);
}

import { extname } from 'node:path';

import { OppatchError } from '../core/errors.ts';
import type { SourceLayout, SourceRow } from '../core/source-row.ts';
import { emptyHint, openTextFile, type TextFile } from './text-file.ts';

const sourceFormats = ['csv', 'tsv', 'json', 'ndjson'] as const;
export type SourceFormat = (typeof sourceFormats)[number];

export interface SourceOptions {
  /** Where it is absent, the extension of `displayName` decides, and without a known one the first character. */
  readonly format?: SourceFormat;
  /** For files without a byte order mark; UTF-8 where it is absent. */
  readonly encoding?: string;
  /** One character, or `comma`, `semicolon`, `tab`, `pipe`. */
  readonly delimiter?: string;
  /** Lines before the header line of a table. */
  readonly skipLines?: number;
  /** How messages name the file: `edits.csv`, `-`. The path where it is absent. */
  readonly displayName?: string;
}

/** A file of edits, opened and its layout known. */
export interface Source {
  readonly format: SourceFormat;
  readonly layout: SourceLayout;
  /**
   * All rows in batches, streamed from the file. May be called again for another pass. A fault of the file is thrown as an
   * {@link OppatchError} with its line when it is reached; a file without rows ends with `no-rows`.
   */
  readonly rows: () => AsyncIterable<readonly SourceRow[]>;
  /** Rows and lines without any content that the last pass left out. */
  readonly blankRows: () => number;
}

const extensions: Readonly<Record<string, SourceFormat>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
};

/** Opens a real file (stdin is spooled by the caller). Throws an {@link OppatchError} with the place for every fault of the input. */
export async function openSource(path: string, options: SourceOptions): Promise<Source> {
  const displayName = options.displayName ?? path;
  const file = await openTextFile(path, { displayName, encoding: options.encoding });
  const start = await firstText(file);
  const stated = options.format ?? extensions[extname(displayName).toLowerCase()];
  const format = stated ?? sniff(start);
  if (format === 'json' || format === 'ndjson') {
    refuseTableFlags(options, format);
    const { jsonRows } = await import('./json-source.ts');
    let blank = 0;
    return {
      format,
      layout: { kind: 'json' },
      rows: async function* () {
        blank = 0;
        yield* jsonRows(file, format, () => (blank += 1));
      },
      blankRows: () => blank,
    };
  }
  if (options.format === undefined && /^\s*(?:\[\s*\{|\{\s*")/.test(start)) throw looksLikeJson(start, displayName);
  const { openCsv } = await import('./csv-source.ts');
  const { parseDelimiter } = await import('./csv-dialect.ts');
  const given = options.delimiter === undefined ? undefined : parseDelimiter(options.delimiter);
  const csv = await openCsv(file, given ?? (format === 'tsv' ? '\t' : undefined), options.skipLines);
  return { format, ...csv };
}

/** The first characters that are not blank. */
async function firstText(file: TextFile): Promise<string> {
  for await (const chunk of file.text()) {
    const text = chunk.trimStart();
    if (text !== '') return text.slice(0, 200);
  }
  throw new OppatchError('file-empty', 'The file holds nothing but blanks.', {
    place: file.displayName,
    hint: emptyHint,
  });
}

function sniff(start: string): SourceFormat {
  if (start.startsWith('[')) return 'json';
  return start.startsWith('{') ? 'ndjson' : 'csv';
}

function looksLikeJson(start: string, displayName: string): OppatchError {
  const format = sniff(start);
  return new OppatchError('format-mismatch', 'The file is named like a table, but it holds JSON.', {
    place: displayName,
    hint: `Type --format ${format}.`,
  });
}

function refuseTableFlags({ delimiter, skipLines }: SourceOptions, format: SourceFormat): void {
  const flag = delimiter === undefined ? (skipLines === undefined ? undefined : '--skip-lines') : '--delimiter';
  if (flag === undefined) return;
  const code = flag === '--delimiter' ? 'delimiter-without-csv' : 'skip-lines-without-csv';
  throw new OppatchError(code, `${flag} has no meaning for ${format}.`, {
    place: flag,
    hint: 'Leave it out, or type --format csv.',
  });
}

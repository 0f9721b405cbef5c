import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { stringifyJson, type Json } from '../core/json.ts';
import { resultFile, type RowOutcome } from '../core/outcome.ts';
import { ownColumnPrefix, type SourceLayout, type SourceRow } from '../core/source-row.ts';

/** Our columns, behind the original ones. */
export const ownColumns = [
  'oppatch_row',
  'oppatch_status',
  'oppatch_code',
  'oppatch_message',
  'oppatch_hint',
  'oppatch_http_status',
  'oppatch_attempts',
] as const;

const names = ['success', 'failed', 'unprocessed'] as const;
type Name = (typeof names)[number];

export interface ResultFiles {
  /** A promise only where the disk has to be waited for. */
  readonly write: (row: SourceRow, outcome: RowOutcome) => Promise<void> | undefined;
  /** Puts the files in place, each whole; paths of those that have rows. */
  readonly finish: () => Promise<{
    readonly success?: string;
    readonly failed?: string;
    readonly unprocessed?: string;
  }>;
  readonly abandon: () => Promise<void>;
}

/**
 * Result files in the form of the input: the original columns in their order, values untouched, then ours. `failed` and `unprocessed` are
 * valid input as they are. A file without rows is not made, and one that stands there from before is removed. Readable by the owner only.
 */
export function createResultFiles(directory: string, layout: SourceLayout): ResultFiles {
  const format = layout.kind === 'csv' ? csvFormat(layout.delimiter, layout.columns) : jsonFormat;
  const files = new Map<Name, LineFile>();
  const pathOf = (name: Name): string => join(directory, `${name}.${format.extension}`);
  const open = (name: Name): LineFile => {
    const file = new LineFile(`${pathOf(name)}.partial`);
    files.set(name, file);
    if (format.header !== undefined) void file.line(format.header);
    return file;
  };
  return {
    write: (row, outcome) => {
      const name = resultFile(outcome.status);
      return (files.get(name) ?? open(name)).line(format.line(row, outcome));
    },
    finish: async () => {
      const paths: { success?: string; failed?: string; unprocessed?: string } = {};
      for (const name of names) {
        const file = files.get(name);
        if (file === undefined) {
          await rm(pathOf(name), { force: true });
          continue;
        }
        await file.close();
        await rename(file.path, pathOf(name));
        paths[name] = pathOf(name);
      }
      return paths;
    },
    abandon: async () => {
      for (const file of files.values()) await file.abandon();
    },
  };
}

interface Format {
  readonly extension: string;
  readonly header?: string;
  readonly line: (row: SourceRow, outcome: RowOutcome) => string;
}

function ownValues({
  row,
  status,
  code,
  message,
  hint,
  httpStatus,
  attempts,
}: RowOutcome): readonly (string | number | undefined)[] {
  return [row, status, code, message, hint, httpStatus, attempts];
}

function csvFormat(delimiter: string, columns: readonly string[]): Format {
  const kept = columns.flatMap((column, index) => (column.trim().startsWith(ownColumnPrefix) ? [] : [index]));
  const all = kept.length === columns.length;
  const quote = csvQuoting(delimiter);
  const header = [...kept.map((index) => columns[index] ?? ''), ...ownColumns].map(quote).join(delimiter);
  return {
    extension: 'csv',
    // A first line `sep=…` has a meaning of its own to spreadsheets and to the reader.
    header: /^sep=/i.test(header)
      ? `"${header.slice(0, header.indexOf(delimiter)).replaceAll('"', '""')}"${header.slice(header.indexOf(delimiter))}`
      : header,
    line: (row, outcome) => {
      const cells = row.kind === 'csv' ? row.cells : [];
      let line = '';
      if (all) for (const cell of cells) line += quote(cell) + delimiter;
      else for (const index of kept) line += quote(cells[index] ?? '') + delimiter;
      const own = ownValues(outcome);
      for (let index = 0; index < own.length; index += 1) {
        if (index > 0) line += delimiter;
        const value = own[index];
        if (value !== undefined) line += typeof value === 'number' ? String(value) : quote(value);
      }
      return line;
    },
  };
}

function csvQuoting(delimiter: string): (cell: string) => string {
  const escaped = delimiter.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const needsQuotes = new RegExp(`["\\r\\n\\ufeff]|${escaped}|^\\s|\\s$`);
  return (cell) => (needsQuotes.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
}

const jsonFormat: Format = {
  extension: 'ndjson',
  line: (row, outcome) => {
    if (row.kind !== 'json') return '';
    const own = ownValues(outcome)
      .map((value, index) => [ownColumns[index] ?? '', value] as const)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `"${name}":${JSON.stringify(value)}`)
      .join(',');
    const original = row.members.some(([name]) => name.startsWith(ownColumnPrefix))
      ? withoutOwn(row.members)
      : row.text;
    const inside = original.trim().slice(1, -1).trim();
    return `{${inside}${inside === '' ? '' : ','}${own}}`;
  },
};

function withoutOwn(members: readonly (readonly [string, Json])[]): string {
  const kept = members.filter(([name]) => !name.startsWith(ownColumnPrefix));
  return `{${kept.map(([name, value]) => `${JSON.stringify(name)}:${stringifyJson(value)}`).join(',')}}`;
}

const chunkLength = 64 * 1024;

class LineFile {
  readonly path: string;
  readonly #stream: WriteStream;
  #text = '';

  constructor(path: string) {
    this.path = path;
    this.#stream = createWriteStream(path, { mode: 0o600 });
    // An error is told by the next write or by the end; without a listener it would end the process.
    this.#stream.on('error', () => undefined);
  }

  line(text: string): Promise<void> | undefined {
    this.#text += `${text}\n`;
    return this.#text.length < chunkLength ? undefined : this.#flush();
  }

  async close(): Promise<void> {
    await this.#flush();
    this.#stream.end();
    await finished(this.#stream);
  }

  async abandon(): Promise<void> {
    this.#stream.destroy();
    await rm(this.path, { force: true });
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (this.#stream.errored !== null) throw this.#stream.errored;
    if (text === '' || this.#stream.write(text)) return;
    await once(this.#stream, 'drain');
  }
}

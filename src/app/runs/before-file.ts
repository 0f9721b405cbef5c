import { createReadStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cellText } from '../../core/cell-text.ts';
import { defaultClearToken, unescapedToken } from '../../core/clear-token.ts';
import { OppatchError } from '../../core/errors.ts';
import { isJsonObject, parseJson, scalarText, stringifyJson, type Json } from '../../core/json.ts';
import { sameValue } from '../../core/same-value.ts';
import type { PlannedRow } from '../../core/run-journal.ts';
import type { SourceLayout, SourceRow } from '../../core/source-row.ts';
import type { Service } from '../../core/vendor.ts';
import { readValue } from '../../input/read-value.ts';
import { csvQuoting } from '../../report/csv-result.ts';
import { LineFile } from '../../report/line-file.ts';
import type { Edits } from '../edits/edits.ts';
import { UndoValues } from './undo-values.ts';
import { ReversedLines } from './reversed-lines.ts';
import { sentEdit } from './run-rows.ts';

type CsvLayout = Extract<SourceLayout, { kind: 'csv' }>;

export interface BeforeFileParts {
  readonly edits: Edits;
  readonly service: Service;
  /** The id column that the account's files have, where that is not `id`. */
  readonly idColumn?: string;
}

/**
 * What the changed fields held before a run, as edits that put it back: `before.csv` for CSV input as far as cells can hold the values, else
 * `before.ndjson`. The last row stands first, so that rows of one opportunity are put back in turn. Memory does not grow with the file, but for
 * eight bytes a row. All that can be awaited rejects with an {@link OppatchError} `result-file` when the disk fails.
 */
export function openBeforeFile(directory: string, { edits, service, idColumn = 'id' }: BeforeFileParts) {
  const undoValues = new UndoValues(service);
  const names = new Set<string>();
  const { layout } = edits;
  const partial = join(directory, 'before.ndjson.partial');
  let fitsCells = layout.kind === 'csv';
  let lines: ReversedLines | undefined;

  /** What a killed process left is started again. */
  const open = async (): Promise<ReversedLines> => {
    for (const path of [partial, `${partial}.forward`]) await rm(path, { force: true });
    return ReversedLines.open(partial);
  };

  /** Whether a cell with this value would be read as just this value. */
  const fitsCell = (name: string, value: Json): boolean => {
    if (value === null) return true;
    const form = undoValues.field(name)?.form;
    if (form === undefined) return false;
    const read = readValue(form, unescapedToken(cellText(value, form.type)), {}, true);
    const encoded = 'value' in read && read.value !== '' ? form.encode(read.value) : undefined;
    const wanted = form.cell === undefined ? { value } : form.encode(value);
    if (encoded === undefined || !('value' in encoded) || !('value' in wanted)) return false;
    if (!sameValue(encoded.value, wanted.value, form.type)) return false;
    return form.type !== 'any' || typeof encoded.value === typeof wanted.value;
  };

  /** A field that the row did not touch is left empty, which leaves it as it is. */
  const cellOf = (name: string, value: Json | undefined): string => {
    if (value === undefined) return '';
    if (value === null) return defaultClearToken;
    if (name === idColumn) return scalarText(value) ?? '';
    return cellText(value, undoValues.field(name)?.form.type ?? 'any');
  };

  const toCsv = async (): Promise<string> => {
    const { delimiter, lineEnd, byteOrderMark }: Pick<CsvLayout, 'delimiter' | 'lineEnd' | 'byteOrderMark'> =
      layout.kind === 'csv' ? layout : { delimiter: ',' };
    const quote = csvQuoting(delimiter);
    const columns = [idColumn, ...names];
    const file = new LineFile(
      join(directory, 'before.csv.partial'),
      `${byteOrderMark === true ? '\ufeff' : ''}${columns.map((name) => quote(name)).join(delimiter)}`,
      lineEnd,
    );
    try {
      for await (const line of createInterface({ input: createReadStream(partial), crlfDelay: Infinity })) {
        const row = parseJson(line);
        if (!isJsonObject(row)) continue;
        const written = file.line(columns.map((name) => quote(cellOf(name, row[name]))).join(delimiter));
        if (written !== undefined) await written;
      }
      await file.close();
      return file.path;
    } catch (error) {
      await file.abandon();
      throw error;
    }
  };

  return {
    /** Adds what this row changed, as far as it can be put back. */
    add: async (source: SourceRow, planned: PlannedRow): Promise<void> => {
      const read = edits.read(source);
      if ('invalid' in read) return;
      const back = undoValues.of(sentEdit(read.edit, planned, service), planned)?.back;
      if (back === undefined) return;
      for (const [name, value] of Object.entries(back)) {
        names.add(name);
        fitsCells &&= fitsCell(name, value);
      }
      await explained(directory, async () => {
        lines ??= await open();
        await lines.add(stringifyJson({ [idColumn]: read.edit.id, ...back }));
      });
    },

    /** Puts the file in place; its path, or undefined where nothing was changed. One that stands there from before is removed. */
    finish: (): Promise<string | undefined> =>
      explained(directory, async () => {
        for (const name of ['before.csv', 'before.ndjson']) await rm(join(directory, name), { force: true });
        if (lines === undefined) return undefined;
        await lines.finish();
        await lines.close();
        const path = join(directory, fitsCells ? 'before.csv' : 'before.ndjson');
        await rename(fitsCells ? await toCsv() : partial, path);
        await rm(partial, { force: true });
        return path;
      }),

    /** Removes what was not put in place. Never rejects. */
    abandon: async (): Promise<void> => {
      await lines?.close().catch(() => undefined);
      await rm(partial, { force: true }).catch(() => undefined);
    },
  };
}

async function explained<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof OppatchError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OppatchError('result-file', `The file of values from before can't be written: ${reason}.`, {
      place,
      hint: "What was sent is safe in the run's journal. Make room on the disk, then type `oppatch resume` to make the files.",
      exitCode: 1,
      cause,
    });
  }
}

import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { resultFile, type RowOutcome } from '../core/outcome.ts';
import type { SourceLayout, SourceRow } from '../core/source-row.ts';
import { csvResultFormat } from './csv-result.ts';
import { jsonResultFormat } from './json-result.ts';
import { LineFile } from './line-file.ts';
import type { ResultFormat } from './result-format.ts';

const names = ['success', 'failed', 'unprocessed'] as const;
type Name = (typeof names)[number];

export interface ResultPaths {
  readonly success?: string;
  readonly failed?: string;
  readonly unprocessed?: string;
}

/**
 * Result files in the form of the input: the original columns in their order, values untouched, then ours. `failed` and `unprocessed` are
 * valid input as they are. A file without rows is not made, and one that stands there from before is removed. Readable by the owner only.
 * All that can be awaited rejects with an {@link OppatchError} `result-file` when the disk fails.
 */
export function createResultFiles(directory: string, layout: SourceLayout) {
  const format: ResultFormat = layout.kind === 'csv' ? csvResultFormat(layout) : jsonResultFormat;
  const files = new Map<Name, LineFile>();
  const pathOf = (name: Name): string => join(directory, `${name}.${format.extension}`);
  const open = (name: Name): LineFile => {
    const file = new LineFile(`${pathOf(name)}.partial`, format.header, format.lineEnd);
    files.set(name, file);
    return file;
  };
  return {
    /** A promise only where the disk has to be waited for; then the next row must wait too. */
    write: (row: SourceRow, outcome: RowOutcome): Promise<void> | undefined => {
      const name = resultFile(outcome.status);
      return (files.get(name) ?? open(name)).line(format.line(row, outcome));
    },
    /** Puts the files in place, each whole; the paths of those that have rows. */
    finish: async (): Promise<ResultPaths> => {
      for (const file of files.values()) await file.close();
      const paths: { success?: string; failed?: string; unprocessed?: string } = {};
      for (const name of names) {
        const file = files.get(name);
        if (file === undefined) {
          await rm(pathOf(name), { force: true });
          continue;
        }
        await rename(file.path, pathOf(name));
        paths[name] = pathOf(name);
      }
      return paths;
    },
    /** Removes what was not put in place. Never rejects; nothing may be called after it. */
    abandon: async (): Promise<void> => {
      for (const file of files.values()) await file.abandon();
    },
  };
}

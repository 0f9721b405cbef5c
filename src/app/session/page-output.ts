import type { Host } from '../../host.ts';
import { PageFile } from '../../report/html/page-file.ts';
import { LineWriter } from './output.ts';

/** Where a web page goes: into a file that appears whole or not at all, or to stdout. */
export interface PageOutput {
  /** Absolute; undefined for stdout. */
  readonly path: string | undefined;
  /** A promise only where the reader of the page has to be waited for. */
  write(text: string): Promise<void> | undefined;
  finish(): Promise<void>;
  /** Leaves no trace of a file. */
  abandon(): Promise<void>;
}

/** What stands for stdout in place of a file's name. */
export const stdoutName = '-';

/** Opens the file of that name, or stdout for `-`. Errors are those of {@link PageFile} and `LineWriter.flush`. */
export async function openPageOutput(host: Pick<Host, 'stdout'>, path: string): Promise<PageOutput> {
  if (path !== stdoutName) return PageFile.open(path);
  const stdout = new LineWriter(host);
  return {
    path: undefined,
    write: (text) => stdout.text(text),
    finish: () => stdout.flush(),
    abandon: () => Promise.resolve(),
  };
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { SourceRow } from '../../src/core/source-row.ts';
import { openSource, type Source, type SourceOptions } from '../../src/input/source.ts';
import type { TextFile } from '../../src/input/text-file.ts';

/** Writes a file into a directory of its own, which is gone after `use`. */
export async function withFile<T>(
  name: string,
  content: string | Uint8Array,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'oppatch-input-'));
  try {
    const path = join(directory, name);
    await writeFile(path, content);
    return await use(path);
  } finally {
    await rm(directory, { recursive: true });
  }
}

export async function rowsOf(source: Pick<Source, 'rows'>): Promise<SourceRow[]> {
  const rows: SourceRow[] = [];
  for await (const batch of source.rows()) rows.push(...batch);
  return rows;
}

export function readFile(
  name: string,
  content: string | Uint8Array,
  options: SourceOptions = {},
): Promise<{ readonly source: Source; readonly rows: readonly SourceRow[] }> {
  return withFile(name, content, async (path) => {
    const source = await openSource(path, { displayName: name, ...options });
    return { source, rows: await rowsOf(source) };
  });
}

/** A text file that arrives in given pieces, the way a slow disk or a small buffer delivers it. */
export function piecewise(pieces: readonly string[], displayName = 'pieces'): TextFile {
  return {
    displayName,
    byteOrderMark: false,
    async *text() {
      for (const piece of pieces) yield await Promise.resolve(piece);
    },
    async *bytes() {
      for (const piece of pieces) yield await Promise.resolve(Buffer.from(piece));
    },
  };
}

/** Cuts a text between characters at the given offsets. */
export function cut(text: string, offsets: readonly number[]): readonly string[] {
  const characters = [...text];
  const ends = [...new Set(offsets.map((offset) => offset % (characters.length + 1))), characters.length].sort(
    (a, b) => a - b,
  );
  return ends.map((end, index) => characters.slice(ends[index - 1] ?? 0, end).join('')).filter((piece) => piece !== '');
}

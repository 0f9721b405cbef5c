import { OppatchError } from '../core/errors.ts';
import type { JsonRow } from '../core/source-row.ts';
import { JsonArraySplitter } from './json-array.ts';
import { readElement, type JsonElement } from './json-element.ts';
import { NdjsonSplitter } from './ndjson.ts';
import type { TextFile } from './text-file.ts';

/** The rows of a JSON array or of NDJSON, streamed. Throws what the splitters and {@link readElement} throw, and `no-rows`. */
export async function* jsonRows(file: TextFile, format: 'json' | 'ndjson'): AsyncGenerator<readonly JsonRow[]> {
  const { displayName } = file;
  const splitter = format === 'json' ? new JsonArraySplitter(displayName) : new NdjsonSplitter(displayName);
  let row = 0;
  const read = (elements: readonly JsonElement[]): readonly JsonRow[] =>
    elements.map((element) => {
      row += 1;
      return readElement(element, row, displayName);
    });
  for await (const chunk of file.text()) {
    const elements = splitter.write(chunk);
    if (elements.length > 0) yield read(elements);
  }
  const rest = splitter.end() ?? [];
  if (rest.length > 0) yield read(rest);
  if (row === 0) {
    throw new OppatchError('no-rows', 'The file holds no objects.', {
      place: displayName,
      hint: 'Add an object for each opportunity that is to be changed.',
    });
  }
}

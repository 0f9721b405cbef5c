import { OppatchError } from '../core/errors.ts';
import { isJsonObject, type Json } from '../core/json.ts';
import type { JsonRow } from '../core/source-row.ts';
import { JsonArraySplitter } from './json-array.ts';
import { readElement, wrappedRows, type JsonElement } from './json-element.ts';
import { NdjsonSplitter } from './ndjson.ts';
import { placeIn } from './place.ts';
import type { TextFile } from './text-file.ts';

/** The rows of a JSON array or of NDJSON, streamed. Throws what the splitters and {@link readElement} throw, and `no-rows`. */
export async function* jsonRows(
  file: TextFile,
  format: 'json' | 'ndjson',
  onBlank: () => void = () => undefined,
): AsyncGenerator<readonly JsonRow[]> {
  const { displayName } = file;
  const splitter = format === 'json' ? new JsonArraySplitter(displayName) : new NdjsonSplitter(displayName);
  let row = 0;
  const read = (elements: readonly JsonElement[]): readonly JsonRow[] =>
    elements.flatMap((element) => {
      const read = readElement(element, row + 1, displayName);
      if (row === 0) refuseWrapped(read, element, displayName);
      if (isBlank(read)) {
        onBlank();
        return [];
      }
      row += 1;
      return [read];
    });
  for await (const chunk of file.text()) {
    const elements = splitter.write(chunk);
    const rows = read(elements);
    if (rows.length > 0) yield rows;
  }
  const rest = read(splitter.end() ?? []);
  if (rest.length > 0) yield rest;
  if (row === 0) {
    throw new OppatchError('no-rows', 'The file holds no objects.', {
      place: displayName,
      hint: 'Add an object for each opportunity that is to be changed.',
    });
  }
}

/** An object without any content, as a converter makes it of an empty row. One that says null of a field is left to be told. */
function isBlank({ members }: JsonRow): boolean {
  return members.every(([, value]) => typeof value === 'string' && value.trim() === '');
}

/** A whole reply of a service where its rows are wanted: an object without an id, one member of which is a list of objects. */
function refuseWrapped({ members }: JsonRow, { line, column }: JsonElement, displayName: string): void {
  if (members.some(([name]) => /id$/i.test(name))) return;
  const lists = members.filter(([, value]) => isList(value) && value.length > 0 && value.every(hasId));
  const [name] = lists[0] ?? [];
  if (name !== undefined && lists.length === 1) throw wrappedRows(name, placeIn(displayName, line, column));
}

function hasId(value: Json): boolean {
  return (
    isJsonObject(value) && Object.keys(value).some((name) => /^(?:\w*(?:opportunity|referral|deal)_?)?id$/i.test(name))
  );
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

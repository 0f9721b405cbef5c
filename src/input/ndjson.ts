import { OppatchError } from '../core/errors.ts';
import { longestElement, type JsonElement } from './json-element.ts';
import { placeIn } from './place.ts';

/**
 * Cuts NDJSON into its lines, chunk by chunk; blank lines are left out. Each line is still to be parsed.
 * Throws `ndjson-is-an-array`, `ndjson-object-spans-lines` or `element-too-long` with the line.
 */
export class NdjsonSplitter {
  readonly #displayName: string;
  #line = 1;
  #pending = '';
  #first = true;

  constructor(displayName: string) {
    this.#displayName = displayName;
  }

  /** The lines that end in this chunk. */
  write(chunk: string): readonly JsonElement[] {
    const elements: JsonElement[] = [];
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      this.#take(this.#pending + chunk.slice(start, end), elements);
      this.#pending = '';
      this.#line += 1;
      start = end + 1;
    }
    this.#pending += chunk.slice(start);
    if (this.#pending.length > longestElement) this.#take(this.#pending, elements);
    return elements;
  }

  /** The last line, where it does not end in a line break. */
  end(): readonly JsonElement[] {
    const elements: JsonElement[] = [];
    this.#take(this.#pending, elements);
    this.#pending = '';
    return elements;
  }

  #take(lineText: string, elements: JsonElement[]): void {
    const text = lineText.trim();
    if (text === '') return;
    const column = lineText.indexOf(text) + 1;
    const place = placeIn(this.#displayName, this.#line, column);
    if (this.#first && text.startsWith('[')) {
      throw new OppatchError('ndjson-is-an-array', 'The file is a JSON array, not one object on each line.', {
        place,
        hint: 'Type --format json.',
      });
    }
    if (text === '{') {
      throw new OppatchError('ndjson-object-spans-lines', 'The object spans several lines.', {
        place,
        hint: 'In NDJSON each object stands on one line. Write it so, or make the file an array and type --format json.',
      });
    }
    if (text.length > longestElement) {
      throw new OppatchError('element-too-long', `The line is longer than ${longestElement / 1024 ** 2} MiB.`, {
        place,
      });
    }
    this.#first = false;
    elements.push({ text, line: this.#line, column });
  }
}

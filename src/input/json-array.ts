import { OppatchError } from '../core/errors.ts';
import { excerpt } from '../core/printable.ts';
import { longestElement, notAnObject, wrappedRows, type JsonElement } from './json-element.ts';
import { placeIn, type Position } from './place.ts';

type State = 'start' | 'first' | 'element' | 'after-element' | 'after-comma' | 'end';

/**
 * Cuts a JSON array of objects into its elements, chunk by chunk. It follows braces and texts only; each element is still to be
 * parsed. Throws `json-not-an-array`, `not-an-object`, `json-syntax`, `json-truncated` or `element-too-long` with line and column.
 */
export class JsonArraySplitter {
  readonly #displayName: string;
  #state: State = 'start';
  #line = 1;
  /** Where the current line begins, as an offset into the current chunk: negative for a line of an earlier one. */
  #lineStart = 0;
  /** The part of an element that earlier chunks hold. */
  #pending = '';
  #begin = { line: 1, column: 1 };
  #depth = 0;
  #inText = false;
  #escaped = false;

  constructor(displayName: string) {
    this.#displayName = displayName;
  }

  /** The elements that end in this chunk. */
  write(chunk: string): readonly JsonElement[] {
    const elements: JsonElement[] = [];
    let index = 0;
    while (index < chunk.length) {
      if (this.#state === 'element') {
        const end = this.#elementEnd(chunk, index);
        this.#pending += chunk.slice(index, end);
        if (this.#pending.length > longestElement) throw this.#tooLong();
        index = end;
        if (this.#depth > 0) break;
        elements.push({ text: this.#pending, ...this.#begin });
        this.#pending = '';
        this.#state = 'after-element';
      } else {
        index += this.#between(chunk, index) ? 0 : 1;
      }
    }
    this.#lineStart -= chunk.length;
    return elements;
  }

  /** Throws where the array is not complete. */
  end(): void {
    if (this.#state === 'end') return;
    const hint = 'It may have been cut off while it was written or downloaded.';
    throw this.#state === 'element'
      ? this.#fault('json-truncated', 'The file ends inside the object that begins here.', hint, this.#begin)
      : this.#fault('json-truncated', 'The file ends before the array is closed by ].', hint, this.#at(0));
  }

  /** One character outside the elements. True where it begins an element. */
  #between(chunk: string, index: number): boolean {
    const character = chunk[index] ?? '';
    if (character === '\n') {
      this.#line += 1;
      this.#lineStart = index + 1;
    }
    if (character === ' ' || character === '\t' || character === '\n' || character === '\r') return false;
    const state = this.#state;
    const mayBegin = state === 'first' || state === 'after-comma';
    if (character === '{' && mayBegin) {
      this.#state = 'element';
      this.#begin = this.#at(index);
      return true;
    }
    if (character === ',' && state === 'after-element') this.#state = 'after-comma';
    else if (character === ']' && (state === 'first' || state === 'after-element')) this.#state = 'end';
    else if (character === '[' && state === 'start') this.#state = 'first';
    else throw this.#unexpected(chunk, index);
    return false;
  }

  /** The offset after the brace that closes the element, or the end of the chunk. */
  #elementEnd(chunk: string, from: number): number {
    for (let index = from; index < chunk.length; index++) {
      const character = chunk.charCodeAt(index);
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false;
        else if (character === 92) this.#escaped = true;
        else if (character === 34) this.#inText = false;
        else if (character === 10) throw this.#openText(index);
      } else if (character === 34) this.#inText = true;
      else if (character === 123 || character === 91) this.#depth += 1;
      else if (character === 125 || character === 93) {
        this.#depth -= 1;
        if (this.#depth === 0) return index + 1;
      } else if (character === 10) {
        this.#line += 1;
        this.#lineStart = index + 1;
      }
    }
    return chunk.length;
  }

  #unexpected(chunk: string, index: number): OppatchError {
    const at = this.#at(index);
    const place = placeIn(this.#displayName, at.line, at.column);
    const text = chunk.slice(index, index + 30);
    const found = excerpt(String.fromCodePoint(chunk.codePointAt(index) ?? 0), 1);
    const syntax = (message: string): OppatchError =>
      this.#fault('json-syntax', message, 'Check the JSON there; `jq . FILE` finds such places too.', at);
    if (this.#state === 'start') {
      const wrapper = found === '{' ? listMember(chunk.slice(index)) : undefined;
      if (wrapper !== undefined) return wrappedRows(wrapper, place);
      const message = `A JSON file must hold an array of objects; this one begins with ${found}`;
      const hint =
        found === '{'
          ? 'If it has one object on each line, type --format ndjson; else put [ and ] around the objects.'
          : 'If it is a table, type --format csv.';
      return this.#fault('json-not-an-array', message, hint, at);
    }
    if (this.#state === 'end') {
      const hint = 'A JSON file holds one array. Remove what follows it, or put it inside.';
      return this.#fault('json-text-after-array', `After the ] that closes the array stands ${found}`, hint, at);
    }
    if (this.#state === 'after-element') {
      return syntax(`A comma or the closing ] is expected after an object, not ${found}`);
    }
    if (found === ']') return syntax('A comma stands before the ] that closes the array.');
    return /^["[\d-]|^(?:true|false|null)\b/.test(text)
      ? notAnObject(text.replace(/[,\]\s].*/s, ''), place)
      : syntax(`An object is expected, not ${found}`);
  }

  #openText(index: number): OppatchError {
    const hint = 'A text ends with a double quote; a line break inside it is written \\n.';
    return this.#fault('json-syntax', 'A text is not closed on its line.', hint, this.#at(index));
  }

  #tooLong(): OppatchError {
    const message = `The object is longer than ${longestElement / 1024 ** 2} MiB.`;
    return this.#fault('element-too-long', message, 'Check that its braces are closed.', this.#begin);
  }

  /** The place of a character of the current chunk. */
  #at(index: number): Position {
    return { line: this.#line, column: index - this.#lineStart + 1 };
  }

  #fault(code: string, message: string, hint: string, { line, column }: Position): OppatchError {
    return new OppatchError(code, message, { place: placeIn(this.#displayName, line, column), hint });
  }
}

/** The first member of the outermost object that is a list of objects; undefined where the text shows none. */
function listMember(text: string): string | undefined {
  let depth = 0;
  for (const [token, name] of text.matchAll(/"((?:[^"\\]|\\.)*)"\s*:\s*\[\s*\{|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (name !== undefined) {
      if (depth === 1) return name;
      depth += 2;
    } else if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
  }
  return undefined;
}

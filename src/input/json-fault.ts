/** What is wrong with a JSON text, and at which character (from 0). */
export interface JsonFault {
  readonly offset: number;
  readonly message: string;
  /** `duplicate-member` where the text is well-formed but names a member of one object twice. */
  readonly code: 'json-syntax' | 'duplicate-member';
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y; // oxlint-disable-line no-control-regex -- JSON forbids them
const word = /[A-Za-z_$][\w$]*/y;
const blanks = /[ \t\r\n]*/y;

/**
 * A strict walk over one JSON value, for the cases in which `JSON.parse` says too little: where the fault is, which names
 * stand twice, and the order in which members were written. The text must not be nested deeper than the stack allows.
 */
class JsonWalk {
  readonly text: string;
  /** Names of the outermost object, in their order. */
  readonly names: string[] = [];
  #offset = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Undefined where the text is one well-formed value without duplicate names. */
  run(): JsonFault | undefined {
    try {
      this.#value(0);
      this.#skip(blanks);
      if (this.#offset < this.text.length) this.#fail(`${this.#found()} follows the end of the value`);
      return undefined;
    } catch (fault) {
      if (fault instanceof WalkEnd) return fault.fault;
      throw fault;
    }
  }

  #value(depth: number): void {
    this.#skip(blanks);
    const character = this.text[this.#offset];
    if (character === '{') this.#object(depth);
    else if (character === '[') this.#array(depth);
    else if (character === '"') this.#string();
    else if (this.#skip(number) === '') this.#word();
    else if (/[\w.]/.test(this.text[this.#offset] ?? ''))
      this.#fail('the number is not written as JSON writes numbers');
  }

  #object(depth: number): void {
    const names = new Set<string>();
    this.#offset += 1;
    this.#skip(blanks);
    if (this.#take('}')) return;
    do {
      this.#skip(blanks);
      const offset = this.#offset;
      if (this.text[offset] === '}') this.#fail('a comma stands before }');
      if (this.text[offset] !== '"') this.#fail(`a member name in double quotes is expected, not ${this.#found()}`);
      const name = JSON.parse(this.#string()) as string;
      if (names.has(name)) this.#fail(`the member ${JSON.stringify(name)} stands twice`, offset, 'duplicate-member');
      names.add(name);
      if (depth === 0) this.names.push(name);
      this.#skip(blanks);
      if (!this.#take(':')) this.#fail(`a colon is expected after the member name, not ${this.#found()}`);
      this.#value(depth + 1);
      this.#skip(blanks);
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail(`a comma or } is expected, not ${this.#found()}`);
  }

  #array(depth: number): void {
    this.#offset += 1;
    this.#skip(blanks);
    if (this.#take(']')) return;
    do {
      this.#skip(blanks);
      if (this.text[this.#offset] === ']') this.#fail('a comma stands before ]');
      this.#value(depth + 1);
      this.#skip(blanks);
    } while (this.#take(','));
    if (!this.#take(']')) this.#fail(`a comma or ] is expected, not ${this.#found()}`);
  }

  #string(): string {
    const text = this.#skip(string);
    if (text !== '') return text;
    const start = this.#offset;
    for (let index = start + 1; index < this.text.length; index++) {
      const character = this.text.charCodeAt(index);
      if (character === 10 || character === 13) this.#fail('the text that opens here is not closed on its line');
      if (character < 32) this.#fail('a control character stands in a text; write it as \\u and four digits', index);
      if (character === 92) {
        if (!/^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(this.text.slice(index, index + 6))) {
          this.#fail('a backslash begins nothing that JSON knows; write \\\\ for a backslash', index);
        }
        index += 1;
      }
    }
    return this.#fail('the text that opens here is not closed');
  }

  #word(): void {
    const offset = this.#offset;
    const text = this.#skip(word);
    if (['true', 'false', 'null'].includes(text)) return;
    if (text === '') this.#fail(`a value is expected, not ${this.#found()}`);
    this.#fail(`${text.slice(0, 30)} is not a JSON value; put a text in double quotes`, offset);
  }

  #found(): string {
    if (this.#offset >= this.text.length) return 'the end';
    return String.fromCodePoint(this.text.codePointAt(this.#offset) ?? 0);
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.#offset += found.length;
    return found;
  }

  #take(character: string): boolean {
    if (this.text[this.#offset] !== character) return false;
    this.#offset += 1;
    return true;
  }

  #fail(message: string, offset = this.#offset, code: JsonFault['code'] = 'json-syntax'): never {
    throw new WalkEnd({ offset, message, code });
  }
}

class WalkEnd extends Error {
  readonly fault: JsonFault;
  constructor(fault: JsonFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** The first fault of a JSON text, or undefined. */
export function findJsonFault(text: string): JsonFault | undefined {
  return new JsonWalk(text).run();
}

/** Names of the members of a well-formed object in the order in which they are written. */
export function memberNames(text: string): readonly string[] {
  const walk = new JsonWalk(text);
  walk.run();
  return walk.names;
}
